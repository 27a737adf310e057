package star

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Most changes come in order: after all that is known of their key. Such a key goes on
// from its current version, which stands for all events before, and its older versions are
// not looked at. Keys with a late event are computed from all their events. Of keys in order
// with several new events, the current version goes before these in the table of events; those
// with one need no such table, and join the others where versions get their keys (once.go).

// mayBeShort tells whether a version says all that its chain needs to go on from it.
func (c chain) mayBeShort() bool {
	m := c.m
	plain := m.Validity != "day" && m.Current != "in_force" && m.ReusedKey != "new" && !m.CollapseIntrabatch
	replaced := m.Bridge != nil || m.Entity.Nested() || conformed(m) // their logs also lose rows
	looksBack := c.s.Partial || c.s.Retold || len(c.s.Tracking) > 0 || c.carries(schema.Prior) || c.carries(schema.FirstSeen)
	return plain && !replaced && !looksBack && !c.all && !c.s.Empty
}

// touchedInOrder collects the keys of new events, and whether these come in order: after
// all older ones, to a member that is there, with nothing in them that older versions show.
// It leaves the rows that may change: the current versions, each with the last new event of its
// key beside it, and for keys out of order all others, with none.
func (c chain) touchedInOrder() []sqltext.Statement {
	return slices.Concat(
		affected.Create(c.d, tmpHeld, "the current versions of the keys of new events, each with the last of these", c.current(), c.joined()...),
		affected.Create(c.d, tmpTouched, "the natural keys that new events touch, numbered, and which may go on in order", c.news()),
		c.late())
}

// current selects the current versions of the keys of new events, each with the last of these.
func (c chain) current() string {
	d, log, key := c.d, c.d.Table(c.m.Entity.Log.Name), c.columns("", c.key...)
	return lines(
		fmt.Sprintf("SELECT c.*, %s FROM %s c", c.last(), d.Table(c.m.Table.Name)),
		fmt.Sprintf("JOIN (SELECT %s, max(log_seq) AS lode_last FROM %s WHERE log_seq > %d AND op <> 'scope' GROUP BY %s) n ON %s", key, log, c.s.After, key, sqltext.On(d, "n", "c", c.key...)),
		fmt.Sprintf("JOIN %s l ON l.log_seq = n.lode_last AND %s", log, c.isNew()),
		"WHERE c.is_current")
}

// news selects the keys of new events. It numbers them, and the versions that begin with the
// only event of one. A key that proves late leaves a hole in these numbers.
func (c chain) news() string {
	d, key, sk := c.d, c.columns("l", c.key...), c.d.Quote(c.m.SurrogateKey)
	return lines(
		fmt.Sprintf("SELECT n.*, row_number() OVER w AS lode_k, count(CASE WHEN %s AND n.lode_begins THEN 1 END) OVER w AS lode_nth FROM (", alone("n")),
		fmt.Sprintf("SELECT %s, min(l.valid_at) AS lode_first, count(*) = 1 AS lode_once, bool_or(%s) AS lode_begins, max(c.%s) AS lode_current,", key, c.begins(), sk),
		fmt.Sprintf("       count(c.%s) > 0 AND NOT COALESCE(bool_or(c.is_inferred OR l.op NOT IN ('upsert', 'delete')%s), FALSE) AS lode_in_order", sk, c.rewrites()),
		fmt.Sprintf("FROM %s l LEFT JOIN %s c ON %s", d.Table(c.m.Entity.Log.Name), d.Quote(tmpHeld), sqltext.On(d, "c", "l", c.key...)),
		fmt.Sprintf("WHERE %s AND l.op <> 'scope' GROUP BY %s) n", c.isNew(), key),
		fmt.Sprintf("WINDOW w AS (ORDER BY %s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)", c.columns("n", c.key...)))
}

// late finds the keys of which something later is known, and their other versions.
func (c chain) late() []sqltext.Statement {
	d, touched, rows := c.d, c.d.Quote(tmpTouched), c.m.Table.FieldNames()
	found := []sqltext.Statement{
		{SQL: d.Analyze(schema.Name{Table: tmpTouched})}, // statistics were taken before any was late
		{Note: "the other versions of the keys that do not", SQL: fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s FROM %s t%s AND NOT k.lode_in_order WHERE NOT t.is_current",
			d.Quote(tmpHeld), c.columns("", rows...), c.columns("t", rows...), d.Table(c.m.Table.Name), touchedJoin(d, false, "t", c.key))},
	}
	return append([]sqltext.Statement{{
		Note: "those of which something later is known do not",
		SQL: fmt.Sprintf("UPDATE %s k SET lode_in_order = FALSE FROM %s l WHERE %s AND l.log_seq <= %d AND l.valid_at >= k.lode_first%s",
			touched, d.Table(c.m.Entity.Log.Name), sqltext.On(d, "l", "k", c.key...), c.s.After, c.maybeLate()),
	}}, sqltext.Given("(SELECT 1 FROM "+touched+" WHERE NOT lode_in_order) k", found...)...)
}

// maybeLate leaves out the keys that begin after all that is known: most of them, or all,
// when each load brings what has happened since the last.
func (c chain) maybeLate() string {
	if c.s.Latest.IsZero() {
		return ""
	}
	return " AND k.lode_first <= " + affected.Instant(c.d, c.s.Latest)
}

// rewrites is the condition that a new event says something else in a column that all
// versions show, when there are older versions that show it.
func (c chain) rewrites() string {
	var changed []string
	for _, a := range c.m.Attributes {
		if a.Carry == schema.Overwritten {
			changed = append(changed, fmt.Sprintf("l.%s IS DISTINCT FROM c.%s", c.d.Quote(a.Of), c.d.Quote(a.Name)))
		}
	}
	if len(changed) == 0 {
		return ""
	}
	return fmt.Sprintf(" OR (c.version > 1 AND l.op = 'upsert' AND (%s))", strings.Join(changed, " OR "))
}

// held keeps the rows that these keys have now, once for all that compares with them.
func (c chain) held() []sqltext.Statement {
	if c.short {
		return nil // touchedInOrder has found them
	}
	return affected.Create(c.d, tmpHeld, "the rows of these keys that may change",
		fmt.Sprintf("SELECT t.* FROM %s t%s", c.d.Table(c.m.Table.Name), touchedJoin(c.d, false, "t", c.key)))
}

// heldRows is the relation of these rows: the whole table when every key is touched.
func (c chain) heldRows() string {
	if c.all {
		return c.d.Table(c.m.Table.Name)
	}
	return c.d.Quote(tmpHeld)
}

// log selects the events to make versions of by windows: those of the touched keys, and of
// the keys in order only the new ones. These are asked for by their number alone, so that
// they are found by it.
func (c chain) log() string {
	if !c.short {
		return Log(c.d, c.m.Entity, c.s.Partial, touchedJoin(c.d, c.all, "l", c.key), c.origins()...)
	}
	log := fmt.Sprintf("SELECT l.*, k.lode_k FROM %s l%s AND ", c.d.Table(c.m.Entity.Log.Name), touchedJoin(c.d, false, "l", c.key))
	const events = " WHERE l.op IN ('upsert', 'delete')"
	return log + "NOT k.lode_in_order" + events + "\nUNION ALL " + log + several + " AND " + c.isNew() + events
}

// several is the condition that a touched key goes on in order with several events.
const several = "k.lode_in_order AND NOT k.lode_once"

// isNew is the condition that an event is new.
func (c chain) isNew() string { return fmt.Sprintf("l.log_seq > %d", c.s.After) }

// told lists what the rows of a natural key are told by: its number among the touched keys
// where they have one, which is compared faster than texts.
func (c chain) told() []string {
	if c.short {
		return []string{"lode_k"}
	}
	return slices.Clone(c.key)
}

// by spells what the rows of a natural key are told by, and put in its order.
func (c chain) by(alias string) string { return c.columns(alias, c.told()...) }

// resumed adds to these events the versions that they go on from.
func (c chain) resumed() string {
	if !c.short {
		return ""
	}
	columns := []string{"t.event_at", "'upsert'", "t.event_at", "t.event_stream", "t.event_seq"}
	for _, of := range c.origins() {
		i := slices.IndexFunc(c.m.Attributes, func(a schema.Attribute) bool { return a.Of == of })
		columns = append(columns, sqltext.Column(c.d, "t", c.m.Attributes[i].Name))
	}
	return fmt.Sprintf("\nUNION ALL SELECT %s, %s, k.lode_k, t.version - 1, t.%s, t.%s FROM %s t%s AND %s",
		c.columns("t", c.key...), strings.Join(columns, ", "), c.d.Quote(c.m.SurrogateKey), c.d.Quote(c.m.DurableKey), c.d.Quote(tmpHeld), touchedJoin(c.d, false, "t", c.key), several)
}

// resuming lists what the version that a key in order goes on from adds to its events: the
// number of versions that come before it, which counts once, and the row that it is.
func (c chain) resuming() string {
	if !c.short {
		return ""
	}
	return ", lode_k, lode_base, lode_row, lode_member"
}

// notResuming is the same of an event.
func (c chain) notResuming() string {
	if !c.short {
		return ""
	}
	none := "CAST(NULL AS " + c.d.TypeName(record.Of(record.Int)) + ")"
	return fmt.Sprintf(", w.lode_k, 0 AS lode_base, %s AS lode_row, %s AS lode_member", none, none)
}

// resumedRows gives a version the row that it is, and its key's durable key, where they are
// known because the key goes on in order.
func (c chain) resumedRows() string {
	if !c.short {
		return ""
	}
	return ", max(lode_member) OVER w AS lode_durable"
}

// known lists these columns of a version.
func (c chain) known() []string {
	if !c.short {
		return nil
	}
	return []string{"lode_k", "lode_row", "lode_durable"}
}

// following spells columns that follow others in a list.
func following(columns []string) string {
	out := ""
	for _, c := range columns {
		out += ", " + c
	}
	return out
}

// unknown are the rows, and the versions, that have yet to find each other.
func (c chain) unknown() (held, versions string) {
	if !c.short {
		return c.heldRows(), c.d.Quote(tmpVersions)
	}
	held = fmt.Sprintf("(SELECT h.* FROM %s h%s AND NOT (%s) WHERE NOT EXISTS (SELECT 1 FROM %s r WHERE r.lode_row = h.%s))",
		c.d.Quote(tmpHeld), touchedJoin(c.d, false, "h", c.key), alone("k"), c.d.Quote(tmpVersions), c.d.Quote(c.m.SurrogateKey))
	return held, fmt.Sprintf("(SELECT r.* FROM %s r WHERE r.lode_durable IS NULL)", c.d.Quote(tmpVersions))
}

// row is the row that a version is.
func (c chain) row() string {
	if !c.short {
		return "x.lode_sk"
	}
	return "COALESCE(v.lode_row, x.lode_sk)"
}

// lastKey is the highest surrogate key in use, and of those of which is known what they are.
func (c chain) lastKey() string {
	if !c.short {
		return strconv.FormatInt(c.s.LastKey, 10)
	}
	return fmt.Sprintf("%d + (SELECT COALESCE(max(lode_nth), 0) FROM %s)", c.s.LastKey, c.d.Quote(tmpTouched))
}

// withoutRow is the beginning of the condition that no row is known to be a version.
func (c chain) withoutRow() string {
	if !c.short {
		return ""
	}
	return "v.lode_row IS NULL AND "
}

// durable is the durable key that a version's key has.
func (c chain) durable() string {
	if !c.short {
		return "h.lode_durable"
	}
	return "v.lode_durable, h.lode_durable"
}

// before adds what base has counted to the number of an event.
func (c chain) before() string {
	if !c.short {
		return ""
	}
	return " + lode_base"
}
