package cases

import (
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// elsewhere declares streams, entities and a fact of the same shape as those that are there.
func elsewhere(p *lode.Project) {
	source := p.Sources[0].Config.(*lodetest.Source)
	for i, name := range []string{"goods", "returns"} {
		source.Stream(name, "id")
		e := p.Entities[i]
		e.Name, e.From = name, slices.Clone(e.From)
		e.From[0].Stream = "s." + name
		p.Entities = append(p.Entities, e)
	}
	f := p.Facts[0]
	f.Name, f.From = "fact_returns", "returns"
	p.Facts = append(p.Facts, f)
}

// What a table is made of is replaced by something else, and back: nothing of the other one
// stays, and the plan says that all is computed again.
func TestInputsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		step   string
		change func(p *schema.Project)
	}{
		"stream of an entity": {"silver.items", func(p *schema.Project) {
			p.Entities[0].From = slices.Clone(p.Entities[0].From)
			p.Entities[0].From[0].Stream = "s.goods"
		}},
		"entity of a dimension": {"gold.dim_items", func(p *schema.Project) { p.Dimensions[0].From = "goods" }},
		"entity of a fact":      {"gold.fact_sales", func(p *schema.Project) { p.Facts[0].From = "returns" }},
		"fact of an aggregate":  {"gold.agg_sales", func(p *schema.Project) { p.Aggregates[0].From = "fact_returns" }},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, elsewhere, func(w *world) {
				w.items.Send(item("1", "A", 10), item("2", "B", 10))
				w.stream("goods").Send(item("1", "X", 10), item("1", "Y", 20))
				w.sales.Send(sale("s1", "1", 22, "2.00"), sale("s2", "2", 22, "2.00"))
				w.stream("returns").Send(sale("s1", "1", 22, "7.00"), sale("r1", "2", 22, "5.00"))
				w.run(lode.Options{})
				good := func() {
					w.plansWhole(c.step)
					w.run(lode.Options{})
					w.holds()
					w.rebuilt(nil)
				}
				w.declared(c.change, good)
				good()
			})
		})
	}
}

// plansWhole wants the plan to say that a step computes everything again.
func (w *world) plansWhole(step string) {
	w.t.Helper()
	plan, err := w.Plan(w.t.Context(), lode.Options{})
	must(w.t, err)
	for _, x := range plan.Work {
		if x.Step.Name == step && !x.Whole {
			w.t.Errorf("the plan says of %s: %s", step, x.Action)
		}
	}
}

// wantError wants an error that says something.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got the error %v, want %q", err, want)
	}
}

// Records of other entities are matched, and then those of the first again.
func TestMatchedEntitiesReplaced(t *testing.T) {
	each(t, func(p *lode.Project) {
		parties(&p.Project)
		p.Entities[0].Survive[0] = schema.Survivor{Name: "name", Take: "first"}
		p.Entities = append(p.Entities, customersOf("contacts", "crm.customers"))
	}, func(w *world) {
		for _, x := range [][3]string{
			{"crm", "customers", `{"id":"1","name":"Ann","email":"a@x.org","at":"2025-01-01T00:10:00Z"}`},
			{"billing", "customers", `{"id":"7","name":"Anna","email":"a@x.org","at":"2025-01-01T00:10:00Z"}`},
			{"shop", "orders", `{"id":"o1","said_at":"2025-01-01T00:30:00Z","system":"billing","customer":"7","at":"2025-01-01T00:30:00Z","amount":1}`},
		} {
			i := slices.IndexFunc(w.project.Sources, func(s schema.Source) bool { return s.Name == x[0] })
			w.project.Sources[i].Config.(*lodetest.Source).Find(x[1]).Send(x[2])
		}
		good := func() {
			w.run(lode.Options{})
			w.holds()
			w.rebuilt(nil)
		}
		good()
		w.declared(func(p *schema.Project) {
			p.Entities[0].Match = &schema.Match{Of: []string{"contacts"}, On: [][]string{{"email"}, {"tax"}}}
		}, good)
		good()
	})
}

// An entity that takes a nested list takes it out of the custom fields of others.
func TestListTakenByAnotherEntity(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.sales.Send(`{"id":"s1","item":"1","at":"2025-01-01T00:20:00Z","amount":"1","lines":[{"line":"1","q":"x"}]}`)
		good := func(fields string) {
			w.run(lode.Options{})
			w.equal("SELECT custom_fields IS NULL FROM silver.sales", fields)
			w.holds()
			w.rebuilt(nil)
		}
		good("false")
		w.declared(func(p *schema.Project) {
			p.Entities = append(p.Entities, schema.Entity{
				Name: "lines", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "q", Type: "text"}},
				From: []schema.Mapping{{Stream: "s.sales", Each: "lines", ID: "line", ValidAt: schema.ValidAt{Field: "^.at"}}},
			})
		}, func() { good("true") })
		good("false")
	})
}

// A step of gold does not go on from an entity whose columns are there, but empty.
func TestGoldWaitsForWhatIsMappedAgain(t *testing.T) {
	each(t, nil, func(w *world) {
		const versions = "SELECT item_key, CAST(a AS text) FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from"
		w.items.Send(item("1", "1", 10), item("1", "2", 20), item("1", "3", 30))
		w.sales.Send(sale("s1", "1", 12, "2.00"))
		w.run(lode.Options{})
		w.project.Entities[0].Columns[0].Type = "integer"
		w.reopen()
		plan, err := w.Plan(t.Context(), lode.Options{Select: []string{"gold.dim_items"}})
		if err != nil || plan.Work[0].Action != "refused: silver.items has to be made anew first" {
			t.Errorf("the plan says %v, %v", plan.Work, err)
		}
		_, err = w.tryRun(lode.Options{Select: []string{"gold.*"}})
		wantError(t, err, "bring gold.dim_items up to date: silver.items has to be made anew first; run it too, with --select silver.items")
		w.run(lode.Options{})
		w.equal(versions, "1 | 1", "2 | 2", "3 | 3")
		w.plansChanges()
		w.holds()
		w.rebuilt(nil)
	})
}

// A dimension does not give facts new keys while the entity that they are made of is to be
// mapped again: they would be made of columns that are there, but empty.
func TestDimensionWaitsForTheEntityOfItsFacts(t *testing.T) {
	each(t, nil, func(w *world) {
		const facts = "SELECT source_id, item_key, CAST(sold_amount AS text) FROM gold.fact_sales ORDER BY source_id"
		w.items.Send(item("1", "1", 10))
		w.sales.Send(sale("s1", "1", 12, "2.00"), sale("s2", "1", 22, "3.00"))
		w.run(lode.Options{})
		w.equal(facts, "s1 | 1 | 2.00", "s2 | 1 | 3.00")
		w.items.Send(item("1", "2", 20))
		w.run(lode.Options{Select: []string{"bronze.*", "silver.*"}})
		c := slices.IndexFunc(w.project.Entities[1].Columns, func(c schema.Column) bool { return c.Name == "sold_amount" })
		w.project.Entities[1].Columns[c].Type = "decimal(20,4)"
		w.reopen()
		_, err := w.tryRun(lode.Options{Select: []string{"gold.dim_items"}})
		wantError(t, err, "bring gold.dim_items up to date: silver.sales has to be made anew first; run it too, with --select silver.sales")
		w.equal("SELECT source_id, item_key FROM gold.fact_sales ORDER BY source_id", "s1 | 1", "s2 | 1")
		w.run(lode.Options{})
		w.equal(facts, "s1 | 1 | 2.0000", "s2 | 2 | 3.0000")
		w.holds()
		w.rebuilt(nil)
	})
}

// A type 2 column does not leave the entity while versions stand that it began.
func TestTrackedColumnThatLeavesItsEntity(t *testing.T) {
	leaves := func(p *schema.Project) {
		p.Dimensions[0].Columns = p.Dimensions[0].Columns[:1]
		p.Entities[0].Columns = slices.Delete(slices.Clone(p.Entities[0].Columns), 1, 2)
		p.Entities[0].From = slices.Clone(p.Entities[0].From)
		p.Entities[0].From[0].Fields = slices.Delete(slices.Clone(p.Entities[0].From[0].Fields), 1, 2)
	}
	sold(t, func(w *world) {
		before := lodetest.Rows(t, w, "SELECT item_key, a, b, valid_from FROM gold.dim_items ORDER BY 1")
		w.declared(leaves, func() {
			_, err := w.tryRun(lode.Options{})
			wantError(t, err, "bring gold.dim_items up to date: b began versions, and is no longer a column of items, so that they would become one; keep it there, mapped as it was, or let the dimension say redefined: rebuild")
		})
		w.run(lode.Options{})
		w.equal("SELECT item_key, a, b, valid_from FROM gold.dim_items ORDER BY 1", before...)
		w.holds()
		w.rebuilt(nil)
		w.project.Dimensions[0].Redefined = "rebuild"
		w.declared(leaves, func() {
			w.run(lode.Options{})
			w.holds()
			w.rebuilt(nil)
		})
	})
}
