package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// reversal is every state that the entity's keys had, in the order in which they were
// observed, each followed by a row that takes it back when the next was observed. A
// state is the winner of the events observed so far; those that change nothing that the
// fact reads are none.
func (f facts) reversal(need []string, keys string) source {
	d, key := f.d, f.m.Entity.Key()
	columns := slices.DeleteFunc(ownColumns(f.m, need), func(n string) bool { return slices.Contains(f.m.Extras(), n) })
	of := "PARTITION BY " + sqltext.List(d, "l", key...)
	log := lines(
		fmt.Sprintf("SELECT %s, l.op, l.observed_at,", sqltext.List(d, "l", columns...)),
		fmt.Sprintf("       row_number() OVER (%s ORDER BY l.valid_at, %s) AS lode_rank,", of, arrival(d, "l")),
		fmt.Sprintf("       row_number() OVER (%s ORDER BY l.observed_at, l.event_stream, l.event_seq, l.event_ordinal) AS lode_seen,", of),
		fmt.Sprintf("       CASE l.op WHEN 'upsert' THEN %s END AS lode_sig", sqltext.SignatureOf(f.judged("l")...)),
		fmt.Sprintf("FROM (%s) l", Log(d, f.m.Entity, f.s.Partial, touchedKeys(d, keys, key), f.m.Reads()...)))
	of = "PARTITION BY " + sqltext.List(d, "", key...)
	query := lines(
		"WITH seen AS (", log, "), best AS (",
		fmt.Sprintf("  SELECT e.*, max(lode_rank) OVER (%s ORDER BY lode_seen ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lode_best FROM seen e", of),
		"), won AS (",
		fmt.Sprintf("  SELECT e.*, lode_seen = min(lode_seen) OVER (%s) OR lode_sig IS DISTINCT FROM lag(lode_sig) OVER (%s ORDER BY lode_seen) AS lode_changes", of, of),
		"  FROM best e WHERE lode_best IS NULL OR lode_rank > lode_best",
		"), states AS (",
		"  SELECT e.*, "+f.followed(of),
		"  FROM won e WHERE lode_changes",
		")",
		fmt.Sprintf("SELECT %s, %s,", sqltext.List(d, "e", sqltext.Without(columns, schema.EventStream, schema.EventSeq)...), takenBack("e")),
		fmt.Sprintf("       r.is_reversal, row_number() OVER (PARTITION BY %s ORDER BY CASE WHEN r.is_reversal THEN e.lode_next_seen ELSE e.lode_seen END, r.is_reversal DESC) - 1 AS correction", sqltext.List(d, "e", key...)),
		"FROM states e CROSS JOIN (VALUES (FALSE), (TRUE)) AS r(is_reversal)",
		"WHERE e.op = 'upsert' AND (NOT r.is_reversal OR e.lode_next_seen IS NOT NULL)")
	return source{relation: "(" + query + ") s"}
}

// judged lists the values whose change makes another state: of columns, and whether a key
// could be read. What else could not be read changes nothing.
func (f facts) judged(alias string) []string {
	var out []string
	for _, n := range sqltext.Without(f.m.Reads(), append(f.m.Entity.Key(), schema.Refused)...) {
		out = append(out, sqltext.Column(f.d, alias, n))
	}
	for _, r := range f.m.Roles {
		if refused := Unreadable(f.d, f.m, alias, f.m.FoundBy(r)...); refused != "" {
			out = append(out, "COALESCE("+refused+", FALSE)")
		}
	}
	return out
}

// followed gives each state what is known of the next one.
func (f facts) followed(of string) string {
	var parts []string
	for _, name := range []string{"seen", schema.ObservedAt, schema.EventStream, schema.EventSeq} {
		column := name
		if name == "seen" {
			column = "lode_seen"
		}
		parts = append(parts, fmt.Sprintf("lead(%s) OVER (%s ORDER BY lode_seen) AS lode_next_%s", column, of, name))
	}
	return strings.Join(parts, ", ")
}

// takenBack gives a row the event that it comes from: a reversal comes from the event that
// the next state comes from.
func takenBack(alias string) string {
	var parts []string
	for _, pair := range [][2]string{{schema.ObservedAt, schema.RecordedAt}, {schema.EventStream, schema.EventStream}, {schema.EventSeq, schema.EventSeq}} {
		parts = append(parts, fmt.Sprintf("CASE WHEN r.is_reversal THEN %s.lode_next_%s ELSE %s.%s END AS %s", alias, pair[0], alias, pair[0], pair[1]))
	}
	return strings.Join(parts, ", ")
}

// signed is a value as it stands in a row: negated in a reversal if it may be summed.
func (f facts) signed(name, value string) string {
	x := f.m.Measure(name)
	if !f.m.Reverses() || x == nil || !x.Sums() {
		return value
	}
	return fmt.Sprintf("CASE WHEN s.is_reversal THEN -%s ELSE %s END", value, value)
}
