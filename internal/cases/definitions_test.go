package cases

import (
	"slices"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
)

// sold brings items and sales, in a dimension of two tracked columns.
func sold(t *testing.T, test func(w *world)) {
	each(t, func(p *lode.Project) {
		p.Dimensions[0].Columns[1].SCD = "2"
	}, func(w *world) {
		w.items.Send(ab("1", `"A"`, `"x"`, "01"), ab("1", `"B"`, `"y"`, "09"), ab("2", `"A"`, `"z"`, "01"))
		w.sales.Send(sale("s1", "1", 6, "2.00"), sale("s2", "2", 6, "3.00"))
		w.run(lode.Options{})
		test(w)
	})
}

// declared opens the project as a change leaves it, for as long as do takes.
func (w *world) declared(change func(*schema.Project), do func()) {
	w.t.Helper()
	was := w.project.Project
	w.project.Entities, w.project.Dimensions = slices.Clone(was.Entities), slices.Clone(was.Dimensions)
	w.project.Facts, w.project.Aggregates = slices.Clone(was.Facts), slices.Clone(was.Aggregates)
	change(&w.project.Project)
	w.reopen()
	do()
	w.project.Project = was
	w.reopen()
}

// A column that goes and comes back before the step of its table has run is not the one that
// it was: its values are computed again.
func TestColumnThatComesBackBeforeItsStepRan(t *testing.T) {
	for name, change := range map[string]func(*schema.Project){
		"of a dimension": func(p *schema.Project) { p.Dimensions[0].Columns = p.Dimensions[0].Columns[:1] },
		"of a fact":      func(p *schema.Project) { p.Facts[0].Measures, p.Aggregates = nil, nil },
		"of an aggregate": func(p *schema.Project) {
			p.Aggregates[0].Measures = p.Aggregates[0].Measures[1:]
		},
		"of an entity": func(p *schema.Project) {
			items := &p.Entities[0]
			items.Columns, items.From = items.Columns[:2], slices.Clone(items.From)
			items.From[0].Fields = items.From[0].Fields[:2]
		},
	} {
		t.Run(name, func(t *testing.T) {
			sold(t, func(w *world) {
				w.items.Send(`{"id":"3","a":"A","b":"x","n":"1.50","at":"2025-01-01T00:01:00Z"}`)
				w.run(lode.Options{})
				w.declared(change, func() { w.run(lode.Options{Select: []string{"bronze.*"}}) })
				w.run(lode.Options{})
				w.holds()
				w.rebuilt(nil)
				w.equal("SELECT n FROM silver.items WHERE source_id = '3'", "1.50")
				w.equal("SELECT a, b FROM gold.dim_items WHERE source_id = '1' ORDER BY valid_from", "A | x", "B | y")
				w.equal("SELECT a, sold_amount FROM gold.agg_sales", "A | 5.00")
				w.items.Send(ab("1", `"B"`, `"y"`, "20"))
				w.run(lode.Options{})
				w.equal("SELECT count(*) FROM gold.dim_items WHERE source_id = '1'", "2")
			})
		})
	}
}

// What is not in the project for a while is not kept in step, and begins anew when it is back.
func TestTableThatIsAwayForARun(t *testing.T) {
	for name, change := range map[string]func(*schema.Project){
		"a fact":       func(p *schema.Project) { p.Facts, p.Aggregates = nil, nil },
		"an aggregate": func(p *schema.Project) { p.Aggregates = nil },
	} {
		t.Run(name, func(t *testing.T) {
			sold(t, func(w *world) {
				w.declared(change, func() {
					w.items.Send(ab("1", `"L"`, `"x"`, "04"))
					w.sales.Send(sale("s3", "2", 7, "100.00"))
					w.run(lode.Options{})
				})
				w.run(lode.Options{})
				w.holds()
				w.rebuilt(nil)
				w.equal("SELECT a, sold_amount FROM gold.agg_sales ORDER BY 1", "A | 103.00", "L | 2.00")
			})
		})
	}
}

// A fact whose rows or keys become others is made anew, as the plan says: no key is given in it.
func TestFactThatBecomesAnother(t *testing.T) {
	for name, change := range map[string]func(*schema.Project){
		"without a role": func(p *schema.Project) { p.Facts[0].Dimensions = slices.Clone(p.Facts[0].Dimensions)[:1] },
		"with reversals": func(p *schema.Project) { p.Facts[0].Corrections = "reversal" },
		"with durable keys of dimension": func(p *schema.Project) {
			p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "7"}, {Name: "b", SCD: "2"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sold(t, func(w *world) {
				w.project.Views = []schema.View{{Kind: "business"}}
				w.reopen()
				good := func() {
					w.run(lode.Options{})
					w.equal("SELECT count(*) FROM gold.fact_sales_business", "2")
					w.holds()
					w.rebuilt(nil)
					w.equal("SELECT a, sold_amount FROM gold.agg_sales", "A | 5.00")
				}
				good()
				w.declared(change, func() {
					plan, err := w.Plan(w.t.Context(), lode.Options{})
					if err != nil || !slices.ContainsFunc(plan.Changes, func(c medallion.Change) bool { return c.Text == "make table gold.fact_sales anew" }) {
						t.Errorf("plan %v, %v; want the fact made anew", plan.Changes, err)
					}
					good()
				})
				good()
			})
		})
	}
}

// Facts that infer members no more do not point to those that they have inferred, and find
// them when they come.
func TestFactThatInfersNoMore(t *testing.T) {
	sold(t, func(w *world) {
		w.sales.Send(sale("s3", "9", 7, "1.00"))
		w.run(lode.Options{})
		w.equal(factOf, "s1 | A | false", "s2 | A | false", "s3 | NULL | true")
		w.project.Facts[0].Late = "unknown"
		w.reopen()
		w.run(lode.Options{})
		w.equal("SELECT item_key FROM gold.fact_sales WHERE source_id = 's3'", "-1")
		w.holds()
		w.rebuilt(nil)
		w.items.Send(item("9", "Z", 1))
		w.run(lode.Options{})
		w.equal(factOf, "s1 | A | false", "s2 | A | false", "s3 | Z | false")
		w.holds()
		w.rebuilt(nil)
	})
}

// The plan says what a table causes that somebody has moved away.
func TestPlanOfATableThatIsGone(t *testing.T) {
	sold(t, func(w *world) {
		w.damage("DROP TABLE gold.dim_items")
		plan, err := w.Plan(w.t.Context(), lode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, work := range plan.Work {
			if name := work.Step.Name; name == "gold.dim_items" || name == "gold.fact_sales" {
				if work.Action != "compute every key again" || !work.Whole {
					t.Errorf("%s: %q", name, work.Action)
				}
			}
		}
		w.run(lode.Options{})
		w.holds()
		w.rebuilt(nil)
	})
}
