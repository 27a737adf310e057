package cases

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// flagsOf is the combination of each sale.
const flagsOf = `SELECT f.source_id, d.is_gift, d.channel, d.rate FROM gold.fact_sales f JOIN gold.dim_sale_flags d ON d.sale_flag_key = f.flags_key ORDER BY 1`

// combinations is what the dimension holds, with keys.
const combinations = `SELECT sale_flag_key, is_gift, channel, rate FROM gold.dim_sale_flags WHERE sale_flag_key > 0 ORDER BY 1`

// flags gives sales three columns of few values, and a junk dimension of them.
func flags(p *lode.Project) {
	sales := &p.Entities[1]
	sales.Columns = append(sales.Columns, schema.Column{Name: "is_gift", Type: "boolean"}, schema.Column{Name: "channel", Type: "text"}, schema.Column{Name: "rate", Type: "decimal(4,2)"})
	for _, c := range []string{"is_gift", "channel", "rate"} {
		sales.From[0].Fields = append(sales.From[0].Fields, schema.FieldMapping{Name: c, From: c})
	}
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_sale_flags", Junk: &schema.Junk{From: "sales", Columns: []string{"is_gift", "channel", "rate"}}})
	p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "flags", Dimension: "dim_sale_flags"})
	p.Aggregates = append(p.Aggregates, schema.Aggregate{
		Name: "agg_channels", Grain: "one row per channel", From: "fact_sales",
		Group: []schema.GroupBy{{Name: "channel", By: "flags.channel"}}, Measures: []schema.AggMeasure{{Name: "sale_count", Count: "rows"}},
	})
}

// flagged is a sale with its flags as JSON.
func flagged(id, gift, channel, rate string) string {
	return fmt.Sprintf(`{"id":%q,"item":"1","at":"2025-01-01T00:10:00Z","amount":"1","is_gift":%s,"channel":%s,"rate":%s}`, id, gift, channel, rate)
}

func TestJunkHoldsEachCombinationOnce(t *testing.T) {
	each(t, flags, func(w *world) {
		w.sales.Send(flagged("1", "true", `"web"`, `"1.5"`), flagged("2", "true", `"web"`, `"1.50"`), flagged("3", "null", `"web"`, "null"), flagged("4", "null", `""`, "null"), flagged("5", "null", "null", "null"))
		w.run(lode.Options{})
		w.equal(flagsOf, "1 | true | web | 1.50", "2 | true | web | 1.50", "3 | NULL | web | NULL", "4 | NULL |  | NULL", "5 | NULL | NULL | NULL")
		w.equal("SELECT count(*) FROM gold.dim_sale_flags WHERE sale_flag_key > 0", "4")
		w.equal("SELECT sale_flag_key, channel, is_gift FROM gold.dim_sale_flags WHERE sale_flag_key < 0 ORDER BY 1 DESC LIMIT 2", "-1 | Unknown | NULL", "-2 | Not applicable | NULL")
		w.equal("SELECT channel, sale_count FROM gold.agg_channels ORDER BY 1", " | 1", "web | 3", "NULL | 1")
	})
}

// A combination stays when the last fact leaves it, keeps its key, and is found again, also
// by a rebuild. Keys go on where they ended.
func TestJunkKeysStay(t *testing.T) {
	each(t, flags, func(w *world) {
		w.sales.Send(flagged("1", "true", `"web"`, "null"))
		w.run(lode.Options{})
		w.equal(combinations, "1 | true | web | NULL")
		w.sales.Send(flagged("1", "false", `"web"`, "null"), flagged("2", "false", `"shop"`, "null"))
		w.run(lode.Options{})
		w.equal(flagsOf, "1 | false | web | NULL", "2 | false | shop | NULL")
		held := lodetest.Rows(t, w, combinations)
		if len(held) != 3 || held[0] != "1 | true | web | NULL" {
			t.Errorf("the combinations are %v", held)
		}
		w.run(lode.Options{})
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(combinations, held...)
		w.sales.Send(flagged("2", "true", `"web"`, "null"))
		w.run(lode.Options{})
		w.equal(combinations, held...)
		w.equal("SELECT flags_key FROM gold.fact_sales WHERE source_id = '2'", "1")
		w.rebuilt(nil)
		w.sales.Delete(flagged("2", "true", `"web"`, "null"))
		w.run(lode.Options{})
		w.equal(combinations, held...)
		w.equal("SELECT source_id FROM gold.fact_sales", "1")
		w.rebuilt(nil)
	})
}

// Another set of columns gives all facts their combinations anew; a combination that was
// there under the old set stands for itself as far as it goes.
func TestJunkOfOtherColumns(t *testing.T) {
	each(t, flags, func(w *world) {
		w.sales.Send(flagged("1", "true", `"web"`, `"1"`), flagged("2", "false", `"web"`, `"1"`), flagged("3", "false", `"shop"`, `"1"`))
		w.run(lode.Options{})
		w.project.Dimensions[2].Junk.Columns = []string{"channel", "rate"}
		w.reopen()
		w.run(lode.Options{})
		w.equal("SELECT f.source_id, d.channel, d.rate FROM gold.fact_sales f JOIN gold.dim_sale_flags d ON d.sale_flag_key = f.flags_key ORDER BY 1", "1 | web | 1.00", "2 | web | 1.00", "3 | shop | 1.00")
		w.equal("SELECT count(DISTINCT flags_key) FROM gold.fact_sales", "2")
		w.equal("SELECT channel, sale_count FROM gold.agg_channels ORDER BY 1", "shop | 1", "web | 2")
		w.rebuilt(nil)
		w.project.Dimensions[2].Junk.Columns = []string{"is_gift", "channel", "rate"}
		w.reopen()
		w.run(lode.Options{})
		w.equal(flagsOf, "1 | true | web | 1.00", "2 | false | web | 1.00", "3 | false | shop | 1.00")
		w.equal("SELECT count(*) FROM gold.dim_sale_flags WHERE sale_flag_key > 0", "6")
		w.rebuilt(nil)
	})
}

// A fact may take its combination from other columns than the dimension's own, and several
// roles share one dimension.
func TestJunkOfJoinedColumns(t *testing.T) {
	joined := func(p *lode.Project) {
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_item_flags", Junk: &schema.Junk{From: "items", Columns: []string{"a", "b"}}})
		p.Facts[0].Joins = []schema.Join{{Name: "thing", Entity: "items", Key: []string{"item_id"}}}
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions,
			schema.Role{Name: "flags", Dimension: "dim_item_flags", Key: []string{"thing.a", "thing.b"}},
			schema.Role{Name: "swapped", Dimension: "dim_item_flags", Key: []string{"thing.b", "item_id"}})
	}
	each(t, joined, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","at":"2025-01-01T00:10:00Z"}`)
		w.sales.Send(sale("1", "1", 20, "1"), sale("2", "2", 20, "1"))
		w.run(lode.Options{})
		const of = `SELECT f.source_id, d.a, d.b, e.a, e.b FROM gold.fact_sales f
			JOIN gold.dim_item_flags d ON d.item_flag_key = f.flags_key JOIN gold.dim_item_flags e ON e.item_flag_key = f.swapped_key ORDER BY 1`
		w.equal(of, "1 | A | x | x | 1", "2 | NULL | NULL | NULL | 2")
		w.items.Send(`{"id":"2","a":"B","b":"y","at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.equal(of, "1 | A | x | x | 1", "2 | B | y | y | 2")
		w.equal("SELECT count(*), count(DISTINCT item_flag_key) FROM gold.dim_item_flags WHERE item_flag_key > 0", "6 | 6")
		w.rebuilt(nil)
	})
}

// A combination that a fact or a history is the first to have is no inferred member, and no
// row of theirs: their steps do not count it.
func TestCombinationsAreNotInferred(t *testing.T) {
	each(t, func(p *lode.Project) {
		flags(p)
		p.Dimensions[0].Columns = append(p.Dimensions[0].Columns, schema.DimColumn{Name: "n", SCD: "4", Mini: "dim_profiles"})
	}, func(w *world) {
		w.items.Send(whole("1", "A", "", "7", 1))
		w.sales.Send(flagged("s1", "true", `"web"`, `"1.5"`), sale("s2", "9", 12, "2.00"))
		w.run(lode.Options{Select: []string{"bronze.*", "silver.*"}})
		w.equal("SELECT count(*) FROM gold.dim_sale_flags WHERE sale_flag_key > 0", "0")
		report := w.run(lode.Options{Select: []string{"dim_items", "dim_profile_history", "fact_sales"}})
		w.equal("SELECT count(*) FROM gold.dim_sale_flags WHERE sale_flag_key > 0", "2")
		w.equal("SELECT count(*) FROM gold.dim_profiles WHERE profile_key > 0", "1")
		counts := map[string]string{}
		for _, s := range report.Steps {
			counts[s.Name] = fmt.Sprint(s.Outcome.Counts)
		}
		for step, want := range map[string]string{"gold.dim_items": "[{inserted 1}]", "gold.dim_profile_history": "[{inserted 1}]", "gold.fact_sales": "[{inserted 2} {inferred 1}]"} {
			if counts[step] != want {
				t.Errorf("%s counts %s, want %s", step, counts[step], want)
			}
		}
		w.equal("SELECT step, inserted FROM lode.steps WHERE step IN ('gold.fact_sales', 'gold.dim_profile_history') AND inserted > 0 ORDER BY 1", "gold.dim_profile_history | 1", "gold.fact_sales | 2")
	})
}
