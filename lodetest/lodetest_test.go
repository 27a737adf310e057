package lodetest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/source"
)

// said reads a stream and writes what came: each batch's records, and the state behind it.
func said(t testing.TB, s *lodetest.Source, mode source.Mode, state source.State) (string, source.State) {
	t.Helper()
	var out []string
	for b, err := range s.Read(t.Context(), source.Request{Stream: "items", Mode: mode, State: state}) {
		if err != nil {
			out = append(out, "error: "+err.Error())
			continue
		}
		var records []string
		for _, r := range b.Records {
			records = append(records, fmt.Sprintf("%s%s", map[source.Op]string{source.Delete: "-"}[r.Op], r.Key))
		}
		out = append(out, strings.Join(records, ","))
		if b.State != nil {
			state = b.State
		}
	}
	return strings.Join(out, " "), state
}

func TestIncrementalReadsBringWhatIsNew(t *testing.T) {
	t.Parallel()
	s := lodetest.NewSource()
	items := s.Stream("items", "id")
	items.Send(`{"id":1}`, `{"id":2}`)
	items.Delete(`{"id":1}`)
	got, state := said(t, s, source.Incremental, nil)
	if want := `["1"],["2"] -["1"]`; got != want {
		t.Errorf("first %s, want %s", got, want)
	}
	if got, _ := said(t, s, source.Incremental, state); got != "" {
		t.Errorf("nothing is new, but came %s", got)
	}
	items.Send(`{"id":3}`)
	if got, _ := said(t, s, source.Incremental, state); got != `["3"]` {
		t.Errorf("then %s", got)
	}
	if got, _ := said(t, s, source.Full, state); got != `["1"],["2"] -["1"] ["3"]` {
		t.Errorf("a full pass brings %s", got)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	s := lodetest.NewSource()
	items := s.Stream("items", "id")
	items.Send(`{"id":1}`)
	items.Replace(`{"id":2}`)
	full, _ := said(t, s, source.Full, nil)
	keys, state := said(t, s, source.Keys, nil)
	incremental, _ := said(t, s, source.Incremental, nil)
	if full != `["2"]` || keys != `["2"]` || incremental != "" {
		t.Errorf("full %s, keys %s, incremental %q", full, keys, incremental)
	}
	if state != nil {
		t.Errorf("a pass of keys gives the state %s", state)
	}
}

func TestFail(t *testing.T) {
	t.Parallel()
	s := lodetest.NewSource()
	items := s.Stream("items", "id")
	items.Send(`{"id":1}`)
	items.Send(`{"id":2}`)
	items.Fail, items.FailAfter = errors.New("gone"), 1
	got, state := said(t, s, source.Incremental, nil)
	if got != `["1"] error: gone` {
		t.Errorf("got %s", got)
	}
	items.Fail = nil
	if got, _ := said(t, s, source.Incremental, state); got != `["2"]` {
		t.Errorf("after the failure %s", got)
	}
}

func TestRecordsWithoutTheirKeyAreProblems(t *testing.T) {
	t.Parallel()
	s := lodetest.NewSource()
	s.Stream("items", "id").Send(`{"name":"x"}`)
	for b, err := range s.Read(t.Context(), source.Request{Stream: "items", Mode: source.Full}) {
		if err != nil || b.Records[0].Problem == "" {
			t.Errorf("record %+v, error %v", b.Records[0], err)
		}
	}
}

// failing is a test that is told of a failure, and goes on.
type failing struct {
	testing.TB
	messages []string
}

func (f *failing) Helper()                  {}
func (f *failing) Context() context.Context { return f.TB.Context() }
func (f *failing) Errorf(format string, args ...any) {
	f.messages = append(f.messages, fmt.Sprintf(format, args...))
}

func TestEqual(t *testing.T) {
	t.Parallel()
	w := dbtest.Memory(t)
	f := &failing{TB: t}
	const sql = "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) v(n, s) ORDER BY n"
	lodetest.Equal(f, w, sql, "1 | a", "2 | NULL")
	lodetest.Equal(f, w, sql+" LIMIT 0")
	if len(f.messages) != 0 {
		t.Fatalf("equal tables are told apart: %v", f.messages)
	}
	lodetest.Equal(f, w, sql, "1 | a")
	lodetest.Equal(f, w, sql, "2 | NULL", "1 | a")
	lodetest.Equal(f, w, sql)
	if len(f.messages) != 3 || !strings.Contains(f.messages[0], "got:\n\t1 | a\n\t2 | NULL\nwant:\n\t1 | a") || !strings.Contains(f.messages[2], "(no rows)") {
		t.Errorf("the failures say %q", f.messages)
	}
}

func ExampleClock() {
	clock := lodetest.NewClock(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	clock.Add(36 * time.Hour)
	fmt.Println(clock.Now().Format(time.DateTime))
	// Output: 2025-01-02 12:00:00
}

func ExampleSource() {
	s := lodetest.NewSource()
	items := s.Stream("items", "id")
	items.Send(`{"id": 1, "name": "lamp"}`)
	items.Delete(`{"id": 1}`)
	for b, err := range s.Read(context.Background(), source.Request{Stream: "items", Mode: source.Full}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.Records[0].Key, b.Records[0].Op == source.Delete, string(b.Records[0].Payload))
	}
	// Output:
	// ["1"] false {"id": 1, "name": "lamp"}
	// ["1"] true {"id": 1}
}

func ExampleAt() {
	fmt.Println(lodetest.At(90))
	// Output: "2025-01-01T01:30:00Z"
}
