package rest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/lodehq/lode/source"
)

// api is an open source.
type api struct {
	config *Config
	env    source.Env
	client *client
}

// Open makes the source ready. The API is asked for the first time when a stream is read.
func (c *Config) Open(_ context.Context, env source.Env) (source.Source, error) {
	if err := c.Validate(); err != nil {
		return nil, &source.Error{Kind: source.Misuse, Op: "open source " + env.Name, Err: err}
	}
	client, err := newClient(c, env)
	if err != nil {
		return nil, &source.Error{Kind: source.Misuse, Op: "open source " + env.Name, Err: err}
	}
	return &api{config: c, env: env, client: client}, nil
}

// Close lets go of open connections.
func (a *api) Close() error {
	a.client.close()
	return nil
}

// Read yields the pages of one pass.
func (a *api) Read(ctx context.Context, req source.Request) iter.Seq2[*source.Batch, error] {
	return func(yield func(*source.Batch, error) bool) {
		r := &reading{api: a, req: req, out: output{yield: yield}}
		err := r.run(ctx)
		if errors.Is(err, errStopped) {
			return
		}
		if err := r.out.flush(); err != nil { // what came before the error counts
			return
		}
		if err != nil {
			yield(nil, r.explain(err))
		}
	}
}

// explain makes any error a *source.Error without secrets.
func (r *reading) explain(err error) error {
	var known *source.Error
	if errors.As(err, &known) {
		return known
	}
	return r.client.fail(source.Failed, &call{op: r.op()}, err, time.Time{})
}

func (a *api) stream(name string) *Stream {
	i := slices.IndexFunc(a.config.Tables, func(s Stream) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &a.config.Tables[i]
}

// errStopped ends a pass whose batches nobody wants any more.
var errStopped = errors.New("stopped")

// output holds the last batch back, so that the state of a complete pass travels with
// its last records.
type output struct {
	yield   func(*source.Batch, error) bool
	pending *source.Batch
}

// add yields the batch before and keeps b. A batch that says nothing is dropped.
func (o *output) add(b *source.Batch) error {
	if len(b.Records) == 0 && b.State == nil {
		return nil
	}
	if err := o.flush(); err != nil {
		return err
	}
	o.pending = b
	return nil
}

// flush yields the batch that is held back.
func (o *output) flush() error {
	b := o.pending
	o.pending = nil
	if b != nil && !o.yield(b, nil) {
		return errStopped
	}
	return nil
}

// finish puts the state on the last batch, or on an empty one if there were no records.
func (o *output) finish(s source.State, origin string) error {
	if o.pending == nil {
		if s == nil {
			return nil
		}
		o.pending = &source.Batch{Origin: origin}
	}
	o.pending.State, o.pending.Partial = s, false
	return o.flush()
}
