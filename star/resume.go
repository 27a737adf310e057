package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Most changes come in order: after all that is known of their key. Such a key goes on
// from its current version, which stands for all events before, and its older versions are
// not looked at. Keys with a late event are computed from all their events. Both ways
// meet in the table of events; what follows knows of no difference.

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
// It leaves the rows that may change: the current versions, and for keys out of order all.
func (c chain) touchedInOrder() []sqltext.Statement {
	d, log, dim := c.d, c.d.Table(c.m.Entity.Log.Name), c.d.Table(c.m.Table.Name)
	current := fmt.Sprintf("SELECT c.* FROM %s c JOIN (SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope') n ON %s WHERE c.is_current",
		dim, c.columns("", c.key...), log, c.s.After, sqltext.On(d, "n", "c", c.key...))
	news := lines(
		fmt.Sprintf("SELECT %s, min(l.valid_at) AS lode_first, count(c.%s) > 0 AND NOT COALESCE(bool_or(c.is_inferred OR l.op = 'void'%s), FALSE) AS lode_in_order",
			c.columns("l", c.key...), d.Quote(c.m.SurrogateKey), c.rewrites()),
		fmt.Sprintf("FROM %s l LEFT JOIN %s c ON %s", log, d.Quote(tmpHeld), sqltext.On(d, "c", "l", c.key...)),
		fmt.Sprintf("WHERE l.log_seq > %d AND l.op <> 'scope' GROUP BY %s", c.s.After, c.columns("l", c.key...)))
	out := affected.Create(d, tmpHeld, "the current versions of the keys of new events", current, c.joined()...)
	out = append(out, affected.Create(d, tmpTouched, "the natural keys that new events touch, and which may go on in order", news)...)
	return append(out, sqltext.Statement{
		Note: "those of which something later is known do not",
		SQL: fmt.Sprintf("UPDATE %s k SET lode_in_order = FALSE FROM %s l WHERE %s AND l.log_seq <= %d AND l.valid_at >= k.lode_first",
			d.Quote(tmpTouched), log, sqltext.On(d, "l", "k", c.key...), c.s.After),
	}, sqltext.Statement{
		Note: "the other versions of the keys that do not",
		SQL: fmt.Sprintf("INSERT INTO %s\nSELECT t.* FROM %s t%s AND NOT k.lode_in_order WHERE NOT t.is_current",
			d.Quote(tmpHeld), dim, touchedJoin(d, false, "t", c.key)),
	})
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

// log selects the events to make versions of: those of the touched keys, and of the keys in
// order only the new ones. These are asked for by their number alone, so that they are found
// by it.
func (c chain) log() string {
	log := func(only string) string {
		return Log(c.d, c.m.Entity, c.s.Partial, touchedJoin(c.d, c.all, "l", c.key)+only, c.origins()...)
	}
	if !c.short {
		return log("")
	}
	return log(fmt.Sprintf(" AND k.lode_in_order AND l.log_seq > %d", c.s.After)) + "\nUNION ALL " + log(" AND NOT k.lode_in_order")
}

// resumed adds to the events of the keys in order the versions that they go on from.
func (c chain) resumed() string {
	if !c.short {
		return ""
	}
	columns := []string{"t.event_at", "'upsert'", "t.event_at", "t.event_stream", "t.event_seq"}
	for _, of := range c.origins() {
		i := slices.IndexFunc(c.m.Attributes, func(a schema.Attribute) bool { return a.Of == of })
		columns = append(columns, sqltext.Column(c.d, "t", c.m.Attributes[i].Name))
	}
	return fmt.Sprintf("\nUNION ALL SELECT %s, %s, t.version - 1 FROM %s t%s AND k.lode_in_order",
		c.columns("t", c.key...), strings.Join(columns, ", "), c.d.Quote(tmpHeld), touchedJoin(c.d, false, "t", c.key))
}

// base is the column that tells how many versions of a key in order come before those that
// are looked at. It counts once, at the first of them.
func (c chain) base(value string) string {
	switch {
	case !c.short:
		return ""
	case value == "":
		return ", lode_base"
	}
	return ", " + value + " AS lode_base"
}

// before adds what base has counted to the number of an event.
func (c chain) before() string {
	if !c.short {
		return ""
	}
	return " + lode_base"
}
