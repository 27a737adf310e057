package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/lodehq/lode/source"
)

// reading is one pass over one stream.
type reading struct {
	*api
	req    source.Request
	stream *Stream
	state  state // as it was saved
	out    output
	page   int64
}

func (r *reading) op() string {
	op := "read " + r.env.Name + "." + r.req.Stream
	if r.page > 0 {
		op += fmt.Sprintf(" page %d", r.page)
	}
	return op
}

func (r *reading) misuse(text string) error {
	return &source.Error{Kind: source.Misuse, Op: r.op(), Err: errors.New(text)}
}

func (r *reading) run(ctx context.Context) error {
	if r.stream = r.api.stream(r.req.Stream); r.stream == nil {
		return r.misuse("there is no such stream")
	}
	var err error
	if r.state, err = parseState(r.req.State); err != nil {
		return err
	}
	switch r.req.Mode {
	case source.Incremental:
		return r.incremental(ctx)
	case source.Full:
		return r.full(ctx)
	case source.Keys:
		return r.keys(ctx)
	case source.Backfill:
		return r.backfill(ctx)
	}
	return r.misuse(fmt.Sprintf("there is no mode %q", r.req.Mode))
}

// incremental reads what changed since the mark, then what was deleted.
func (r *reading) incremental(ctx context.Context) error {
	after := state{Mark: r.state.Mark, Deletions: r.state.Deletions}
	w := r.watermark(r.stream.Cursor, after.Mark)
	err := r.endpoint(ctx, &r.stream.Endpoint, w, source.Upsert, func(b *source.Batch) (err error) {
		if mark := w.checkpoint(); mark != nil {
			b.State, err = state{Mark: mark, Deletions: after.Deletions}.encode()
		}
		return err
	})
	if err != nil {
		return err
	}
	after.Mark = w.mark(after.Mark)
	if r.stream.Deletions != nil {
		if after.Deletions, err = r.deletions(ctx, after.Deletions); err != nil {
			return err
		}
	}
	return r.finish(after)
}

// deletions reads the deletions and gives their new mark.
func (r *reading) deletions(ctx context.Context, mark *source.Mark) (*source.Mark, error) {
	e := r.stream.deletions()
	w := r.watermark(e.Cursor, mark)
	r.page = 0
	if err := r.endpoint(ctx, e, w, source.Delete, nil); err != nil {
		return nil, err
	}
	return w.mark(mark), nil
}

// finish publishes the state of a complete pass, unless it is the one that is saved.
func (r *reading) finish(after state) error {
	encoded, err := after.encode()
	if err != nil {
		return err
	}
	if r.out.pending == nil && bytes.Equal(encoded, r.req.State) {
		return nil
	}
	return r.out.finish(encoded, r.op())
}

// full reads everything. The mark of the deletions stays: what they told is done.
func (r *reading) full(ctx context.Context) error {
	from := r.resumePoint()
	w := r.watermark(r.stream.Cursor, nil)
	if from != nil {
		w.resume(from)
	}
	err := r.walkFull(ctx, w, from)
	if from != nil && expired(err) {
		r.emit(source.Event{Kind: "resume_expired", Text: "the full pass that was cut short cannot go on; it begins again", Count: 1})
		w = r.watermark(r.stream.Cursor, nil)
		err = r.walkFull(ctx, w, nil)
	}
	if err != nil {
		return err
	}
	return r.finish(state{Mark: w.mark(r.state.Mark), Deletions: r.state.Deletions})
}

// resumePoint is where a full pass goes on that was cut short; nil to begin.
func (r *reading) resumePoint() *resume {
	if !r.stream.Resumable {
		return nil
	}
	return r.state.Resume
}

// expired tells that the API no longer knows where the pass stood (case 13).
func expired(err error) bool {
	s := status(err)
	return s >= 400 && s < 500 && s != http.StatusUnauthorized && s != http.StatusForbidden
}

// walkFull reads all pages, with a partial state after each if the stream is resumable.
func (r *reading) walkFull(ctx context.Context, w *watermark, from *resume) error {
	var progress resume
	walk := r.newWalk(&r.stream.Endpoint, w, source.Upsert)
	if from != nil {
		progress, walk.at = *from, from.At
	} else if id, err := uuid.NewV7(); err == nil {
		progress.Generation = id.String()
	}
	return r.all(ctx, walk, func(b *source.Batch, more bool) error {
		if !r.stream.Resumable || !more || !r.shareable(walk.at) {
			return nil
		}
		progress.Started, progress.At, progress.Mark = w.now.UTC(), walk.at, w.mark(nil)
		partial := state{Mark: r.state.Mark, Deletions: r.state.Deletions, Resume: &progress}
		encoded, err := partial.encode()
		b.State, b.Partial = encoded, true
		return err
	})
}

// shareable tells whether a position may be saved: one that holds a secret may not.
func (r *reading) shareable(at position) bool { return r.client.redact.Text(at.text()) == at.text() }

// keys reads the complete list of keys. It yields no state.
func (r *reading) keys(ctx context.Context) error {
	if r.stream.Sweep == nil || r.stream.Sweep.Mode != "keys" {
		return r.misuse("the stream declares no sweep of mode keys")
	}
	return r.endpoint(ctx, r.stream.keys(), &watermark{sweep: true}, source.Upsert, func(b *source.Batch) error {
		for i := range b.Records {
			if p := b.Records[i].Problem; p != "" {
				return fmt.Errorf("record %d of the list of keys: %s; a list with a gap proves no deletion", i+1, p)
			}
			b.Records[i] = source.Record{Key: b.Records[i].Key}
		}
		return nil
	})
}

// backfill reads the range [From, To). It yields no state.
func (r *reading) backfill(ctx context.Context) error {
	if r.stream.Cursor == nil {
		return r.misuse("a stream without cursor has no ranges to fill")
	}
	w, err := r.rangeOf(r.stream.Cursor)
	if err != nil {
		return r.misuse(err.Error())
	}
	return r.endpoint(ctx, &r.stream.Endpoint, w, source.Upsert, nil)
}

// endpoint reads all pages of an endpoint; each, if any, may change a batch before it
// is yielded.
func (r *reading) endpoint(ctx context.Context, e *Endpoint, w *watermark, op source.Op, each func(*source.Batch) error) error {
	return r.all(ctx, r.newWalk(e, w, op), func(b *source.Batch, _ bool) error {
		if each == nil {
			return nil
		}
		return each(b)
	})
}

// all walks to the end; each sees a batch before it is yielded, and whether more follow.
func (r *reading) all(ctx context.Context, k *walk, each func(b *source.Batch, more bool) error) error {
	for {
		b, more, err := k.step(ctx)
		if err != nil {
			return err
		}
		if err := each(b, more); err != nil {
			return err
		}
		if err := r.out.add(b); err != nil {
			return err
		}
		if !more {
			k.w.report(r)
			return nil
		}
	}
}

func (r *reading) emit(e source.Event) {
	e.Stream = r.req.Stream
	e.Text = r.client.redact.Text(e.Text)
	r.client.emit(e)
}
