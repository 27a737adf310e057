package cases

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
)

// whole is a record that sends every column, so that the log needs no looking back.
func whole(id, a, c, n string, at int) string {
	return fmt.Sprintf(`{"id":%q,"a":%q,"b":"x","n":%q,"c":%q,"at":%s}`, id, a, n, c, lodetest.At(at))
}

// diffs wants a rebuild to give what is there.
func (w *world) diffs(name string) {
	w.t.Helper()
	results, err := w.DiffRebuild(w.t.Context(), lode.Options{}, 10)
	if err != nil {
		w.t.Errorf("%s: %v", name, err)
	}
	for _, r := range results {
		if r.Count() > 0 {
			w.t.Errorf("%s: %+v", name, r)
		}
	}
}

// Events that have been mapped again have left the log: no key goes on in order from a
// version that came from them.
func TestRetoldMapping(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(whole("1", "A", "A2", "1", 10), whole("1", "B", "B2", "1", 20))
		w.sales.Send(sale("s1", "1", 15, "1.00"))
		w.run(lode.Options{})
		w.chain("1", "A[-inf,20) B[20,inf)")
		w.project.Entities[0].From[0].Fields[0].From = "c"
		w.reopen()
		w.run(lode.Options{})
		w.chain("1", "A2[-inf,20) B2[20,inf)")
		w.diffs("mapping")
	})
}

func TestRetoldOneVersion(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(whole("1", "A", "A2", "1", 10))
		w.run(lode.Options{})
		w.project.Entities[0].From[0].Fields[0].From = "c"
		w.reopen()
		w.run(lode.Options{})
		w.chain("1", "A2[-inf,inf)")
		w.diffs("one")
	})
}

func TestRetoldTime(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","n":"1","at":"2025-01-01T00:10:00Z","at2":"2025-01-01T00:30:00Z"}`)
		w.run(lode.Options{})
		w.project.Entities[0].From[0].ValidAt.Field = "at2"
		w.project.Dimensions[0].FirstVersion = "open"
		w.reopen()
		w.run(lode.Options{})
		w.chain("1", "A[-inf,inf)")
		w.equal("SELECT event_at FROM gold.dim_items WHERE item_key > 0", "2025-01-01T00:30:00Z")
	})
}

func TestRetoldRebuildSilver(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(whole("1", "A", "A2", "1", 10), whole("1", "B", "B2", "1", 20), whole("1", "C", "B2", "1", 30))
		w.run(lode.Options{})
		w.run(lode.Options{Select: []string{"silver.items"}, Mode: lode.Mode{Rebuild: true}})
		w.run(lode.Options{})
		w.chain("1", "A[-inf,20) B[20,30) C[30,inf)")
		w.diffs("silver")
	})
}

func TestRetoldReplay(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(whole("1", "A", "A2", "1", 10), whole("1", "B", "B2", "1,5", 20))
		w.items.Send(whole("2", "A", "A2", "1", 10), whole("2", "B", "B2", "1", 20), whole("2", "C", "B2", "1,5", 30))
		w.run(lode.Options{})
		w.chain("1", "A[-inf,20) B[20,inf)")
		w.run(lode.Options{Select: []string{"silver.items+"}, Mode: lode.Mode{Replay: true}})
		w.chain("1", "A[-inf,20) B[20,inf)")
		w.chain("2", "A[-inf,20) B[20,30) C[30,inf)")
		w.diffs("replay")
	})
}

func TestRetoldDroppedLog(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(whole("1", "A", "A2", "1", 10), whole("1", "B", "B2", "1", 20))
		w.run(lode.Options{})
		w.drop("silver.items_log")
		w.run(lode.Options{})
		w.chain("1", "A[-inf,20) B[20,inf)")
	})
}
