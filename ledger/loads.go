package ledger

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Request is one request that a load made; bronze points to it by its number.
type Request struct {
	Number, Records int64
	Origin          string
}

// PutRequests adds the requests of a load.
func (l Ledger) PutRequests(ctx context.Context, tx warehouse.Tx, loadID string, requests []Request) error {
	table := l.table("requests")
	b := record.NewBatch(table.Columns())
	for _, r := range requests {
		b.Append(record.TextValue(loadID), record.IntValue(r.Number), record.TextValue(r.Origin), record.IntValue(r.Records))
	}
	if _, err := tx.Load(ctx, table.Name, record.One(b)); err != nil {
		return fmt.Errorf("record the requests of load %s: %w", loadID, err)
	}
	return nil
}

func (l Ledger) table(name string) schema.Table {
	for _, t := range l.Tables() {
		if t.Name.Table == name {
			return t
		}
	}
	panic("ledger: no table " + name) // the names are constants of this package
}

// SeeKeys remembers the keys of a staging table as seen by the pass under way.
func (l Ledger) SeeKeys(ctx context.Context, tx warehouse.Tx, stream, staged string) error {
	sql := "INSERT INTO " + l.Table("seen_keys") + " (stream, record_key) SELECT $1, key FROM " + staged + " WHERE key IS NOT NULL AND op = 'upsert'"
	if _, err := tx.Exec(ctx, sql, record.TextValue(stream)); err != nil {
		return fmt.Errorf("remember the seen keys of %s: %w", stream, err)
	}
	return nil
}

// ForgetSeen forgets the seen keys of a stream.
func (l Ledger) ForgetSeen(ctx context.Context, tx warehouse.Tx, stream string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM "+l.Table("seen_keys")+" WHERE stream = $1", record.TextValue(stream)); err != nil {
		return fmt.Errorf("forget the seen keys of %s: %w", stream, err)
	}
	return nil
}

// Quarantined is a record or value that broke a rule. Kind is record (kept out), value
// (the column is NULL, the row is kept) or warning (the row is kept as it is).
type Quarantined struct {
	Entity, Stream    string
	Seq, Ordinal      int64
	Kind              string
	Column            string
	Reason            string
	Value             string
	RecordKey, LoadID string
	ObservedAt        int64 // microseconds
}

// PutQuarantine adds to the quarantine.
func (l Ledger) PutQuarantine(ctx context.Context, tx warehouse.Tx, rows []Quarantined) error {
	table := l.table("quarantine")
	b := record.NewBatch(table.Columns())
	for _, q := range rows {
		b.Append(record.TextValue(q.Entity), record.TextValue(q.Stream), record.IntValue(q.Seq), record.IntValue(q.Ordinal),
			record.TextValue(q.Kind), record.TextValue(q.Column), record.TextValue(q.Reason), nullText(q.Value),
			nullText(q.RecordKey), nullText(q.LoadID), record.TimestampValue(q.ObservedAt), record.BoolValue(false))
	}
	if _, err := tx.Load(ctx, table.Name, record.One(b)); err != nil {
		return fmt.Errorf("write the quarantine: %w", err)
	}
	return nil
}

// Supersede marks the quarantined records of a stream of which a later event has been
// taken since the log row after: the source has mended them. They stay, because what they
// said is still missing from the history. Bronze and log are quoted table names.
func (l Ledger) Supersede(ctx context.Context, tx warehouse.Tx, entity, stream, bronze, log string, after int64) error {
	// The newest event of each key comes first: joined with the quarantine itself, the log
	// would meet every row of it that waits.
	taken := fmt.Sprintf("SELECT event_seq FROM %s WHERE log_seq > %d AND event_stream = $2 AND op IN ('upsert', 'delete')", log, after)
	newest := fmt.Sprintf("SELECT b.key, max(b.seq) AS seq FROM %s b JOIN (%s) l ON l.event_seq = b.seq GROUP BY b.key", bronze, taken)
	_, err := tx.Exec(ctx, fmt.Sprintf("UPDATE %s AS q SET superseded = TRUE FROM (%s) n\n"+
		"WHERE q.entity = $1 AND q.stream = $2 AND NOT q.superseded AND q.kind <> 'warning' AND n.key = q.record_key AND n.seq > q.seq", l.Table("quarantine"), newest),
		record.TextValue(entity), record.TextValue(stream))
	if err != nil {
		return fmt.Errorf("mark what the source has mended: %w", err)
	}
	return nil
}

// Waits tells whether anything of an entity waits in quarantine.
func (l Ledger) Waits(ctx context.Context, tx warehouse.Tx, entity string) (bool, error) {
	waits := false
	err := each(tx.Query(ctx, "SELECT 1 AS one FROM "+l.Table("quarantine")+" WHERE entity = $1 AND NOT superseded LIMIT 1", record.TextValue(entity)), func([]record.Value) { waits = true })
	if err != nil {
		return false, fmt.Errorf("look into the quarantine: %w", err)
	}
	return waits, nil
}

// Field is a custom field as one batch saw it.
type Field struct {
	Entity, Stream, Name, Type string
	FirstSeen, LastSeen        int64 // microseconds
	Count                      int64
	Sample                     string
}

// PutCustomFields adds what a batch saw to the registry: a field of a new name or type
// is a new row, a known one is counted on.
func (l Ledger) PutCustomFields(ctx context.Context, tx warehouse.Tx, fields []Field) error {
	for _, f := range fields {
		key := []record.Value{record.TextValue(f.Entity), record.TextValue(f.Stream), record.TextValue(f.Name), record.TextValue(f.Type)}
		n, err := tx.Exec(ctx, "UPDATE "+l.Table("custom_fields")+" SET last_seen = GREATEST(last_seen, $5), first_seen = LEAST(first_seen, $6), count = count + $7"+
			" WHERE entity = $1 AND stream = $2 AND name = $3 AND type = $4",
			append(key, record.TimestampValue(f.LastSeen), record.TimestampValue(f.FirstSeen), record.IntValue(f.Count))...)
		if err == nil && n == 0 {
			_, err = tx.Exec(ctx, "INSERT INTO "+l.Table("custom_fields")+" (entity, stream, name, type, first_seen, last_seen, count, sample) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				append(key, record.TimestampValue(f.FirstSeen), record.TimestampValue(f.LastSeen), record.IntValue(f.Count), record.TextValue(f.Sample))...)
		}
		if err != nil {
			return fmt.Errorf("register custom field %s: %w", f.Name, err)
		}
	}
	return nil
}
