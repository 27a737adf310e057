package star

import (
	"fmt"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// periods counts the periods of a snapshot, so that the next one has the next number.
type periods struct {
	every   string // day, week, month, quarter or year
	sundays bool   // weeks begin on Sunday
}

// weekOffset makes the day number of each week's first day divisible by 7, and numbers
// positive from the year 0 on: day 0, 1 January 1970, was a Thursday.
func (p periods) weekOffset() int64 {
	const weeks = 7 * 150_000
	if p.sundays {
		return weeks + 4
	}
	return weeks + 3
}

// number is the number of the period that an instant lies in.
func (p periods) number(at time.Time) int64 {
	at = at.UTC()
	year, month := int64(at.Year()), int64(at.Month())
	switch p.every {
	case "year":
		return year
	case "quarter":
		return year*4 + (month-1)/3
	case "month":
		return year*12 + month - 1
	}
	days := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
	if p.every == "week" {
		return (days + p.weekOffset()) / 7
	}
	return days
}

// numberOf is number as SQL over an instant or, when date is set, a day.
func (p periods) numberOf(d warehouse.Dialect, x string, date bool) string {
	part := func(name string) string { return d.Part(name, x) }
	switch p.every {
	case "year":
		return part("year")
	case "quarter":
		return "(" + part("year") + " * 4 + " + part("quarter") + " - 1)"
	case "month":
		return "(" + part("year") + " * 12 + " + part("month") + " - 1)"
	}
	if !date {
		x = d.Day(x)
	}
	days := fmt.Sprintf("CAST((%s - %s) AS %s)", x, epoch(d), d.TypeName(record.Of(record.Int)))
	if p.every == "week" {
		return d.IntDiv(fmt.Sprintf("(%s + %d)", days, p.weekOffset()), "7")
	}
	return days
}

// starts is the first day of the period with a number, as SQL.
func (p periods) starts(d warehouse.Dialect, n string) string {
	whole := func(x string) string { return "CAST(" + x + " AS integer)" }
	day := func(year, month string) string { return fmt.Sprintf("make_date(%s, %s, 1)", whole(year), whole(month)) }
	switch p.every {
	case "year":
		return day(n, "1")
	case "quarter":
		return day(d.IntDiv(n, "4"), n+" % 4 * 3 + 1")
	case "month":
		return day(d.IntDiv(n, "12"), n+" % 12 + 1")
	case "week":
		return fmt.Sprintf("(%s + %s)", epoch(d), whole(fmt.Sprintf("%s * 7 - %d", n, p.weekOffset())))
	}
	return fmt.Sprintf("(%s + %s)", epoch(d), whole(n))
}

func epoch(d warehouse.Dialect) string {
	return d.Literal(record.DateValue(0), record.Of(record.Date))
}
