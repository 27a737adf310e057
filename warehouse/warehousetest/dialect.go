package warehousetest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func dialects() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"a literal is the value it spells":            testLiterals,
		"a literal with a NUL byte is refused":        testNULLiteral,
		"integer division truncates towards zero":     testIntDiv,
		"binary texts compare byte by byte":           testBinary,
		"patterns mean what they mean in RE2":         testMatches,
		"parts of instants and dates are read in UTC": testParts,
		"an instant has a day and a text in UTC":      testInstants,
		"an instant is read on the clocks of a zone":  testZones,
	}
}

func testLiterals(t *testing.T, w warehouse.Warehouse) {
	for i, column := range extremes() {
		typ := every.Fields[i+1].Type
		for _, v := range append(column, record.Null) {
			if typ.Kind == record.JSON {
				continue // a literal of the type is not verbatim
			}
			sql := "SELECT " + w.Dialect().Literal(v, typ)
			if got := one(t, w, sql); got != v {
				t.Errorf("%s: got %v, want %v", sql, got, v)
			}
		}
	}
}

func testNULLiteral(t *testing.T, w warehouse.Warehouse) {
	sql := "SELECT " + w.Dialect().Literal(record.TextValue(`a'\`+"\x00b"), record.Of(record.Text))
	if got, err := collect(w.Query(t.Context(), sql)); err == nil {
		t.Errorf("got %v", got)
	}
}

func testIntDiv(t *testing.T, w warehouse.Warehouse) {
	d, typ := w.Dialect(), record.Of(record.Int)
	for _, c := range [][3]int64{{7, 2, 3}, {-7, 2, -3}, {7, -2, -3}, {-7, -2, 3}, {9007199254740993, 1, 9007199254740993}} {
		sql := "SELECT " + d.IntDiv(d.Literal(record.IntValue(c[0]), typ), d.Literal(record.IntValue(c[1]), typ))
		if got := one(t, w, sql); got.Int() != c[2] {
			t.Errorf("%s = %v, want %d", sql, got, c[2])
		}
	}
}

func testBinary(t *testing.T, w warehouse.Warehouse) {
	texts := []string{"a", "B", "A", "b", "_", "ä", "Z", "z", "-a", "a b", "ab", "é", "é", "", "\U0001F600", "ￍ"}
	table := textTable(t, w, texts)
	var got []string
	for _, row := range rows(t, w, "SELECT x FROM "+table+" ORDER BY "+w.Dialect().Binary("x")) {
		got = append(got, row[0].Text())
	}
	slices.Sort(texts)
	if !slices.Equal(got, texts) {
		t.Errorf("sorted %q, want %q", got, texts)
	}
}

// textTable loads texts into a table with one column x and returns its quoted name.
func textTable(t *testing.T, w warehouse.Warehouse, texts []string) string {
	t.Helper()
	table := schema.Table{Name: schema.Name{Schema: "silver", Table: "texts"}, Fields: []schema.Field{{Name: "x", Type: record.Of(record.Text)}}}
	create(t, w, table)
	b := record.NewBatch(table.Columns())
	for _, text := range texts {
		b.Append(record.TextValue(text))
	}
	load(t, w, table.Name, record.One(b))
	return w.Dialect().Table(table.Name)
}

func testMatches(t *testing.T, w warehouse.Warehouse) {
	texts := []string{"", "a", "A", "abc", "aXc", "a\nc", "abc\n", "line\nabc", "foo bar", "foobar", "été", "ÉTÉ", "12", "1 2", "a.c", "x]y", `a\c`,
		"漢字", "\U0001F600", "K", "ſ", "under_score", "tab\there", "a'b", strings.Repeat("a", 300), strings.Repeat("a", 600), "user@example.org", "-", "^", "*"}
	patterns := []string{``, `a`, `^a`, `c$`, `a.c`, `(?s)a.c`, `(?m)^abc$`, `^abc$`, `(?i)a`, `(?i)été`, `(?i)k`, `(?i)s`, `\bfoo\b`, `\Bbar`, `\d+`, `\D`, `\w+\s\w+`, `^\S*$`,
		`[^a-z]`, `[[:alpha:]]`, `\pL`, `\p{Greek}`, `^\p{Han}+$`, `[\]x]`, `\\`, `a{2,3}`, `^a{300}$`, `^(a|b)*?$`, `(?:ab|a)c`, `x*`, `\x{1F600}`, `\.`, `[.]`, `'`,
		`^[^@\s]+@[^@\s]+\.[a-z]{2,}$`, `\A\w*\z`, `[^\n]$`, `a|`, `-`, `\^`, `\*`, `[*+?]`, `(a)(b)?(c)?`, `$^`, `.`}
	table := textTable(t, w, texts)
	for _, pattern := range patterns {
		var want, got []string
		compiled := regexp.MustCompile(pattern)
		for _, text := range texts {
			if compiled.MatchString(text) {
				want = append(want, text)
			}
		}
		for _, row := range rows(t, w, "SELECT x FROM "+table+" WHERE "+w.Dialect().Matches("x", pattern)) {
			got = append(got, row[0].Text())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s matches %q, want %q", pattern, got, want)
		}
	}
}

func testParts(t *testing.T, w warehouse.Warehouse) {
	instants := []time.Time{
		time.Date(2024, 2, 29, 23, 59, 59, 999999000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 500000000, time.UTC),
		time.Date(2021, 1, 3, 0, 0, 0, 0, time.UTC), time.Date(1900, 1, 1, 1, 2, 3, 0, time.UTC), time.Date(9998, 12, 31, 12, 0, 0, 0, time.UTC),
	}
	for _, at := range instants {
		day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
		samePart(t, w, at, w.Dialect().Literal(record.TimeValue(at), record.Of(record.Timestamp)))
		samePart(t, w, day, w.Dialect().Literal(record.DateValue(day.Unix()/86400), record.Of(record.Date)))
	}
}

func samePart(t *testing.T, w warehouse.Warehouse, at time.Time, literal string) {
	t.Helper()
	_, week := at.ISOWeek()
	want := map[string]int{
		"year": at.Year(), "month": int(at.Month()), "day": at.Day(), "hour": at.Hour(), "minute": at.Minute(), "second": at.Second(),
		"dow": int(at.Weekday()), "doy": at.YearDay(), "quarter": (int(at.Month()) + 2) / 3, "week": week,
		"microseconds": at.Second()*1_000_000 + at.Nanosecond()/1000,
	}
	for part, n := range want {
		if got := one(t, w, "SELECT "+w.Dialect().Part(part, literal)); got != record.IntValue(int64(n)) {
			t.Errorf("%s of %v is %v, want %d", part, at, fmt.Sprint(got), n)
		}
	}
}

func testInstants(t *testing.T, w warehouse.Warehouse) {
	for _, at := range []time.Time{
		time.Date(2025, 6, 1, 8, 15, 30, 123456000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9998, 12, 31, 23, 0, 0, 1000, time.UTC),
	} {
		literal := w.Dialect().Literal(record.TimeValue(at), record.Of(record.Timestamp))
		if got, want := one(t, w, "SELECT "+w.Dialect().ISO(literal)), at.Format("2006-01-02T15:04:05.000000Z"); got != record.TextValue(want) {
			t.Errorf("text of %v is %v, want %s", at, got, want)
		}
		day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
		if got := one(t, w, "SELECT "+w.Dialect().Day(literal)); got != record.DateValue(day) {
			t.Errorf("day of %v is %v", at, got)
		}
	}
}

func testZones(t *testing.T, w warehouse.Warehouse) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Time{
			time.Date(2025, 3, 30, 0, 59, 59, 999999000, time.UTC), time.Date(2025, 3, 30, 1, 0, 0, 0, time.UTC),
			time.Date(2025, 10, 26, 0, 30, 0, 0, time.UTC), time.Date(2025, 10, 26, 1, 30, 0, 0, time.UTC),
			time.Date(2024, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(1975, 6, 1, 4, 0, 0, 0, time.UTC),
		} {
			literal := w.Dialect().Literal(record.TimeValue(at), record.Of(record.Timestamp))
			local := w.Dialect().Local(literal, name)
			if got, want := one(t, w, "SELECT "+w.Dialect().ISO(local)), at.In(zone).Format("2006-01-02T15:04:05.000000Z"); got != record.TextValue(want) {
				t.Errorf("%v in %s is %v, want %s", at, name, got, want)
			}
		}
	}
}
