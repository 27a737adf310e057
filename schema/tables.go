package schema

import (
	"slices"
	"strconv"

	"github.com/lodehq/lode/record"
)

const logSuffix = "_log"

// Columns of the silver tables that Lode keeps itself.
const (
	LogSeq       = "log_seq"         // order in which events entered the log; positions count it
	ValidAtCol   = "valid_at"        // business time
	SourceOrder  = "source_order"    // the source's own order among equal times
	Op           = "op"              // upsert, delete, void (withdrawn) or scope (complete list of nested rows)
	ObservedAt   = "observed_at"     // when Lode saw it
	EventStream  = "event_stream"    // with event_seq: the bronze event
	EventSeq     = "event_seq"       //
	EventOrdinal = "event_ordinal"   // position in a nested list
	EventKey     = "event_key"       // bronze key of the record around a nested row
	LoadID       = "load_id"         //
	Absent       = "absent"          // columns that the source did not send, comma-separated
	Refused      = "refused_columns" // columns whose value could not be read, comma-separated
	CustomFields = "custom_fields"   //
	Superseded   = "superseded"      // another event of the same key and valid_at wins
)

func indexPath(list string, i int) string { return list + "." + strconv.Itoa(i) }

func logFields(nested bool) []Field {
	fields := []Field{
		field(LogSeq, record.Int, true),
		field(ValidAtCol, record.Timestamp, true),
		field(SourceOrder, record.Int, false),
		text(Op, true),
		field(ObservedAt, record.Timestamp, true),
		text(EventStream, true),
		field(EventSeq, record.Int, true),
		field(EventOrdinal, record.Int, true),
		text(LoadID, true),
		text(Absent, false),
		text(Refused, false),
		field(CustomFields, record.JSON, false),
		{Name: Superseded, Type: record.Of(record.Bool), NotNull: true, Default: "FALSE"},
	}
	if nested {
		fields = append(fields, text(EventKey, false))
	}
	return fields
}

func currentFields() []Field {
	return []Field{
		field(CustomFields, record.JSON, false),
		field("is_deleted", record.Bool, true),
		field(ValidAtCol, record.Timestamp, true),
		field("created_at", record.Timestamp, true),
		field("updated_at", record.Timestamp, true),
		field("synced_at", record.Timestamp, true),
		field("schema_version", record.Int, true),
		text(EventStream, true),
		field(EventSeq, record.Int, true),
		text(Refused, false),
	}
}

// deriveEntityTables makes the log and the current state. The log's key columns may be
// NULL in rows of op scope, which speak of a list and not of a row.
func deriveEntityTables(m *EntityModel, l Layers) {
	values := m.Fields()
	key := make([]string, m.KeyCount)
	for i := range key {
		key[i] = values[i].Name
	}
	logged := make([]Field, len(values))
	for i, f := range values {
		f.NotNull = false
		logged[i] = f
	}
	m.Log = Table{
		Name:       Name{l.Silver, m.Name + logSuffix},
		Fields:     append(logFields(m.Nested()), logged...),
		PrimaryKey: []string{LogSeq},
		// By key and time: whether an event comes late is asked of each key, and must not read
		// all that is known of it.
		Indexes: []Index{{Columns: slices.Concat(key, []string{ValidAtCol})}},
		Comment: "Typed event log of " + m.Name + ".",
	}
	if m.Nested() {
		m.Log.Indexes = append(m.Log.Indexes, Index{Columns: []string{EventKey}})
	}
	m.Current = Table{
		Name:       Name{l.Silver, m.Name},
		Fields:     append(values, currentFields()...),
		PrimaryKey: key,
		Comment:    or(m.Description, "Current state of "+m.Name+"."),
	}
}

// BronzeTable is the change log of a stream.
func (m *Model) BronzeTable(s StreamRef) Table {
	payload := field("payload", record.JSON, false)
	payload.Verbatim = true
	return Table{
		Name: Name{m.Layers.Bronze, s.Source + "_" + s.Stream},
		Fields: []Field{
			field("seq", record.Int, true),
			text(LoadID, true),
			field("request", record.Int, true),
			field(ObservedAt, record.Timestamp, true),
			text("key", false),
			text(Op, true),
			field("hash", record.UUID, true),
			text("note", false),                  // why it cannot be keyed, or what had to be mended
			field("repeats", record.Int, false),  // an older event of this key with the same content
			field("revives", record.Bool, false), // back after a sweep had missed it
			payload,
		},
		PrimaryKey: []string{"seq"},
		Indexes:    []Index{{Columns: []string{"key", "seq"}}},
		Comment:    "What " + s.String() + " said, byte for byte.",
	}
}
