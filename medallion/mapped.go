package medallion

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"

	"github.com/lodehq/lode/record"
)

// mapped is a batch of bronze events and the log rows they became.
type mapped struct {
	events *record.Batch
	rows   *record.Batch
	notes  notes
	again  bool // some of the events say again what was said before
	lifts  bool // some of the events may have to be lifted
	err    error
	done   chan struct{} // closed when rows, notes and err are there
}

// last is the number of the newest event.
func (m *mapped) last() int64 { return m.events.Vectors[0].Ints[m.events.Len()-1] }

// mapped maps the selected events of a stream: one goroutine reads, some map side by
// side, and the batches come in the order of the log. A bounded number is under way, so
// that memory does not depend on how much there is to read.
func (r *entityRun) mapped(ctx context.Context, in input, where string) iter.Seq2[*mapped, error] {
	return func(yield func(*mapped, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var group sync.WaitGroup
		defer group.Wait()
		defer cancel()
		workers := min(runtime.GOMAXPROCS(0), maxMappers)
		jobs, inOrder := make(chan *mapped), make(chan *mapped, workers)
		group.Go(func() { r.readEvents(ctx, in, where, jobs, inOrder) })
		for range workers {
			group.Go(func() { r.mapEvents(in, jobs) })
		}
		for m := range inOrder {
			<-m.done
			if !yield(m, m.err) || m.err != nil {
				return
			}
		}
	}
}

// maxMappers bounds the goroutines that map one entity.
const maxMappers = 4

// readEvents hands each batch of events to the mappers, and in order to the consumer.
func (r *entityRun) readEvents(ctx context.Context, in input, where string, jobs, inOrder chan<- *mapped) {
	defer close(inOrder)
	defer close(jobs)
	for events, err := range r.read(ctx, in, where) {
		m := &mapped{done: make(chan struct{})}
		if err != nil {
			m.err = fmt.Errorf("read %s: %w", in.name, err)
			close(m.done)
		} else {
			m.events = own(events)
		}
		select {
		case inOrder <- m:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case jobs <- m:
		case <-ctx.Done():
			m.err = context.Cause(ctx)
			close(m.done)
			return
		}
	}
}

// own is a copy of a batch that outlives the reader's next step.
func own(b *record.Batch) *record.Batch {
	c := &record.Batch{Columns: b.Columns, Vectors: slices.Clone(b.Vectors)}
	for i := range c.Vectors {
		v := &c.Vectors[i]
		v.Valid, v.Ints, v.Floats, v.Texts = slices.Clone(v.Valid), slices.Clone(v.Ints), slices.Clone(v.Floats), slices.Clone(v.Texts)
	}
	return c
}

// mapEvents maps batches until there are no more.
func (r *entityRun) mapEvents(in input, jobs <-chan *mapped) {
	mapper, err := newRowMapper(r.e, r.m, in)
	for m := range jobs {
		if m.err = err; err == nil {
			m.err = mapper.batch(m)
		}
		close(m.done)
	}
}
