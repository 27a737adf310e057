package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// Stream is the sync metadata of a stream. Published is the bronze sequence number up
// to which later steps may read: events of a pass that has not come to a checkpoint or
// its end lie beyond it.
type Stream struct {
	Stream    string
	State     string
	Mode      string
	Status    string
	Published int64
	Records   int64
	Partial   bool
	SyncedAt  time.Time
	SweptAt   time.Time
}

func (l Ledger) readStreams(ctx context.Context, r Reader, into map[string]Stream) error {
	sql := "SELECT stream, state, mode, status, published, records, partial, synced_at, swept_at FROM " + l.Table("streams")
	err := each(r.Query(ctx, sql), func(row []record.Value) {
		s := Stream{
			Stream: row[0].Text(), State: row[1].Text(), Mode: row[2].Text(), Status: row[3].Text(),
			Published: row[4].Int(), Records: row[5].Int(), Partial: row[6].Bool(),
		}
		if !row[7].IsNull() {
			s.SyncedAt = row[7].Time()
		}
		if !row[8].IsNull() {
			s.SweptAt = row[8].Time()
		}
		into[s.Stream] = s
	})
	if err != nil {
		return fmt.Errorf("read streams: %w", err)
	}
	return nil
}

// PutStream records where a stream stands.
func (l Ledger) PutStream(ctx context.Context, tx warehouse.Tx, s Stream) error {
	return l.put(ctx, tx, "streams", 1,
		[]string{"stream", "state", "mode", "status", "published", "records", "partial", "synced_at", "swept_at"},
		record.TextValue(s.Stream), nullText(s.State), record.TextValue(s.Mode), record.TextValue(s.Status),
		record.IntValue(s.Published), record.IntValue(s.Records), record.BoolValue(s.Partial), nullTime(s.SyncedAt), nullTime(s.SweptAt))
}

// Load is one extraction from one stream.
type Load struct {
	ID, RunID, Stream, Mode, Status, Message      string
	StateBefore, StateAfter                       string
	Records, Stored, Unchanged, Problems, Deleted int64
	Complete                                      bool
	StartedAt, EndedAt                            time.Time
}

// PutLoad records a load as it stands.
func (l Ledger) PutLoad(ctx context.Context, tx warehouse.Tx, x Load) error {
	return l.put(ctx, tx, "loads", 1,
		[]string{"load_id", "run_id", "stream", "mode", "status", "message", "state_before", "state_after",
			"records", "stored", "unchanged", "problems", "deleted", "complete", "started_at", "ended_at"},
		record.TextValue(x.ID), record.TextValue(x.RunID), record.TextValue(x.Stream), record.TextValue(x.Mode),
		record.TextValue(x.Status), l.message(x.Message), nullText(x.StateBefore), nullText(x.StateAfter),
		record.IntValue(x.Records), record.IntValue(x.Stored), record.IntValue(x.Unchanged), record.IntValue(x.Problems),
		record.IntValue(x.Deleted), record.BoolValue(x.Complete), nullTime(x.StartedAt), nullTime(x.EndedAt))
}

// Run is one execution of a project.
type Run struct {
	ID, Command, Selection, Status, Message, Version string
	StartedAt, EndedAt                               time.Time
}

// PutRun records a run as it stands.
func (l Ledger) PutRun(ctx context.Context, tx warehouse.Tx, r Run) error {
	return l.put(ctx, tx, "runs", 1, []string{"run_id", "command", "selection", "status", "message", "version", "started_at", "ended_at"},
		record.TextValue(r.ID), record.TextValue(r.Command), nullText(r.Selection), record.TextValue(r.Status), l.message(r.Message),
		nullText(r.Version), nullTime(r.StartedAt), nullTime(r.EndedAt))
}

// Step is one step of a run.
type Step struct {
	RunID, Step, Status, Message                    string
	RowsIn, Inserted, Updated, Deleted, Quarantined int64
	StartedAt, EndedAt                              time.Time
}

// PutStep records a step that has ended.
func (l Ledger) PutStep(ctx context.Context, tx warehouse.Tx, s Step) error {
	return l.put(ctx, tx, "steps", 2,
		[]string{"run_id", "step", "status", "message", "rows_in", "inserted", "updated", "deleted", "quarantined", "started_at", "ended_at"},
		record.TextValue(s.RunID), record.TextValue(s.Step), record.TextValue(s.Status), l.message(s.Message), record.IntValue(s.RowsIn),
		record.IntValue(s.Inserted), record.IntValue(s.Updated), record.IntValue(s.Deleted), record.IntValue(s.Quarantined),
		nullTime(s.StartedAt), nullTime(s.EndedAt))
}

// abandon marks what older runs left as running: they ended without a word.
func (l Ledger) abandon(ctx context.Context, tx warehouse.Tx, r Run) error {
	for _, table := range []string{"runs", "loads"} {
		_, err := tx.Exec(ctx, "UPDATE "+l.Table(table)+" SET status = 'abandoned' WHERE status = 'running' AND run_id <> $1", record.TextValue(r.ID))
		if err != nil {
			return fmt.Errorf("mark the abandoned %s: %w", table, err)
		}
	}
	return nil
}

// Record writes a run and its steps in a transaction of their own. The caller holds the
// project's lock, so that any other run that is still called running has been killed.
func (l Ledger) Record(ctx context.Context, w warehouse.Warehouse, r Run, steps []Step) error {
	tx, err := w.Begin(ctx)
	if err != nil {
		return fmt.Errorf("record run %s: %w", r.ID, err)
	}
	defer func() {
		_ = tx.Rollback() // after a commit this does nothing
	}()
	if err := l.abandon(ctx, tx, r); err != nil {
		return err
	}
	if err := l.PutRun(ctx, tx, r); err != nil {
		return err
	}
	for _, s := range steps {
		if err := l.PutStep(ctx, tx, s); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// ForgetState lets the next load of a stream read it from the start.
func (l Ledger) ForgetState(ctx context.Context, tx warehouse.Tx, stream string) error {
	if _, err := tx.Exec(ctx, "UPDATE "+l.Table("streams")+" SET state = NULL, partial = FALSE, swept_at = NULL WHERE stream = $1", record.TextValue(stream)); err != nil {
		return fmt.Errorf("forget the state of %s: %w", stream, err)
	}
	return nil
}

// outdated stands for the fingerprint of a step that no definition has.
const outdated = "outdated"

// Outdated tells whether the step will compute every key again, whatever its definition is.
func (p Position) Outdated() bool { return p.Fingerprint == outdated }

// Outdate makes a step compute every key again, as if its definition had changed.
func (l Ledger) Outdate(ctx context.Context, tx warehouse.Tx, step string) error {
	if _, err := tx.Exec(ctx, "UPDATE "+l.Table("positions")+" SET fingerprint = $2 WHERE step = $1", record.TextValue(step), record.TextValue(outdated)); err != nil {
		return fmt.Errorf("outdate %s: %w", step, err)
	}
	return nil
}
