package star_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/holidays"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/star"
)

// dates is the model of one calendar.
func dates(t rapid.TB, c schema.Calendar) *schema.DimensionModel {
	t.Helper()
	c.From, c.To = "2000-01-01", "2000-12-31"
	m, problems := schema.Resolve(schema.Project{Dimensions: []schema.Dimension{{Name: "dim_dates", Calendar: &c}}}, coltype.Standard(), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m.Dimension("dim_dates")
}

// cells gives the named columns of a calendar's day.
func cells(t rapid.TB, m *schema.DimensionModel, day string, columns ...string) string {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	b := star.CalendarDays(m, at, at)
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = column(t, b, c).Value(0).String()
	}
	return strings.Join(out, " ")
}

func column(t rapid.TB, b *record.Batch, name string) *record.Vector {
	t.Helper()
	for i, c := range b.Columns {
		if c.Name == name {
			return &b.Vectors[i]
		}
	}
	t.Fatalf("the calendar has no column %s", name)
	return nil
}

func TestFiscalPeriods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fiscal    schema.Fiscal
		sunday    bool
		day, want string
	}{
		{schema.Fiscal{Starts: "04-01"}, false, "2025-03-31", "2025 FY2025 4 12 2025-03-01"},
		{schema.Fiscal{Starts: "04-01"}, false, "2025-04-01", "2026 FY2026 1 1 2025-04-01"},
		{schema.Fiscal{Starts: "April"}, false, "2024-02-29", "2024 FY2024 4 11 2024-02-01"},
		{schema.Fiscal{Starts: "apr", NamedAfter: "start", Prefix: "GJ "}, false, "2025-04-01", "2025 GJ 2025 1 1 2025-04-01"},
		{schema.Fiscal{Starts: "01-01"}, false, "2025-12-31", "2025 FY2025 4 12 2025-12-01"},
		{schema.Fiscal{Starts: "04-06"}, false, "2025-05-05", "2026 FY2026 1 1 2025-04-06"},
		{schema.Fiscal{Starts: "04-06"}, false, "2025-05-06", "2026 FY2026 1 2 2025-05-06"},
		{schema.Fiscal{Starts: "04-06"}, false, "2026-01-05", "2026 FY2026 3 9 2025-12-06"},
		// Weeks from Sunday, the year beginning nearest to 1 February: 2 Feb 2025, 1 Feb 2026.
		{schema.Fiscal{Starts: "02-01", Weeks: "4-5-4", NamedAfter: "start"}, true, "2025-02-01", "2024 FY2024 4 12 2025-01-05"},
		{schema.Fiscal{Starts: "02-01", Weeks: "4-5-4", NamedAfter: "start"}, true, "2025-02-02", "2025 FY2025 1 1 2025-02-02"},
		{schema.Fiscal{Starts: "02-01", Weeks: "4-5-4", NamedAfter: "start"}, true, "2025-03-02", "2025 FY2025 1 2 2025-03-02"},
		{schema.Fiscal{Starts: "02-01", Weeks: "4-5-4", NamedAfter: "start"}, true, "2025-04-06", "2025 FY2025 1 3 2025-04-06"},
		{schema.Fiscal{Starts: "02-01", Weeks: "4-5-4", NamedAfter: "start"}, true, "2026-01-31", "2025 FY2025 4 12 2026-01-04"},
		// 2023 has a 53rd week, 28 Jan to 3 Feb 2024.
		{schema.Fiscal{Starts: "02-01", Weeks: "4-5-4", NamedAfter: "start"}, true, "2024-02-03", "2023 FY2023 4 12 2023-12-31"},
		// A year that begins before its January is named after it all the same.
		{schema.Fiscal{Starts: "01-01", Weeks: "4-4-5"}, false, "2024-12-30", "2025 FY2025 1 1 2024-12-30"},
		{schema.Fiscal{Starts: "01-01", Weeks: "4-4-5"}, true, "2022-01-01", "2021 FY2021 4 12 2021-11-28"},
		{schema.Fiscal{Starts: "01-01", Weeks: "4-4-5"}, true, "2022-01-02", "2022 FY2022 1 1 2022-01-02"},
	} {
		calendar := schema.Calendar{Fiscal: &c.fiscal}
		if c.sunday {
			calendar.WeekStarts = "sunday"
		}
		got := cells(t, dates(t, calendar), c.day, "fiscal_year", "fiscal_year_name", "fiscal_quarter", "fiscal_month", "fiscal_month_start_date")
		if got != c.want {
			t.Errorf("%s with %+v is %s, want %s", c.day, c.fiscal, got, c.want)
		}
	}
}

// Whatever is declared, the periods follow one another without a gap, a year has its four
// quarters of three months, and one of weeks begins at most three days from the declared day.
func TestFiscalPeriodsFollowOneAnother(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		month, day := rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day")
		f := schema.Fiscal{
			Starts:     fmt.Sprintf("%02d-%02d", month, day),
			NamedAfter: rapid.SampledFrom([]string{"", "end", "start"}).Draw(t, "named after"),
			Weeks:      rapid.SampledFrom([]string{"", "4-4-5", "4-5-4", "5-4-4"}).Draw(t, "weeks"),
		}
		m := dates(t, schema.Calendar{Fiscal: &f, WeekStarts: rapid.SampledFrom([]string{"monday", "sunday"}).Draw(t, "week starts")})
		first := time.Date(rapid.IntRange(1900, 2190).Draw(t, "year"), 1, 1, 0, 0, 0, 0, time.UTC)
		b := star.CalendarDays(m, first, first.AddDate(10, 0, 0))
		year, quarter, period, start := column(t, b, "fiscal_year"), column(t, b, "fiscal_quarter"), column(t, b, "fiscal_month"), column(t, b, "fiscal_month_start_date")
		for i := 1; i < b.Len(); i++ {
			at := first.AddDate(0, 0, i)
			y, p := year.Value(i).Int(), period.Value(i).Int()
			if begins := start.Value(i).Time().Equal(at); begins != (p != period.Value(i-1).Int()) {
				t.Fatalf("%s is in period %d after %d and says that it begins on %s", at, p, period.Value(i-1).Int(), start.Value(i))
			}
			if p != period.Value(i-1).Int() && p != period.Value(i-1).Int()%12+1 {
				t.Fatalf("%s: period %d follows %d", at, p, period.Value(i-1).Int())
			}
			if quarter.Value(i).Int() != (p-1)/3+1 {
				t.Fatalf("%s: period %d is in quarter %d", at, p, quarter.Value(i).Int())
			}
			newYear := p == 1 && period.Value(i-1).Int() == 12
			if (y != year.Value(i-1).Int()) != newYear || newYear && y != year.Value(i-1).Int()+1 {
				t.Fatalf("%s: year %d period %d follows year %d period %d", at, y, p, year.Value(i-1).Int(), period.Value(i-1).Int())
			}
			if newYear {
				nearDeclared(t, f, at, month, day)
			}
		}
	})
}

func nearDeclared(t *rapid.T, f schema.Fiscal, at time.Time, month, day int) {
	t.Helper()
	nearest := 366.0
	for year := at.Year() - 1; year <= at.Year()+1; year++ {
		apart := at.Sub(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)).Hours() / 24
		nearest = min(nearest, max(apart, -apart))
	}
	if nearest > 3 || f.Weeks == "" && nearest > 0 {
		t.Fatalf("the year starts on %s, which is %g days from %02d-%02d", at, nearest, month, day)
	}
}

func TestHolidaysOfACalendar(t *testing.T) {
	t.Parallel()
	days, err := holidays.Parse([]byte("date,name,region\n2025-01-01,New Year,\n2025-01-06,Epiphany,DE-BY\n2025-06-09,Whit Monday,\n2025-06-09,Pentecost,AT\n2025-06-09,Whit Monday,CH\n2025-11-01,All Saints,AT\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		regions   []string
		day, want string
	}{
		{nil, "2025-01-01", "true New Year false"},
		{nil, "2025-01-02", "false NULL true"},
		{nil, "2025-01-04", "false NULL false"},
		{nil, "2025-01-06", "true Epiphany false"},
		{nil, "2025-06-09", "true Whit Monday, Pentecost false"},
		{[]string{"AT"}, "2025-01-06", "false NULL true"},
		{[]string{"AT"}, "2025-01-01", "true New Year false"},
		{[]string{"AT", "DE-BY"}, "2025-01-06", "true Epiphany false"},
		// A holiday on a Saturday is one. Of a year without any nothing is known.
		{[]string{"AT"}, "2025-11-01", "true All Saints false"},
		{nil, "2026-01-01", "NULL NULL NULL"},
		{nil, "2026-01-03", "NULL NULL false"},
	} {
		m := dates(t, schema.Calendar{Holidays: &schema.Holidays{Regions: c.regions, Days: days}})
		if got := cells(t, m, c.day, "is_holiday", "holiday_name", "is_working_day"); got != c.want {
			t.Errorf("%s in %v: got %s, want %s", c.day, c.regions, got, c.want)
		}
	}
}
