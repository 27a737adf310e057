package holidays_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/holidays"
	"github.com/lodehq/lode/schema"
)

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := holidays.Parse([]byte("\xef\xbb\xbfName, date ,REGION\r\n\"Day, of \"\"it\"\"\", 2025-05-01,\r\n\r\nÉpiphanie,2025-01-06, FR \r\n"))
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
	if none, err := holidays.Parse([]byte("date,name\n")); err != nil || none == nil || len(none) != 0 {
		t.Errorf("a file without holidays is %v, %v", none, err)
	}
	for text, want := range map[string]string{
		"":                                   "is empty; its first line names the columns date, name and region",
		"date,nome\n":                        `line 1: the column "nome" is not known; did you mean "name"?; the columns are date, name and region`,
		"date,name,date\n":                   "line 1: the column date stands there twice",
		"region,name\n":                      "line 1: names the columns region, name; date and name must be among them",
		"date,name\n\n2025-02-29,x\n":        `line 3: "2025-02-29" is no date; write YYYY-MM-DD`,
		"date,name\n2025-01-01,\n":           "line 2: the holiday on 2025-01-01 has no name",
		"date,name\n2025-01-01,x,y\n":        "record on line 2: wrong number of fields",
		"date,name\n2025-01-01,\"x\n":        `extraneous or missing " in quoted-field`,
		"date;name;region\n2025-01-01;x;y\n": `line 1: the column "date;name;region" is not known; the columns are date, name and region`,
	} {
		if _, err := holidays.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// What is read is a named day, and reading does not panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte("date,name,region\n2025-01-01,New Year,\n"))
	f.Add([]byte("name,date\n\"a\nb\",2025-01-01\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		days, err := holidays.Parse(text)
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
