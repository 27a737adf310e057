package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// timesOf is what each sale's time of day is.
const timesOf = `SELECT f.source_id, f.sold_time_key, t.time_of_day, t.hour_12, t.am_pm, t.day_part FROM gold.fact_sales f JOIN gold.dim_times t ON t.time_key = f.sold_time_key ORDER BY 1`

// times adds a dimension of times of day and a role of it in a zone.
func times(grain, zone string) func(p *lode.Project) {
	return func(p *lode.Project) {
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_times", TimeOfDay: &schema.TimeOfDay{Grain: grain}})
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "sold_time", Dimension: "dim_times", Key: []string{"sold_at"}, Zone: zone})
	}
}

// soldAt is a sale at an instant.
func soldAt(id, instant string) string {
	return `{"id":"` + id + `","item":"1","at":"` + instant + `","amount":"1"}`
}

func TestTimeOfDay(t *testing.T) {
	each(t, times("minute", ""), func(w *world) {
		w.sales.Send(soldAt("1", "2025-03-01T00:00:00Z"), soldAt("2", "2025-03-01T12:00:59.999999Z"), soldAt("3", "2025-03-01T23:59:00+02:00"), `{"id":"4","item":"1","amount":"1"}`)
		w.run(lode.Options{})
		w.equal(timesOf, "1 | 0 | 00:00 | 12 | AM | night", "2 | 1200 | 12:00 | 12 | PM | afternoon", "3 | 2159 | 21:59 | 9 | PM | evening", "4 | -1 | Unknown | NULL | Unknown | Unknown")
		w.equal("SELECT count(*), count(DISTINCT time_of_day), min(time_key), max(time_key), max(minute) FROM gold.dim_times WHERE time_key >= 0", "1440 | 1440 | 0 | 2359 | 59")
		// A second run and a rebuild write nothing.
		w.run(lode.Options{})
		report := w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal("SELECT sum(inserted + updated + deleted) FROM lode.steps WHERE step IN ('gold.dim_times', 'gold.fact_sales') AND run_id = '"+report.RunID+"'", "0")
	})
}

// A time in a zone is what its clocks showed, and so is the day.
func TestTimeOfDayInAZone(t *testing.T) {
	zone := func(p *lode.Project) {
		times("second", "Europe/Berlin")(p)
		p.Facts[0].Dimensions[1].Zone = "Europe/Berlin"
	}
	each(t, zone, func(w *world) {
		w.sales.Send(soldAt("1", "2025-03-29T23:30:05Z"), soldAt("2", "2025-03-30T00:59:59Z"), soldAt("3", "2025-03-30T01:00:00Z"), soldAt("4", "2024-12-31T23:00:00Z"), soldAt("5", "2026-12-31T23:00:00Z"))
		w.run(lode.Options{})
		w.equal(timesOf, "1 | 3005 | 00:30:05 | 12 | AM | night", "2 | 15959 | 01:59:59 | 1 | AM | night", "3 | 30000 | 03:00:00 | 3 | AM | night",
			"4 | 0 | 00:00:00 | 12 | AM | night", "5 | 0 | 00:00:00 | 12 | AM | night")
		w.equal("SELECT f.source_id, d.date FROM gold.fact_sales f JOIN gold.dim_dates d ON d.date_key = f.sold_on_key ORDER BY 1",
			"1 | 2025-03-30", "2 | 2025-03-30", "3 | 2025-03-30", "4 | 2025-01-01", "5 | 2027-01-01")
		w.equal("SELECT count(*), max(time_key), max(second) FROM gold.dim_times WHERE time_key >= 0", "86400 | 235959 | 59")
	})
}

// Another grain gives the facts other keys, in the transaction of the dimension, and the
// aggregates that group by it follow.
func TestTimeOfDayOfAnotherGrain(t *testing.T) {
	hours := func(p *lode.Project) {
		times("hour", "")(p)
		p.Aggregates = append(p.Aggregates, schema.Aggregate{
			Name: "agg_times", Grain: "one row per part of the day", From: "fact_sales",
			Group:    []schema.GroupBy{{Name: "part", By: "sold_time.day_part"}, {Name: "time", By: "sold_time.time_of_day"}},
			Measures: []schema.AggMeasure{{Name: "sold_amount", Sum: "sold_amount"}},
		})
	}
	each(t, hours, func(w *world) {
		w.sales.Send(soldAt("1", "2025-03-01T14:35:10Z"), soldAt("2", "2025-03-01T04:00:00Z"), soldAt("3", "2025-03-01T00:14:00Z"))
		w.run(lode.Options{})
		w.equal("SELECT source_id, sold_time_key FROM gold.fact_sales ORDER BY 1", "1 | 14", "2 | 4", "3 | 0")
		w.project.Dimensions[2].TimeOfDay = &schema.TimeOfDay{Grain: "minute", Parts: []schema.DayPart{{Name: "early", Begins: "04:00"}, {Name: "day", Begins: "14:30"}}}
		w.reopen()
		w.run(lode.Options{}) // hour 14 was 14:00 and is 00:14 now
		w.equal(timesOf, "1 | 1435 | 14:35 | 2 | PM | day", "2 | 400 | 04:00 | 4 | AM | early", "3 | 14 | 00:14 | 12 | AM | day")
		w.equal("SELECT part, time, sold_amount FROM gold.agg_times ORDER BY 2", "day | 00:14 | 1.00", "early | 04:00 | 1.00", "day | 14:35 | 1.00")
		w.equal("SELECT count(*) FROM gold.dim_times", "1445")
		w.rebuilt(nil)
	})
}

// A fact that is filled before its times of day finds them when they come.
func TestTimeOfDayAfterItsFacts(t *testing.T) {
	each(t, times("hour", ""), func(w *world) {
		w.sales.Send(soldAt("1", "2025-03-01T14:35:10Z"))
		w.run(lode.Options{Select: []string{"bronze.s_sales", "silver.sales", "gold.fact_sales"}})
		w.equal("SELECT source_id, sold_time_key FROM gold.fact_sales ORDER BY 1", "1 | -1")
		w.run(lode.Options{})
		w.equal("SELECT source_id, sold_time_key FROM gold.fact_sales ORDER BY 1", "1 | 14")
	})
}
