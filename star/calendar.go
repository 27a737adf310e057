package star

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// CalendarKey is the surrogate key of a date dimension, yyyymmdd, as SQL over a
// timestamp or date.
func CalendarKey(d warehouse.Dialect, x string) string {
	return fmt.Sprintf("(%s * 10000 + %s * 100 + %s)", d.Part("year", x), d.Part("month", x), d.Part("day", x))
}

// CalendarDays makes the rows of a calendar from the first to the last day, both included.
func CalendarDays(m *schema.DimensionModel, first, last time.Time) *record.Batch {
	c := newCalendar(m)
	b := record.NewBatch(m.Table.Columns())
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		b.Append(c.row(day)...)
	}
	return b
}

// calendar is a calendar with its holidays by day and the years that these speak of.
type calendar struct {
	m        *schema.DimensionModel
	holidays map[int]string // by dayKey
	years    map[int]bool
}

func newCalendar(m *schema.DimensionModel) calendar {
	c := calendar{m: m, holidays: map[int]string{}, years: map[int]bool{}}
	if m.Calendar.Holidays == nil {
		return c
	}
	for _, h := range m.Calendar.Holidays.Days {
		c.years[h.Date.Year()] = true
	}
	for _, h := range m.Calendar.Holidays.Counted() {
		names := c.holidays[dayKey(h.Date)]
		switch {
		case names == "":
			c.holidays[dayKey(h.Date)] = h.Name
		case !slices.Contains(strings.Split(names, ", "), h.Name):
			c.holidays[dayKey(h.Date)] = names + ", " + h.Name
		}
	}
	return c
}

func (c calendar) row(day time.Time) []record.Value {
	isoYear, isoWeek := day.ISOWeek()
	weekday := (int(day.Weekday()) - int(weekStarts(c.m)) + 7) % 7
	row := []record.Value{
		number(dayKey(day)), date(day),
		number(day.Year()), number((int(day.Month())-1)/3 + 1), number(int(day.Month())), record.TextValue(day.Month().String()),
		date(day.AddDate(0, 0, 1-day.Day())), number(isoYear), number(isoWeek),
		date(day.AddDate(0, 0, -weekday)), number(day.Day()), number(day.YearDay()),
		number(weekday + 1), record.TextValue(day.Weekday().String()), record.BoolValue(isWeekend(day)),
	}
	if c.m.Fiscal != nil {
		row = append(row, c.fiscal(day)...)
	}
	if c.m.Calendar.Holidays != nil {
		row = append(row, c.holiday(day)...)
	}
	return row
}

func (c calendar) fiscal(day time.Time) []record.Value {
	f := fiscalDayOf(c.m.Fiscal, weekStarts(c.m), day)
	row := []record.Value{
		number(f.year), record.TextValue(fmt.Sprintf("%s%d", c.m.Fiscal.Prefix, f.year)),
		number(f.quarter), number(f.month), date(f.monthStart),
	}
	if c.m.Fiscal.ByWeeks() {
		row = append(row, number(f.week))
	}
	return row
}

// holiday tells whether a day is a holiday and a working day. Of a year in which no
// holiday at all is known it is not known either, but a weekend is no working day.
func (c calendar) holiday(day time.Time) []record.Value {
	name, is := c.holidays[dayKey(day)]
	switch {
	case is:
		return []record.Value{record.BoolValue(true), record.TextValue(name), record.BoolValue(false)}
	case c.years[day.Year()]:
		return []record.Value{record.BoolValue(false), record.Null, record.BoolValue(!isWeekend(day))}
	case isWeekend(day):
		return []record.Value{record.Null, record.Null, record.BoolValue(false)}
	}
	return []record.Value{record.Null, record.Null, record.Null}
}

// dayKey is what CalendarKey computes.
func dayKey(day time.Time) int { return day.Year()*10000 + int(day.Month())*100 + day.Day() }

func weekStarts(m *schema.DimensionModel) time.Weekday {
	if m.Calendar.WeekStarts == "sunday" {
		return time.Sunday
	}
	return time.Monday
}

func isWeekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

func number(n int) record.Value { return record.IntValue(int64(n)) }

func date(t time.Time) record.Value { return record.DateValue(t.Unix() / 86400) }
