package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/sourcetest"
)

// bench is an API with one stream "x" at /x, and what a pass over it brought. Waits are
// noted, not waited.
type bench struct {
	*testing.T
	server *sourcetest.Server
	rows   *sourcetest.Collection
	config *Config
	now    time.Time

	mu     sync.Mutex
	waits  []time.Duration
	events []source.Event
}

// result is what a pass brought.
type result struct {
	keys    []string
	records []source.Record
	states  []source.State
	partial []bool
	origins []string
	err     error
}

func (r result) last() source.State {
	for _, s := range slices.Backward(r.states) {
		if s != nil {
			return s
		}
	}
	return nil
}

func newBench(t *testing.T, records ...string) *bench {
	t.Helper()
	b := &bench{T: t, now: testNow}
	b.rows = (&sourcetest.Collection{Path: "/x", Cursor: "at"}).Set(records...)
	b.server = sourcetest.NewServer(t, b.rows)
	b.config = &Config{BaseURL: b.server.URL, Tables: []Stream{{Name: "x", Endpoint: Endpoint{
		Path: "/x", Records: "items", Key: []string{"id"},
		Cursor: &Cursor{Field: "at", Param: "since"},
		Paging: &Paging{Type: "cursor", Param: "cursor", Next: "next"},
	}}}}
	return b
}

func (b *bench) stream() *Stream { return &b.config.Tables[0] }

func (b *bench) open() *api {
	b.Helper()
	src, err := b.config.Open(b.Context(), source.Env{Name: "crm", Now: func() time.Time { return b.now }, Emit: func(e source.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, e)
	}})
	if err != nil {
		b.Fatal(err)
	}
	a, ok := src.(*api)
	if !ok {
		b.Fatalf("%T", src)
	}
	b.Cleanup(func() {
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	a.client.sleep = func(ctx context.Context, d time.Duration) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.waits = append(b.waits, d)
		return ctx.Err()
	}
	return a
}

func (b *bench) read(req source.Request) result {
	b.Helper()
	return b.readFrom(b.open(), req)
}

func (b *bench) readFrom(a *api, req source.Request) result {
	b.Helper()
	if req.Stream == "" {
		req.Stream = "x"
	}
	if req.Mode == "" {
		req.Mode = source.Incremental
	}
	var r result
	for batch, err := range a.Read(b.Context(), req) {
		if err != nil {
			r.err = err
			break
		}
		for _, record := range batch.Records {
			r.keys = append(r.keys, strings.Join(source.SplitKey(record.Key), "/"))
			r.records = append(r.records, record)
		}
		r.states, r.partial = append(r.states, bytes.Clone(batch.State)), append(r.partial, batch.Partial)
		r.origins = append(r.origins, batch.Origin)
	}
	return r
}

func (b *bench) want(r result, keys ...string) {
	b.Helper()
	if r.err != nil || !slices.Equal(r.keys, keys) {
		b.Errorf("got %v, %v; want %v", r.keys, r.err, keys)
	}
}

// fails checks the kind and the text of an error.
func (b *bench) fails(r result, kind source.Kind, text string) {
	b.Helper()
	var known *source.Error
	if !errors.As(r.err, &known) || known.Kind != kind || !strings.Contains(r.err.Error(), text) {
		b.Errorf("got %v, want kind %d with %q", r.err, kind, text)
	}
}

func (b *bench) event(kind string) source.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if e.Kind == kind {
			return e
		}
	}
	return source.Event{}
}

func (b *bench) queries() []string {
	var out []string
	for _, r := range b.server.Requests("/x") {
		out = append(out, r.Query)
	}
	return out
}

// row is a record with an id and a cursor.
func row(id int, at string) string { return fmt.Sprintf(`{"id":%d,"at":%q}`, id, at) }

// rowsOn are records on the hours of 1 May.
func rowsOn(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = row(i+1, fmt.Sprintf("2024-05-01T%02d:00:00Z", i))
	}
	return out
}

func TestEveryKindOfPaging(t *testing.T) {
	t.Parallel()
	zero := int64(0)
	for name, c := range map[string]struct {
		paging  Paging
		setup   func(*sourcetest.Collection)
		queries int
	}{
		"page with total":       {Paging{Type: "page", Param: "page", SizeParam: "limit", Size: 3, TotalPages: "total_pages"}, nil, 3},
		"page with has_more":    {Paging{Type: "page", Param: "page", HasMore: "has_more"}, nil, 4},
		"page, short page ends": {Paging{Type: "page", Param: "page", SizeParam: "limit", Size: 3}, nil, 3},
		"page, empty page ends": {Paging{Type: "page", Param: "page"}, nil, 5},
		"page, size is cut":     {Paging{Type: "page", Param: "page", SizeParam: "limit", Size: 100}, func(c *sourcetest.Collection) { c.MaxSize = 3 }, 4},
		"offset with total":     {Paging{Type: "offset", Param: "offset", SizeParam: "limit", Size: 3, Total: "total"}, nil, 3},
		"offset, size is cut":   {Paging{Type: "offset", Param: "offset", SizeParam: "limit", Size: 100}, func(c *sourcetest.Collection) { c.MaxSize = 3 }, 4},
		"cursor":                {Paging{Type: "cursor", Param: "cursor", Next: "next"}, nil, 4},
		"cursor with has_more":  {Paging{Type: "cursor", Param: "cursor", Next: "next", HasMore: "has_more"}, nil, 4},
		"next_url":              {Paging{Type: "next_url", Next: "next"}, func(c *sourcetest.Collection) { c.URLs = true }, 4},
		"link":                  {Paging{Type: "link"}, func(c *sourcetest.Collection) { c.URLs = true }, 4},
		"start at zero":         {Paging{Type: "page", Param: "offset", Start: &zero, SizeParam: "limit", Size: 1, Total: "total"}, nil, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, rowsOn(7)...)
			b.stream().Paging = &c.paging
			if c.setup != nil {
				c.setup(b.rows)
			}
			b.want(b.read(source.Request{Mode: source.Full}), "1", "2", "3", "4", "5", "6", "7")
			if q := b.queries(); len(q) != c.queries {
				t.Errorf("%d requests: %v", len(q), q)
			}
		})
	}
}

func TestRecordsOfEveryShape(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, records, want string }{
		"list":        {`[{"id":1},{"id":2}]`, "", "1 2"},
		"path":        {`{"data":{"items":[{"id":1}]}}`, "data.items", "1"},
		"object":      {`{"id":7}`, "", "7"},
		"objects":     {`{"data":{"a":{"id":1},"b":{"id":2}}}`, "data.*", "1 2"},
		"top objects": {`{"a":{"id":1}}`, "*", "1"},
		"null":        {`{"items":null}`, "items", ""},
		"nothing":     {`{"items":[]}`, "items", ""},
	} {
		b := newBench(t)
		b.stream().Records, b.stream().Paging, b.stream().Cursor = c.records, nil, nil
		b.server.Break("/x", 1, 0, sourcetest.Status(200, c.body))
		r := b.read(source.Request{Mode: source.Full})
		if r.err != nil || strings.Join(r.keys, " ") != c.want {
			t.Errorf("%s: %v, %v", name, r.keys, r.err)
		}
	}
}

func TestRequestsCarryWhatIsDeclared(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(1)...)
	b.config.Headers = map[string]string{"X-Version": "2"}
	b.config.Params = map[string]string{"locale": "en"}
	b.stream().Params = map[string]string{"expand": "all", "sort": "at"}
	b.stream().Cursor = &Cursor{Field: "at", Filter: "at >= '{from}' && at <= '{until}'", Until: "until"}
	state := b.read(source.Request{}).last()
	b.read(source.Request{State: state})
	requests := b.server.Requests("/x")
	if q := requests[0].Query; q != "expand=all&locale=en&sort=at&until=2024-05-02T12%3A00%3A00Z" {
		t.Error(q)
	}
	if q := requests[1].Query; !strings.HasPrefix(q, "expand=all&filter=at+%3E%3D+%272024-05-01T00%3A00%3A00Z%27+%26%26+at+%3C%3D+%272024-05-02T12%3A00%3A00Z%27&") {
		t.Error(q)
	}
	if requests[0].Header.Get("X-Version") != "2" || requests[0].Header.Get("Accept") != "application/json" {
		t.Error(requests[0].Header)
	}
}

func TestSearchBody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.stream()
	s.Method, s.ParamsIn = "POST", "body"
	s.Body = map[string]any{"query": map[string]any{"since": "{from}", "kind": "x", "n": int64(3)}, "any": []any{"{until}", true}}
	s.Cursor.Param, s.Cursor.Until = "", ""
	var bodies []string
	b.server.Handle("/x", echo(&bodies, `{"items":[{"id":1,"at":"2024-05-01T00:00:00Z"}],"next":null}`))
	r := b.read(source.Request{})
	b.want(r, "1")
	b.read(source.Request{State: r.last()})
	want := []string{
		`{"any":["2024-05-02T12:00:00Z",true],"query":{"kind":"x","n":3}}`,
		`{"any":["2024-05-02T12:00:00Z",true],"query":{"kind":"x","n":3,"since":"2024-05-01T00:00:00Z"}}`,
	}
	if !slices.Equal(bodies, want) {
		t.Errorf("got %q", bodies)
	}
}

func TestLimiterCountsEveryRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(4)...)
	b.config.Limits = Limits{Rate: 1000}
	a := b.open()
	before := a.client.limiter.Tokens()
	b.want(b.readFrom(a, source.Request{}), "1", "2", "3", "4")
	if a.client.limiter.Limit() != 1000 || before != 100 {
		t.Errorf("limit %v, burst %v", a.client.limiter.Limit(), before)
	}
	a.client.limiter.SetBurst(0) // nothing may be sent any more
	if r := b.readFrom(a, source.Request{}); r.err == nil {
		t.Error("a request passed by the limiter")
	}
}

func TestResponsesAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(2)...)
	b.config.Limits.MaxResponse = settings.Size(50)
	b.fails(b.read(source.Request{}), source.Failed, "larger than limits.max_response (50 bytes)")
	if len(b.waits) > 0 {
		t.Error("a response that is too large was asked for again")
	}
}
