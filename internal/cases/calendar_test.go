package cases

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// daysOf is what the calendar says of the days that facts point to.
const daysOf = `SELECT f.source_id, d.date_key, d.fiscal_year_name, d.fiscal_month, d.is_holiday, d.holiday_name, d.is_working_day
	FROM gold.fact_sales f JOIN gold.dim_dates d ON d.date_key = f.sold_on_key ORDER BY 1`

// holidays writes the project's file of holidays and opens the project anew.
func (w *world) holidays(text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.project.Dir, "holidays.csv"), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.reopen()
}

// A fiscal year, holidays and their changes reach the days that are there already, days
// that are added later, and the aggregates that group by them. No key moves.
func TestCalendarFiscalYearsAndHolidays(t *testing.T) {
	byHoliday := func(p *lode.Project) {
		p.Aggregates = append(p.Aggregates, schema.Aggregate{
			Name: "agg_days", Grain: "one row per kind of day", From: "fact_sales",
			Group:    []schema.GroupBy{{Name: "weekday", By: "sold_on.day_name"}},
			Measures: []schema.AggMeasure{{Name: "sold_amount", Sum: "sold_amount"}},
		})
	}
	each(t, byHoliday, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.sales.Send(saleOn("1", "2025-01-01"), saleOn("2", "2025-01-06"), saleOn("3", "2025-04-01"), `{"id":"4","item":"1","amount":"1"}`)
		w.run(lode.Options{})
		w.project.Dir = t.TempDir()
		calendar := w.project.Dimensions[1].Calendar
		calendar.Fiscal, calendar.Holidays = &schema.Fiscal{Starts: "04-01"}, &schema.Holidays{File: "holidays.csv"}
		w.project.Aggregates[1].Group[0].By = "sold_on.holiday_name"
		w.holidays("date,name\n2025-01-01,New Year\n")
		w.run(lode.Options{})
		w.equal(daysOf, "1 | 20250101 | FY2025 | 10 | true | New Year | false", "2 | 20250106 | FY2025 | 10 | false | NULL | true",
			"3 | 20250401 | FY2026 | 1 | false | NULL | true", "4 | -1 | Unknown | NULL | NULL | Unknown | NULL")
		sums := "SELECT weekday, sold_amount FROM gold.agg_days ORDER BY 1"
		w.equal(sums, "New Year | 1.00", "Unknown | 1.00", "NULL | 2.00")

		// A changed file changes its days and their groups, and nothing else.
		w.holidays("date,name\n2025-01-01,New Year's Day\n2025-01-06,Epiphany\n")
		before := lodetest.Rows(t, w, `SELECT * FROM gold.fact_sales ORDER BY source_id`)
		report := w.run(lode.Options{})
		w.equal(sums, "Epiphany | 1.00", "New Year's Day | 1.00", "Unknown | 1.00", "NULL | 1.00")
		w.equal(`SELECT * FROM gold.fact_sales ORDER BY source_id`, before...)
		w.equal("SELECT inserted, updated, deleted FROM lode.steps WHERE step = 'gold.dim_dates' AND run_id = '"+report.RunID+"'", "0 | 2 | 0")

		// A fact beyond the last day finds its days with all columns; of their holidays nothing is known.
		w.sales.Send(saleOn("5", "2027-01-01"))
		w.run(lode.Options{})
		w.equal(daysOf+" DESC LIMIT 1", "5 | 20270101 | FY2027 | 10 | NULL | NULL | NULL")
		w.equal("SELECT count(*) FROM gold.dim_dates WHERE date_key > 0", "1095")
		w.equal("SELECT count(*), min(date_key), max(date_key) FROM gold.dim_dates WHERE date_key < 0", "5 | -5 | -1")
		// A rebuild writes nothing new.
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal("SELECT count(*) FROM gold.dim_dates", "1100")
		w.equal(sums, "Epiphany | 1.00", "New Year's Day | 1.00", "Unknown | 1.00", "NULL | 2.00")
	})
}

// saleOn is a sale of one unit at the noon of a day.
func saleOn(id, day string) string {
	return `{"id":"` + id + `","item":"1","at":"` + day + `T12:00:00Z","amount":"1"}`
}
