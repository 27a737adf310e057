package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/source"
)

var errBroken = &source.Error{Kind: source.Failed, Op: "read s.items", Err: errors.New("the server went away")}

func TestSync10EmptyRunsKeepWhatIsThere(t *testing.T) {
	each(t, nil, func(w *world) {
		w.run(lode.Options{})
		w.equal("SELECT count(*) FROM silver.items", "0")
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		state := lodetest.Rows(w.t, w, "SELECT state FROM lode.streams WHERE stream = 's.items'")
		w.run(lode.Options{})
		w.equal("SELECT state FROM lode.streams WHERE stream = 's.items'", state...)
		w.equal("SELECT count(*) FROM silver.items", "1")
	})
}

// sweeping makes the items a stream whose deletions are found by a complete pass.
func sweeping(mode source.Mode, guard float64) func(w *world) {
	return func(w *world) {
		w.items.Describe.Sweep, w.items.Describe.SweepMode, w.items.Describe.SweepGuard = true, mode, guard
		w.reopen()
	}
}

func TestSync11DeletesOnlyFromACompletePass(t *testing.T) {
	for _, mode := range []source.Mode{source.Keys, source.Full} {
		t.Run(string(mode), func(t *testing.T) {
			each(t, nil, func(w *world) {
				sweeping(mode, 0)(w)
				w.items.Replace(item("1", "A", 10), item("2", "B", 10), item("3", "C", 10))
				w.items.Silent = false
				w.run(lode.Options{})
				w.items.Replace(item("1", "A", 10), item("3", "C", 10))
				w.items.Fail, w.items.FailAfter = errBroken, 1
				if _, err := w.tryRun(lode.Options{}); err == nil {
					w.t.Error("a broken pass was reported as a success")
				}
				w.equal("SELECT source_id FROM silver.items WHERE is_deleted")
				w.items.Fail = nil
				w.run(lode.Options{})
				w.equal("SELECT source_id FROM silver.items WHERE is_deleted", "2")
				w.items.Replace(item("1", "A", 10), item("2", "B", 10), item("3", "C", 10))
				w.items.Silent = false
				w.run(lode.Options{Mode: lode.Mode{Full: true}})
				w.equal("SELECT source_id FROM silver.items WHERE is_deleted")
			})
		})
	}
}

func TestSync11SweepIsGuarded(t *testing.T) {
	each(t, nil, func(w *world) {
		sweeping(source.Keys, 0.5)(w)
		w.items.Send(item("1", "A", 10), item("2", "B", 10), item("3", "C", 10))
		w.run(lode.Options{})
		w.items.Replace(item("1", "A", 10))
		_, err := w.tryRun(lode.Options{})
		if err == nil || !strings.Contains(err.Error(), "saw 1 of 3 known keys") {
			w.t.Errorf("a shrunken sweep was believed: %v", err)
		}
		w.items.Replace()
		if _, err := w.tryRun(lode.Options{}); err == nil {
			w.t.Error("an empty sweep was believed")
		}
		w.equal("SELECT source_id FROM silver.items WHERE is_deleted")
	})
}

func TestSync12FullRefreshThatFailsShowsNothing(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Describe.Incremental = false
		w.reopen()
		w.items.Replace(item("1", "A", 10), item("2", "A", 10))
		w.run(lode.Options{})
		w.items.Replace(item("1", "B", 20))
		w.items.Send(item("2", "B", 20))
		w.items.Fail, w.items.FailAfter = errBroken, 1
		if _, err := w.tryRun(lode.Options{}); err == nil {
			w.t.Fatal("a broken pass was reported as a success")
		}
		w.run(lode.Options{Select: []string{"silver.*"}})
		w.equal("SELECT source_id, a FROM silver.items ORDER BY 1", "1 | A", "2 | A")
		w.items.Fail = nil
		w.run(lode.Options{})
		w.equal("SELECT source_id, a FROM silver.items ORDER BY 1", "1 | B", "2 | B")
	})
}

func TestSync14And15StateIsNeverAheadOfTheData(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.items.Send(item("2", "A", 10))
		w.items.Send(item("3", "A", 10))
		for after := range 3 {
			w.items.Fail, w.items.FailAfter = errBroken, after
			if _, err := w.tryRun(lode.Options{}); err == nil {
				w.t.Fatal("a broken pass was reported as a success")
			}
			rows := lodetest.Rows(w.t, w, "SELECT count(*) FROM bronze.s_items")
			state := lodetest.Rows(w.t, w, "SELECT COALESCE(state, 'none') FROM lode.streams WHERE stream = 's.items'")
			if want := fmt.Sprintf(`{"sent":%s}`, rows[0]); rows[0] != "0" && state[0] != want {
				w.t.Errorf("after a failure at batch %d: %s rows and state %s", after, rows[0], state[0])
			}
		}
		w.items.Fail = nil
		w.run(lode.Options{})
		w.equal("SELECT source_id FROM silver.items ORDER BY 1", "1", "2", "3")
		w.equal("SELECT count(*) FROM bronze.s_items", "3")
	})
}

func TestSync16DuplicatesInsideAPass(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("2", "B", 10), item("1", "A", 10))
		w.items.Send(item("2", "B", 10), item("3", "C", 10))
		w.run(lode.Options{})
		w.equal("SELECT count(*), count(DISTINCT key) FROM bronze.s_items", "3 | 3")
	})
}

func TestSync20LaterKeepsProgress(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.items.Send(item("2", "A", 10))
		w.items.Fail, w.items.FailAfter = &source.Error{Kind: source.Later, Op: "read s.items", Err: errors.New("wait an hour")}, 1
		report, err := w.tryRun(lode.Options{})
		if err == nil || report.Status() != run.Later {
			w.t.Fatalf("status %s, error %v; want later", report.Status(), err)
		}
		w.equal("SELECT source_id FROM silver.items", "1")
	})
}

func TestSync23DriftInTheMiddle(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","n":"1.50","at":"2025-01-01T00:10:00Z","tier":"gold"}`)
		w.run(lode.Options{})
		w.items.Send(`{"id":"1","a":"A","n":"x","at":"2025-01-01T00:20:00Z","size":{"w":1}}`,
			`{"id":"2","a":{"deep":true},"n":2,"at":"2025-01-01T00:20:00Z","tier":7}`)
		w.run(lode.Options{})
		w.equal("SELECT source_id, a, n FROM silver.items ORDER BY 1", "1 | A | NULL", "2 | NULL | 2.00")
		w.equal("SELECT kind, column_name, value FROM lode.quarantine ORDER BY column_name", `value | a | {"deep":true}`, "value | n | \"x\"")
		w.equal("SELECT name, type, count, sample FROM lode.custom_fields ORDER BY name, type",
			`size | object | 1 | {"w":1}`, "tier | number | 1 | 7", `tier | string | 1 | "gold"`)
		fields := strings.Join(lodetest.Rows(w.t, w, "SELECT custom_fields FROM silver.items WHERE source_id = '1'"), "")
		for _, want := range []string{`"tier"`, `"gold"`, `"first_seen"`, `"2025-06-01T00:01:00.000000Z"`, `"size"`} {
			if !strings.Contains(fields, want) {
				w.t.Errorf("custom_fields %s lack %s", fields, want)
			}
		}
		w.equal(w.deprecated("tier"), "true")
		w.equal(w.deprecated("size"), "false")
	})
}

// deprecated selects whether a custom field of item 1 is deprecated.
func (w *world) deprecated(name string) string {
	if strings.HasPrefix(w.project.Warehouse, "duckdb") {
		return "SELECT CAST(json_extract(custom_fields, '$." + name + ".deprecated') AS boolean) FROM silver.items WHERE source_id = '1'"
	}
	return "SELECT CAST(custom_fields -> '" + name + "' ->> 'deprecated' AS boolean) FROM silver.items WHERE source_id = '1'"
}

func TestSync23FreezeStopsBeforeAnyWrite(t *testing.T) {
	freeze := func(p *lode.Project) { p.Entities[0].CustomFields = "freeze" }
	each(t, freeze, func(w *world) {
		w.items.Send(item("1", "A", 10), `{"id":"2","a":"B","at":"2025-01-01T00:10:00Z","new":1}`)
		_, err := w.tryRun(lode.Options{})
		if err == nil || !strings.Contains(err.Error(), `unknown field "new"`) {
			w.t.Fatalf("the new field was taken: %v", err)
		}
		w.equal("SELECT count(*) FROM silver.items_log", "0")
		w.equal("SELECT count(*) FROM bronze.s_items", "2")
	})
}

func TestSync24NumbersStayExact(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(`{"id":9007199254740993,"a":"12345678901234567890.10","n":9999999999.99,"at":"2025-01-01T00:10:00Z","big":12345678901234567890123}`)
		w.run(lode.Options{})
		w.equal("SELECT source_id, a, n FROM silver.items", "9007199254740993 | 12345678901234567890.10 | 9999999999.99")
		w.equal("SELECT sample FROM lode.custom_fields", "12345678901234567890123")
		payload := strings.Join(lodetest.Rows(w.t, w, "SELECT payload FROM bronze.s_items"), "")
		if !strings.Contains(payload, `"n":9999999999.99,`) || !strings.Contains(payload, "12345678901234567890123}") {
			w.t.Errorf("the payload was changed: %s", payload)
		}
	})
}

func TestSync25AwkwardBytes(t *testing.T) {
	each(t, nil, func(w *world) {
		big := strings.Repeat("x", 10<<20)
		w.items.Send(`{"id":"a","a":"nul\u0000here","at":"2025-01-01T00:10:00Z"}`, "{\"id\":\"A\",\"a\":\"bad\xffutf8\",\"at\":\"2025-01-01T00:10:00Z\"}",
			`{"id":"quote\"'","a":"`+big+`","at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT source_id, length(a) FROM silver.items ORDER BY length(a)", "a | 7", "A | 8", fmt.Sprintf(`quote"' | %d`, 10<<20))
		w.equal("SELECT count(*) FROM bronze.s_items WHERE note IS NOT NULL", "2")
	})
}

func TestSync27SecondRunIsTurnedAway(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		inside, leave := make(chan struct{}), make(chan struct{})
		first := make(chan error)
		go func() {
			_, err := w.Run(w.t.Context(), lode.Options{}, func(s run.StepReport) {
				if s.Name == "gold.dim_dates" && s.Status != "" {
					close(inside)
					<-leave
				}
			})
			first <- err
		}()
		<-inside
		_, err := w.Run(w.t.Context(), lode.Options{}, nil)
		if !errors.Is(err, lode.ErrLocked) {
			w.t.Errorf("the second run got %v, want ErrLocked", err)
		}
		close(leave)
		if err := <-first; err != nil {
			w.t.Errorf("the first run: %v", err)
		}
		if _, err := w.Run(w.t.Context(), lode.Options{}, nil); err != nil {
			w.t.Errorf("a run after the first: %v", err)
		}
	})
}

func TestSync28BackfillLeavesTheMark(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		state := lodetest.Rows(w.t, w, "SELECT state FROM lode.streams WHERE stream = 's.items'")
		w.items.Send(item("1", "B", 5))
		w.run(lode.Options{Select: []string{"bronze.s_items+"}, Mode: lode.Mode{From: "2025-01-01", To: "2025-02-01"}})
		w.equal("SELECT state FROM lode.streams WHERE stream = 's.items'", state...)
		w.chain("1", "B[-inf,10) A[10,inf)")
	})
}

func TestSync30RebuildFromRawEqualsAFreshLoad(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20), item("2", "X", 10))
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "9", 15, "2.00"))
		w.run(lode.Options{})
		w.items.Delete(item("2", "", 30))
		w.run(lode.Options{})
		before := w.everything()
		state := lodetest.Rows(w.t, w, "SELECT state FROM lode.streams ORDER BY stream")
		w.run(lode.Options{Select: []string{"silver.*", "gold.*"}, Mode: lode.Mode{Rebuild: true}})
		if after := w.everything(); !slices.Equal(before, after) {
			w.t.Errorf("the rebuild differs:\n%s\nbefore:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
		}
		w.equal("SELECT state FROM lode.streams ORDER BY stream", state...)
	})
}

// everything is the content of silver and gold without the columns that tell when a
// row was written.
func (w *world) everything() []string {
	var all []string
	for _, sql := range []string{
		"SELECT source_id, a, b, n, is_deleted, valid_at, created_at, updated_at, synced_at FROM silver.items ORDER BY 1",
		"SELECT source_id, item_id, sold_at, sold_amount FROM silver.sales ORDER BY 1",
		"SELECT item_key, item_durable_key, source_id, a, b, valid_from, valid_to, is_current, version, is_inferred, is_deleted FROM gold.dim_items ORDER BY 1",
		"SELECT source_id, item_key, sold_on_key, sold_amount FROM gold.fact_sales ORDER BY 1",
		"SELECT a, sold_amount, sale_count FROM gold.agg_sales ORDER BY 1",
	} {
		all = append(all, lodetest.Rows(w.t, w, sql)...)
	}
	return all
}

func TestSync30ChangedMappingIsMappedAgain(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","c":"other","at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.project.Entities[0].From[0].Fields[0].From = "c"
		w.reopen()
		plan, err := w.Plan(w.t.Context(), lode.Options{Select: []string{"silver.items"}})
		if err != nil || !strings.Contains(plan.Work[0].Action, "definition changed") {
			w.t.Errorf("the plan does not say it: %v %v", plan.Work, err)
		}
		w.run(lode.Options{})
		w.equal("SELECT a FROM silver.items", "other")
		w.chain("1", "other[-inf,inf)")
	})
}

func TestSync30ReplayAfterAMend(t *testing.T) {
	strict := func(p *lode.Project) { p.Entities[0].Columns[2].Required = true }
	each(t, strict, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","n":1,"at":"2025-01-01T00:10:00Z"}`, `{"id":"2","a":"B","at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT reason FROM lode.quarantine", "required column n has no value")
		w.run(lode.Options{Select: []string{"silver.items+"}, Mode: lode.Mode{Replay: true}})
		w.equal("SELECT count(*) FROM lode.quarantine", "1")
		w.project.Entities[0].Columns[2].Required = false
		w.reopen()
		w.run(lode.Options{Select: []string{"silver.items+"}, Mode: lode.Mode{Replay: true}})
		w.equal("SELECT count(*) FROM lode.quarantine", "0")
		w.equal("SELECT source_id FROM silver.items ORDER BY 1", "1", "2")
		w.chain("2", "B[-inf,inf)")
	})
}

func TestSync30ReplayOfAValue(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","n":"1,5","at":"2025-01-01T00:10:00Z"}`, `{"id":"2","a":"A","n":"2","at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT n FROM silver.items ORDER BY source_id", "NULL", "2.00")
		w.run(lode.Options{Select: []string{"silver.items+"}, Mode: lode.Mode{Replay: true}})
		w.equal("SELECT n FROM silver.items ORDER BY source_id", "NULL", "2.00")
		w.equal("SELECT kind, value FROM lode.quarantine", `value | "1,5"`)
	})
}

func TestSync32NullPrimaryKey(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(`{"id":null,"a":"A","at":"2025-01-01T00:10:00Z"}`, `{"a":"A","at":"2025-01-01T00:10:00Z"}`, item("1", "A", 10))
		w.run(lode.Options{})
		w.items.Send(`{"id":null,"a":"A","at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT source_id FROM silver.items", "1")
		w.equal("SELECT count(*) FROM lode.quarantine", "2")
		w.equal("SELECT count(*) FROM bronze.s_items", "3")
	})
}

func TestSync33DuplicateKeyInOneBatch(t *testing.T) {
	untimed := func(p *lode.Project) { p.Entities[0].From[0].ValidAt.Field = "" }
	each(t, untimed, func(w *world) {
		w.items.Send(`{"id":"1","a":"A"}`, `{"id":"2","a":"X"}`, `{"id":"1","a":"B"}`)
		w.run(lode.Options{})
		w.equal("SELECT source_id, a FROM silver.items ORDER BY 1", "1 | B", "2 | X")
	})
}
