package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// Harness is a connector with data of which the outcome is known.
type Harness struct {
	// Open opens the source anew; the suite closes it. emit receives its events.
	Open func(t *testing.T, emit func(source.Event)) source.Source
	// Stream is read by the suite.
	Stream source.Stream
	// Keys are the canonical keys that a complete pass brings; for a keyless stream, the
	// payloads. At least three.
	Keys []string
	// Change alters the data and tells the keys that the next incremental pass must bring.
	// It runs last, once. nil leaves that out.
	Change func(t *testing.T) []string
	// From and To are a range for a backfill, BackfillKeys what lies in it; empty leaves that out.
	From, To     string
	BackfillKeys []string
	// Secrets must not show in origins, states, events and errors.
	Secrets []string
}

// Run holds a connector to the contract.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if len(h.Keys) < 3 {
		t.Fatal("sourcetest: a harness needs three keys or more")
	}
	for _, err := range h.Stream.Problems() {
		t.Errorf("the description of the stream: %v", err)
	}
	t.Run("full pass is complete", h.fullPass)
	t.Run("first incremental pass is complete", h.firstPass)
	t.Run("every checkpoint can be gone on from", h.checkpoints)
	t.Run("cancel ends the pass", h.cancel)
	t.Run("the reader may stop", h.stop)
	t.Run("what is not there is misuse", h.misuse)
	if h.Stream.Sweep && h.Stream.SweepMode == source.Keys {
		t.Run("key sweep is complete", h.sweep)
	}
	if len(h.BackfillKeys) > 0 {
		t.Run("backfill reads its range", h.backfill)
	}
	if h.Change != nil {
		t.Run("incremental pass brings what changed", h.changed)
	}
}

// pass is what one Read brought, as copies.
type pass struct {
	keys   []string
	states []source.State // of each batch, nil where it had none
	counts []int          // records up to and including each batch
	open   bool           // a snapshot has begun
	err    error
}

func (p pass) last() source.State {
	for _, s := range slices.Backward(p.states) {
		if s != nil {
			return s
		}
	}
	return nil
}

// read runs a pass to its end, or until stop batches have come if stop is not 0.
func (h Harness) read(ctx context.Context, t *testing.T, req source.Request, stop int) pass {
	t.Helper()
	src := h.Open(t, func(e source.Event) { h.clean(t, "event", e.Kind+" "+e.Text) })
	defer func() {
		if err := src.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	req.Stream = h.Stream.Name
	var p pass
	for batch, err := range src.Read(ctx, req) {
		if p.err != nil {
			t.Fatal("the stream went on after an error")
		}
		if err != nil {
			h.checkError(t, err)
			p.err = err
			continue
		}
		h.take(t, &p, req.Mode, batch)
		if len(p.states) == stop {
			break
		}
	}
	return p
}

// take checks a batch and notes what it holds.
func (h Harness) take(t *testing.T, p *pass, mode source.Mode, b *source.Batch) {
	t.Helper()
	h.clean(t, "origin", b.Origin)
	h.clean(t, "state", string(b.State))
	if b.Origin == "" {
		t.Error("a batch does not tell its origin")
	}
	if len(b.Records) == 0 && b.State == nil && !b.EndsSnapshot {
		t.Error("a batch has neither records nor a state, and ends no snapshot")
	}
	h.snapshots(t, p, b)
	if b.State != nil && (jsontext.Value(b.State).Kind() != jsontext.KindBeginObject || !jsontext.Value(b.State).IsValid()) {
		t.Errorf("state is no JSON object: %s", b.State)
	}
	if b.State != nil && (mode == source.Backfill || mode == source.Keys) {
		t.Errorf("a pass of mode %s yields a state", mode)
	}
	for _, r := range b.Records {
		p.keys = append(p.keys, h.checkRecord(t, mode, r))
	}
	p.states = append(p.states, bytes.Clone(b.State))
	p.counts = append(p.counts, len(p.keys))
}

// snapshots checks where snapshots end: a state within one would let the rest of it pass for
// the whole after a crash.
func (h Harness) snapshots(t *testing.T, p *pass, b *source.Batch) {
	t.Helper()
	if h.Stream.SweepMode != source.Snapshots {
		if b.EndsSnapshot {
			t.Error("a batch ends a snapshot in a stream that has none")
		}
		return
	}
	p.open = (p.open || len(b.Records) > 0) && !b.EndsSnapshot
	if p.open && b.State != nil {
		t.Error("a batch within a snapshot yields a state")
	}
}

// checkRecord gives what the record is known by.
func (h Harness) checkRecord(t *testing.T, mode source.Mode, r source.Record) string {
	t.Helper()
	if mode == source.Keys {
		if r.Key == "" {
			t.Error("a key sweep yields a record without key")
		}
		return r.Key
	}
	if !jsontext.Value(r.Payload).IsValid(jsontext.AllowDuplicateNames(true)) {
		t.Errorf("payload is no JSON: %q", r.Payload)
	}
	if len(h.Stream.Key) == 0 {
		return string(r.Payload)
	}
	want, err := source.CanonicalKey(r.Payload, h.Stream.Key)
	if r.Op == source.Upsert && r.Problem == "" && (err != nil || r.Key != want) {
		t.Errorf("key %s of %s; want %s, %v", r.Key, r.Payload, want, err)
	}
	return r.Key
}

func (h Harness) checkError(t *testing.T, err error) {
	t.Helper()
	var known *source.Error
	if !errors.As(err, &known) {
		t.Errorf("%T is no *source.Error: %v", err, err)
	} else if known.Op == "" {
		t.Errorf("error does not tell what was being done: %v", err)
	}
	h.clean(t, "error", fmt.Sprintf("%v %+v", err, err))
}

func (h Harness) clean(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range h.Secrets {
		if s != "" && strings.Contains(text, s) {
			t.Errorf("a secret shows in an %s: %s", what, strings.ReplaceAll(text, s, "<<secret>>"))
		}
	}
}

// complete checks that a pass ended well with exactly the wanted keys.
func complete(t *testing.T, p pass, want []string) {
	t.Helper()
	if p.err != nil {
		t.Fatalf("pass failed: %v", p.err)
	}
	if p.open {
		t.Error("the pass ended well within a snapshot")
	}
	same(t, "keys of the pass", set(p.keys), set(want))
}

func set(keys []string) []string {
	m := map[string]bool{}
	for _, k := range keys {
		m[k] = true
	}
	return slices.Sorted(maps.Keys(m))
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %d %.300q, want %d %.300q", what, len(got), got, len(want), want)
	}
}

func (h Harness) fullPass(t *testing.T) {
	p := h.read(t.Context(), t, source.Request{Mode: source.Full}, 0)
	complete(t, p, h.Keys)
	again := h.read(t.Context(), t, source.Request{Mode: source.Full, State: p.last()}, 0)
	complete(t, again, h.Keys)
}

func (h Harness) firstPass(t *testing.T) {
	if !h.Stream.Incremental {
		return
	}
	p := h.read(t.Context(), t, source.Request{Mode: source.Incremental}, 0)
	complete(t, p, h.Keys)
	if p.last() == nil {
		t.Error("a complete first pass with records yields no state")
	}
}

// checkpoints stops after each batch and goes on from what was committed by then.
func (h Harness) checkpoints(t *testing.T) {
	mode := source.Full
	if h.Stream.Incremental {
		mode = source.Incremental
	}
	whole := h.read(t.Context(), t, source.Request{Mode: mode}, 0)
	for stop := 1; stop <= len(whole.states); stop++ {
		before := h.read(t.Context(), t, source.Request{Mode: mode}, stop)
		state, committed := source.State(nil), 0
		for i, s := range before.states {
			if s != nil {
				state, committed = s, before.counts[i]
			}
		}
		after := h.read(t.Context(), t, source.Request{Mode: mode, State: state}, 0)
		complete(t, pass{keys: append(before.keys[:committed:committed], after.keys...), err: after.err}, h.Keys)
	}
}

func (h Harness) cancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := h.read(ctx, t, source.Request{Mode: source.Full}, 0)
	if p.err == nil || !errors.Is(p.err, context.Canceled) || len(p.keys) > 0 {
		t.Errorf("canceled before it began: %d records, %v", len(p.keys), p.err)
	}
	ctx, expire := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer expire()
	if p := h.read(ctx, t, source.Request{Mode: source.Full}, 0); !errors.Is(p.err, context.DeadlineExceeded) {
		t.Errorf("past its deadline: %v", p.err)
	}
}

func (h Harness) stop(t *testing.T) {
	if p := h.read(t.Context(), t, source.Request{Mode: source.Full}, 1); p.err != nil || len(p.states) != 1 {
		t.Errorf("%d batches, %v", len(p.states), p.err)
	}
}

func (h Harness) misuse(t *testing.T) {
	other := h
	other.Stream.Name = "no such stream"
	for _, req := range []source.Request{{Mode: source.Full}, {Mode: "no such mode"}} {
		p := other.read(t.Context(), t, req, 0)
		var known *source.Error
		if !errors.As(p.err, &known) || known.Kind != source.Misuse {
			t.Errorf("%+v: %v", req, p.err)
		}
		other = h
	}
}

func (h Harness) sweep(t *testing.T) {
	complete(t, h.read(t.Context(), t, source.Request{Mode: source.Keys}, 0), h.Keys)
}

func (h Harness) backfill(t *testing.T) {
	complete(t, h.read(t.Context(), t, source.Request{Mode: source.Backfill, From: h.From, To: h.To}, 0), h.BackfillKeys)
}

// changed checks that nothing that changed is missed; to bring more is allowed.
func (h Harness) changed(t *testing.T) {
	first := h.read(t.Context(), t, source.Request{Mode: source.Incremental}, 0)
	want := h.Change(t)
	second := h.read(t.Context(), t, source.Request{Mode: source.Incremental, State: first.last()}, 0)
	if second.err != nil {
		t.Fatal(second.err)
	}
	for _, key := range want {
		if !slices.Contains(second.keys, key) {
			t.Errorf("the change of %s was missed", key)
		}
	}
	if len(first.keys) > 0 && len(second.keys) >= len(first.keys)+len(want) {
		t.Errorf("the incremental pass read all %d records again", len(second.keys))
	}
}
