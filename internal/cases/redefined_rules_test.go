package cases

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/expr"
)

// Cases 14 and 29, declared anew: facts whose member is deleted go to the member that is
// declared now, though no version moves.
func TestHistory29DeletedDeclaredAnew(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.items.Send(item("1", "B", 30))
		w.items.Delete(`{"id":"1","at":` + lodetest.At(20) + `}`)
		w.sales.Send(sale("s1", "1", 25, "2.00"), sale("s2", "1", 35, "1.00"))
		w.run(lode.Options{})
		for _, c := range [][2]string{{"member", "-3"}, {"unknown", "-1"}, {"last", "1"}, {"member", "-3"}} {
			w.project.Dimensions[0].Deleted = c[0]
			w.reopen()
			w.plansWhole("gold.fact_sales")
			w.run(lode.Options{})
			w.equal("SELECT item_key FROM gold.fact_sales ORDER BY source_id", c[1], "2")
			w.holds()
			w.rebuilt(nil)
		}
	})
}

// Weeks begin as those of the calendar, also when that changes.
func TestHistory52WeeksBeginAnew(t *testing.T) {
	declare := func(p *lode.Project) {
		p.Facts = append(p.Facts, schema.Fact{
			Name: "fact_stock", Grain: "one row per item and week", From: "items", Snapshot: &schema.Snapshot{Every: "week"},
			Dimensions: []schema.Role{{Name: "item", Dimension: "dim_items", Key: []string{"source_id"}}, {Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}}},
			Measures:   []schema.Measure{{Name: "n", Sum: []string{"item"}}},
		})
	}
	each(t, declare, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.equal("SELECT min(period_end) FROM gold.fact_stock", "2025-01-05")
		for _, c := range [][2]string{{"sunday", "2025-01-04"}, {"monday", "2025-01-05"}} {
			w.project.Dimensions[1].Calendar = &schema.Calendar{From: "2025-01-01", To: "2025-12-31", WeekStarts: c[0]}
			w.reopen()
			w.plansWhole("gold.fact_stock")
			w.run(lode.Options{})
			w.equal("SELECT min(period_end) FROM gold.fact_stock", c[1])
			w.holds()
			w.rebuilt(nil)
		}
	})
}

// Case 38 of the first column that is tracked at all: no mass of versions.
func TestHistory38FirstTrackedColumn(t *testing.T) {
	for mode, want := range map[string][]string{"from_now": {"C"}, "new_version": {"NULL", "C"}, "rebuild": {"A", "B", "C"}} {
		t.Run(mode, func(t *testing.T) {
			each(t, func(p *lode.Project) {
				p.Aggregates = nil
				p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "1"}}
			}, func(w *world) {
				w.items.Send(item("1", "A", 10), item("1", "B", 20), item("1", "C", 30))
				w.sales.Send(sale("s1", "1", 12, "2.00"))
				w.run(lode.Options{})
				w.project.Dimensions[0].Redefined = mode
				w.project.Dimensions[0].Columns[0].SCD = "2"
				w.reopen()
				w.run(lode.Options{})
				w.equal("SELECT a FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", want...)
				w.holds()
				w.rebuilt(nil)
			})
		})
	}
}

// Case 9: what was said last counts, also when what was said before it waited in quarantine
// until it was mended.
func TestHistory09SaidAgainBehindTheQuarantine(t *testing.T) {
	declare := func(p *lode.Project) {
		p.Entities[0].Columns[0].Required, p.Entities[0].Columns[0].Type = true, "code"
		p.Types = codes(false)
	}
	each(t, declare, func(w *world) {
		for _, a := range []string{`"A"`, `"bad"`, `"A"`} {
			w.items.Send(ab("1", a, `"x"`, "10"))
			w.run(lode.Options{})
		}
		w.project.Types = codes(true)
		w.reopen()
		w.run(lode.Options{Mode: lode.Mode{Replay: true}})
		w.equal("SELECT a FROM silver.items", "A")
		w.holds()
		w.rebuilt(nil)
	})
}

// codes are the column types with one of a project's own, which takes "bad" when it is mended.
func codes(mended bool) *coltype.Set {
	s := coltype.Standard().With("code", func([]string) (coltype.Type, error) {
		return coltype.Custom{
			TypeName: "code", StoredAs: record.Of(record.Text),
			Convert: func(text string) (record.Value, error) {
				if text == "bad" && !mended {
					return record.Null, errors.New("no code")
				}
				return record.TextValue(text), nil
			},
			Spell: func(_ expr.Dialect, x string) string { return x },
		}, nil
	})
	return &s
}

// An outrigger and a bridge point to members that are known, whatever facts have inferred,
// and whichever ran first.
func TestInferredMembersBesideFacts(t *testing.T) {
	t.Run("outrigger", func(t *testing.T) {
		each(t, func(p *lode.Project) {
			regions(p)
			p.Entities[1].Columns = append(p.Entities[1].Columns, schema.Column{Name: "region_id", Type: "text"})
			p.Entities[1].From[0].Fields = append(p.Entities[1].From[0].Fields, schema.FieldMapping{Name: "region_id", From: "region"})
			p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "region", Dimension: "dim_regions", Key: []string{"region_id"}})
		}, func(w *world) {
			w.items.Send(ab("1", `"A"`, `"r9"`, "10"), ab("2", `"A"`, `"r9"`, "10"))
			w.sales.Send(`{"id":"s1","item":"1","at":"2025-01-01T00:20:00Z","amount":"1","region":"r9"}`)
			w.run(lode.Options{})
			w.items.Send(ab("1", `"B"`, `"r9"`, "30"))
			w.run(lode.Options{})
			w.equal("SELECT DISTINCT region_key FROM gold.dim_items WHERE item_key > 0", "-1")
			w.holds()
			w.rebuilt(nil)
			w.stream("regions").Send(region("r9", "North", "05"))
			w.run(lode.Options{})
			w.equal("SELECT DISTINCT region_key FROM gold.dim_items WHERE item_key > 0", "1")
			w.holds()
			w.rebuilt(nil)
		})
	})
	t.Run("bridge", func(t *testing.T) {
		each(t, holders("share"), func(w *world) {
			const members = "SELECT b.account, b.item_durable_key FROM gold.bridge_account_holders b ORDER BY 1, 2"
			w.stream("holders").Send(holder("h1", "X", "9", "1.000", 10))
			w.run(lode.Options{})
			w.sales.Send(sale("s1", "9", 22, "2.00"))
			w.run(lode.Options{})
			w.stream("holders").Send(holder("h2", "Y", "9", "1.000", 10))
			w.run(lode.Options{})
			w.equal(members, "X | -1", "Y | -1")
			w.rebuilt(nil)
			w.items.Send(item("9", "Z", 5))
			w.run(lode.Options{})
			w.equal(members, "X | 1", "Y | 1")
			w.holds()
			w.rebuilt(nil)
			w.damage("UPDATE gold.bridge_account_holders SET item_durable_key = -1 WHERE account = 'Y'")
			differs, err := w.DiffRebuild(t.Context(), lode.Options{Select: []string{"gold.dim_account_holder_groups"}}, 3)
			must(t, err)
			if !slices.ContainsFunc(differs, func(r diff.Result) bool { return r.Count() > 0 }) {
				t.Error("a rebuild does not tell that a member's durable key is another")
			}
		})
	})
}

// Versions come into force while nothing happens: the plan says so, and a comparison with a
// rebuild waits for the run.
func TestHistory45PlanOfWhatComesIntoForce(t *testing.T) {
	declare := func(p *lode.Project) {
		p.Dimensions[0].Current = "in_force"
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "now", Dimension: "dim_items", Key: []string{"item_id"}, AsOf: "current"})
	}
	each(t, declare, func(w *world) {
		const said = "versions have come into force, or have ended, since the last run"
		saysIt := func() bool {
			plan, err := w.Plan(w.t.Context(), lode.Options{})
			must(t, err)
			return slices.ContainsFunc(plan.Work, func(x medallion.Work) bool { return x.Action == said && !x.Idle })
		}
		w.items.Send(item("1", "A", 1), `{"id":"1","a":"B","at":"2025-06-02T00:00:00Z"}`)
		w.sales.Send(sale("s1", "1", 22, "2.00"))
		w.run(lode.Options{})
		if w.rebuilt(nil); saysIt() {
			t.Error("the plan speaks of versions that come into force tomorrow")
		}
		w.clock.Add(48 * time.Hour)
		if !saysIt() {
			t.Error("the plan does not speak of a version that has come into force")
		}
		_, err := w.DiffRebuild(t.Context(), lode.Options{}, 3)
		wantError(t, err, "gold.dim_items is not up to date ("+said+"); run `lode run` first")
		w.run(lode.Options{})
		w.equal("SELECT now_key FROM gold.fact_sales", "2")
		w.rebuilt(nil)
	})
}

// A combination that is NULL and occurs no more stays, and is no difference.
func TestDiffOfACombinationThatIsNull(t *testing.T) {
	each(t, func(p *lode.Project) {
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_flags", Junk: &schema.Junk{From: "sales", Columns: []string{"sold_amount"}}})
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "flags", Dimension: "dim_flags"})
	}, func(w *world) {
		w.items.Send(item("1", "A", 1))
		w.sales.Send(`{"id":"s1","item":"1","at":"2025-01-01T00:20:00Z","price":"5"}`)
		w.run(lode.Options{})
		w.project.Entities[1].From[0].Fields[2].From = "amount | price"
		w.reopen()
		w.run(lode.Options{})
		w.equal("SELECT count(*) FROM gold.dim_flags WHERE flag_key > 0", "2")
		w.holds()
		w.rebuilt(nil)
	})
}
