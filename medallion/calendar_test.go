package medallion_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/medallion"
)

// span is the first and last day of the calendar and how many there are, which shows a gap.
const span = `SELECT min("date"), max("date"), count(*), count(DISTINCT date_key) FROM gold.dim_dates WHERE date_key > 0`

// orphans are facts that point to a day that is not there.
const orphans = "SELECT f.source_id FROM gold.fact_sales f LEFT JOIN gold.dim_dates d ON d.date_key = f.sold_on_key WHERE d.date_key IS NULL"

func TestCalendarGrowsByWholeYears(t *testing.T) {
	each(t, func(b *bench) {
		b.sales.Send(sale(1, 1, "2025-03-01T00:00:00Z", "5"))
		b.run(medallion.Mode{})
		b.equal(span, "2025-01-01 | 2025-12-31 | 365 | 365")
		b.sales.Send(sale(2, 1, "2027-07-01T23:59:59Z", "5"), sale(3, 1, "2023-12-31T23:59:59.999999Z", "5"))
		b.events = nil
		b.run(medallion.Mode{})
		b.equal(span, "2023-01-01 | 2027-12-31 | 1826 | 1826")
		b.equal(orphans)
		var told []string
		for _, e := range b.events {
			if e.Kind == "notice" {
				told = append(told, e.Step+": "+e.Text)
			}
		}
		want := "gold.fact_sales: dim_dates now also holds 2023-01-01 to 2024-12-31\ngold.fact_sales: dim_dates now also holds 2026-01-01 to 2027-12-31"
		if got := strings.Join(told, "\n"); got != want {
			b.t.Errorf("told %s, want %s", got, want)
		}
		if r := b.run(medallion.Mode{})["gold.dim_dates"]; r != (medallion.Result{}) {
			b.t.Errorf("a calendar that stands did %+v", r)
		}
	})
}

// Days that facts have asked for stay when the calendar is declared anew, also when it is
// declared shorter, and the days in between never miss.
func TestCalendarDeclaredAnewKeepsItsDays(t *testing.T) {
	each(t, func(b *bench) {
		b.sales.Send(sale(1, 1, "2027-07-01T00:00:00Z", "5"))
		b.run(medallion.Mode{})
		p := b.project()
		p.Dimensions[1].Calendar.From, p.Dimensions[1].Calendar.To, p.Dimensions[1].Calendar.WeekStarts = "2025-03-01", "2025-06-30", "sunday"
		b.define(p)
		r := b.run(medallion.Mode{})["gold.dim_dates"]
		b.equal(span, "2025-01-01 | 2027-12-31 | 1095 | 1095")
		b.equal(orphans)
		if r.Inserted != 0 || r.Deleted != 0 || r.Updated == 0 || r.Updated > 1095 {
			b.t.Errorf("weeks that begin on another day changed %+v", r)
		}
		p.Dimensions[1].Calendar.From = "2020-01-01"
		b.define(p)
		if r := b.run(medallion.Mode{})["gold.dim_dates"]; r.Inserted != 2*366+3*365 || r.Updated+r.Deleted != 0 {
			b.t.Errorf("five more years changed %+v", r)
		}
		b.equal(span, "2020-01-01 | 2027-12-31 | 2922 | 2922")
	})
}

// A fact may be filled before its calendar has been generated.
func TestCalendarAfterItsFacts(t *testing.T) {
	each(t, func(b *bench) {
		b.sales.Send(sale(1, 1, "2030-07-01T00:00:00Z", "5"), sale(2, 1, "2025-07-01T00:00:00Z", "5"))
		b.run(medallion.Mode{}, "bronze.s_sales", "silver.sales", "gold.fact_sales")
		b.run(medallion.Mode{})
		b.equal(orphans)
		b.equal(span, "2025-01-01 | 2030-12-31 | 2191 | 2191")
	})
}

func TestRebuiltCalendarWritesNothing(t *testing.T) {
	each(t, func(b *bench) {
		b.sales.Send(sale(1, 1, "2027-07-01T00:00:00Z", "5"))
		b.run(medallion.Mode{})
		if r := b.run(medallion.Mode{Rebuild: true}, "gold.dim_dates")["gold.dim_dates"]; r != (medallion.Result{}) {
			b.t.Errorf("the rebuild of a calendar that stands did %+v", r)
		}
	})
}
