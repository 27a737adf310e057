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
	looksBack := c.s.Partial || len(c.s.Tracking) > 0 || c.carries(schema.Prior) || c.carries(schema.FirstSeen)
	return plain && !replaced && !looksBack && !c.all && !c.s.Empty
}

// touchedInOrder collects the keys of new events, and whether these come in order: after
// all older ones, to a member that is there, with nothing in them that older versions show.
func (c chain) touchedInOrder() []sqltext.Statement {
	d, log := c.d, c.d.Table(c.m.Entity.Log.Name)
	isNew := fmt.Sprintf("l.log_seq > %d", c.s.After)
	query := lines(
		fmt.Sprintf("SELECT %s, COALESCE(min(CASE WHEN %s THEN l.valid_at END) > max(CASE WHEN NOT (%s) THEN l.valid_at END)", c.columns("l", c.key...), isNew, isNew),
		fmt.Sprintf("       AND count(c.%s) > 0 AND NOT bool_or(c.is_inferred OR l.op = 'void'%s), FALSE) AS lode_in_order", d.Quote(c.m.SurrogateKey), c.rewrites(isNew)),
		fmt.Sprintf("FROM %s l JOIN (SELECT DISTINCT %s FROM %s WHERE log_seq > %d) n ON %s", log, c.columns("", c.key...), log, c.s.After, sqltext.On(d, "n", "l", c.key...)),
		fmt.Sprintf("LEFT JOIN %s c ON %s AND c.is_current", d.Table(c.m.Table.Name), sqltext.On(d, "c", "l", c.key...)),
		"GROUP BY "+c.columns("l", c.key...))
	return affected.Create(d, tmpTouched, "the natural keys that new events touch, and which go on in order", query)
}

// rewrites finds events that change what all versions of a member show.
func (c chain) rewrites(isNew string) string {
	var changed []string
	for _, a := range c.m.Attributes {
		if a.Carry == schema.Overwritten {
			changed = append(changed, fmt.Sprintf("l.%s IS DISTINCT FROM c.%s", c.d.Quote(a.Of), c.d.Quote(a.Name)))
		}
	}
	if len(changed) == 0 {
		return ""
	}
	return fmt.Sprintf(" OR (c.version > 1 AND %s AND l.op = 'upsert' AND (%s))", isNew, strings.Join(changed, " OR "))
}

// held collects the rows that may change: those of the touched keys, or the current ones.
func (c chain) held() []sqltext.Statement {
	only := ""
	if c.short {
		only = " AND (t.is_current OR NOT k.lode_in_order)"
	}
	return affected.Create(c.d, tmpHeld, "the rows of these keys that may change",
		fmt.Sprintf("SELECT t.* FROM %s t%s%s", c.d.Table(c.m.Table.Name), touchedJoin(c.d, false, "t", c.key), only))
}

// heldRows is the relation of these rows: the whole table when every key is touched.
func (c chain) heldRows() string {
	if c.all {
		return c.d.Table(c.m.Table.Name)
	}
	return c.d.Quote(tmpHeld)
}

// onlyNew leaves out the older events of keys that go on in order.
func (c chain) onlyNew() string {
	if !c.short {
		return ""
	}
	return fmt.Sprintf(" AND (l.log_seq > %d OR NOT k.lode_in_order)", c.s.After)
}

// resumed adds the current versions as the events that all others of their keys follow.
func (c chain) resumed() []sqltext.Statement {
	if !c.short {
		return nil
	}
	columns := []string{"t.event_at", "'upsert'", "t.event_at", "t.event_stream", "t.event_seq"}
	for _, of := range c.origins() {
		i := slices.IndexFunc(c.m.Attributes, func(a schema.Attribute) bool { return a.Of == of })
		columns = append(columns, sqltext.Column(c.d, "t", c.m.Attributes[i].Name))
	}
	into := append([]string{schema.ValidAtCol, schema.Op, schema.ObservedAt, schema.EventStream, schema.EventSeq}, c.origins()...)
	return []sqltext.Statement{{
		Note: "the versions that these keys go on from",
		SQL: fmt.Sprintf("INSERT INTO %s (%s, %s, lode_base)\nSELECT %s, %s, t.version - 1 FROM %s t%s AND k.lode_in_order", c.d.Quote(tmpEvents),
			c.columns("", c.key...), c.columns("", into...), c.columns("t", c.key...), strings.Join(columns, ", "), c.d.Quote(tmpHeld), touchedJoin(c.d, false, "t", c.key)),
	}, {SQL: c.d.Analyze(schema.Name{Table: tmpEvents})}}
}

// base is a column of the events: how many versions come before those that are computed.
func (c chain) base(value string) string {
	switch {
	case !c.short:
		return ""
	case value == "":
		return ", lode_base"
	}
	return ", " + value + " AS lode_base"
}

// before is what the version's number has to count besides the versions at hand.
func (c chain) before(key string) string {
	if !c.short {
		return ""
	}
	return " + max(lode_base) OVER (PARTITION BY " + key + ")"
}
