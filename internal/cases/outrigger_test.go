package cases

import (
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// regions gives the items an outrigger: b is the region's key.
func regions(p *lode.Project) {
	p.Sources[0].Config.(*lodetest.Source).Stream("regions", "id")
	p.Entities = append(p.Entities, schema.Entity{
		Name: "regions", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "name", Type: "text"}},
		From: []schema.Mapping{{Stream: "s.regions", ValidAt: schema.ValidAt{Field: "at"}}},
	})
	p.Dimensions[0].Outriggers = []schema.Outrigger{{Name: "region", Dimension: "dim_regions", Key: []string{"b"}}}
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_regions", From: "regions", Columns: []schema.DimColumn{{Name: "name", SCD: "2"}}})
}

func region(id, name, at string) string {
	return `{"id":"` + id + `","name":"` + name + `","at":"2025-01-01T00:` + at + `:00Z"}`
}

func TestOutrigger(t *testing.T) {
	each(t, regions, func(w *world) {
		const rows = "SELECT d.source_id, d.a, r.name FROM gold.dim_items d JOIN gold.dim_regions r ON r.region_durable_key = d.region_key AND r.is_current WHERE d.item_key > 0 ORDER BY 1, d.valid_from"
		w.stream("regions").Send(region("n", "North", "10"))
		w.items.Send(ab("1", `"A"`, `"n"`, "10"), ab("2", `"A"`, `"s"`, "10"), ab("3", `"A"`, `null`, "10"))
		w.run(lode.Options{})
		w.equal(rows, "1 | A | North", "2 | A | Unknown", "3 | A | Unknown")
		// The outrigger's own history goes on, and a member comes late.
		w.stream("regions").Send(region("n", "Far North", "20"), region("s", "South", "05"))
		w.run(lode.Options{})
		w.equal(rows, "1 | A | Far North", "2 | A | South", "3 | A | Unknown")
		w.items.Send(ab("1", `"B"`, `"s"`, "30"))
		w.run(lode.Options{})
		w.equal(rows, "1 | A | South", "1 | B | South", "2 | A | South", "3 | A | Unknown") // b is of type 1
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(rows, "1 | A | South", "1 | B | South", "2 | A | South", "3 | A | Unknown")
	})
}

// An aggregate that groups by the key of an outrigger, or of the current profile, follows
// when the rows of the dimension point elsewhere without a version of their own.
func TestAggregateByCurrentProfile(t *testing.T) {
	declared := func(p *lode.Project) {
		profiles("5")(&p.Project)
		p.Aggregates = append(p.Aggregates, schema.Aggregate{
			Name: "agg_now", Grain: "one row per profile", From: "fact_sales",
			Group: []schema.GroupBy{{Name: "profile_now", By: "item.current_profile_key"}}, Measures: []schema.AggMeasure{{Name: "sale_count", Count: "rows"}},
		})
	}
	each(t, declared, func(w *world) {
		w.items.Send(whole("1", "A", "", "1", 10))
		w.sales.Send(sale("s1", "1", 15, "1.00"))
		w.run(lode.Options{})
		w.items.Send(whole("1", "A", "", "2", 30))
		w.run(lode.Options{})
		w.equal("SELECT DISTINCT current_profile_key FROM gold.dim_items WHERE source_id = '1'", "2")
		w.equal("SELECT profile_now, sale_count FROM gold.agg_now", "2 | 1")
	})
}

func TestAggregateByOutrigger(t *testing.T) {
	declared := func(p *lode.Project) {
		regions(p)
		p.Aggregates = append(p.Aggregates, schema.Aggregate{
			Name: "agg_regions", Grain: "one row per region", From: "fact_sales",
			Group: []schema.GroupBy{{Name: "region", By: "item.region_key"}}, Measures: []schema.AggMeasure{{Name: "sale_count", Count: "rows"}},
		})
	}
	each(t, declared, func(w *world) {
		w.items.Send(ab("1", `"A"`, `"n"`, "10"))
		w.sales.Send(sale("s1", "1", 15, "1.00"))
		w.run(lode.Options{})
		w.equal("SELECT region, sale_count FROM gold.agg_regions", "-1 | 1")
		w.stream("regions").Send(region("n", "North", "10"))
		w.run(lode.Options{})
		w.equal("SELECT DISTINCT region_key FROM gold.dim_items WHERE source_id = '1'", "1")
		w.equal("SELECT region, sale_count FROM gold.agg_regions", "1 | 1")
	})
}

// TestChecksFindAWrongOutrigger: a key that is there is not therefore the right one.
func TestChecksFindAWrongOutrigger(t *testing.T) {
	each(t, everyStep, func(w *world) {
		w.firstDay()
		w.secondDay()
		w.run(lode.Options{})
		w.holds()
		for _, c := range []struct{ table, column, other string }{
			{"gold.dim_items", "region_key", "SELECT max(region_durable_key) FROM gold.dim_regions"},
			{"gold.dim_items", "current_profile_key", "SELECT max(profile_key) FROM gold.dim_profiles"},
		} {
			w.damage("CREATE TABLE gold.kept AS SELECT * FROM "+c.table,
				"UPDATE "+c.table+" SET "+c.column+" = CASE WHEN "+c.column+" = ("+c.other+") THEN -1 ELSE ("+c.other+") END WHERE source_id = '1'")
			if got := strings.Join(w.broken(lode.CheckOptions{Select: []string{c.table}}), "; "); got != "pointed of "+c.table+": 1 key, for example 1 "+c.column {
				t.Errorf("a wrong %s: %q", c.column, got)
			}
			w.damage("DELETE FROM "+c.table, "INSERT INTO "+c.table+" SELECT * FROM gold.kept", "DROP TABLE gold.kept")
		}
	})
}
