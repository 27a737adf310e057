package star

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// PeriodEnded tells whether a period of a snapshot has ended between two times.
func PeriodEnded(m *schema.FactModel, since, now time.Time) bool {
	p := periodsOf(m)
	return m.Snapshot != nil && p.number(now) > p.number(since)
}

func periodsOf(m *schema.FactModel) periods {
	if m.Snapshot == nil {
		return periods{}
	}
	return periods{every: m.Snapshot.Every, sundays: m.WeekStarts == "sunday"}
}

// lastPeriod is the last period that has rows at a time.
func (f facts) lastPeriod(at time.Time) int64 {
	if f.m.Snapshot.Open {
		return periodsOf(f.m).number(at)
	}
	return periodsOf(f.m).number(at) - 1
}

// last is the last period that has rows now. A clock that was set back takes none away.
func (f facts) last() int64 {
	if f.s.Since.After(f.s.Now) {
		return f.lastPeriod(f.s.Since)
	}
	return f.lastPeriod(f.s.Now)
}

// snapshot is the states of the entity's keys at the ends of periods, as s: of each key
// the last event of each period, from its period on until the next event's. A delete ends
// them. Keys, a relation of units, narrows them.
func (f facts) snapshot(need []string, keys string) source {
	d, m, p := f.d, f.m, periodsOf(f.m)
	key := m.Entity.Key()
	columns := slices.DeleteFunc(ownColumns(m, need), isPeriod)
	period := p.numberOf(d, "l.valid_at", false)
	first, last := f.reach(keys)
	query := lines(
		"WITH events AS (",
		fmt.Sprintf("  SELECT %s, l.op, %s, %s AS lode_n,", sqltext.List(d, "l", columns...), bounds(keys), period),
		fmt.Sprintf("         row_number() OVER (PARTITION BY %s, %s ORDER BY l.valid_at DESC, %s) AS lode_place", sqltext.List(d, "l", key...), period, EventOrder(d, "l")),
		fmt.Sprintf("  FROM (%s) l%s", Log(d, m.Entity, f.s.Partial, touchedKeys(d, keys, key), columns...), f.bounded(keys)),
		"), states AS (",
		fmt.Sprintf("  SELECT w.*, lead(w.lode_n) OVER (PARTITION BY %s ORDER BY w.lode_n) AS lode_next FROM events w WHERE w.lode_place = 1", sqltext.List(d, "w", key...)),
		"), held AS (",
		fmt.Sprintf("  SELECT e.*, %s AS lode_from, %s AS lode_to FROM states e WHERE e.op = 'upsert'", first, last),
		"), periods AS (",
		fmt.Sprintf("  SELECT g.n AS lode_n, %s FROM (SELECT min(lode_from) AS lode_from, max(lode_to) AS lode_to FROM held) h CROSS JOIN %s", f.periodOf("g.n"), d.EachNumber("h.lode_from", "h.lode_to", "g")),
		")",
		fmt.Sprintf("SELECT %s, %s", sqltext.List(d, "h", columns...), sqltext.List(d, "p", append([]string{schema.PeriodStart, schema.PeriodEnd}, m.Extras()...)...)),
		fmt.Sprintf("FROM held h CROSS JOIN %s JOIN periods p ON p.lode_n = g.n", d.EachNumber("h.lode_from", "h.lode_to", "g")))
	out := source{relation: "(" + query + ") s"}
	if keys != "" {
		out.relation += fmt.Sprintf(" JOIN %s k ON %s", keys, sqltext.On(d, "k", "s", m.Unit()...))
	}
	return out
}

// reach is the first and the last period that a state has rows in: from its own to the
// one before the next state's, as far as it is touched.
func (f facts) reach(keys string) (first, last string) {
	if keys == "" {
		return "e.lode_n", fmt.Sprintf("LEAST(COALESCE(e.lode_next - 1, %d), %d)", f.last(), f.last())
	}
	p := periodsOf(f.m)
	return fmt.Sprintf("GREATEST(e.lode_n, %s)", p.numberOf(f.d, "e.lode_first", true)),
		fmt.Sprintf("LEAST(COALESCE(e.lode_next - 1, %d), %d, %s)", f.last(), f.last(), p.numberOf(f.d, "e.lode_last", true))
}

// bounded joins the first and the last touched period of each key.
func (f facts) bounded(keys string) string {
	if keys == "" {
		return ""
	}
	key, end := f.m.Entity.Key(), f.d.Quote(schema.PeriodEnd)
	return fmt.Sprintf(" JOIN (SELECT %s, min(%s) AS lode_first, max(%s) AS lode_last FROM %s q GROUP BY %s) b ON %s",
		sqltext.List(f.d, "", key...), end, end, keys, sqltext.List(f.d, "", key...), sqltext.On(f.d, "b", "l", key...))
}

// bounds are the first and the last touched period of a key.
func bounds(keys string) string {
	if keys == "" {
		return "NULL AS lode_first, NULL AS lode_last"
	}
	return "b.lode_first, b.lode_last"
}

func touchedKeys(d warehouse.Dialect, keys string, key []string) string {
	if keys == "" {
		return ""
	}
	return fmt.Sprintf(" JOIN (SELECT DISTINCT %s FROM %s q) k ON %s", sqltext.List(d, "", key...), keys, sqltext.On(d, "k", "l", key...))
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func isPeriod(name string) bool {
	return name == schema.PeriodStart || name == schema.PeriodEnd || name == schema.IsOpen
}

// periodOf are the columns of the period with a number, and the last instant in it.
func (f facts) periodOf(n string) string {
	p, d := periodsOf(f.m), f.d
	next := p.starts(d, "("+n+" + 1)")
	columns := []string{
		p.starts(d, n) + " AS " + d.Quote(schema.PeriodStart),
		next + " - 1 AS " + d.Quote(schema.PeriodEnd),
		f.instant(next) + " - INTERVAL '1 microsecond' AS lode_at",
	}
	if f.m.Snapshot.Open {
		columns = append(columns, fmt.Sprintf("%s > %d AS %s", n, f.last()-1, d.Quote(schema.IsOpen)))
	}
	return strings.Join(columns, ", ")
}

// snapshotKeys lists the queries for the rows of a snapshot that new events touch: those
// of their keys from the event's period on, and of all keys in periods that have ended
// since the run before.
func (f facts) snapshotKeys() []string {
	d, m, p := f.d, f.m, periodsOf(f.m)
	key, last := m.Entity.Key(), f.last()
	news := fmt.Sprintf("%s WHERE log_seq > %d AND op", d.Table(m.Entity.Log.Name), f.s.After)
	ends := p.starts(d, "(g.n + 1)") + " - 1"
	parts := []string{
		fmt.Sprintf("SELECT %s, %s AS %s FROM (SELECT %s, min(%s) AS lode_n FROM %s IN ('upsert', 'delete') GROUP BY %s) e CROSS JOIN %s",
			sqltext.List(d, "e", key...), ends, d.Quote(schema.PeriodEnd), sqltext.List(d, "", key...), p.numberOf(d, "valid_at", false), news,
			sqltext.List(d, "", key...), d.EachNumber("e.lode_n", decimal(last), "g")),
		fmt.Sprintf("SELECT %s FROM %s f WHERE EXISTS (SELECT 1 FROM (SELECT %s FROM %s NOT IN ('upsert', 'delete', 'scope')) v WHERE %s)",
			sqltext.List(d, "f", m.Unit()...), d.Table(m.Table.Name), sqltext.List(d, "", key...), news, sqltext.On(d, "v", "f", key...)),
	}
	if before := f.lastPeriod(f.s.Since); before < last && !f.s.Since.IsZero() { // all that never ran is computed anew
		if f.m.Snapshot.Open {
			before-- // it is not open any more
		}
		parts = append(parts, fmt.Sprintf("SELECT %s, %s AS %s FROM %s e CROSS JOIN %s", sqltext.List(d, "e", key...), ends, d.Quote(schema.PeriodEnd),
			d.Table(m.Entity.Current.Name), d.EachNumber(decimal(before+1), decimal(last), "g")))
	}
	return parts
}
