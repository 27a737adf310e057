package medallion

import (
	"context"
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// An event has no business time to be believed when it is a delete that tells none, or a
// record that is back after such a delete: it exists now, however old it says it is. The
// time of such an event is that of its observation, and later than everything that its
// stream said of the record before: a delete of what is dated ahead is a delete all the
// same. These are the lifted events. Their times depend on the order of bronze alone.

// tmpLifted holds the records around new events whose log knows of a delete without a time.
const tmpLifted = "lode_lifted"

// lift gives the lifted events their times. Only keys of new events are looked at.
func (a *appender) lift(ctx context.Context, again bool) error {
	if !a.lifts && !again {
		return nil
	}
	d := a.r.e.dialect()
	for _, in := range a.r.inputs() {
		l := lifting{d: d, m: a.r.m, bronze: d.Table(a.r.e.bronze(in.ref).Name), stream: a.r.e.text(in.ref.String()), after: a.first}
		if err := execute(ctx, a.tx, &a.r.result, l.statements()...); err != nil {
			return err
		}
	}
	return nil
}

// lifting is the lifting of the events of one stream in one entity's log.
type lifting struct {
	d              warehouse.Dialect
	m              *schema.EntityModel
	bronze, stream string // as they stand in SQL
	after          int64
}

// record is what events are ordered within: a key, or the record around nested rows.
func (l lifting) record() []string {
	if l.m.Nested() {
		return []string{schema.EventKey}
	}
	return l.m.Key()
}

// timeless tells whether a row of the log is marked as one without a time of its own.
func timeless(d warehouse.Dialect, alias string) string {
	absent := sqltext.Column(d, alias, schema.Absent)
	return fmt.Sprintf("(%s IS NOT NULL AND strpos(',' || %s || ',', ',%s,') > 0)", absent, absent, schema.ValidAtCol)
}

func (l lifting) statements() []sqltext.Statement {
	d, log := l.d, l.d.Table(l.m.Log.Name)
	touched := fmt.Sprintf("SELECT DISTINCT %s FROM %s t WHERE t.event_stream = %s AND t.log_seq > %d\n  AND EXISTS (SELECT 1 FROM %s o WHERE o.event_stream = %s AND o.op <> 'upsert' AND %s AND %s)",
		sqltext.List(d, "t", l.record()...), log, l.stream, l.after, log, l.stream, timeless(d, "o"), sqltext.On(d, "o", "t", l.record()...))
	return append(affected.Create(d, tmpLifted, "the records with a delete that tells no time", touched),
		sqltext.Statement{Note: "date what has no time of its own after what was known", SQL: l.update()})
}

// update counts the lifted events of a record in the order of bronze and dates each of
// them at least a microsecond after all before it: the running maximum of the times, each less
// the number of lifted events up to it, plus that number here.
func (l lifting) update() string {
	d := l.d
	key := sqltext.List(d, "", l.record()...)
	window := "PARTITION BY " + key + " ORDER BY event_seq"
	before := window + " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
	last := func(name, condition string) string {
		return fmt.Sprintf("max(CASE WHEN %s THEN event_seq END) OVER (%s) AS %s", condition, before, name)
	}
	return strings.Join([]string{
		"WITH lode_told AS (",
		fmt.Sprintf("  SELECT %s, l.event_seq, max(l.valid_at) AS lode_at, max(l.observed_at) AS lode_seen,", sqltext.List(d, "l", l.record()...)),
		fmt.Sprintf("         b.op = 'delete' AS lode_gone, b.revives AS lode_back, bool_or(%s) AS lode_timeless", timeless(d, "l")),
		fmt.Sprintf("  FROM %s l JOIN %s k ON %s JOIN %s b ON b.seq = l.event_seq", d.Table(l.m.Log.Name), d.Quote(tmpLifted), sqltext.On(d, "k", "l", l.record()...), l.bronze),
		fmt.Sprintf("  WHERE l.event_stream = %s AND l.op IN ('upsert', 'delete', 'scope')", l.stream),
		fmt.Sprintf("  GROUP BY %s, l.event_seq, b.op, b.revives", sqltext.List(d, "l", l.record()...)),
		"), lode_followed AS (",
		"  SELECT t.*, " + last("lode_deleted", "lode_gone") + ", " + last("lode_deleted_timeless", "lode_gone AND lode_timeless") + " FROM lode_told t",
		"), lode_judged AS (",
		"  SELECT f.*, CASE WHEN lode_gone THEN lode_timeless ELSE COALESCE(lode_back AND lode_deleted = lode_deleted_timeless, FALSE) END AS lode_lifted FROM lode_followed f",
		"), lode_dated AS (",
		"  SELECT j.*, CASE WHEN lode_lifted AND lode_seen > lode_at THEN lode_seen ELSE lode_at END AS lode_own,",
		"         count(CASE WHEN lode_lifted THEN 1 END) OVER (" + window + ") AS lode_count FROM lode_judged j",
		"), lode_floors AS (",
		fmt.Sprintf("  SELECT a.*, max(lode_own - lode_count * %s) OVER (%s) + lode_count * %s AS lode_least FROM lode_dated a", microsecond, before, microsecond),
		")",
		fmt.Sprintf("UPDATE %s AS l SET valid_at = GREATEST(l.valid_at, CASE WHEN f.lode_gone THEN l.valid_at ELSE f.lode_seen END, COALESCE(f.lode_least, l.valid_at)),", d.Table(l.m.Log.Name)),
		fmt.Sprintf("  absent = CASE WHEN %s THEN l.absent ELSE COALESCE(l.absent || ',', '') || '%s' END", timeless(d, "l"), schema.ValidAtCol),
		fmt.Sprintf("FROM lode_floors f WHERE f.lode_lifted AND l.event_stream = %s AND l.event_seq = f.event_seq AND %s", l.stream, sqltext.On(d, "f", "l", l.record()...)),
	}, "\n")
}

const microsecond = "INTERVAL '1 microsecond'"
