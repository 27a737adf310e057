package star

import (
	"fmt"
	"slices"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Dimension lists the statements that bring a dimension up to date with its entity's
// log. Between, if given, runs when the changes are known (in the delta table) and none is written yet.
func Dimension(d warehouse.Dialect, m *schema.DimensionModel, s Scope, between ...sqltext.Statement) []sqltext.Statement {
	c := chain{d: d, m: m, s: s, key: m.NaturalKey(), all: s.All || s.After == 0}
	c.short = c.mayBeShort()
	var out []sqltext.Statement
	switch {
	case m.Bridge != nil:
		out = groupEvents(d, m.Bridge, s)
	case c.all:
		out = c.events()
	default:
		out = slices.Concat(c.touched(), c.held(), c.events())
	}
	if m.Bridge != nil && !c.all {
		out = append(out, c.held()...)
	}
	out = append(out, c.versions()...)
	out = append(out, c.profiles()...)
	out = append(out, c.matched()...)
	out = append(out, c.fresh()...)
	return append(out, c.write().Statements(d, between...)...)
}

// LastKey reads the highest surrogate key in use, 0 when there is none.
func LastKey(d warehouse.Dialect, m *schema.DimensionModel) string {
	return fmt.Sprintf("SELECT COALESCE(max(%s), 0) AS last FROM %s WHERE %s > 0", d.Quote(m.SurrogateKey), d.Table(m.Table.Name), d.Quote(m.SurrogateKey))
}

type chain struct {
	d   warehouse.Dialect
	m   *schema.DimensionModel
	s   Scope
	key []string
	all bool
	// short says that keys whose new events come in order go on from their current
	// version, see resume.go.
	short bool
}

func (c chain) columns(alias string, names ...string) string {
	return sqltext.List(c.d, alias, names...)
}

// attributes lists the columns that the dimension takes from its entity.
func (c chain) attributes() []string {
	names := make([]string, len(c.m.Attributes))
	for i, a := range c.m.Attributes {
		names[i] = a.Name
	}
	return names
}

// origins lists the entity's columns behind the attributes, each once.
func (c chain) origins() []string {
	var names []string
	for _, a := range c.m.Attributes {
		if !slices.Contains(names, a.Of) {
			names = append(names, a.Of)
		}
	}
	for _, t := range c.s.Tracking {
		if !slices.Contains(names, t.Column) {
			names = append(names, t.Column)
		}
	}
	return names
}

func (c chain) carries(how schema.Carry) bool {
	return slices.ContainsFunc(c.m.Attributes, func(a schema.Attribute) bool { return a.Carry == how })
}

// touched collects the keys of new events. With current: in_force a key is also touched
// when a version came into force, or went out of it, since the last run.
func (c chain) touched() []sqltext.Statement {
	if c.short {
		return c.touchedInOrder()
	}
	query := fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope'",
		c.columns("", c.key...), c.d.Table(c.m.Entity.Log.Name), c.s.After)
	if c.m.Current == "in_force" && !c.s.Since.IsZero() {
		query += "\nUNION " + Turned(c.d, c.m, c.s)
	}
	if conformed(c.m) {
		query += "\nUNION " + newMembers(c.d, c.m, c.s.After) // a member was inferred for some
	}
	return affected.Create(c.d, tmpTouched, "the natural keys that new events touch", query)
}

// Turned selects the keys of a dimension of which a version came into force, or went out of
// it, since the run before.
func Turned(d warehouse.Dialect, m *schema.DimensionModel, s Scope) string {
	since, now := affected.Instant(d, s.Since), affected.Instant(d, s.Now)
	return fmt.Sprintf("SELECT %s FROM %s WHERE (valid_from > %s AND valid_from <= %s) OR (valid_to > %s AND valid_to <= %s)",
		sqltext.List(d, "", m.NaturalKey()...), d.Table(m.Table.Name), since, now, since, now)
}

// events picks the winner of each instant, or of each day. With collapse_intrabatch only
// the last event that a load brought of a key takes part.
func (c chain) events() []sqltext.Statement {
	from := c.log()
	if c.m.CollapseIntrabatch {
		from = fmt.Sprintf("(SELECT x.*, row_number() OVER (PARTITION BY %s, x.load_id ORDER BY x.valid_at DESC, %s) AS lode_batch_place FROM (%s) x)",
			c.columns("x", c.key...), EventOrder(c.d, "x"), from)
	} else {
		from = "(" + from + ")"
	}
	columns := append([]string{schema.Op, schema.ObservedAt, schema.EventStream, schema.EventSeq}, c.origins()...)
	query := lines(
		fmt.Sprintf("SELECT %s, w.lode_at AS valid_at, %s%s", c.columns("w", c.key...), c.columns("w", columns...), c.notResuming()),
		fmt.Sprintf("FROM (SELECT l.*, %s AS lode_at, row_number() OVER (PARTITION BY %s, %s ORDER BY %s) AS lode_place",
			c.at(), c.by("l"), c.at(), c.order("l")),
		fmt.Sprintf("      FROM %s l%s) w", from, c.batchFilter()),
		"WHERE w.lode_place = 1") + c.resumed()
	made := affected.Make(c.d, tmpEvents, "the winning event of each key and "+or(c.m.Validity, "instant"), query)
	return append(made, c.openings()...)
}

// at is the time from which an event of the log, as l, counts.
func (c chain) at() string {
	at := sqltext.Column(c.d, "l", schema.ValidAtCol)
	if c.m.Validity == "day" {
		return "CAST(" + c.d.Day(at) + " AS " + c.d.TypeName(record.Of(record.Timestamp)) + ")"
	}
	return at
}

// order puts the winner of an instant, or of a day, first.
func (c chain) order(alias string) string {
	if c.m.Validity == "day" {
		return sqltext.Column(c.d, alias, schema.ValidAtCol) + " DESC, " + EventOrder(c.d, alias)
	}
	return EventOrder(c.d, alias)
}

func (c chain) batchFilter() string {
	if c.m.CollapseIntrabatch {
		return " WHERE l.lode_batch_place = 1"
	}
	return ""
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
