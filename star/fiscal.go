package star

import (
	"time"

	"github.com/lodehq/lode/schema"
)

// fiscalDay is where a day stands in its fiscal year.
type fiscalDay struct {
	year, quarter, month int
	week                 int // 0 when the periods are calendar months
	monthStart           time.Time
}

func fiscalDayOf(f *schema.FiscalModel, weekStarts time.Weekday, day time.Time) fiscalDay {
	began := day.Year() + 1
	for fiscalStart(f, weekStarts, began).After(day) {
		began--
	}
	start := fiscalStart(f, weekStarts, began)
	out := byMonths(start, day)
	if f.ByWeeks() {
		out = byWeeks(f.Weeks, start, day)
	}
	out.year = began
	if f.NamedAfter != "start" {
		out.year = nominalStart(f, began+1).AddDate(0, 0, -1).Year()
	}
	return out
}

func nominalStart(f *schema.FiscalModel, year int) time.Time {
	return time.Date(year, f.Month, f.Day, 0, 0, 0, 0, time.UTC)
}

// fiscalStart is the first day of the fiscal year that begins in a year, or nearest to its
// turn: a year of whole weeks begins with the week whose first day is nearest to the
// declared one.
func fiscalStart(f *schema.FiscalModel, weekStarts time.Weekday, year int) time.Time {
	start := nominalStart(f, year)
	if !f.ByWeeks() {
		return start
	}
	past := (int(start.Weekday()) - int(weekStarts) + 7) % 7
	if past > 3 {
		past -= 7
	}
	return start.AddDate(0, 0, -past)
}

// byMonths counts months from the start of the year. Its day is at most 28, so that every
// month has it.
func byMonths(start, day time.Time) fiscalDay {
	n := (day.Year()-start.Year())*12 + int(day.Month()) - int(start.Month())
	if day.Day() < start.Day() {
		n--
	}
	return fiscalDay{quarter: n/3 + 1, month: n + 1, monthStart: start.AddDate(0, n, 0)}
}

// byWeeks counts weeks from the start of the year. A 53rd belongs to the last month.
func byWeeks(weeks [3]int, start, day time.Time) fiscalDay {
	const inQuarter = 13
	week := int(day.Sub(start).Hours()) / (24 * 7)
	quarter := min(week/inQuarter, 3)
	month, first := 0, quarter*inQuarter
	for month < 2 && week >= first+weeks[month] {
		first += weeks[month]
		month++
	}
	return fiscalDay{quarter: quarter + 1, month: quarter*3 + month + 1, week: week + 1, monthStart: start.AddDate(0, 0, 7*first)}
}
