package medallion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// load is one extraction from one stream. What was read is committed in chunks; a
// chunk's transaction also carries the newest checkpoint that it covers. Events after
// the last checkpoint of an incremental pass, and all events of a full pass that has
// not ended, are in bronze but not published: no later step reads them.
type load struct {
	e       *Engine
	ref     schema.StreamRef
	stream  source.Stream
	mode    Mode
	step    string
	meta    ledger.Stream
	row     ledger.Load
	in      *chunk     // being filled
	out     *chunk     // being written, by one goroutine, while the next is filled
	writing chan error // receives how that went; nil when nothing is being written
	result  Result
	flushed time.Time
}

// Chunks are committed when they reach one of these bounds, and at the end.
const (
	chunkRows  = 50_000
	chunkBytes = 24 << 20
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
		meta: snapshot.Streams[step.Stream.String()], in: newChunk(table, known), out: newChunk(table, known), flushed: time.Now(),
	}
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
	case l.mode.From != "" || l.mode.To != "":
		return source.Backfill
	case l.mode.Full || !l.stream.Incremental || l.meta.Partial || l.sweepBy(source.Full):
		return source.Full
	}
	return source.Incremental
}

// sweepBy tells whether a sweep by this mode is due.
func (l *load) sweepBy(mode source.Mode) bool {
	return l.stream.Sweep && l.stream.SweepMode == mode && l.mode.From == "" && l.mode.To == "" &&
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
	if err := l.pass(ctx, src, l.passMode()); err != nil {
		return err
	}
	if l.sweepBy(source.Keys) {
		if err := l.pass(ctx, src, source.Keys); err != nil {
			return err
		}
		return l.sweep(ctx)
	}
	if l.stream.Sweep && l.stream.SweepMode == source.Full && l.passMode() == source.Full {
		return l.sweep(ctx)
	}
	return nil
}

// begin records the load and forgets the seen keys of an older pass, unless this one
// goes on with it.
func (l *load) begin(ctx context.Context) error {
	return l.e.inTx(ctx, func(tx warehouse.Tx) error {
		if err := l.e.Ledger.PutLoad(ctx, tx, l.row); err != nil {
			return err
		}
		if l.meta.Partial || !l.stream.Sweep {
			return nil
		}
		return l.e.Ledger.ForgetSeen(ctx, tx, l.meta.Stream)
	})
}

// pass reads one pass and commits it chunk by chunk.
func (l *load) pass(ctx context.Context, src source.Source, mode source.Mode) error {
	request := source.Request{Stream: l.ref.Stream, Mode: mode, State: source.State(l.meta.State), From: l.mode.From, To: l.mode.To}
	if l.meta.State == "" {
		request.State = nil
	}
	for batch, err := range src.Read(ctx, request) {
		if err != nil {
			// What was delivered before the error is whole and stays.
			return errors.Join(err, l.flush(ctx, mode, false), l.wait())
		}
		l.in.add(batch)
		if mode == source.Incremental || mode == source.Full {
			l.in.checkpoint(batch)
		}
		if l.in.full() || time.Since(l.flushed) > chunkAge {
			if err := l.flush(ctx, mode, false); err != nil {
				return err
			}
		}
	}
	return errors.Join(l.flush(ctx, mode, true), l.wait())
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
func (l *load) commit(ctx context.Context, mode source.Mode, complete bool) error {
	err := l.e.inTx(ctx, func(tx warehouse.Tx) error {
		stored, last, err := l.store(ctx, tx, mode)
		if err != nil {
			return err
		}
		l.progress(mode, stored)
		if state, ok := l.out.state(); ok {
			l.meta.State, l.meta.Partial = string(state.State), state.Partial
		}
		l.publish(mode, last, complete)
		l.row.StateAfter = l.meta.State
		if err := l.e.Ledger.PutStream(ctx, tx, l.meta); err != nil {
			return err
		}
		return l.e.Ledger.PutLoad(ctx, tx, l.row)
	})
	if err != nil {
		return fmt.Errorf("store what %s brought: %w", l.ref, err)
	}
	l.result.RowsIn += int64(l.out.batch.Len())
	l.e.Emit(Event{Step: l.step, Kind: "progress", Rows: l.result.RowsIn})
	return nil
}

func (l *load) progress(mode source.Mode, stored int64) {
	if mode == source.Keys {
		return
	}
	n := int64(l.out.batch.Len())
	l.result.Inserted += stored
	l.result.Unchanged += n - stored
	l.result.Quarantined += l.out.problems
	l.row.Records += n
	l.row.Stored += stored
	l.row.Unchanged += n - stored
	l.row.Problems += l.out.problems
	l.meta.Records += n
}

// publish moves the published mark: at a checkpoint of an incremental pass, and at the
// end of any pass.
func (l *load) publish(mode source.Mode, last int64, complete bool) {
	_, checkpoint := l.out.state()
	if complete || (mode == source.Incremental && checkpoint) {
		l.meta.Published = last
	}
	if complete && mode != source.Backfill {
		l.meta.Mode, l.meta.SyncedAt = string(mode), l.e.Now()
	}
	if complete && mode == source.Full {
		l.meta.Partial = false
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
		if err := l.e.Ledger.PutStream(ctx, tx, l.meta); err != nil {
			return err
		}
		return l.e.Ledger.PutLoad(ctx, tx, l.row)
	})
}

// closeTimeout bounds the last writes of a step that was cancelled.
const closeTimeout = 10 * time.Second
