package cases

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/file"
	"github.com/lodehq/lode/source/rest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// exports is a folder of snapshots.
type exports struct {
	w   *world
	dir string
}

// export lets the items come from files, each of which is a snapshot.
func export(w *world, rules source.SweepRules) exports {
	x := exports{w, w.t.TempDir()}
	w.project.Sources[0].Config = &file.Config{Root: x.dir, Tables: []file.Stream{
		{Name: "items", Glob: []string{"items*.jsonl"}, Key: []string{"id"}, Sweep: &file.Sweep{Mode: "file", SweepRules: rules}},
		{Name: "sales", Glob: []string{"sales*.jsonl"}, Key: []string{"id"}},
	}}
	w.reopen()
	return x
}

// put writes a file.
func (x exports) put(name string, records ...string) {
	x.w.t.Helper()
	must(x.w.t, os.WriteFile(filepath.Join(x.dir, name), []byte(strings.Join(records, "\n")), 0o600))
}

// within is an item of a part, as it stands in the export of a minute.
func within(part, id, a string, minute int) string {
	return fmt.Sprintf(`{"id":%q,"c":%q,"a":%q,"at":%s}`, id, part, a, lodetest.At(minute))
}

const gaps = "SELECT source_id, valid_from, valid_to, is_deleted FROM gold.dim_items WHERE item_key > 0 ORDER BY 1, 2"

// TestHistory15EachFileIsASnapshot: a key that a file lacks is gone at the time of that
// file, and its gap shows when the next one has it again; one by one, all at once, read again,
// and built again.
func TestHistory15EachFileIsASnapshot(t *testing.T) {
	for _, together := range []bool{true, false} {
		t.Run(fmt.Sprintf("together %v", together), func(t *testing.T) {
			each(t, events, func(w *world) {
				x := export(w, source.SweepRules{At: "at"})
				for i, ids := range []string{"123", "13", "123", "124"} {
					var records []string
					for _, id := range ids {
						records = append(records, within("DE", string(id), "A", 10*(i+1)))
					}
					x.put(fmt.Sprintf("items-%d.jsonl", i+1), records...)
					if !together {
						w.run(lode.Options{})
					}
				}
				w.run(lode.Options{})
				at := func(minute int) string { return strings.Trim(lodetest.At(minute), `"`) }
				want := []string{
					"1 | " + at(10) + " | 9999-12-31T00:00:00Z | false",
					"2 | " + at(10) + " | " + at(20) + " | false", "2 | " + at(30) + " | 9999-12-31T00:00:00Z | false",
					"3 | " + at(10) + " | " + at(40) + " | true",
					"4 | " + at(40) + " | 9999-12-31T00:00:00Z | false",
				}
				w.equal(gaps, want...)
				traced := w.traced("dim_items", w.versions("3")[0])
				gone := traced.Events[len(traced.Events)-1]
				if got := fmt.Sprint(gone.Op, " ", string(gone.Payload), " ", gone.Request.Origin); got != `delete {"at":"`+at(40)+`"} file items-4.jsonl` {
					w.t.Errorf("the trace begins with %s", got)
				}
				w.steady()
				w.run(lode.Options{Mode: lode.Mode{Full: true}})
				w.equal(gaps, want...)
				w.steady()
			})
		})
	}
}

// TestHistory15ASnapshotOfThePast says nothing of keys of which a later one has told.
func TestHistory15ASnapshotOfThePast(t *testing.T) {
	each(t, events, func(w *world) {
		x := export(w, source.SweepRules{At: "at"})
		x.put("items-3.jsonl", within("DE", "1", "A", 30), within("DE", "2", "A", 30))
		w.run(lode.Options{})
		x.put("items-2.jsonl", within("DE", "1", "B", 20), within("DE", "3", "A", 20))
		w.run(lode.Options{})
		w.equal(states, "1 | A | false", "2 | A | false", "3 | A | false")
		x.put("items-4.jsonl", within("DE", "1", "A", 40), within("DE", "4", "A", 40))
		w.run(lode.Options{})
		w.equal(states, "1 | A | false", "2 | A | true", "3 | A | true", "4 | A | false")
		w.steady()
	})
}

// TestHistory15TheSameContentIsAnotherSnapshot: the first file again, under another name,
// brings back what the one in between lacked; a file that is only renamed brings nothing.
func TestHistory15TheSameContentIsAnotherSnapshot(t *testing.T) {
	each(t, nil, func(w *world) {
		x := export(w, source.SweepRules{})
		both := []string{item("1", "A", 10), item("2", "B", 10)}
		x.put("items-1.jsonl", both...)
		w.run(lode.Options{})
		x.put("items-2.jsonl", item("1", "A", 10))
		w.run(lode.Options{})
		w.equal(states, "1 | A | false", "2 | B | true")
		must(w.t, os.Rename(filepath.Join(x.dir, "items-1.jsonl"), filepath.Join(x.dir, "items-0.jsonl")))
		w.run(lode.Options{})
		w.equal(states, "1 | A | false", "2 | B | true")
		x.put("items-3.jsonl", both...)
		w.run(lode.Options{})
		w.run(lode.Options{})
		w.equal(states, "1 | A | false", "2 | B | false")
		w.steady()
	})
}

// TestHistory15ARefusedFileIsNotTaken: nothing of it shows, and it is looked at again by
// each run, until the guard is lowered or the file is another.
func TestHistory15ARefusedFileIsNotTaken(t *testing.T) {
	each(t, nil, func(w *world) {
		guard := 0.5
		x := export(w, source.SweepRules{Scope: []string{"c"}, Guard: &guard})
		for _, part := range []string{"DE", "FR"} {
			x.put("items-1"+part+".jsonl", within(part, part+"1", "A", 10), within(part, part+"2", "A", 10), within(part, part+"3", "A", 10))
		}
		w.run(lode.Options{})
		live := "SELECT source_id FROM silver.items WHERE NOT is_deleted ORDER BY 1"
		all := []string{"DE1", "DE2", "DE3", "FR1", "FR2", "FR3"}
		x.put("items-2.jsonl", within("DE", "DE1", "NEW", 20), within("FR", "FR1", "A", 20), within("FR", "FR2", "A", 20), within("FR", "FR3", "A", 20))
		for range 2 {
			_, err := w.tryRun(lode.Options{})
			if err == nil || !strings.Contains(err.Error(), "sweep s.items: file items-2.jsonl saw 1 of 3 known keys of c=DE, less than the guard of 0.5 asks for; nothing was deleted") {
				w.t.Fatalf("%v", err)
			}
			w.equal(live, all...)
			w.equal("SELECT count(*) FROM silver.items WHERE a = 'NEW'", "0")
		}
		guard = 0.2
		w.reopen()
		w.run(lode.Options{})
		w.equal(live, "DE1", "FR1", "FR2", "FR3")
		x.put("items-3.jsonl")
		if _, err := w.tryRun(lode.Options{}); err == nil || !strings.Contains(err.Error(), "file items-3.jsonl saw 0 of 4 known keys, and an empty list is never believed") {
			w.t.Fatalf("%v", err)
		}
		x.put("items-3.jsonl", within("FR", "FR1", "A", 30))
		w.run(lode.Options{})
		w.equal(live, "DE1", "FR1")
		w.steady()
		w.equal("SELECT DISTINCT r.origin FROM lode.requests r JOIN bronze.s_items b ON b.load_id = r.load_id AND b.request = r.request WHERE b.key = '[\"FR2\"]' AND b.op = 'delete'", "file items-3.jsonl")
	})
}

// TestHistory15AFileWithAGapProvesNothing: the row that has no key may be the one that is missing.
func TestHistory15AFileWithAGapProvesNothing(t *testing.T) {
	each(t, nil, func(w *world) {
		x := export(w, source.SweepRules{})
		x.put("items-1.jsonl", item("1", "A", 10), item("2", "A", 10))
		w.run(lode.Options{})
		x.put("items-2.jsonl", item("1", "B", 20), `{"a":"C"}`)
		w.run(lode.Options{})
		w.equal(states, "1 | B | false", "2 | A | false")
		x.put("items-3.jsonl", item("1", "B", 30))
		w.run(lode.Options{})
		w.equal(states, "1 | B | false", "2 | A | true")
	})
}

// TestHistory15ASnapshotWithoutItsTime cannot date what is gone.
func TestHistory15ASnapshotWithoutItsTime(t *testing.T) {
	each(t, nil, func(w *world) {
		x := export(w, source.SweepRules{At: "made.at"})
		x.put("items-1.jsonl", item("1", "A", 10), item("2", "A", 10))
		w.run(lode.Options{})
		x.put("items-2.jsonl", item("1", "B", 20))
		if _, err := w.tryRun(lode.Options{}); err == nil || !strings.Contains(err.Error(), "no record there tells its time in made.at") {
			w.t.Fatalf("%v", err)
		}
		x.put("items-2.jsonl", `{"id":"1","a":"B","made":{"at":20},"at":"2025-01-01T00:20:00Z"}`)
		w.run(lode.Options{})
		w.equal(states, "1 | B | false", "2 | A | true")
		w.equal("SELECT CAST(payload AS text) FROM bronze.s_items WHERE op = 'delete'", `{"made":{"at":"20"}}`)
	})
}

// TestSync14And15AFileSnapshotBreaksOff fails the n-th commit of a load of files that take
// several each: nothing is deleted by half a file, and the next run ends where an undisturbed
// one would have. (Not each commit is tried in both modes and on both databases.)
func TestSync14And15AFileSnapshotBreaksOff(t *testing.T) {
	t.Parallel()
	for name, address := range dbtest.Addresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var left atomic.Int64
			drivers := []warehouse.Driver{dbtest.Breaking{Driver: duckdb.Driver{}, Left: &left}, dbtest.Breaking{Driver: postgres.Driver{}, Left: &left}}
			every := map[string]int64{"duckdb": 2, "postgres": 4}[name]
			for i, mode := range []lode.Mode{{}, {Full: true}} {
				failed := 0
				for n := 1 + int64(i); n < 20; n += every {
					w := open(t, address(t), func(p *lode.Project) { p.Drivers = drivers })
					x := export(w, source.SweepRules{})
					load := lode.Options{Select: []string{"bronze.s_items"}, Mode: mode}
					x.put("items-1.jsonl", many(0, 21_000)...)
					w.run(lode.Options{Select: load.Select})
					x.put("items-2.jsonl", many(100, 21_100)...)
					x.put("items-3.jsonl", many(0, 21_000)...)
					left.Store(n)
					_, err := w.tryRun(load)
					reached := left.Load() <= 0
					left.Store(0)
					if reached && err == nil {
						t.Errorf("commit %d failed and the run says it succeeded", n)
					}
					w.run(lode.Options{Select: load.Select})
					w.equal("SELECT op, count(*) FROM (SELECT key, op, row_number() OVER (PARTITION BY key ORDER BY seq DESC) AS place FROM bronze.s_items b"+
						" WHERE seq <= (SELECT published FROM lode.streams WHERE stream = 's.items')) x WHERE place = 1 GROUP BY op ORDER BY op", "delete | 100", "upsert | 21000")
					w.equal("SELECT op, count(*) FROM bronze.s_items WHERE seq <= (SELECT published FROM lode.streams WHERE stream = 's.items') GROUP BY op ORDER BY op",
						"delete | 200", "upsert | 21200")
					if !reached {
						break
					}
					failed++
				}
				if failed < 2 {
					t.Errorf("%d commits failed: the test proves little", failed)
				}
			}
		})
	}
}

// many are items with the ids of a range.
func many(from, to int) []string {
	out := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf(`{"id":%d,"a":"A"}`, i))
	}
	return out
}

// TestHistory15OnlyWithinItsScope: an API that answers with some parts of the whole says
// nothing of the others; a record that has moved is there; no part is a part, too.
func TestHistory15OnlyWithinItsScope(t *testing.T) {
	each(t, nil, func(w *world) {
		var answer atomic.Pointer[[]string]
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			records := *answer.Load()
			if r.URL.Path != "/items" {
				records = nil
			}
			_, _ = rw.Write([]byte("[" + strings.Join(records, ",") + "]")) // a client that is gone asks again
		}))
		w.t.Cleanup(server.Close)
		key := []string{"id"}
		w.project.Sources[0].Config = &rest.Config{BaseURL: server.URL, Tables: []rest.Stream{
			{Name: "items", Endpoint: rest.Endpoint{Path: "/items", Key: key}, Sweep: &rest.Sweep{Mode: "full", SweepRules: source.SweepRules{Scope: []string{"c.land", "day"}}}},
			{Name: "sales", Endpoint: rest.Endpoint{Path: "/sales", Key: key}},
		}}
		w.reopen()
		in := func(id, land, day string) string {
			return fmt.Sprintf(`{"id":%q,"a":"A","c":{"land":%s},"day":%s,"at":"2025-01-01T00:10:00Z"}`, id, land, day)
		}
		bare := func(id string) string { return fmt.Sprintf(`{"id":%q,"a":"A","at":"2025-01-01T00:10:00Z"}`, id) }
		run := func(want string, records ...string) {
			w.t.Helper()
			answer.Store(&records)
			w.run(lode.Options{})
			w.equal("SELECT source_id FROM silver.items WHERE NOT is_deleted ORDER BY 1", strings.Fields(want)...)
		}
		const DE, FR, one, two = `"DE"`, `"FR"`, "1", `"2"`
		run("1 2 3 4 5 6 7 8", in("1", DE, one), in("2", DE, one), in("3", DE, two), in("4", DE, two), in("5", FR, one), in("6", FR, one), bare("7"), bare("8"))
		run("1 3 4 5 6 7 8", in("1", DE, one))                                     // one part
		run("1 3 4 5 6 7 8", in("3", FR, one), in("5", FR, one), in("6", FR, one)) // 3 has moved
		run("1 3 4 5 7 8", in("3", FR, one), in("5", FR, `"1"`))                   // 1 and "1" are one
		run("1 3 4 5 8", in("8", "null", "null"))                                  // no part, by NULL or by absence
		answer.Store(&[]string{})
		if _, err := w.tryRun(lode.Options{}); err == nil || !strings.Contains(err.Error(), "saw 0 of 5 known keys") {
			w.t.Errorf("%v", err)
		}
		w.steady()
	})
}
