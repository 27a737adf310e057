package rest

import (
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/sourcetest"
)

// withDeletions gives the bench a feed of deletions at /gone.
func withDeletions(t *testing.T, b *bench, records ...string) *sourcetest.Collection {
	t.Helper()
	gone := (&sourcetest.Collection{Path: "/gone", Cursor: "deletedAt"}).Set(records...)
	b.server = sourcetest.NewServer(t, b.rows, gone)
	b.config.BaseURL = b.server.URL
	b.stream().Deletions = &Endpoint{Path: "/gone", Records: "items", Cursor: &Cursor{Field: "deletedAt", Param: "since"}}
	return gone
}

func TestDeletionsFollowTheUpserts(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(3)...)
	gone := withDeletions(t, b, `{"id":8,"deletedAt":"2024-05-01T00:00:00Z"}`, `{"id":7,"deletedAt":"2024-05-01T01:00:00Z"}`, `{"id":6,"deletedAt":"2024-05-01T02:00:00Z"}`)
	first := b.read(source.Request{})
	b.want(first, "1", "2", "3", "8", "7", "6")
	for i, r := range first.records {
		if (r.Op == source.Delete) != (i >= 3) {
			t.Errorf("record %d has op %d", i, r.Op)
		}
	}
	if first.last() == nil || first.states[len(first.states)-1] == nil {
		t.Fatal("no state at the end")
	}
	gone.Add(`{"id":2,"deletedAt":"2024-05-01T03:00:00Z"}`)
	b.want(b.read(source.Request{State: first.last()}), "3", "6", "2")
}

func TestFailedDeletionsKeepBothMarks(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(3)...)
	withDeletions(t, b)
	b.server.Break("/gone", 1, 0, sourcetest.Status(404, "{}"))
	r := b.read(source.Request{})
	b.fails(r, source.Failed, "read crm.x page 1: GET /gone: status 404")
	if r.last() != nil || !slices.Equal(r.keys, []string{"1", "2", "3"}) {
		t.Errorf("%v, state %s", r.keys, r.last())
	}
}

func TestFullPassKeepsTheMarkOfTheDeletions(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(3)...)
	withDeletions(t, b, `{"id":8,"deletedAt":"2024-05-01T00:00:00Z"}`)
	state := b.read(source.Request{}).last()
	full := b.read(source.Request{Mode: source.Full, State: state})
	b.want(full, "1", "2", "3")
	if string(full.last()) != string(state) {
		t.Errorf("%s became %s", state, full.last())
	}
}

func TestKeySweep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.stream().Sweep = &Sweep{Mode: "keys", Path: "/ids", Records: "ids"}
	for body, want := range map[string]string{
		`{"ids":["a","b",3]}`:         "a b 3",
		`{"ids":[{"id":1},{"id":2}]}`: "1 2",
		`{"ids":[]}`:                  "",
	} {
		b.server.Handle("/ids", func(w writer, r *request) { sourcetest.Status(200, body)(w, r, nil) })
		r := b.read(source.Request{Mode: source.Keys})
		if r.err != nil || strings.Join(r.keys, " ") != want || r.last() != nil {
			t.Errorf("%s: %v, %v", body, r.keys, r.err)
		}
		for _, record := range r.records {
			if record.Payload != nil {
				t.Errorf("a key sweep brings the payload %s", record.Payload)
			}
		}
	}
	for _, body := range []string{`{"ids":["a",null]}`, `{"ids":[{"id":null}]}`, `{"ids":[{}]}`} {
		b.server.Handle("/ids", func(w writer, r *request) { sourcetest.Status(200, body)(w, r, nil) })
		b.fails(b.read(source.Request{Mode: source.Keys}), source.Failed, "a list with a gap proves no deletion")
	}
	b.stream().Sweep = nil
	b.fails(b.read(source.Request{Mode: source.Keys}), source.Misuse, "no sweep")
}

func TestStreamsAreDescribed(t *testing.T) {
	t.Parallel()
	share := 0.9
	c := &Config{Tables: []Stream{
		{Name: "a", Keep: "all", Endpoint: Endpoint{Key: []string{"id"}, Cursor: &Cursor{}}, Sweep: &Sweep{Mode: "keys", SweepRules: source.SweepRules{Guard: &share}, Every: 5}},
		{Name: "b", Sweep: &Sweep{Mode: "full", SweepRules: source.SweepRules{Scope: []string{"c"}, At: "t"}}, Tags: []string{"x"}},
	}}
	a, b := c.Streams()[0], c.Streams()[1]
	if !a.Incremental || !a.KeepAll || !a.Sweep || a.SweepMode != source.Keys || a.SweepGuard != 0.9 || a.SweepEvery != 5 {
		t.Errorf("%+v", a)
	}
	if b.Incremental || b.KeepAll || b.SweepMode != source.Full || b.SweepGuard != 0.5 || b.Tags[0] != "x" || b.SweepScope[0] != "c" || b.SweepAt != "t" {
		t.Errorf("%+v", b)
	}
}
