package cases

import (
	"errors"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// TestAChangedStreamKeyIsRefused: bronze knows its records by the key of their day. Once
// the table is out of the way the stream is read anew.
func TestAChangedStreamKeyIsRefused(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.items.Describe.Key = []string{"id", "a"}
		w.reopen()
		_, err := w.Plan(w.t.Context(), lode.Options{})
		var problems schema.Problems
		if !errors.As(err, &problems) || problems[0].Path != "streams.items.key" || !strings.Contains(err.Error(), `the key ["id"], not by ["id","a"]`) {
			w.t.Fatalf("a changed key was planned: %v", err)
		}
		if _, err := w.tryRun(lode.Options{}); err == nil {
			w.t.Error("a changed key was run")
		}
		w.items.Describe.Key = []string{"id"}
		w.reopen()
		w.run(lode.Options{})
		w.items.Describe.Key = []string{"a"}
		w.drop("bronze.s_items")
		w.run(lode.Options{})
		w.equal("SELECT key FROM bronze.s_items", `["1"]`)
		w.run(lode.Options{})
	})
}

// TestSync33AnAnswerWithAKeyTwiceIsToldAgain: the last one counts, by cursor and then by
// arrival, and the same answer stores nothing new, however often it is read.
func TestSync33AnAnswerWithAKeyTwiceIsToldAgain(t *testing.T) {
	untimed := func(p *lode.Project) { p.Entities[0].From[0].ValidAt.Field = "" }
	each(t, untimed, func(w *world) {
		w.items.Describe.Incremental = false
		w.reopen()
		a, b, c, x := `{"id":"1","a":"A"}`, `{"id":"1","a":"B"}`, `{"id":"1","a":"C"}`, `{"id":"2","a":"X"}`
		for _, answer := range []struct {
			records []string
			events  string // in bronze, after the answer was read twice
			last    string
		}{
			{[]string{a, x, b}, "3", "B"},
			{[]string{a, x, b, c}, "4", "C"},
			{[]string{c, x}, "4", "C"},
			{[]string{c, a, x, a, b, b}, "6", "B"},
			{[]string{a, x, b, a}, "7", "A"},
			{[]string{b}, "8", "B"},
			{[]string{a, b, a, b}, "8", "B"},
		} {
			w.items.Replace(answer.records...)
			for range 2 {
				w.run(lode.Options{})
			}
			w.equal("SELECT count(*) FROM bronze.s_items", answer.events)
			w.equal("SELECT a FROM silver.items WHERE source_id = '1'", answer.last)
		}
	})
}
