package cases

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/rest"
)

// shifting serves a list of ids in pages of two. Each pass, which begins with page 1,
// loses the ids of its turn when its first page has been served, so that what stands
// behind them moves to a page that was read.
type shifting struct {
	ids   []string
	loses [][]string // by pass
	asked int
}

func (s *shifting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.asked++
	from, to := min(2*(page-1), len(s.ids)), min(2*page, len(s.ids))
	items := []map[string]string{}
	for _, id := range s.ids[from:to] {
		items = append(items, map[string]string{"id": id, "a": "A", "at": "2025-01-01T00:10:00Z"})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"items": items}) // a client that is gone asks again
	if page == 1 && len(s.loses) > 0 {
		gone := s.loses[0]
		s.loses = s.loses[1:]
		s.ids = slices.DeleteFunc(s.ids, func(id string) bool { return slices.Contains(gone, id) })
	}
}

// sweepPages lets the items come from a list in pages and be swept, in a mode.
func (w *world) sweepPages(mode string) *shifting {
	list := &shifting{ids: []string{"1", "2", "3", "4", "5", "6"}}
	server := httptest.NewServer(list)
	w.t.Cleanup(server.Close)
	guard := 0.0
	items := rest.Endpoint{Path: "/items", Records: "items", Key: []string{"id"}, Paging: &rest.Paging{Type: "page", Param: "page", Size: 2}}
	sales := items
	sales.Paging, sales.Params = nil, map[string]string{"page": "9"} // there are none
	sweep := &rest.Sweep{Mode: mode, SweepRules: source.SweepRules{Guard: &guard}}
	if mode == "keys" {
		sweep.Path, sweep.Records, sweep.Paging = items.Path, items.Records, items.Paging
	}
	w.project.Sources[0].Config = &rest.Config{BaseURL: server.URL, Tables: []rest.Stream{{Name: "items", Endpoint: items, Sweep: sweep}, {Name: "sales", Endpoint: sales}}}
	w.reopen()
	return list
}

// TestSync07And11PagesThatShiftDeleteNothingThatIsThere: a record that one pass misses,
// because others went away while it was read, is looked for again before it is deleted.
func TestSync07And11PagesThatShiftDeleteNothingThatIsThere(t *testing.T) {
	for _, mode := range []string{"full", "keys"} {
		t.Run(mode, func(t *testing.T) {
			each(t, nil, func(w *world) {
				list := w.sweepPages(mode)
				w.run(lode.Options{})
				live := "SELECT source_id FROM silver.items WHERE NOT is_deleted ORDER BY 1"
				w.equal(live, "1", "2", "3", "4", "5", "6")

				list.loses = [][]string{{"1"}}
				if mode == "keys" {
					list.loses = [][]string{nil, {"1"}} // the pass over the records comes first
				}
				w.run(lode.Options{}) // the first pass saw 1 and misses 3, the second the other way about
				w.equal(live, "1", "2", "3", "4", "5", "6")
				w.run(lode.Options{})
				w.equal(live, "2", "3", "4", "5", "6")

				asked := list.asked
				w.run(lode.Options{})
				want := map[string]int{"full": 3, "keys": 6}[mode] + 1 // and sales
				if got := list.asked - asked; got > want {
					w.t.Errorf("a run that misses nothing asked %d times, want %d", got, want)
				}
			})
		})
	}
}
