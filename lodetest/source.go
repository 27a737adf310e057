package lodetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/lodehq/lode/source"
)

// Source is a source in memory. It is both the configuration and the source itself, so
// that a test can go on telling it things between runs.
type Source struct {
	mu      sync.Mutex
	streams []*Stream
}

// NewSource is a source without streams.
func NewSource() *Source { return &Source{} }

// Stream adds a stream whose records have the given primary key. Without a key the
// stream is append-only.
func (s *Source) Stream(name string, key ...string) *Stream {
	st := &Stream{source: s, Describe: source.Stream{Name: name, Key: key, Incremental: true}}
	s.streams = append(s.streams, st)
	return st
}

// Find is the stream of a name, nil if there is none.
func (s *Source) Find(name string) *Stream {
	i := slices.IndexFunc(s.streams, func(st *Stream) bool { return st.Describe.Name == name })
	if i < 0 {
		return nil
	}
	return s.streams[i]
}

// Stream is one stream of a Source. Describe may be changed before the project is opened.
type Stream struct {
	Describe source.Stream
	// Fail, if set, ends the next reads with this error after FailAfter batches.
	Fail      error
	FailAfter int
	// Silent makes incremental reads bring nothing new.
	Silent bool

	source *Source
	sent   []source.Batch
	base   int // full passes begin at this batch
}

// Send says that these records (JSON objects) were seen, in one batch.
func (st *Stream) Send(records ...string) {
	b := source.Batch{Origin: fmt.Sprintf("test batch %d", len(st.sent)+1)}
	for _, r := range records {
		b.Records = append(b.Records, st.record(r, source.Upsert))
	}
	st.add(b)
}

// Delete says that these records were deleted; a record needs its key at least.
func (st *Stream) Delete(records ...string) {
	b := source.Batch{Origin: fmt.Sprintf("test batch %d", len(st.sent)+1)}
	for _, r := range records {
		b.Records = append(b.Records, st.record(r, source.Delete))
	}
	st.add(b)
}

// Replace makes the records all that the stream holds, for full passes and key sweeps,
// and lets incremental reads bring nothing.
func (st *Stream) Replace(records ...string) {
	st.source.mu.Lock()
	st.sent, st.base, st.Silent = nil, 0, true
	st.source.mu.Unlock()
	st.Send(records...)
}

// Snapshot makes the records all that the stream holds, for full passes and key sweeps;
// for incremental reads they are what is new. More may be sent behind them.
func (st *Stream) Snapshot(records ...string) {
	st.source.mu.Lock()
	st.base = len(st.sent)
	st.source.mu.Unlock()
	if len(records) > 0 {
		st.Send(records...)
	}
}

func (st *Stream) record(payload string, op source.Op) source.Record {
	clean, note := source.Sanitize([]byte(payload))
	r := source.Record{Payload: clean, Op: op, Sanitized: note}
	key, err := source.CanonicalKey(clean, st.Describe.Key)
	if err != nil {
		r.Problem = err.Error()
	}
	r.Key = key
	return r
}

func (st *Stream) add(b source.Batch) {
	st.source.mu.Lock()
	defer st.source.mu.Unlock()
	st.sent = append(st.sent, b)
}

// Streams describes the streams.
func (s *Source) Streams() []source.Stream {
	out := make([]source.Stream, len(s.streams))
	for i, st := range s.streams {
		out[i] = st.Describe
		if out[i].Backfill == nil {
			out[i].Backfill = func(string, string) error { return nil } // what was sent has no cursor to compare
		}
	}
	return out
}

// Validate finds nothing wrong.
func (s *Source) Validate() error { return nil }

// Open is the source itself.
func (s *Source) Open(context.Context, source.Env) (source.Source, error) { return s, nil }

// Close does nothing: the test may go on with the source.
func (s *Source) Close() error { return nil }

type state struct {
	Sent int `json:"sent"`
}

// Read yields what was said since the state, or everything.
func (s *Source) Read(_ context.Context, req source.Request) iter.Seq2[*source.Batch, error] {
	return func(yield func(*source.Batch, error) bool) {
		s.mu.Lock()
		i := slices.IndexFunc(s.streams, func(st *Stream) bool { return st.Describe.Name == req.Stream })
		st := s.streams[i]
		batches, fail, after := slices.Clone(st.sent), st.Fail, st.FailAfter
		silent := st.Silent && req.Mode == source.Incremental
		from := state{}
		if req.Mode != source.Incremental {
			from.Sent = st.base
		}
		s.mu.Unlock()
		if req.State != nil && req.Mode == source.Incremental {
			if err := json.Unmarshal(req.State, &from); err != nil {
				yield(nil, &source.Error{Kind: source.Failed, Op: "read state", Err: err})
				return
			}
		}
		if silent {
			from.Sent = len(batches)
		}
		for n, b := range batches[min(from.Sent, len(batches)):] {
			if fail != nil && n == after {
				yield(nil, fail)
				return
			}
			if !yield(st.batch(b, req.Mode, from.Sent+n+1), nil) {
				return
			}
		}
		if fail != nil {
			yield(nil, fail)
		}
	}
}

func (st *Stream) batch(b source.Batch, mode source.Mode, sent int) *source.Batch {
	if mode == source.Incremental || mode == source.Full {
		text, err := json.Marshal(state{sent})
		if err != nil {
			panic(errors.Join(errors.New("lodetest: encode state"), err)) // a struct of one int
		}
		b.State = text
	}
	b.Records = slices.Clone(b.Records)
	for i := range b.Records {
		b.Records[i].Payload = bytes.Clone(b.Records[i].Payload)
	}
	return &b
}
