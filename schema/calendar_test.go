package schema_test

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

func TestCalendarProblems(t *testing.T) {
	t.Parallel()
	fiscal := func(f schema.Fiscal) change {
		return func(p *schema.Project) { p.Dimensions[1].Calendar.Fiscal = &f }
	}
	holidays := func(h schema.Holidays) change {
		return func(p *schema.Project) { p.Dimensions[1].Calendar.Holidays = &h }
	}
	changes := map[string]change{
		`dimension dim_dates: calendar.fiscal.named_after: "begin" is not known; write end, start`:             fiscal(schema.Fiscal{Starts: "04-01", NamedAfter: "begin"}),
		`dimension dim_dates: calendar.fiscal.weeks: "4-4-4" is not known; write 4-4-5, 4-5-4, 5-4-4`:          fiscal(schema.Fiscal{Starts: "04-01", Weeks: "4-4-4"}),
		`dimension dim_dates: calendar.holidays: names no file`:                                                holidays(schema.Holidays{}),
		`dimension dim_dates: calendar.holidays.regions.0: no holiday is of the region "DE"; they are of none`: holidays(schema.Holidays{Regions: []string{"DE"}, Days: []schema.Holiday{{Name: "x"}}}),
		`dimension dim_dates: calendar.holidays.regions.1: no holiday is of the region "DE-BV" (did you mean "DE-BY"?); they are of DE-BY, AT`: holidays(schema.Holidays{
			Regions: []string{"AT", "DE-BV"}, Days: []schema.Holiday{{Name: "x", Region: "DE-BY"}, {Name: "y", Region: "AT"}},
		}),
	}
	for _, starts := range []string{"", "4-1", "04-29", "00-01", "13-01", "04-01-01", "Aprilis", "ma", "04/01"} {
		changes[`dimension dim_dates: calendar.fiscal.starts: "`+starts+`" is no first day of a fiscal year; write MM-DD with a day up to 28, or the name of a month`] = fiscal(schema.Fiscal{Starts: starts})
	}
	checkProblems(t, changes)
}
