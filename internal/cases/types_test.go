package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// typed gives the item's columns these types.
func typed(columns ...schema.DimColumn) func(*lode.Project) {
	return func(p *lode.Project) {
		events(p)
		p.Dimensions[0].Columns = columns
		p.Aggregates = nil
	}
}

func ab(id, a, b, at string) string {
	return `{"id":"` + id + `","a":` + a + `,"b":` + b + `,"at":"2025-01-01T00:` + at + `:00Z"}`
}

func TestHistory22TypeZero(t *testing.T) {
	each(t, typed(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "0"}), func(w *world) {
		const b = "SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from"
		w.items.Send(ab("1", `"A"`, `"x"`, "10"), ab("1", `"B"`, `"y"`, "20"))
		w.run(lode.Options{})
		w.equal(b, "A | x", "B | x")
		w.items.Send(ab("1", `"A"`, `"w"`, "05"))
		w.run(lode.Options{})
		w.equal(b, "A | w", "B | w")
	})
}

func TestHistory22TypeZeroFirstSeen(t *testing.T) {
	each(t, typed(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "0", Keep: "first_seen"}), func(w *world) {
		w.items.Send(ab("1", `"A"`, `"x"`, "10"))
		w.run(lode.Options{})
		w.items.Send(ab("1", `"A"`, `"w"`, "05"))
		w.run(lode.Options{})
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0", "A | x")
	})
}

func TestHistory23TypeThree(t *testing.T) {
	each(t, typed(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "3"}), func(w *world) {
		const b = "SELECT a, b, prior_b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from"
		w.items.Send(ab("1", `"A"`, `"x"`, "10"))
		w.run(lode.Options{})
		w.equal(b, "A | x | NULL")
		w.items.Send(ab("1", `"B"`, `"y"`, "20"), ab("1", `"B"`, `"y"`, "30"))
		w.run(lode.Options{})
		w.equal(b, "A | y | x", "B | y | x")
		// A late event comes between: the value before the last distinct change is another.
		w.items.Send(ab("1", `"A"`, `"late"`, "15"))
		w.run(lode.Options{})
		w.equal(b, "A | y | late", "B | y | late")
		w.items.Delete(ab("1", `""`, `""`, "40"))
		w.items.Send(ab("1", `"B"`, `null`, "50"))
		w.run(lode.Options{})
		w.equal(b, "A | NULL | y", "B | NULL | y", "B | NULL | y")
	})
}

func TestHistory24TypeSix(t *testing.T) {
	each(t, typed(schema.DimColumn{Name: "a", SCD: "6"}, schema.DimColumn{Name: "b", SCD: "1"}), func(w *world) {
		w.items.Send(ab("1", `"A"`, `"x"`, "10"), ab("1", `"B"`, `"x"`, "20"))
		w.run(lode.Options{})
		w.items.Send(ab("1", `"C"`, `"x"`, "30"))
		w.run(lode.Options{})
		w.equal("SELECT a, current_a FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | C", "B | C", "C | C")
	})
}

func TestHistory25TypeSeven(t *testing.T) {
	each(t, typed(schema.DimColumn{Name: "a", SCD: "7"}), func(w *world) {
		const fact = "SELECT f.source_id, d.a, c.a FROM gold.fact_sales f JOIN gold.dim_items d ON d.item_key = f.item_key " +
			"JOIN gold.dim_items c ON c.item_durable_key = f.item_durable_key AND c.is_current ORDER BY 1"
		w.items.Send(item("1", "A", 10), item("1", "C", 30))
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "1", 25, "1.00"), sale("s3", "", 25, "1.00"))
		w.run(lode.Options{})
		w.equal(fact, "s1 | A | C", "s2 | A | C", "s3 | Unknown | Unknown")
		w.items.Send(item("1", "B", 20), item("1", "D", 40))
		w.run(lode.Options{})
		w.equal(fact, "s1 | A | D", "s2 | B | D", "s3 | Unknown | Unknown")
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(fact, "s1 | A | D", "s2 | B | D", "s3 | Unknown | Unknown")
	})
}

func TestHistory18NotSentInherits(t *testing.T) {
	each(t, typed(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "2"}), func(w *world) {
		const rows = "SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from"
		w.items.Send(ab("1", `"A"`, `"x"`, "10"))
		w.run(lode.Options{})
		w.items.Send(`{"id":"1","a":"B","at":"2025-01-01T00:30:00Z"}`, `{"id":"1","b":null,"at":"2025-01-01T00:40:00Z"}`)
		w.run(lode.Options{})
		w.equal(rows, "A | x", "B | x", "B | NULL")
		w.equal("SELECT a, b FROM silver.items", "B | NULL")
		// A late event changes what is inherited.
		w.items.Send(ab("1", `"A"`, `"y"`, "20"))
		w.run(lode.Options{})
		w.equal(rows, "A | x", "A | y", "B | y", "B | NULL")
		w.items.Delete(item("1", "", 50))
		w.items.Send(`{"id":"1","b":"z","at":"2025-01-01T00:55:00Z"}`)
		w.run(lode.Options{})
		w.equal(rows, "A | x", "A | y", "B | y", "B | NULL", "NULL | z")
		w.equal("SELECT a, b FROM silver.items", "NULL | z")
	})
}

func TestHistory18ComputedFromWhatIsInherited(t *testing.T) {
	computed := func(p *lode.Project) {
		typed(schema.DimColumn{Name: "ab", SCD: "2"})(p)
		p.Entities[0].Computed = []schema.Computed{{Name: "ab", Value: "a + '/' + b"}}
	}
	each(t, computed, func(w *world) {
		w.items.Send(ab("1", `"A"`, `"x"`, "10"), `{"id":"1","b":"y","at":"2025-01-01T00:20:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT ab FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A/x", "A/y")
		w.equal("SELECT ab FROM silver.items", "A/y")
	})
}

func TestHistory18AbsentMeansNull(t *testing.T) {
	null := func(p *lode.Project) {
		typed(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "2"})(p)
		p.Entities[0].From[0].Absent = "null"
	}
	each(t, null, func(w *world) {
		w.items.Send(ab("1", `"A"`, `"x"`, "10"), `{"id":"1","a":"A","at":"2025-01-01T00:20:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | x", "A | NULL")
	})
}

func TestHistory43DayGrain(t *testing.T) {
	days := func(p *lode.Project) { events(p); p.Dimensions[0].Validity = "day" }
	each(t, days, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20), item("1", "C", 1500), item("1", "D", 1510), item("1", "C", 1520))
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "1", 1445, "1.00"))
		w.run(lode.Options{})
		w.chain("1", "B[0,1440) C[1440,inf)")
		w.equal(factOf, "s1 | B | false", "s2 | C | false")
	})
}

func TestHistory49KeyUsedAgain(t *testing.T) {
	again := func(p *lode.Project) {
		typed(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "1"})(p)
		p.Dimensions[0].ReusedKey = "new"
	}
	each(t, again, func(w *world) {
		const rows = "SELECT a, b, dense_rank() OVER (ORDER BY item_durable_key) FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from"
		w.items.Send(ab("1", `"A"`, `"x"`, "10"), ab("1", `"B"`, `"y"`, "20"))
		w.items.Delete(item("1", "", 30))
		w.items.Send(ab("1", `"C"`, `"z"`, "40"))
		w.run(lode.Options{})
		w.equal(rows, "A | y | 1", "B | y | 1", "C | z | 2")
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(rows, "A | y | 1", "B | y | 1", "C | z | 2")
	})
}

func TestHistory49KeyUsedAgainIsTheSameUnlessDeclared(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.items.Delete(item("1", "", 20))
		w.items.Send(item("1", "A", 30))
		w.run(lode.Options{})
		w.chain("1", "A[10,20) A[30,inf)")
		w.equal("SELECT count(DISTINCT item_durable_key), count(DISTINCT item_key) FROM gold.dim_items WHERE item_key > 0", "1 | 2")
	})
}

func deletedTo(policy string) func(p *lode.Project) {
	return func(p *lode.Project) { events(p); p.Dimensions[0].Deleted = policy }
}

func TestHistory14LateDeleteInsideHistory(t *testing.T) {
	for policy, in := range map[string]string{"last": "A", "member": "Deleted", "unknown": "Unknown"} {
		t.Run(policy, func(t *testing.T) {
			each(t, deletedTo(policy), func(w *world) {
				w.items.Send(item("1", "A", 10), item("1", "B", 30))
				w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "1", 25, "1.00"), sale("s3", "1", 35, "1.00"))
				w.run(lode.Options{})
				w.equal(factOf, "s1 | A | false", "s2 | A | false", "s3 | B | false")
				w.items.Delete(item("1", "", 20))
				w.run(lode.Options{})
				w.chain("1", "A[10,20) B[30,inf)")
				w.equal(factOf, "s1 | A | false", "s2 | "+in+" | false", "s3 | B | false")
				// A version fills the gap: its facts come back from the member.
				w.items.Send(item("1", "C", 24))
				w.run(lode.Options{})
				w.equal(factOf, "s1 | A | false", "s2 | C | false", "s3 | B | false")
			})
		})
	}
}

func TestHistory29DeletedBeforeTheFact(t *testing.T) {
	for policy, in := range map[string]string{"last": "A", "member": "Deleted", "unknown": "Unknown"} {
		t.Run(policy, func(t *testing.T) {
			each(t, deletedTo(policy), func(w *world) {
				w.items.Send(item("1", "A", 10))
				w.items.Delete(item("1", "", 20))
				w.run(lode.Options{})
				w.sales.Send(sale("s1", "1", 30, "1.00"))
				w.run(lode.Options{})
				w.equal(factOf, "s1 | "+in+" | false")
				w.items.Send(item("1", "B", 25))
				w.run(lode.Options{})
				w.equal(factOf, "s1 | B | false")
			})
		})
	}
}
