package schema

import "github.com/lodehq/lode/record"

// Columns of an audit dimension. A row is a load: one extraction from a stream.
const (
	AuditStream = "stream"
	AuditStatus = "status"
	FirstEvent  = "first_event_seq" // numbers of the load's events in bronze; there are no others between them
	LastEvent   = "last_event_seq"
)

func deriveAuditTable(m *DimensionModel, l Layers) {
	count := func(name, comment string) Field {
		return Field{Name: name, Type: record.Of(record.Int), Comment: comment}
	}
	m.Table = Table{
		Name: Name{l.Gold, m.Name},
		Fields: []Field{
			field(m.SurrogateKey, record.Int, true), text(LoadID, false), text(AuditStream, false),
			text("run_id", false), text("lode_version", false), text("mode", false), text(AuditStatus, false),
			field("started_at", record.Timestamp, false), field("ended_at", record.Timestamp, false),
			count("record_count", "Records that the source gave."),
			count("problem_count", "Records that could not be read or keyed."),
			count("new_count", "Events of keys that had none before."),
			count("change_count", "Events that change, or correct, what was known of a key."),
			count("delete_count", "Deletes."),
			count(FirstEvent, "Number of the first event that the load stored in bronze."),
			count(LastEvent, "Number of the last one."),
		},
		PrimaryKey: []string{m.SurrogateKey}, Indexes: []Index{{Columns: []string{AuditStream, FirstEvent}}, {Columns: []string{LoadID}, Unique: true}},
		Comment: or(m.Description, "Loads: which extraction brought what, and how."),
	}
}
