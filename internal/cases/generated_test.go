package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// allKinds gives the fact a role of each kind of dimension that is no history.
func allKinds(p *lode.Project) {
	flags(p)
	times("minute", "Europe/Berlin")(p)
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_amount_bands", Bands: []schema.Band{{Label: "small", To: "100"}, {Label: "large"}}})
	p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "band", Dimension: "dim_amount_bands", Key: []string{"sold_amount"}})
}

// What is no history can be traced, and shows in the star of another time what it always does.
func TestReadingDimensionsThatAreNoHistory(t *testing.T) {
	each(t, allKinds, func(w *world) {
		w.items.Send(item("1", "A", 0))
		w.sales.Send(flagged("1", "true", `"web"`, "null"))
		w.run(lode.Options{})
		w.saysOf(w.traced("gold.fact_sales", "1"), map[string]string{
			"sold_on_key":   "20250101 by the day of sold_at, 2025-01-01T00:10:00Z, in dim_dates",
			"sold_time_key": "110 by the time of day of sold_at, 2025-01-01T00:10:00Z, in dim_times, on the clocks of Europe/Berlin",
			"band_key":      "1 by the band of sold_amount, 1.00, in dim_amount_bands",
			"flags_key":     "1 by the combination of is_gift, channel, rate, true/web/NULL, in dim_sale_flags",
		})
		for table, want := range map[string]string{
			"dim_times": "generated: every minute of a day", "dim_amount_bands": "declared: a band, from where the one before it ends",
			"dim_sale_flags": "made by the values themselves when they first occurred together; it stays",
		} {
			if notes := w.traced(table, "1").Notes; len(notes) != 1 || notes[0] != want {
				t.Errorf("notes on %s: %q", table, notes)
			}
		}
		const star = `SELECT f.source_id, t.time_of_day, b.label, d.channel FROM gold.fact_sales f JOIN gold.dim_times t ON t.time_key = f.sold_time_key
			JOIN gold.dim_amount_bands b ON b.amount_band_key = f.band_key JOIN gold.dim_sale_flags d ON d.sale_flag_key = f.flags_key`
		for _, past := range []lode.Past{w.At(lode.AsOf(point(20))), w.At(lode.AsKnownAt(w.clock.Now()))} {
			lodetest.Equal(t, past, star, "1 | 01:10 | small | web")
		}
		w.rebuilt(nil)
	})
}
