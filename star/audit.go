package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Loads is what is known of loads: the tables that they are written down in, quoted, and
// the streams with new events.
type Loads struct {
	Loads, Runs string
	Streams     []Loaded
	KnownAt     string // the instant after which nothing is known, as SQL; "" is now
}

// Loaded is a stream with its bronze table, quoted, and the events whose loads are to be
// described: those after one number, up to another.
type Loaded struct {
	Stream, Bronze string
	After, UpTo    int64
}

// Unfinished selects the first event of those loads of a stream of which more may have become
// known since they were described: they were under way, or have events on both sides of After.
func Unfinished(d warehouse.Dialect, m *schema.DimensionModel, x Loaded) string {
	return fmt.Sprintf("SELECT COALESCE(min(m.first_event_seq), 0) FROM %s m WHERE m.stream = %s AND (m.status = 'running'\n  OR m.load_id = (SELECT b.load_id FROM %s b WHERE b.seq > %d ORDER BY b.seq LIMIT 1))",
		d.Table(m.Table.Name), d.Literal(record.TextValue(x.Stream), record.Of(record.Text)), x.Bronze, x.After)
}

// Audit lists the statements that bring an audit dimension up to date with the loads. A
// load keeps its surrogate key; new ones are numbered behind the scope's last key.
func Audit(d warehouse.Dialect, m *schema.DimensionModel, l Loads, s Scope, touch ...sqltext.Statement) []sqltext.Statement {
	parts := make([]string, len(l.Streams))
	for i, x := range l.Streams {
		parts[i] = l.counted(d, x)
	}
	number := fmt.Sprintf("COALESCE(h.%s, %d + row_number() OVER (PARTITION BY h.%s IS NULL ORDER BY l.started_at, c.load_id))", d.Quote(m.SurrogateKey), s.LastKey, d.Quote(m.SurrogateKey))
	query := lines(
		fmt.Sprintf("SELECT %s AS %s, c.load_id, c.stream, l.run_id, r.version AS lode_version, l.mode, l.status, l.started_at, l.ended_at,", number, d.Quote(m.SurrogateKey)),
		"       l.records AS record_count, l.problems AS problem_count, c.new_count, c.change_count, c.delete_count, c.first_event_seq, c.last_event_seq",
		"FROM (", strings.Join(parts, "\nUNION ALL\n"), ") c",
		fmt.Sprintf("LEFT JOIN %s l ON l.load_id = c.load_id LEFT JOIN %s r ON r.run_id = l.run_id LEFT JOIN %s h ON h.load_id = c.load_id", l.Loads, l.Runs, d.Table(m.Table.Name)))
	write := affected.Write{Target: m.Table, Fresh: tmpFresh, Touched: tmpFresh, Keys: m.NaturalKey(), Delta: tmpDelta, Now: s.Now}
	return append(affected.Create(d, tmpFresh, "the loads with new events", query), append(write.Statements(d, touch...), touch...)...)
}

// counted counts the events of the loads of a stream.
func (l Loads) counted(d warehouse.Dialect, x Loaded) string {
	whole := func(n string) string { return fmt.Sprintf("CAST(%s AS %s)", n, d.TypeName(record.Of(record.Int))) }
	touched := ""
	if x.After > 0 {
		touched = fmt.Sprintf(" WHERE o.key IN (SELECT n.key FROM %s n WHERE n.seq > %d)", x.Bronze, x.After)
	}
	events := fmt.Sprintf("%s b LEFT JOIN (SELECT o.key, min(o.seq) AS seq FROM %s o%s GROUP BY o.key) f ON f.key = b.key WHERE b.seq > %d AND b.seq <= %d",
		x.Bronze, x.Bronze, touched, x.After, x.UpTo)
	if l.KnownAt != "" {
		events += " AND b.observed_at <= " + l.KnownAt
	}
	return lines(
		fmt.Sprintf("SELECT b.load_id, %s AS stream, %s AS new_count,", d.Literal(record.TextValue(x.Stream), record.Of(record.Text)), whole("count(CASE WHEN b.op = 'upsert' AND (f.seq IS NULL OR f.seq = b.seq) THEN 1 END)")),
		fmt.Sprintf("       %s AS change_count, %s AS delete_count,", whole("count(CASE WHEN b.op = 'upsert' AND f.seq < b.seq THEN 1 END)"), whole("count(CASE b.op WHEN 'delete' THEN 1 END)")),
		"       min(b.seq) AS first_event_seq, max(b.seq) AS last_event_seq",
		"FROM "+events, "GROUP BY b.load_id")
}

// LoadJoin joins, under an alias, the load that brought the event of the rows of a source
// called s: of those of its stream the last that began with it, or before.
func LoadJoin(d warehouse.Dialect, m *schema.DimensionModel, alias string) string {
	return d.LatestJoin(warehouse.Latest{
		From: d.Table(m.Table.Name), Alias: alias, At: d.Quote(schema.FirstEvent), Time: sqltext.Column(d, "s", schema.EventSeq),
		Keys: [][2]string{{d.Quote(schema.AuditStream), sqltext.Column(d, "s", schema.EventStream)}},
	})
}

// LoadKey is the surrogate key of the load that LoadJoin has joined.
func LoadKey(d warehouse.Dialect, m *schema.DimensionModel, alias string) string {
	return fmt.Sprintf("CASE WHEN %s <= %s THEN %s ELSE %d END", sqltext.Column(d, "s", schema.EventSeq), sqltext.Column(d, alias, schema.LastEvent), sqltext.Column(d, alias, m.SurrogateKey), schema.UnknownKey)
}
