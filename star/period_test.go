package star

import (
	"fmt"
	"testing"
	"time"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// TestPeriods counts the periods around each boundary in Go and in SQL, and wants each day to
// lie in the period that its number begins.
func TestPeriods(t *testing.T) {
	t.Parallel()
	var days []time.Time
	for _, text := range []string{"1899-12-31", "1900-01-01", "1969-12-31", "1970-01-01", "1970-01-04", "2023-12-31", "2024-02-28", "2024-12-29", "2025-03-31", "2025-06-30", "2400-01-01"} {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{-1, 0, 1, 6} {
			days = append(days, at.AddDate(0, 0, i).Add(time.Duration(i+1)*time.Hour))
		}
	}
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		d := w.Dialect()
		for _, p := range []periods{{every: "day"}, {every: "week"}, {every: "week", sundays: true}, {every: "month"}, {every: "quarter"}, {every: "year"}} {
			for _, at := range days {
				x := d.Literal(record.TimeValue(at), record.Of(record.Timestamp))
				date := d.Literal(record.DateValue(floorDays(at)), record.Of(record.Date))
				n := fmt.Sprintf("(SELECT %s AS n) g", p.numberOf(d, x, false))
				got := ""
				for b, err := range w.Query(t.Context(), fmt.Sprintf("SELECT g.n, %s, %s <= %s AND %s < %s FROM %s", p.numberOf(d, date, true), p.starts(d, "g.n"), date, date, p.starts(d, "(g.n + 1)"), n)) {
					if err != nil {
						t.Fatal(err)
					}
					got = fmt.Sprint(b.Row(0))
				}
				if want := fmt.Sprintf("[%d %d true]", p.number(at), p.number(at)); got != want {
					t.Errorf("%v of %s: got %s, want %s", p, at, got, want)
				}
			}
		}
	})
}

func floorDays(at time.Time) int64 {
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	return day.Unix() / (24 * 60 * 60)
}
