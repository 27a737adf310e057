package cases

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
)

// steady wants the same silver and gold from a rebuild.
func (w *world) steady() {
	w.t.Helper()
	log := "SELECT source_id, valid_at, op, event_seq, superseded FROM silver.items_log ORDER BY event_seq, source_id, op"
	before := append(w.everything(), lodetest.Rows(w.t, w, log)...)
	w.run(lode.Options{Select: []string{"silver.*", "gold.*"}, Mode: lode.Mode{Rebuild: true}})
	after := append(w.everything(), lodetest.Rows(w.t, w, log)...)
	without := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(row string) bool { return slices.Contains(b, row) })
	}
	if !slices.Equal(before, after) {
		w.t.Errorf("the rebuild brings\n%s\nwhere there was\n%s", strings.Join(without(after, before), "\n"), strings.Join(without(before, after), "\n"))
	}
}

// future is an item that is dated after the runs of the test.
func future(id, a string) string {
	return fmt.Sprintf(`{"id":%q,"a":%q,"at":"2025-07-01T00:00:00Z"}`, id, a)
}

const states = "SELECT source_id, a, is_deleted FROM silver.items ORDER BY 1"

// TestHistory45DeleteWithoutATime: a delete that tells no time of its own is later than all
// that was said of the record before, also than what was dated ahead; one that tells a
// time keeps it. A record that is back lives, however old it says it is, and however often.
func TestHistory45DeleteWithoutATime(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(future("1", "A"), item("2", "B", 10), item("3", "C", 10))
		w.run(lode.Options{})
		w.items.Delete(`{"id":"1"}`, `{"id":"2"}`, item("3", "", 5))
		w.run(lode.Options{})
		w.equal(states, "1 | A | true", "2 | B | true", "3 | C | false")
		w.equal("SELECT valid_at FROM silver.items_log WHERE source_id = '1' AND op = 'delete'", "2025-07-01T00:00:00.000001Z")
		w.steady()
		for range 2 {
			w.items.Send(future("1", "A"), item("2", "B", 10))
			w.run(lode.Options{})
			w.equal(states, "1 | A | false", "2 | B | false", "3 | C | false")
			w.equal("SELECT source_id, is_current FROM gold.dim_items WHERE source_id <> '' AND is_current AND item_key > 0 ORDER BY 1", "1 | true", "2 | true", "3 | true")
			w.steady()
			w.items.Delete(`{"id":"1"}`, `{"id":"2"}`)
			w.run(lode.Options{})
			w.equal(states, "1 | A | true", "2 | B | true", "3 | C | false")
			w.steady()
		}
		w.items.Send(item("1", "Z", 3), item("2", "Y", 3))
		w.items.Delete(`{"id":"2"}`)
		w.run(lode.Options{})
		w.equal(states, "1 | Z | false", "2 | Y | true", "3 | C | false")
		w.steady()
	})
}

// TestHistory11ADeleteWithATimeStandsAgainstOldNews: what is only told again of a time
// before a delete that tells its own does not bring the record back.
func TestHistory11ADeleteWithATimeStandsAgainstOldNews(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.items.Delete(item("1", "", 20))
		w.run(lode.Options{})
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.equal(states, "1 | A | true")
		w.equal("SELECT count(*) FROM silver.items_log", "2")
		w.steady()
	})
}

// TestSync11ASweepDeletesWhatIsDatedAhead, and what the source orders by a number.
func TestSync11ASweepDeletesWhatIsDatedAhead(t *testing.T) {
	each(t, nil, func(w *world) {
		sweeping(source.Keys, 0)(w)
		ordered := `{"id":"3","a":"C","at":"2025-07-01T00:00:00Z","lsn":7}`
		w.items.Replace(item("1", "A", 10), future("2", "B"), ordered)
		w.items.Silent = false
		w.run(lode.Options{})
		w.items.Replace(item("1", "A", 10))
		w.run(lode.Options{})
		w.equal(states, "1 | A | false", "2 | B | true", "3 | C | true")
		w.steady()
		w.items.Replace(item("1", "A", 10), future("2", "B"), ordered)
		w.items.Silent = false
		w.run(lode.Options{Mode: lode.Mode{Full: true}})
		w.equal(states, "1 | A | false", "2 | B | false", "3 | C | false")
		w.steady()
	})
}

// TestSync30ReplayBeforeADeleteWithoutATime: a record that is let out of quarantine may
// date what came after it anew, to what a rebuild would say.
func TestSync30ReplayBeforeADeleteWithoutATime(t *testing.T) {
	strict := func(p *lode.Project) { p.Entities[0].Columns[2].Required = true }
	each(t, strict, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","n":1,"at":"2025-01-01T00:10:00Z"}`)
		w.items.Send(`{"id":"1","a":"Q","at":"2025-07-01T00:00:00Z"}`) // waits in quarantine
		w.run(lode.Options{})
		w.items.Delete(`{"id":"1"}`)
		w.run(lode.Options{})
		w.items.Send(`{"id":"1","a":"A","n":1,"at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.items.Delete(`{"id":"1"}`)
		w.run(lode.Options{})
		w.equal(states, "1 | A | true")
		w.project.Entities[0].Columns[2].Required = false
		w.reopen()
		w.run(lode.Options{Select: []string{"silver.items+"}, Mode: lode.Mode{Replay: true}})
		w.equal("SELECT count(*) FROM lode.quarantine", "0")
		w.equal("SELECT is_deleted FROM silver.items", "true")
		w.equal("SELECT valid_at FROM silver.items_log WHERE op = 'delete' ORDER BY 1", "2025-07-01T00:00:00.000001Z", "2025-07-01T00:00:00.000003Z")
		w.steady()
	})
}

// TestListOfADeletedRecordIsGone: the delete of an order without a time takes its lines
// with it, though they are dated ahead; when the order is back, so are they.
func TestListOfADeletedRecordIsGone(t *testing.T) {
	nested := func(p *lode.Project) {
		p.Entities[1] = schema.Entity{
			Name: "sales", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "item_id", Type: "text"}, {Name: "sold_at", Type: "timestamp"}, {Name: "sold_amount", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "s.sales", Each: "lines", ID: "line", ValidAt: schema.ValidAt{Field: "^.at"},
				Fields: []schema.FieldMapping{{Name: "item_id", From: "item"}, {Name: "sold_at", From: "^.at"}, {Name: "sold_amount", From: "amount"}},
			}},
		}
	}
	const live = "SELECT source_id FROM silver.sales WHERE NOT is_deleted ORDER BY 1"
	each(t, nested, func(w *world) {
		order := func(at string, lines ...string) string {
			for i, l := range lines {
				lines[i] = fmt.Sprintf(`{"line":%q,"item":"1","amount":1}`, l)
			}
			return fmt.Sprintf(`{"id":"o1","at":%q,"lines":[%s]}`, at, strings.Join(lines, ","))
		}
		ahead := w.clock.Now().Add(24 * time.Hour).Format(time.RFC3339)
		w.sales.Send(order(ahead, "x", "y"))
		w.run(lode.Options{})
		w.equal(live, "x", "y")
		for range 2 {
			w.sales.Delete(`{"id":"o1"}`)
			w.run(lode.Options{})
			w.equal(live)
			w.steady()
			w.sales.Send(order(ahead, "x", "y"))
			w.run(lode.Options{})
			w.equal(live, "x", "y")
			w.equal("SELECT source_id FROM gold.fact_sales ORDER BY 1", "x", "y")
			w.steady()
			w.sales.Delete(`{"id":"o1"}`)
			w.sales.Send(order("2025-01-01T00:00:00Z", "y"))
			w.run(lode.Options{})
			w.equal(live, "y")
			w.steady()
		}
	})
}

// saying is one thing that a source says of an item in TestDeletesWithoutATimeAtRandom.
type saying struct {
	at   int // minute; 0 for a delete that tells none, aheadOfAll for one after all runs
	gone bool
}

const aheadOfAll = 1_000_000

func (x saying) payload(id int) string {
	switch {
	case x.at == 0:
		return fmt.Sprintf(`{"id":"%d"}`, id)
	case x.gone:
		return fmt.Sprintf(`{"id":"%d","at":%s}`, id, lodetest.At(x.at))
	}
	return fmt.Sprintf(`{"id":"%d","a":"A%d","at":%s}`, id, x.at, lodetest.At(x.at))
}

// heard is what is known of an item: what was told, and when, in microseconds.
type heard struct {
	said []saying
	at   []int64
}

// hear takes what one run tells, but for what it only tells again: the longest beginning
// of it with which what is known ends.
func (h *heard) hear(run []saying, at int64) {
	run = slices.Compact(run)
	again := min(len(run), len(h.said))
	for !slices.Equal(run[:again], h.said[len(h.said)-again:]) {
		again--
	}
	for _, x := range run[again:] {
		h.said, h.at = append(h.said, x), append(h.at, at)
	}
}

// deleted computes the slow way whether an item is deleted after all that was told of it.
func (h *heard) deleted() bool {
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	var latest, best int64
	gone, timeless := false, false
	for i, x := range h.said {
		at := start + int64(x.at)*60e6
		if x.at == 0 || timeless && !x.gone {
			if x.at == 0 || at < h.at[i] {
				at = h.at[i]
			}
			at = max(at, latest+1)
		}
		if at > best || at == best && (x.gone || !gone) {
			best, gone = at, x.gone
		}
		latest, timeless = max(latest, at), x.at == 0
	}
	return gone
}

// TestDeletesWithoutATimeAtRandom tells many items random things in random runs.
func TestDeletesWithoutATimeAtRandom(t *testing.T) {
	each(t, nil, func(w *world) {
		draw := rand.New(rand.NewPCG(7, 11))
		all := make([]heard, 300)
		for range 6 {
			for id := range all {
				run := make([]saying, draw.IntN(4))
				for i := range run {
					run[i] = saying{at: []int{10, 20, aheadOfAll}[draw.IntN(3)], gone: draw.IntN(3) == 0}
					if run[i].gone && draw.IntN(2) == 0 {
						run[i].at = 0
					}
					if run[i].gone {
						w.items.Delete(run[i].payload(id))
					} else {
						w.items.Send(run[i].payload(id))
					}
				}
				all[id].hear(run, w.clock.Now().Add(time.Minute).UnixMicro())
			}
			w.run(lode.Options{})
			w.steady()
		}
		var got []string
		for _, row := range lodetest.Rows(w.t, w, "SELECT source_id, is_deleted FROM silver.items") {
			id, state, _ := strings.Cut(row, " | ")
			if n, err := strconv.Atoi(id); err != nil || fmt.Sprint(all[n].deleted()) != state {
				got = append(got, fmt.Sprintf("%s: deleted is %s after %v", id, state, all[n].said))
			}
		}
		if len(got) > 0 {
			w.t.Errorf("%d items are wrong:\n%s", len(got), strings.Join(got[:min(len(got), 10)], "\n"))
		}
	})
}

// TestKeepAllRecordsComeBackToo: a stream that stores every observation.
func TestKeepAllRecordsComeBackToo(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Describe.KeepAll = true
		w.reopen()
		for range 2 {
			w.items.Send(item("1", "A", 10))
			w.run(lode.Options{})
			w.equal(states, "1 | A | false")
			w.items.Send(item("1", "A", 10))
			w.items.Delete(`{"id":"1"}`)
			w.run(lode.Options{})
			w.equal(states, "1 | A | true")
			w.steady()
		}
		w.equal("SELECT count(*) FROM bronze.s_items", "6")
	})
}
