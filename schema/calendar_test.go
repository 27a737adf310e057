package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestParseHolidays(t *testing.T) {
	t.Parallel()
	got, err := schema.ParseHolidays([]byte("\xef\xbb\xbfName, date ,REGION\r\n\"Day, of \"\"it\"\"\", 2025-05-01,\r\n\r\nÉpiphanie,2025-01-06, FR \r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Holiday{
		{Date: time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC), Name: `Day, of "it"`},
		{Date: time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC), Name: "Épiphanie", Region: "FR"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if none, err := schema.ParseHolidays([]byte("date,name\n")); err != nil || none == nil || len(none) != 0 {
		t.Errorf("a file without holidays is %v, %v", none, err)
	}
	for text, want := range map[string]string{
		"":                                   "is empty; its first line names the columns date, name and region",
		"date,nome\n":                        `line 1: the column "nome" is not known (did you mean "name"?); the columns are date, name and region`,
		"date,name,date\n":                   "line 1: the column date stands there twice",
		"region,name\n":                      "line 1: names the columns region, name; date and name must be among them",
		"date,name\n\n2025-02-29,x\n":        `line 3: "2025-02-29" is no date; write YYYY-MM-DD`,
		"date,name\n2025-01-01,\n":           "line 2: the holiday on 2025-01-01 has no name",
		"date,name\n2025-01-01,x,y\n":        "record on line 2: wrong number of fields",
		"date,name\n2025-01-01,\"x\n":        `extraneous or missing " in quoted-field`,
		"date;name;region\n2025-01-01;x;y\n": `line 1: the column "date;name;region" is not known; the columns are date, name and region`,
	} {
		if _, err := schema.ParseHolidays([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// What is read is a named day, and reading does not panic.
func FuzzParseHolidays(f *testing.F) {
	f.Add([]byte("date,name,region\n2025-01-01,New Year,\n"))
	f.Add([]byte("name,date\n\"a\nb\",2025-01-01\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		days, err := schema.ParseHolidays(text)
		if err != nil {
			return
		}
		for _, d := range days {
			if d.Name == "" || d.Date.Location() != time.UTC || !d.Date.Equal(d.Date.Truncate(24*time.Hour)) {
				t.Errorf("%q gives %+v", text, d)
			}
		}
	})
}
