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
