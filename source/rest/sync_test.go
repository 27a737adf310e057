package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/sourcetest"
)

// at makes the server tell a time.
func (b *bench) at(now time.Time) {
	b.server.Break("/x", 1, 0, sourcetest.Headers("Date", now.UTC().Format(http.TimeFormat)))
}

func TestSync01TiesAtTheBoundaryAreNotLost(t *testing.T) {
	t.Parallel()
	const at = "2024-05-01T10:00:00.123456Z"
	b := newBench(t, row(1, at), row(2, at), row(3, at))
	first := b.read(source.Request{})
	b.want(first, "1", "2", "3")
	b.rows.Add(row(4, at)) // committed after the pass with the same cursor
	b.want(b.read(source.Request{State: first.last()}), "1", "2", "3", "4")
	if q := b.queries(); !strings.Contains(q[len(q)-1], "since=2024-05-01T10%3A00%3A00.123456Z") {
		t.Errorf("asked with %v", q)
	}
	if len(first.last()) > 200 {
		t.Errorf("the state grows with ties: %s", first.last())
	}
}

func TestSync03LookbackFindsLateCommits(t *testing.T) {
	t.Parallel()
	b := newBench(t, row(1, "2024-05-01T10:00:00Z"), row(2, "2024-05-01T11:00:00Z"), row(9, "2024-05-02T11:50:00Z"))
	b.stream().Cursor.Lookback = settings.Duration(30 * time.Minute)
	b.stream().Cursor.Lag = settings.Duration(15 * time.Minute)
	b.stream().Cursor.Until = "until"
	b.at(testNow)
	first := b.read(source.Request{})
	b.want(first, "1", "2")
	b.rows.Add(row(3, "2024-05-01T10:45:00Z"))
	b.now = testNow.Add(time.Hour)
	b.want(b.read(source.Request{State: first.last()}), "2", "9", "3")
}

func TestSync04ServersClockCapsTheMark(t *testing.T) {
	t.Parallel()
	b := newBench(t, row(1, "2024-05-02T09:00:00Z"), row(2, "2024-05-02T11:30:00Z"), row(3, "2030-01-01T00:00:00Z"))
	b.at(testNow.Add(-2 * time.Hour)) // our clock is two hours ahead
	first := b.read(source.Request{})
	b.want(first, "1", "2", "3")
	if !strings.Contains(string(first.last()), `"cursor":"2024-05-02T09:00:00Z"`) {
		t.Errorf("state %s", first.last())
	}
	if e := b.event("cursor_in_future"); e.Count != 2 || e.Source != "crm" || e.Stream != "x" {
		t.Errorf("event %+v", e)
	}
	b.want(b.read(source.Request{State: first.last()}), "1", "2", "3")
}

func TestSync05DayIsReadWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, `{"id":1,"at":"2024-05-01"}`, `{"id":2,"at":"2024-05-02"}`)
	b.stream().Cursor.Type = "date"
	first := b.read(source.Request{})
	b.rows.Add(`{"id":3,"at":"2024-05-02"}`)
	b.want(b.read(source.Request{State: first.last()}), "2", "3")
	if !strings.Contains(string(first.last()), `"precision":"day"`) {
		t.Errorf("state %s", first.last())
	}
}

func TestSync08OrderIsVerified(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(6)...)
	b.stream().Cursor.Order = "asc"
	r := b.read(source.Request{})
	if slices.ContainsFunc(r.states, func(s source.State) bool { return s == nil }) {
		t.Errorf("a verified order keeps progress after each page; got %s", r.states)
	}
	b.rows.Set(row(1, "2024-05-01T10:00:00Z"), row(2, "2024-05-01T09:00:00Z"), row(3, "2024-05-01T08:00:00Z"), row(4, "2024-05-01T12:00:00Z"))
	r = b.read(source.Request{})
	b.want(r, "1", "2", "3", "4")
	if r.states[0] != nil || !strings.Contains(string(r.last()), "T12:00:00Z") || b.event("order_violated").Count != 1 {
		t.Errorf("after a violation: %s, %v", r.states, b.events)
	}
}

func TestSync08NoProgressWithinAnUnsortedPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(6)...)
	r := b.read(source.Request{})
	if r.states[0] != nil || r.states[1] != nil || r.states[2] == nil {
		t.Errorf("states %s", r.states)
	}
	b.server.Break("/x", 6, 0, sourcetest.Status(404, "{}"))
	r = b.read(source.Request{})
	if b.fails(r, source.Failed, "status 404"); r.last() != nil || len(r.keys) != 4 {
		t.Errorf("a failed pass brought %v and state %s", r.keys, r.last())
	}
}

func TestSync09RecordsWithoutCursor(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]string{"": "1 2 3", "include": "1 2 3", "exclude": "1"} {
		b := newBench(t, row(1, "2024-05-01T10:00:00Z"), `{"id":2,"at":null}`, `{"id":3}`)
		b.stream().Cursor.Missing = policy
		r := b.read(source.Request{})
		if r.err != nil || strings.Join(r.keys, " ") != want || b.event("cursor_missing").Count != 2 {
			t.Errorf("%q: %v, %v, %v", policy, r.keys, r.err, b.events)
		}
	}
	b := newBench(t, `{"id":2,"at":null}`)
	b.stream().Cursor.Missing = "fail"
	b.fails(b.read(source.Request{}), source.Failed, "missing: fail")
}

func TestSync10NothingNewKeepsTheState(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if r := b.read(source.Request{}); r.err != nil || len(r.states) > 0 {
		t.Errorf("a first pass without rows: %+v", r)
	}
	b.rows.Add(row(1, "2024-05-01T10:00:00Z"))
	state := b.read(source.Request{}).last()
	b.rows.Set()
	if r := b.read(source.Request{State: state}); r.err != nil || len(r.states) > 0 {
		t.Errorf("a later pass without rows: %+v", r)
	}
	b.rows.Set(row(2, "2024-04-01T10:00:00Z"))
	b.stream().Cursor.Param = "ignored"
	if r := b.read(source.Request{State: state}); string(r.last()) != string(state) || b.event("filter_ignored").Count != 1 {
		t.Errorf("the mark went back: %s, %v", r.last(), b.events)
	}
}

func TestSync13FullPassIsResumed(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(8)...)
	b.stream().Resumable = true
	b.server.Break("/x", 3, 1, sourcetest.Status(403, "{}"))
	first := b.read(source.Request{Mode: source.Full})
	b.fails(first, source.Rejected, "403")
	if !slices.Equal(first.partial, []bool{true, true}) {
		t.Fatalf("partial %v", first.partial)
	}
	rest := b.read(source.Request{Mode: source.Full, State: first.last()})
	b.want(rest, "5", "6", "7", "8")
	if last := string(rest.last()); rest.partial[len(rest.partial)-1] || strings.Contains(last, "resume") || !strings.Contains(last, "T07:00:00Z") {
		t.Errorf("final state %s", last)
	}
	generation := func(s source.State) string {
		v, _ := source.Lookup(s, "resume.generation")
		return source.Text(v)
	}
	if g := generation(first.last()); g == "" || g != generation(rest.states[0]) {
		t.Errorf("generation %q became %q", g, generation(rest.states[0]))
	}
}

func TestSync13ExpiredPositionBeginsAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(4)...)
	b.stream().Resumable = true
	state := b.read(source.Request{Mode: source.Full}).states[0]
	b.server.Break("/x", 3, 1, sourcetest.Status(410, `{"error":"cursor expired"}`))
	b.want(b.read(source.Request{Mode: source.Full, State: state}), "1", "2", "3", "4")
	if b.event("resume_expired").Count != 1 {
		t.Errorf("events %v", b.events)
	}
}

func TestSync13MarkOfAResumedPassIsThatOfItsBeginning(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(4)...)
	b.stream().Resumable = true
	b.at(time.Date(2024, 5, 1, 2, 30, 0, 0, time.UTC))
	state := b.read(source.Request{Mode: source.Full}).states[0]
	b.at(testNow) // the later fault counts: hours have passed
	if r := b.read(source.Request{Mode: source.Full, State: state}); !strings.Contains(string(r.last()), "T02:00:00Z") {
		t.Errorf("mark %s; rows changed since the pass began may be lost", r.last())
	}
}

func TestSync16LoopsAreErrors(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(4)...)
	b.rows.RepeatToken = true
	b.fails(b.read(source.Request{}), source.Failed, "the next page is cursor at-2 again")
	b = newBench(t, rowsOn(4)...)
	b.rows.IgnorePage = true
	b.stream().Paging = &Paging{Type: "page", Param: "page"}
	r := b.read(source.Request{})
	b.fails(r, source.Failed, "GET /x?page=2: paging goes in circles: the page equals the one before it")
	if len(b.queries()) != 2 || !slices.Equal(r.keys, []string{"1", "2"}) {
		t.Errorf("%v, %v", b.queries(), r.keys)
	}
	b = newBench(t, rowsOn(7)...)
	b.stream().Paging.MaxPages = 2
	b.fails(b.read(source.Request{}), source.Failed, "paging.max_pages")
}

func TestSync17OffsetCapIsNoSuccess(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(8)...)
	b.stream().Paging = &Paging{Type: "offset", Param: "offset", MaxOffset: 4}
	b.fails(b.read(source.Request{}), source.Failed, "serves offsets up to 4")
	b.stream().Paging = &Paging{Type: "offset", Param: "offset", Total: "total"}
	b.server.Break("/x", 4, 0, sourcetest.Status(200, `{"items":[],"total":8}`))
	b.fails(b.read(source.Request{}), source.Failed, "an empty page after 0 of 8 records")
	b = newBench(t, rowsOn(4)...)
	b.stream().Paging = &Paging{Type: "offset", Param: "offset", Total: "total", MaxOffset: 2}
	b.want(b.read(source.Request{}), "1", "2", "3", "4") // complete at the cap
}

// TestSync17CountsThatCannotBeTrue: a pass does not end early because an answer counts
// fewer records or pages than it holds, or because the API serves smaller pages than asked for.
func TestSync17CountsThatCannotBeTrue(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(6)...)
	b.stream().Paging = &Paging{Type: "page", Param: "page", TotalPages: "total_pages"}
	b.want(b.read(source.Request{}), "1", "2", "3", "4", "5", "6")
	b.server.Break("/x", 4, 1, sourcetest.Status(200, `{"items":[{"id":1},{"id":2}],"total_pages":0}`))
	r := b.read(source.Request{})
	b.fails(r, source.Failed, "paging.total_pages: the answer says 0, and is page 1 with 2 records")
	if len(r.keys) > 0 || r.last() != nil {
		t.Errorf("it brought %v and state %s", r.keys, r.last())
	}
	for _, kind := range []string{"page", "offset"} {
		b := newBench(t, rowsOn(6)...)
		b.stream().Paging = &Paging{Type: kind, Param: kind, Total: "total"}
		b.server.Break("/x", 1, 1, sourcetest.Status(200, `{"items":[{"id":1},{"id":2}],"total":0}`))
		b.fails(b.read(source.Request{}), source.Failed, "paging.total: the answer says 0, and holds 2 records")
	}
	b = newBench(t, rowsOn(6)...)
	b.rows.MaxSize = 2
	b.stream().Paging = &Paging{Type: "page", Param: "page", SizeParam: "limit", Size: 4, Total: "total"}
	b.want(b.read(source.Request{}), "1", "2", "3", "4", "5", "6")
}

func TestSync18EmptyPageInTheMiddle(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(5)...)
	b.rows.EmptyAt = map[int]bool{0: true, 1: true}
	b.want(b.read(source.Request{}), "1", "2", "3", "4", "5")
}

func TestSync19NaiveCursorNeedsAZone(t *testing.T) {
	t.Parallel()
	b := newBench(t, row(1, "2024-05-01 10:00:00"))
	b.fails(b.read(source.Request{}), source.Failed, `declare "zone"`)
	b.stream().Cursor.Zone = "Europe/Berlin"
	if r := b.read(source.Request{}); r.err != nil || !strings.Contains(string(r.last()), `"cursor":"2024-05-01 10:00:00"`) {
		t.Errorf("%s, %v", r.last(), r.err)
	}
}

func TestSync20RetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(2)...)
	b.config.Limits = Limits{Attempts: 2, MaxWait: settings.Duration(time.Minute)}
	b.server.Break("/x", 1, 3, sourcetest.TooMany("7"))
	b.want(b.read(source.Request{}), "1", "2")
	if len(b.waits) != 3 || b.waits[0] < 7*time.Second || b.waits[0] > 8*time.Second {
		t.Errorf("waits %v; they must not spend the attempts", b.waits)
	}
	if b.event("rate_limited").Text == "" {
		t.Error("nobody was told")
	}
}

func TestSync20TooLongAWaitStopsWithProgress(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sourcetest.Fault{
		"one absurd": sourcetest.TooMany("99999999999"),
		"one long":   sourcetest.Status(503, "{}", "Retry-After", "3600"),
		"many short": sourcetest.TooMany("9"),
		"zero":       sourcetest.TooMany("0"),
		"no header":  sourcetest.Status(429, "{}"),
	} {
		b := newBench(t, rowsOn(6)...)
		b.stream().Cursor.Order = "asc"
		b.config.Limits = Limits{MaxWait: settings.Duration(20 * time.Second), Attempts: 3}
		b.server.Break("/x", 3, 0, fault)
		r := b.read(source.Request{})
		b.fails(r, source.Later, "read crm.x page 3")
		if !source.IsLater(r.err) || !slices.Equal(r.keys, []string{"1", "2", "3", "4"}) || r.last() == nil {
			t.Errorf("%s: progress %v, %s", name, r.keys, r.last())
		}
		if len(b.server.Requests("/x")) > 10 {
			t.Errorf("%s: %d requests", name, len(b.server.Requests("/x")))
		}
	}
	b := newBench(t, rowsOn(2)...)
	b.server.Break("/x", 1, 0, sourcetest.TooMany("3600"))
	var known *source.Error
	if r := b.read(source.Request{}); !asError(r.err, &known) || !known.After.Equal(testNow.Add(time.Hour)) {
		t.Errorf("after %v", known)
	}
}

func TestSync21BrokenAnswersAreReadAgainWhole(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sourcetest.Fault{
		"truncated": sourcetest.Truncated(), "cut": sourcetest.Cut(), "web page": sourcetest.WebPage(), "reset": sourcetest.Reset(),
		"500": sourcetest.Status(500, "oops"), "408": sourcetest.Status(408, ""), "425": sourcetest.Status(425, ""), "502": sourcetest.Status(502, "<html>"),
		"other JSON": sourcetest.Status(200, `{"message":"ok"}`), "no records": sourcetest.Status(200, `{"items":"none"}`), "empty": sourcetest.Status(200, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, rowsOn(4)...)
			b.server.Break("/x", 2, 2, fault)
			b.want(b.read(source.Request{}), "1", "2", "3", "4")
			if len(b.waits) == 0 || b.event("retry").Text == "" {
				t.Errorf("waits %v, events %v", b.waits, b.events)
			}
			lasting := newBench(t, rowsOn(4)...)
			lasting.config.Limits.Attempts = 3
			lasting.server.Break("/x", 2, 0, fault)
			r := lasting.read(source.Request{})
			if r.err == nil || !strings.Contains(r.err.Error(), "given up after 3 attempts") || !slices.Equal(r.keys, []string{"1", "2"}) || r.last() != nil {
				t.Errorf("%v, %v, %s", r.keys, r.err, r.last())
			}
		})
	}
}

func TestSync21StatusesThatDoNotHeal(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]source.Kind{400: source.Failed, 404: source.Failed, 405: source.Failed, 403: source.Rejected, 401: source.Rejected} {
		b := newBench(t, rowsOn(4)...)
		b.server.Break("/x", 1, 0, sourcetest.Status(status, `{"error":"no"}`))
		b.fails(b.read(source.Request{}), kind, fmt.Sprintf(`GET /x: status %d: {"error":"no"}`, status))
		if len(b.server.Requests("/x")) != 1 {
			t.Errorf("status %d was tried again", status)
		}
	}
}

func TestSync21ErrorInsideOf200(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(2)...)
	b.stream().ErrorPath = "error.message"
	b.config.Limits.Attempts = 2
	b.server.Break("/x", 1, 1, sourcetest.Status(200, `{"items":[],"error":{"message":"busy"}}`))
	b.want(b.read(source.Request{}), "1", "2")
	b.server.Break("/x", 1, 0, sourcetest.Status(200, `{"items":[],"error":{"message":"busy"}}`))
	b.fails(b.read(source.Request{}), source.Failed, "error.message: busy")
}

func TestSync24NumbersStayExact(t *testing.T) {
	t.Parallel()
	b := newBench(t, `{"id":12345678901234567890123,"at":"2024-05-01T10:00:00Z","n":1.10}`)
	r := b.read(source.Request{})
	b.want(r, "12345678901234567890123")
	if got := string(r.records[0].Payload); got != `{"id":12345678901234567890123,"at":"2024-05-01T10:00:00Z","n":1.10}` {
		t.Error(got)
	}
}

func TestSync25BytesThatNoDatabaseTakes(t *testing.T) {
	t.Parallel()
	b := newBench(t, `{"id":"a\u0000b","at":"2024-05-01T10:00:00Z"}`, "{\"id\":\"\xff\",\"at\":\"2024-05-01T10:00:00Z\"}")
	r := b.read(source.Request{})
	// Without the bytes these keys could be those of other records: no collision merges.
	for _, x := range r.records {
		if x.Key != "" || x.Problem == "" {
			t.Errorf("key %q, problem %q", x.Key, x.Problem)
		}
	}
	if r.records[0].Sanitized != "removed 1 NUL" || r.records[1].Sanitized != "replaced 1 invalid UTF-8" {
		t.Errorf("%q, %q", r.records[0].Sanitized, r.records[1].Sanitized)
	}
	b.rows.Set("{\"id\":\"a\x00b\",\"at\":\"2024-05-01T10:00:00Z\"}")
	r = b.read(source.Request{})
	if b.want(r, "ab"); r.err == nil && r.records[0].Sanitized != "removed 1 NUL" {
		t.Errorf("%q", r.records[0].Sanitized)
	}
}

func TestSync28BackfillLeavesTheMarkAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, append(rowsOn(6), `{"id":9,"at":null}`)...)
	b.stream().Cursor.Until = "until"
	first := b.read(source.Request{Mode: source.Backfill, From: "2024-05-01T01:00:00Z", To: "2024-05-01T03:00:00Z"})
	second := b.read(source.Request{Mode: source.Backfill, From: "2024-05-01T03:00:00Z", To: "2024-05-02"})
	b.want(first, "2", "3")
	b.want(second, "4", "5", "6")
	if first.last() != nil || second.last() != nil {
		t.Error("a backfill yields a state")
	}
	if q := b.queries()[0]; q != "since=2024-05-01T01%3A00%3A00Z&until=2024-05-01T03%3A00%3A00Z" {
		t.Error(q)
	}
	for _, r := range []source.Request{{From: "x", To: "2024-05-01"}, {From: "2024-05-01", To: "2024-05-01"}, {}} {
		r.Mode = source.Backfill
		b.fails(b.read(r), source.Misuse, "backfill")
	}
}

func TestSync32RecordWithoutKeyIsAProblem(t *testing.T) {
	t.Parallel()
	b := newBench(t, `{"id":null,"at":"2024-05-01T10:00:00Z"}`, row(2, "2024-05-01T10:00:00Z"))
	r := b.read(source.Request{})
	b.want(r, "", "2")
	if r.records[0].Problem != "record has no primary key: id is null" || r.records[1].Problem != "" {
		t.Errorf("%q", r.records[0].Problem)
	}
}
