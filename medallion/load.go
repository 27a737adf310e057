package medallion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// load is one extraction from one stream. What was read is committed in chunks; a
// chunk's transaction also carries the newest checkpoint that it covers. Events after
// the last checkpoint of an incremental pass, and all events of a full pass that has
// not ended, are in bronze but not published: no later step reads them.
type load struct {
	e      *Engine
	ref    schema.StreamRef
	stream source.Stream
	mode   Mode
	step   string
	key    string // the primary key that bronze knows the records by, as written down; "" before the first load
	standing
	in      *chunk     // being filled
	out     *chunk     // being written, by one goroutine, while the next is filled
	writing chan error // receives how that went; nil when nothing is being written
	flushed time.Time
}

// standing is what has been committed. A transaction works on a copy, which takes its
// place when the commit has succeeded: a state that is ahead of its rows would lose them.
type standing struct {
	meta   ledger.Stream
	row    ledger.Load
	result Result
	// unkeyed counts the records without a key since the last sweep of this load.
	unkeyed int64
}

// Chunks are committed when they reach one of these bounds, and at the end.
const (
	chunkRows  = 20_000
	chunkBytes = 8 << 20
	chunkAge   = 2 * time.Second
)

// executeLoad reads a stream into bronze.
func (e *Engine) executeLoad(ctx context.Context, step Step, mode Mode) (Result, error) {
	snapshot, err := e.Ledger.Read(ctx, e.Warehouse)
	if err != nil {
		return Result{}, err
	}
	table := e.bronze(step.Stream)
	var known *knownKeys
	if snapshot.Sequences[table.Name.String()] == 0 {
		known = newKnownKeys()
	}
	l := &load{
		e: e, ref: step.Stream, stream: e.Streams[step.Stream], mode: mode, step: step.Name,
		key: snapshot.Definitions[step.Name],
		in:  newChunk(table, known), out: newChunk(table, known), flushed: time.Now(),
	}
	l.meta = snapshot.Streams[step.Stream.String()]
	l.meta.Stream = step.Stream.String()
	l.row = ledger.Load{
		ID: uuid.Must(uuid.NewV7()).String(), RunID: e.RunID, Stream: l.meta.Stream, Mode: string(l.passMode()),
		Status: "running", StateBefore: l.meta.State, StartedAt: e.Now(),
	}
	err = l.run(ctx)
	return l.result, errors.Join(err, l.close(err))
}

// passMode is the mode of the main pass.
func (l *load) passMode() source.Mode {
	switch {
	case l.mode.ranged():
		return source.Backfill
	case l.mode.Full || !l.stream.Incremental || l.meta.Partial || l.sweepBy(source.Full):
		return source.Full
	}
	return source.Incremental
}

// sweepBy tells whether a sweep by this mode is due.
func (l *load) sweepBy(mode source.Mode) bool {
	return l.stream.Sweep && l.stream.SweepMode == mode && !l.mode.ranged() &&
		(l.mode.Full || l.meta.SweptAt.IsZero() || l.e.Now().Sub(l.meta.SweptAt) >= l.stream.SweepEvery)
}

func (l *load) run(ctx context.Context) error {
	src, err := l.e.Source(ctx, l.ref.Source)
	if err != nil {
		return err
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	mode := l.passMode()
	if err := l.pass(ctx, src, mode); err != nil {
		return err
	}
	before := int64(0)
	if l.sweepBy(source.Keys) {
		mode, before = source.Keys, l.in.number
		if err := l.pass(ctx, src, mode); err != nil {
			return err
		}
	}
	if !l.stream.Sweep || l.stream.SweepMode != mode {
		return nil
	}
	if err := l.confirm(ctx, src, mode, l.in.number-before); err != nil {
		return err
	}
	return l.sweep(ctx)
}

// begin records the load and forgets the seen keys of an older pass, unless this one
// goes on with it.
func (l *load) begin(ctx context.Context) error {
	return l.e.inTx(ctx, func(tx warehouse.Tx) error {
		if err := l.e.Ledger.PutLoad(ctx, tx, l.row); err != nil {
			return err
		}
		if err := l.noteKey(ctx, tx); err != nil {
			return err
		}
		if err := l.retract(ctx, tx); err != nil {
			return err
		}
		if !l.stream.Sweep || l.meta.Partial && l.stream.SweepMode != source.Snapshots {
			return nil
		}
		return l.e.Ledger.ForgetSeen(ctx, tx, l.meta.Stream)
	})
}

// retract takes back what an older pass brought after its last checkpoint: of a stream
// without a key, because it will be read again and nothing would tell that it is the same; of
// one of snapshots, because a snapshot that broke off, or was not believed, says nothing. No
// later step has read it, because it was not published.
func (l *load) retract(ctx context.Context, tx warehouse.Tx) error {
	if len(l.stream.Key) > 0 && !(l.stream.Sweep && l.stream.SweepMode == source.Snapshots) {
		return nil
	}
	bronze := l.e.dialect().Table(l.out.table.Name)
	_, err := tx.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE seq > %d", bronze, l.meta.Published))
	if err == nil {
		_, err = tx.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE entity = '' AND stream = $1 AND seq > %d", l.e.Ledger.Table("quarantine"), l.meta.Published), record.TextValue(l.meta.Stream))
	}
	if err != nil {
		return fmt.Errorf("take back what an interrupted load of %s brought: %w", l.ref, err)
	}
	return nil
}

// pass reads one pass and commits it chunk by chunk.
func (l *load) pass(ctx context.Context, src source.Source, mode source.Mode) error {
	request := source.Request{Stream: l.ref.Stream, Mode: mode, State: source.State(l.meta.State), From: l.mode.From, To: l.mode.To}
	if l.meta.State == "" {
		request.State = nil
	}
	for batch, err := range src.Read(ctx, request) {
		if err != nil {
			return errors.Join(err, l.keep(ctx, mode))
		}
		l.in.add(batch)
		if mode == source.Incremental || mode == source.Full {
			l.in.checkpoint(batch)
		}
		l.in.ends = batch.EndsSnapshot && l.stream.SweepMode == source.Snapshots && l.sees(mode)
		if l.in.ends || l.in.full() || time.Since(l.flushed) > chunkAge {
			if err := l.flush(ctx, mode, false); err != nil {
				return err
			}
		}
	}
	return errors.Join(l.flush(ctx, mode, true), l.wait())
}

// keep commits what was delivered before the pass broke off: it is whole. That ctx has
// ended does not hinder it.
func (l *load) keep(ctx context.Context, mode source.Mode) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return errors.Join(l.wait(), l.flush(ctx, mode, false), l.wait())
}

// flush hands the chunk to a goroutine that commits it, and goes on with an empty one.
// It waits for the chunk before, whose failure it returns: then this one is not written.
func (l *load) flush(ctx context.Context, mode source.Mode, complete bool) error {
	if err := l.wait(); err != nil {
		return err
	}
	l.flushed = time.Now()
	l.in, l.out = l.out, l.in
	l.in.reset()
	l.in.number = l.out.number
	l.writing = make(chan error, 1)
	go func() { l.writing <- l.commit(ctx, mode, complete) }()
	return nil
}

// wait waits for the chunk that is being written.
func (l *load) wait() error {
	if l.writing == nil {
		return nil
	}
	err := <-l.writing
	l.writing = nil
	return err
}

// commit writes the chunk: events, seen keys, the checkpoint it covers and what is
// published by it. Complete says that the pass has ended without an error.
func (l *load) commit(ctx context.Context, mode source.Mode, complete bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store what %s brought (a bug in Lode): %v", l.ref, p)
		}
	}()
	next := l.standing
	err = l.e.inTx(ctx, func(tx warehouse.Tx) error {
		stored, err := l.store(ctx, tx, mode)
		if err != nil {
			return err
		}
		next.count(l.out, mode, stored)
		if l.out.ends {
			if err := l.endSnapshot(ctx, tx, &next, &stored); err != nil {
				return err
			}
		}
		next.advance(l.out, mode, stored, complete, l.e.Now())
		return l.put(ctx, tx, next)
	})
	if refused := (*source.Error)(nil); errors.As(err, &refused) {
		return err // a sweep that is not believed says of what
	}
	if err != nil {
		return fmt.Errorf("store what %s brought: %w", l.ref, err)
	}
	l.standing = next
	l.e.Emit(Event{Step: l.step, Kind: "progress", Rows: l.result.RowsIn})
	return nil
}

func (l *load) put(ctx context.Context, tx warehouse.Tx, s standing) error {
	if err := l.e.Ledger.PutStream(ctx, tx, s.meta); err != nil {
		return err
	}
	return l.e.Ledger.PutLoad(ctx, tx, s.row)
}

// stored is what a chunk added to bronze.
type stored struct {
	events  int64 // new events
	covered int64 // number of the last event that the chunk's checkpoint covers
	last    int64 // number of the last event of the log
}

// count adds the chunk's records.
func (s *standing) count(c *chunk, mode source.Mode, n stored) {
	rows := int64(c.batch.Len())
	s.result.RowsIn += rows
	if mode == source.Keys {
		return
	}
	s.result.Inserted += n.events
	s.result.Unchanged += rows - n.events
	s.result.Quarantined += c.problems
	s.row.Records += rows
	s.row.Stored += n.events
	s.row.Unchanged += rows - n.events
	s.row.Problems += c.problems
	s.unkeyed += c.problems
	s.meta.Records += rows
}

// advance takes the chunk's checkpoint over and moves the published mark: to the
// checkpoint of an incremental pass, and over everything at the end of any pass.
func (s *standing) advance(c *chunk, mode source.Mode, n stored, complete bool, now time.Time) {
	if state, ok := c.state(); ok {
		s.meta.State, s.meta.Partial = string(state.State), state.Partial
		s.row.StateAfter = s.meta.State
		if mode == source.Incremental {
			s.meta.Published = max(s.meta.Published, n.covered)
		}
	}
	if !complete {
		return
	}
	s.meta.Published = n.last
	if mode != source.Backfill {
		s.meta.Mode, s.meta.SyncedAt = string(mode), now
	}
	if mode == source.Full {
		s.meta.Partial = false
	}
}

// close records how the load ended.
func (l *load) close(err error) error {
	l.row.EndedAt, l.row.Status, l.row.Complete = l.e.Now(), "done", err == nil
	if err != nil {
		l.row.Status, l.row.Message = "failed", err.Error()
		if source.IsLater(err) {
			l.row.Status = "later"
		}
	}
	l.meta.Status = l.row.Status
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return l.e.inTx(ctx, func(tx warehouse.Tx) error {
		return l.put(ctx, tx, l.standing)
	})
}

// closeTimeout bounds the last writes of a step that was cancelled.
const closeTimeout = 10 * time.Second
