package cases

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// marks wants the log of an entity to say the same of each event after a rebuild.
func (w *world) marks(entity string) []string {
	w.t.Helper()
	sql := "SELECT source_id, event_seq, event_ordinal, op, valid_at, superseded FROM silver." + entity + "_log WHERE op <> 'void' ORDER BY 1, 2, 3, 4, 5"
	before := lodetest.Rows(w.t, w, sql)
	w.run(lode.Options{Select: []string{"silver." + entity}, Mode: lode.Mode{Rebuild: true}})
	if after := lodetest.Rows(w.t, w, sql); !slices.Equal(before, after) {
		w.t.Fatalf("the rebuild says\n%s\nwhere there was\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	return before
}

// Case 9: whatever the order and the batches in which events arrive, those are marked that
// the source's own order puts before another of their instant.
func TestHistory09MarksInAnyOrder(t *testing.T) {
	each(t, nil, func(w *world) {
		draw := rand.New(rand.NewPCG(9, 1))
		var events, want []string
		for id := range 20 {
			for _, at := range []int{10, 20, 30} {
				n := 1 + draw.IntN(3)
				for lsn := range n {
					name := fmt.Sprintf("%d-%d-%d", id, at, lsn)
					events = append(events, fmt.Sprintf(`{"id":"%d","a":%q,"lsn":%d,"at":%s}`, id, name, lsn, lodetest.At(at)))
					want = append(want, fmt.Sprintf("%s | %t", name, lsn < n-1))
				}
			}
		}
		draw.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for batch := range slices.Chunk(events, 17) {
			w.items.Send(batch...)
			w.run(lode.Options{})
		}
		slices.Sort(want)
		got := lodetest.Rows(w.t, w, "SELECT a, superseded FROM silver.items_log")
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		w.marks("items")
	})
}

// Case 9, of nested rows: another list of the same instant takes back what had vanished, and
// a row that is held back, also when it is tried again, says nothing.
func TestHistory09MarksOfLists(t *testing.T) {
	nested := func(p *lode.Project) {
		p.Entities[1].Columns[2].Required = true
		p.Entities[1].From = []schema.Mapping{{
			Stream: "s.sales", Each: "lines", ID: "line", ValidAt: schema.ValidAt{Field: "^.at"},
			Fields: []schema.FieldMapping{{Name: "item_id", From: "item"}, {Name: "sold_at", From: "^.at"}, {Name: "sold_amount", From: "amount"}},
		}}
	}
	each(t, nested, func(w *world) {
		draw, times := rand.New(rand.NewPCG(9, 2)), []string{lodetest.At(10), lodetest.At(20)}
		superseded := false
		for n := range 12 {
			for id := range 10 {
				var lines []string
				for _, line := range []string{"x", "y"} {
					switch draw.IntN(5) {
					case 0:
					case 1:
						lines = append(lines, fmt.Sprintf(`{"line":"%d%s","item":"1"}`, id, line)) // held back
					default:
						lines = append(lines, fmt.Sprintf(`{"line":"%d%s","item":"1","amount":%d}`, id, line, draw.IntN(100)))
					}
				}
				w.sales.Send(fmt.Sprintf(`{"id":"%d","at":%s,"lines":[%s]}`, id, times[draw.IntN(2)], strings.Join(lines, ",")))
			}
			w.run(lode.Options{})
			if n%4 == 2 {
				w.run(lode.Options{Select: []string{"silver.sales+"}, Mode: lode.Mode{Replay: true}})
			}
			if n%4 != 3 {
				continue
			}
			superseded = slices.ContainsFunc(w.marks("sales"), func(row string) bool { return strings.HasSuffix(row, "true") })
		}
		if !superseded {
			t.Error("nothing was superseded: the test proves nothing")
		}
	})
}

// Case 9: an event is superseded since the winner was observed, and no more when the winner
// is mapped to another instant.
func TestHistory09MarksFollowTheWinner(t *testing.T) {
	const marked = "SELECT a, superseded FROM silver.items_log WHERE op = 'upsert' ORDER BY 1"
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		alone := w.clock.Now()
		w.clock.Add(time.Hour)
		w.items.Send(fmt.Sprintf(`{"id":"1","a":"B","at":%s,"later":%s}`, lodetest.At(10), lodetest.At(20)))
		w.run(lode.Options{})
		w.equal(marked, "A | true", "B | false")
		lodetest.Equal(t, w.At(lode.AsKnownAt(alone)), marked, "A | false")
		w.project.Entities[0].From[0].ValidAt.Field = "later | at"
		w.reopen()
		w.run(lode.Options{})
		w.equal(marked, "A | false", "B | false")
	})
}
