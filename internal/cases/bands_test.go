package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// bandOf is the band of each sale.
const bandOf = `SELECT f.source_id, b.label FROM gold.fact_sales f JOIN gold.dim_amount_bands b ON b.amount_band_key = f.band_key ORDER BY 1`

// bands is what the dimension holds.
const bands = `SELECT label, "position", lower_bound, upper_bound FROM gold.dim_amount_bands WHERE amount_band_key > 0 ORDER BY 2`

func withBands(bands ...schema.Band) func(p *lode.Project) {
	return func(p *lode.Project) {
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_amount_bands", Bands: bands})
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "band", Dimension: "dim_amount_bands", Key: []string{"sold_amount"}})
		p.Aggregates[0].Group = []schema.GroupBy{{Name: "band", By: "band.label"}}
	}
}

func amounts(w *world, amounts ...string) {
	for i, a := range amounts {
		w.sales.Send(sale(string(rune('1'+i)), "1", 10, a))
	}
}

// reband declares other bands.
func (w *world) reband(bands ...schema.Band) {
	w.t.Helper()
	w.project.Dimensions[2].Bands = bands
	w.reopen()
}

func TestBandsAreHalfOpen(t *testing.T) {
	each(t, withBands(schema.Band{Label: "small", To: "100"}, schema.Band{Label: "medium", To: "1000.5"}, schema.Band{Label: "large"}), func(w *world) {
		amounts(w, "-5", "99.99", "100", "1000.49", "1000.50", "9999999.99")
		w.sales.Send(`{"id":"7","item":"1","at":"2025-01-01T00:00:00Z"}`)
		w.run(lode.Options{})
		w.equal(bandOf, "1 | small", "2 | small", "3 | medium", "4 | medium", "5 | large", "6 | large", "7 | Unknown")
		w.equal(bands, "small | 1 | NULL | 100.0000", "medium | 2 | 100.0000 | 1000.5000", "large | 3 | 1000.5000 | NULL")
		w.equal("SELECT band, sale_count FROM gold.agg_sales ORDER BY lower(band)", "large | 2", "medium | 2", "small | 2", "Unknown | 1")
	})
}

// Other bands give facts their keys in the same step, and aggregates follow. A label keeps
// its key, no key is given twice, and facts of bands that stay are left alone.
func TestBandsDeclaredAnew(t *testing.T) {
	small, large := schema.Band{Label: "small", To: "100"}, schema.Band{Label: "large"}
	each(t, withBands(small, large), func(w *world) {
		amounts(w, "50", "150", "5000")
		w.run(lode.Options{})
		w.equal("SELECT label, amount_band_key FROM gold.dim_amount_bands WHERE amount_band_key > 0 ORDER BY 2", "small | 1", "large | 2")

		w.reband(small, schema.Band{Label: "medium", To: "1000"}, large)
		report := w.run(lode.Options{})
		w.equal(bandOf, "1 | small", "2 | medium", "3 | large")
		w.equal("SELECT label, amount_band_key FROM gold.dim_amount_bands WHERE amount_band_key > 0 ORDER BY 2", "small | 1", "large | 2", "medium | 3")
		w.equal("SELECT band, sold_amount FROM gold.agg_sales ORDER BY 1", "large | 5000.00", "medium | 150.00", "small | 50.00")
		w.equal("SELECT step, inserted, updated, deleted FROM lode.steps WHERE step IN ('gold.dim_amount_bands', 'gold.fact_sales') AND run_id = '"+report.RunID+"' ORDER BY 1",
			"gold.dim_amount_bands | 1 | 2 | 0", "gold.fact_sales | 0 | 0 | 0")

		// A band that goes takes its key along; the facts are unknown until a band takes them.
		w.reband(small, schema.Band{Label: "middle", To: "1000"})
		w.run(lode.Options{})
		w.equal(bandOf, "1 | small", "2 | middle", "3 | Unknown")
		w.reband(small, schema.Band{Label: "middle", To: "1000"}, large)
		w.run(lode.Options{})
		w.equal(bandOf, "1 | small", "2 | middle", "3 | large")
		w.equal("SELECT label, amount_band_key FROM gold.dim_amount_bands WHERE amount_band_key > 0 ORDER BY 2", "small | 1", "middle | 4", "large | 5")

		// A rebuild changes nothing, and a fact that is corrected changes its band.
		before := lodetest.Rows(t, w, "SELECT source_id, band_key, updated_at FROM gold.fact_sales ORDER BY 1")
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal("SELECT source_id, band_key, updated_at FROM gold.fact_sales ORDER BY 1", before...)
		w.sales.Send(sale("1", "1", 10, "100"))
		w.run(lode.Options{})
		w.equal(bandOf, "1 | middle", "2 | middle", "3 | large")
		w.rebuilt(nil)
	})
}

// A fact that is filled before its bands finds them when they come.
func TestBandsAfterTheirFacts(t *testing.T) {
	each(t, withBands(schema.Band{Label: "all"}), func(w *world) {
		amounts(w, "50")
		w.run(lode.Options{Select: []string{"bronze.s_sales", "silver.sales", "gold.fact_sales"}})
		w.equal(bandOf, "1 | Unknown")
		w.run(lode.Options{})
		w.equal(bandOf, "1 | all")
	})
}
