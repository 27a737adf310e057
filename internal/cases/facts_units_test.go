package cases

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

var unitEntities = []string{
	"products@: id | category text",
	"sales: id | product_id text, sold_at timestamp, unit_code text, quantity_count integer",
	"units: product_id text, unit_code text, from_date date | piece_count integer, weight_kg decimal(12,3)",
}

// unitSales declares sales in boxes, pieces and whatever else, which a table by product and
// unit converts to pieces and to kilograms.
func unitSales(p *lode.Project) {
	p.Dimensions = append(p.Dimensions,
		schema.Dimension{Name: "dim_products", From: "products", Columns: []schema.DimColumn{{Name: "category", SCD: "2"}}},
		schema.Dimension{Name: "dim_units", Junk: &schema.Junk{From: "sales", Columns: []string{"unit_code"}}})
	p.Facts = []schema.Fact{{
		Name: "fact_sales", Grain: "one row per sale", From: "sales", EventAt: "sold_at",
		Joins: []schema.Join{{Name: "conversion", Entity: "units", Key: []string{"product_id", "unit_code"}, AsOf: &schema.JoinAsOf{Column: "from_date", At: "sold_at"}}},
		Dimensions: []schema.Role{
			{Name: "product", Dimension: "dim_products", Key: []string{"product_id"}},
			{Name: "unit", Dimension: "dim_units"},
			{Name: "sold_on", Dimension: "dim_dates", Key: []string{"sold_at"}},
		},
		Measures: []schema.Measure{
			{Name: "quantity_count", Sum: []string{"product", "sold_on"}},
			{Name: "piece_count", Value: "quantity_count * conversion.piece_count", Sum: []string{"yes"}},
			{Name: "weight_kg", Value: "round(decimal(quantity_count) * conversion.weight_kg, 3)", Type: "decimal(18,3)", Sum: []string{"yes"}},
		},
	}}
	p.Aggregates = []schema.Aggregate{{
		Name: "agg_categories", Grain: "one row per category", From: "fact_sales",
		Group: []schema.GroupBy{{Name: "category", By: "product.category"}},
		Measures: []schema.AggMeasure{{Name: "piece_count", Sum: "piece_count"}, {Name: "weight_kg", Sum: "weight_kg"},
			{Name: "sale_count", Count: "rows"}, {Name: "converted_count", Count: "piece_count"}},
	}, {
		Name: "agg_units", Grain: "one row per unit", From: "fact_sales",
		Group:    []schema.GroupBy{{Name: "unit_code", By: "unit.unit_code"}},
		Measures: []schema.AggMeasure{{Name: "quantity_count", Sum: "quantity_count"}, {Name: "piece_count", Sum: "piece_count"}},
	}}
}

func soldIn(id, product, at, unit string, quantity int) string {
	return fmt.Sprintf("'id':'%s','product_id':'%s','sold_at':'%sT12:00:00Z','unit_code':'%s','quantity_count':%d", id, product, at, unit, quantity)
}

func unitKey(product, unit, from string) string {
	return fmt.Sprintf("'product_id':'%s','unit_code':'%s','from_date':'%s'", product, unit, from)
}

// conversion says how many pieces a unit of a product holds from a day on, and what it weighs.
func conversion(product, unit, from string, pieces int, weight string) string {
	return unitKey(product, unit, from) + fmt.Sprintf(",'piece_count':%d,'weight_kg':'%s'", pieces, weight)
}

// TestFactsInSeveralUnits: each sale is converted by its product, its unit and its day. A
// conversion that comes late, changes or goes moves just the sales in its reach, and their aggregates.
func TestFactsInSeveralUnits(t *testing.T) {
	const (
		sales      = "SELECT source_id, quantity_count, piece_count, weight_kg FROM gold.fact_sales ORDER BY 1"
		written    = "SELECT source_id FROM gold.fact_sales WHERE updated_at = (SELECT max(updated_at) FROM gold.fact_sales) ORDER BY 1"
		categories = "SELECT category, piece_count, weight_kg, sale_count, converted_count FROM gold.agg_categories ORDER BY 1"
		units      = "SELECT unit_code, quantity_count, piece_count FROM gold.agg_units ORDER BY 1"
	)
	eachShop(t, unitEntities, unitSales, func(s *shop) {
		s.send("products", "'id':'p','category':'A','at':'2025-01-01T00:00:00Z'", "'id':'q','category':'B','at':'2025-01-01T00:00:00Z'")
		s.send("units", conversion("p", "box", "2025-01-01", 12, "6.000"), conversion("p", "piece", "2025-01-01", 1, "0.500"), conversion("q", "box", "2025-01-01", 6, "1.250"))
		s.send("sales", soldIn("1", "p", "2025-01-15", "box", 2), soldIn("2", "p", "2025-01-15", "piece", 3), soldIn("3", "q", "2025-01-15", "box", 2),
			soldIn("4", "p", "2025-02-15", "box", 1), soldIn("5", "q", "2025-02-15", "pallet", 1))
		s.run()
		s.equal(sales, "1 | 2 | 24 | 12.000", "2 | 3 | 3 | 1.500", "3 | 2 | 12 | 2.500", "4 | 1 | 12 | 6.000", "5 | 1 | NULL | NULL")
		s.equal(categories, "A | 39 | 19.500 | 3 | 3", "B | 12 | 2.500 | 2 | 1")
		s.equal(units, "box | 5 | 48", "pallet | 1 | NULL", "piece | 3 | 3")

		// The box of p has been smaller since February, as becomes known now.
		s.send("units", conversion("p", "box", "2025-02-01", 10, "5.000"))
		s.run()
		s.equal(sales, "1 | 2 | 24 | 12.000", "2 | 3 | 3 | 1.500", "3 | 2 | 12 | 2.500", "4 | 1 | 10 | 5.000", "5 | 1 | NULL | NULL")
		s.equal(written, "4")
		s.equal(categories, "A | 37 | 18.500 | 3 | 3", "B | 12 | 2.500 | 2 | 1")
		s.equal(units, "box | 5 | 46", "pallet | 1 | NULL", "piece | 3 | 3")

		// The one before is corrected, and that of q's pallet had been missing.
		s.send("units", conversion("p", "box", "2025-01-01", 11, "5.500"), conversion("q", "pallet", "2025-02-15", 240, "50.000"))
		s.run()
		s.equal(sales, "1 | 2 | 22 | 11.000", "2 | 3 | 3 | 1.500", "3 | 2 | 12 | 2.500", "4 | 1 | 10 | 5.000", "5 | 1 | 240 | 50.000")
		s.equal(written, "1", "5")
		s.equal(categories, "A | 35 | 17.500 | 3 | 3", "B | 252 | 52.500 | 2 | 2")

		// One is taken back: what it converted falls back to the one before, or to none. A
		// sale turns out to have been of pieces.
		s.gone("units", unitKey("p", "box", "2025-02-01"), unitKey("q", "box", "2025-01-01"))
		s.send("sales", soldIn("1", "p", "2025-01-15", "piece", 2))
		s.run()
		s.equal(sales, "1 | 2 | 2 | 1.000", "2 | 3 | 3 | 1.500", "3 | 2 | NULL | NULL", "4 | 1 | 11 | 5.500", "5 | 1 | 240 | 50.000")
		s.equal(categories, "A | 16 | 8.000 | 3 | 3", "B | 240 | 50.000 | 2 | 1")
		s.equal(units, "box | 3 | 11", "pallet | 1 | 240", "piece | 5 | 5")
		s.rebuildEquals("gold.fact_sales", "gold.agg_categories", "gold.agg_units")

		// Boxes and pieces do not add up.
		p := s.project
		p.Aggregates = append(p.Aggregates[:1:1], schema.Aggregate{
			Name: "agg_mixed", Grain: "one row per category", From: "fact_sales",
			Group: []schema.GroupBy{{Name: "category", By: "product.category"}}, Measures: []schema.AggMeasure{{Name: "quantity_count", Sum: "quantity_count"}},
		})
		_, err := lode.Open(s.t.Context(), p)
		if want := "sums quantity_count over unit, but fact_sales says that it may be summed over product, sold_on. Group by unit_key too"; err == nil || !strings.Contains(err.Error(), want) {
			s.t.Errorf("boxes and pieces are added up: got %v, want %q", err, want)
		}
	})
}

// TestFactsUnitsStorm: whatever comes in which order, each run leaves what a rebuild makes.
func TestFactsUnitsStorm(t *testing.T) {
	eachShop(t, unitEntities, unitSales, func(s *shop) {
		s.storm(50, 4, func(r *rand.Rand) {
			product, unit, day := pick(r, "p", "q"), pick(r, "box", "piece", "pallet"), on(r.IntN(40))
			switch r.IntN(8) {
			case 0:
				s.send("products", fmt.Sprintf("'id':'%s','category':'%s','at':'%sT00:00:00Z'", product, pick(r, "A", "B"), day))
			case 1, 2:
				s.send("units", conversion(product, unit, day, 1+r.IntN(12), pick(r, "0.500", "1.333")))
			case 3:
				s.gone("units", unitKey(product, unit, day))
			case 4:
				s.gone("sales", fmt.Sprintf("'id':'%d'", r.IntN(6)))
			default:
				s.send("sales", soldIn(fmt.Sprint(r.IntN(6)), product, day, unit, 1+r.IntN(4)))
			}
		}, "gold.fact_sales", "gold.agg_categories", "gold.agg_units")
	})
}
