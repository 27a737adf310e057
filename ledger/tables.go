package ledger

import (
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Ledger knows where Lode's own tables are and how to spell statements about them.
type Ledger struct {
	Dialect warehouse.Dialect
	Schema  string
	// Hide takes secrets out of a message before it is recorded; nil takes nothing out.
	Hide func(message string) string
}

// message is a message as it is recorded: without secrets, NULL when empty.
func (l Ledger) message(text string) record.Value {
	if l.Hide != nil {
		text = l.Hide(text)
	}
	return nullText(text)
}

func column(name string, kind record.Kind) schema.Field {
	return schema.Field{Name: name, Type: record.Of(kind)}
}

func texts(names ...string) []schema.Field { return columns(record.Text, names...) }

func ints(names ...string) []schema.Field { return columns(record.Int, names...) }

func times(names ...string) []schema.Field { return columns(record.Timestamp, names...) }

func columns(kind record.Kind, names ...string) []schema.Field {
	fields := make([]schema.Field, len(names))
	for i, n := range names {
		fields[i] = column(n, kind)
	}
	return fields
}

func join(lists ...[]schema.Field) []schema.Field {
	var all []schema.Field
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// Tables lists the ledger's tables.
func (l Ledger) Tables() []schema.Table {
	table := func(name, comment string, key []string, fields ...[]schema.Field) schema.Table {
		return schema.Table{Name: schema.Name{Schema: l.Schema, Table: name}, Fields: join(fields...), PrimaryKey: key, Comment: comment, Small: true}
	}
	return []schema.Table{
		table("sequences", "The last number given in each log or dimension.", []string{"name"}, texts("name"), ints("last")),
		table("positions", "How far each step has consumed each input.", []string{"step", "input"},
			texts("step", "input"), ints("position"), texts("fingerprint"), times("written_at")),
		table("streams", "Sync metadata of each stream.", []string{"stream"},
			texts("stream", "state", "mode", "status"), ints("published", "records"), columns(record.Bool, "partial"), times("synced_at", "swept_at")),
		table("loads", "One row for each extraction from a stream.", []string{"load_id"},
			texts("load_id", "run_id", "stream", "mode", "status", "state_before", "state_after", "message"),
			ints("records", "stored", "unchanged", "problems", "deleted"), columns(record.Bool, "complete"), times("started_at", "ended_at")),
		unkeyed(table("requests", "The requests of each load.", nil, texts("load_id"), ints("request"), texts("origin"), ints("records"))),
		table("runs", "One row for each run.", []string{"run_id"},
			texts("run_id", "command", "selection", "status", "message", "version"), times("started_at", "ended_at")),
		table("steps", "One row for each step of a run.", []string{"run_id", "step"},
			texts("run_id", "step", "status", "message"), ints("rows_in", "inserted", "updated", "deleted", "quarantined"), times("started_at", "ended_at")),
		unkeyed(table("quarantine", "Records and values that broke a rule.", nil,
			texts("entity", "stream"), ints("seq", "ordinal"), texts("kind", "column_name", "reason", "value", "record_key", "load_id"), times("observed_at"), columns(record.Bool, "superseded"))),
		unkeyed(table("custom_fields", "Fields that no mapping knows.", nil,
			texts("entity", "stream", "name", "type"), times("first_seen", "last_seen"), ints("count"), texts("sample"))),
		table("definitions", "The version of each definition that tables were made by.", []string{"object"}, texts("object", "fingerprint"), ints("version"), times("applied_at")),
		table("tracking", "Since when, and until when, a column of a dimension begins versions.", []string{"dimension", "column_name"},
			texts("dimension", "column_name"), times("since_at", "until_at"), columns(record.Bool, "opens")),
		table("checks", "What the last check of each table found; violations is NULL where it was not looked at.", []string{"table_name", "check_name"},
			texts("table_name", "check_name"), ints("violations"), texts("example", "note"), times("checked_at")),
		unkeyed(table("seen_keys", "Keys seen by a pass that is under way.", nil, texts("stream", "record_key"))),
	}
}

// unkeyed marks a table that may grow and is not written by key.
func unkeyed(t schema.Table) schema.Table {
	t.Small = false
	return t
}

// Table is the quoted name of a ledger table.
func (l Ledger) Table(name string) string {
	return l.Dialect.Table(schema.Name{Schema: l.Schema, Table: name})
}
