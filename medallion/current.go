package medallion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// currentScope is what one execution of current works on.
type currentScope struct {
	after   int64 // log rows with a greater log_seq are new
	empty   bool  // the log held no row before
	again   bool  // events were mapped again: their old keys may have a state
	all     bool  // every key is touched
	version int64 // schema version to write
	partial bool  // some event did not send every column
	refused bool  // some value could not be read
}

const (
	tmpTouched = "lode_touched"
	tmpFresh   = "lode_fresh"
	tmpDelta   = "lode_delta"
	tmpCustom  = "lode_custom"
	tmpLists   = "lode_lists"
)

// current lists the statements that write the current state of the touched keys: the
// attributes of the newest upsert, deleted if the newest event is a delete. A key that
// was only ever deleted has no row. Keys of which one upsert is all that is known, which
// is most of them in a first load, are copied from the log as they are.
func current(d warehouse.Dialect, m *schema.EntityModel, s currentScope) []sqltext.Statement {
	if s.all {
		return replaceCurrent(d, m, s, "", "")
	}
	out := affected.Create(d, tmpTouched, "the keys that have a history", historic(d, m, s))
	out = append(out, sqltext.Statement{Note: "the keys that are new", Count: sqltext.Inserted, SQL: firstState(d, m, s)})
	join := fmt.Sprintf(" JOIN %s k ON %s", d.Quote(tmpTouched), sqltext.On(d, "k", "l", m.Key()...))
	return append(out, replaceCurrent(d, m, s, tmpTouched, join)...)
}

func replaceCurrent(d warehouse.Dialect, m *schema.EntityModel, s currentScope, touched, join string) []sqltext.Statement {
	var out []sqltext.Statement
	if m.CustomFields == "keep" {
		out = affected.Create(d, tmpCustom, "their custom fields", customQuery(d, m, join))
	}
	out = append(out, affected.Create(d, tmpFresh, "the state that these keys should have", currentQuery(d, m, s, join))...)
	write := affected.Write{Target: m.Current, Fresh: tmpFresh, Touched: touched, Keys: m.Key(), Delta: tmpDelta}
	out = append(out, write.Statements(d)...)
	if touched == "" {
		return out
	}
	return sqltext.Given(d.Quote(touched), out...)
}

// historic selects the keys of new events that are not just one first upsert.
func historic(d warehouse.Dialect, m *schema.EntityModel, s currentScope) string {
	log, key := d.Table(m.Log.Name), sqltext.List(d, "", m.Key()...)
	query := fmt.Sprintf("SELECT %s FROM %s WHERE log_seq > %d AND op <> 'scope' GROUP BY %s\n"+
		"HAVING count(*) > 1 OR bool_or(op <> 'upsert') OR bool_or(custom_fields IS NOT NULL)", key, log, s.after, key)
	if s.again {
		query += fmt.Sprintf("\nUNION SELECT %s FROM %s", key, d.Quote(tmpOldKeys))
	}
	if s.empty {
		return query
	}
	return query + fmt.Sprintf("\nUNION SELECT DISTINCT %s FROM %s n WHERE n.log_seq > %d AND EXISTS (SELECT 1 FROM %s o WHERE o.log_seq <= %d AND %s)",
		sqltext.List(d, "n", m.Key()...), log, s.after, log, s.after, sqltext.On(d, "o", "n", m.Key()...))
}

// firstState copies the keys without a history.
func firstState(d warehouse.Dialect, m *schema.EntityModel, s currentScope) string {
	columns := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		columns[i] = c.Name
	}
	into := append(slices.Clone(columns), schema.IsDeleted, schema.ValidAtCol, schema.CreatedAt, schema.UpdatedAt, "synced_at", "schema_version", schema.EventStream, schema.EventSeq, schema.Refused)
	return strings.Join([]string{
		fmt.Sprintf("INSERT INTO %s (%s)", d.Table(m.Current.Name), sqltext.List(d, "", into...)),
		fmt.Sprintf("SELECT %s, FALSE, l.valid_at, l.observed_at, l.observed_at, l.observed_at, %d, l.event_stream, l.event_seq, l.%s", sqltext.List(d, "l", columns...), s.version, schema.Refused),
		fmt.Sprintf("FROM %s l WHERE l.log_seq > %d AND l.op = 'upsert' AND NOT EXISTS (SELECT 1 FROM %s k WHERE %s)",
			d.Table(m.Log.Name), s.after, d.Quote(tmpTouched), sqltext.On(d, "k", "l", m.Key()...))}, "\n")
}

func currentQuery(d warehouse.Dialect, m *schema.EntityModel, s currentScope, join string) string {
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Name
	}
	key, read := m.Key(), slices.Clone(names)
	if s.refused {
		read = append(read, schema.Refused)
	}
	newest := fmt.Sprintf("PARTITION BY %s ORDER BY l.valid_at DESC, %s", sqltext.List(d, "l", key...), star.EventOrder(d, "l"))
	custom, customJoin := "CAST(NULL AS "+d.TypeName(record.Of(record.JSON))+")", ""
	if m.CustomFields == "keep" {
		custom = "c.fields"
		customJoin = fmt.Sprintf("\nLEFT JOIN %s c ON %s", d.Quote(tmpCustom), sqltext.On(d, "c", "u", key...))
	}
	return strings.Join([]string{
		fmt.Sprintf("SELECT %s, %s AS custom_fields, u.lode_newest_op = 'delete' AS is_deleted, u.valid_at,", sqltext.List(d, "u", names...), custom),
		fmt.Sprintf("       u.created_at, u.updated_at, u.synced_at, CAST(%d AS %s) AS schema_version, u.event_stream, u.event_seq, u.%s", s.version, d.TypeName(record.Of(record.Int)), schema.Refused),
		"FROM (SELECT l.*, first_value(l.op) OVER lode_newest AS lode_newest_op, first_value(l.observed_at) OVER lode_newest AS updated_at,",
		fmt.Sprintf("             min(l.observed_at) OVER (PARTITION BY %s) AS created_at, max(l.observed_at) OVER (PARTITION BY %s) AS synced_at,", sqltext.List(d, "l", key...), sqltext.List(d, "l", key...)),
		fmt.Sprintf("             row_number() OVER (PARTITION BY %s, l.op ORDER BY l.valid_at DESC, %s) AS lode_place", sqltext.List(d, "l", key...), star.EventOrder(d, "l")),
		fmt.Sprintf("      FROM (%s) l", star.Log(d, m, s.partial, join, read...)),
		fmt.Sprintf("      WINDOW lode_newest AS (%s)) u%s", newest, customJoin),
		"WHERE u.op = 'upsert' AND u.lode_place = 1"}, "\n")
}

// customQuery gathers the custom fields of each key: the newest value, when it was
// first and last seen, and whether the newest record no longer carries it.
func customQuery(d warehouse.Dialect, m *schema.EntityModel, join string) string {
	key, log := m.Key(), d.Table(m.Log.Name)
	keyL, keyF := sqltext.List(d, "l", key...), sqltext.List(d, "f", key...)
	instant := func(x string) string { return d.ISO(x) }
	field := d.JSONObject("value", "CAST(f.value AS "+d.TypeName(record.Of(record.JSON))+")", "first_seen", instant("f.first_seen"), "last_seen", instant("f.last_seen"), "deprecated", "f.last_seen < f.lode_newest")
	return strings.Join([]string{
		fmt.Sprintf("SELECT %s, %s AS fields", keyF, d.CollectMembers("f.name", field)),
		fmt.Sprintf("FROM (SELECT %s, e.name, e.value, l.lode_newest, min(l.observed_at) OVER (PARTITION BY %s, e.name) AS first_seen,", keyL, keyL),
		fmt.Sprintf("             max(l.observed_at) OVER (PARTITION BY %s, e.name) AS last_seen,", keyL),
		fmt.Sprintf("             row_number() OVER (PARTITION BY %s, e.name ORDER BY l.valid_at DESC, %s) AS lode_place", keyL, star.EventOrder(d, "l")),
		fmt.Sprintf("      FROM (SELECT l.*, max(l.observed_at) OVER (PARTITION BY %s) AS lode_newest FROM %s l%s WHERE l.op = 'upsert') l", keyL, log, join),
		fmt.Sprintf("      CROSS JOIN %s WHERE l.custom_fields IS NOT NULL) f", d.EachMember("l.custom_fields", "e")),
		fmt.Sprintf("WHERE f.lode_place = 1 GROUP BY %s", keyF)}, "\n")
}

// repeats deletes the new log rows of events that repeat an older one: where what was last
// said of their instant has the same content. Of events of one content, repeats names the
// first. An event that was lifted says something new: that the record is back.
func repeats(d warehouse.Dialect, m *schema.EntityModel, bronze, stream string, after int64) sqltext.Statement {
	same := sqltext.On(d, "x", "l", m.Key()...)
	if m.Nested() {
		same = "x.event_key = l.event_key" // a list is said again as a whole
	}
	log := d.Table(m.Log.Name)
	return sqltext.Statement{Note: "forget what is only said again", SQL: fmt.Sprintf("DELETE FROM %s l USING %s b\n"+
		"WHERE l.log_seq > %d AND l.event_stream = %s AND b.seq = l.event_seq AND b.repeats IS NOT NULL AND b.op = 'upsert' AND NOT %s\n"+
		"  AND b.repeats = (SELECT COALESCE(y.repeats, y.seq) FROM %s x JOIN %s y ON y.seq = x.event_seq\n"+
		"    WHERE x.event_stream = l.event_stream AND x.valid_at = l.valid_at AND x.event_seq < l.event_seq AND %s\n"+
		"    ORDER BY x.event_seq DESC LIMIT 1)",
		log, bronze, after, d.Literal(record.TextValue(stream), record.Of(record.Text)), timeless(d, "l"), log, bronze, same)}
}

// changedLists selects the records around nested rows that have listed their rows more
// than once, and did so again: only in these a row can have vanished.
func changedLists(d warehouse.Dialect, m *schema.EntityModel, after int64) []sqltext.Statement {
	log := d.Table(m.Log.Name)
	return affected.Create(d, tmpLists, "the records that changed their list", fmt.Sprintf("SELECT event_stream, event_key FROM %s WHERE op = 'scope'"+
		" AND event_key IN (SELECT event_key FROM %s WHERE log_seq > %d AND op = 'scope') GROUP BY event_stream, event_key HAVING count(*) > 1", log, log, after))
}

// derived is the ordinal of a delete that vanished has found.
const derived = -2

// underive takes back the deletes that were found in these lists before: another list of
// the same instant may speak now.
func underive(d warehouse.Dialect, m *schema.EntityModel) sqltext.Statement {
	return sqltext.Statement{Note: "forget what was found to have vanished from them", SQL: fmt.Sprintf(
		"DELETE FROM %s l WHERE l.event_ordinal = %d AND EXISTS (SELECT 1 FROM %s c WHERE c.event_stream = l.event_stream AND c.event_key = l.event_key)",
		d.Table(m.Log.Name), derived, d.Quote(tmpLists))}
}

// vanished appends deletes for nested rows that a later state of their record no longer
// lists. A row of op scope says that a record listed all its rows at that event. Of
// several at one instant the last one speaks; a row that an earlier one listed, and that
// it neither lists nor holds back, has been deleted.
func vanished(d warehouse.Dialect, m *schema.EntityModel, last int64) string {
	log, key := d.Table(m.Log.Name), m.Key()
	rows := sqltext.List(d, "r", key...)
	order := "source_order NULLS FIRST, observed_at, event_seq"
	return strings.Join([]string{
		fmt.Sprintf("INSERT INTO %s (log_seq, valid_at, source_order, op, observed_at, event_stream, event_seq, event_ordinal, load_id, event_key, %s)", log, sqltext.List(d, "", key...)),
		"WITH mine AS (",
		fmt.Sprintf("  SELECT l.* FROM %s l JOIN %s c ON c.event_stream = l.event_stream AND c.event_key = l.event_key", log, d.Quote(tmpLists)),
		"), lists AS (",
		"  SELECT valid_at, source_order, observed_at, event_stream, event_seq, load_id, event_key,",
		fmt.Sprintf("         row_number() OVER (PARTITION BY event_stream, event_key ORDER BY valid_at, %s) AS lode_rank,", order),
		fmt.Sprintf("         lead(event_seq) OVER (PARTITION BY event_stream, event_key, valid_at ORDER BY %s) AS lode_next", order),
		"  FROM mine WHERE op = 'scope'",
		"), listed AS (",
		fmt.Sprintf("  SELECT l.event_stream, l.event_key, %s, min(s.lode_rank) AS lode_rank FROM mine l JOIN lists s", sqltext.List(d, "l", key...)),
		"    ON s.event_stream = l.event_stream AND s.event_seq = l.event_seq WHERE l.op = 'upsert'",
		fmt.Sprintf("  GROUP BY l.event_stream, l.event_key, %s", sqltext.List(d, "l", key...)),
		")",
		fmt.Sprintf("SELECT %d + row_number() OVER (ORDER BY s.event_seq, %s), s.valid_at, s.source_order, 'delete', s.observed_at, s.event_stream, s.event_seq, %d, s.load_id, s.event_key, %s", last, rows, derived, rows),
		"FROM lists s JOIN listed r ON r.event_stream = s.event_stream AND r.event_key = s.event_key AND s.lode_rank > r.lode_rank",
		"WHERE s.lode_next IS NULL AND NOT EXISTS (",
		fmt.Sprintf("  SELECT 1 FROM mine x WHERE x.event_stream = s.event_stream AND x.event_seq = s.event_seq AND x.op IN ('upsert', 'held', 'delete') AND %s)", sqltext.On(d, "x", "r", key...)),
	}, "\n")
}
