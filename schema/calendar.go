package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
)

// CalendarDate is the natural key of a calendar.
const CalendarDate = "date"

// Columns of a calendar's fiscal year and of its holidays.
const (
	FiscalYear           = "fiscal_year"
	FiscalYearName       = "fiscal_year_name"
	FiscalQuarter        = "fiscal_quarter"
	FiscalMonth          = "fiscal_month"
	FiscalMonthStartDate = "fiscal_month_start_date"
	FiscalWeek           = "fiscal_week"
	IsHoliday            = "is_holiday"
	HolidayName          = "holiday_name"
	IsWorkingDay         = "is_working_day"
)

// FiscalModel is a checked fiscal year. Weeks holds how many weeks the three months of a
// quarter have; all are 0 when the periods are calendar months.
type FiscalModel struct {
	Fiscal
	Month time.Month
	Day   int
	Weeks [3]int
}

func (r *resolver) calendar(m *DimensionModel, rep report) {
	from, errFrom := time.Parse(time.DateOnly, m.Calendar.From)
	to, errTo := time.Parse(time.DateOnly, m.Calendar.To)
	switch {
	case errFrom != nil:
		rep.addf("calendar.from", "%q is no date; write YYYY-MM-DD", m.Calendar.From)
	case errTo != nil:
		rep.addf("calendar.to", "%q is no date; write YYYY-MM-DD", m.Calendar.To)
	case to.Before(from):
		rep.addf("calendar.to", "lies before from")
	case from.Year() < 1900 || to.Year() > 2200:
		rep.addf("calendar", "must lie between 1900 and 2200")
	}
	rep.oneOf("calendar.week_starts", m.Calendar.WeekStarts, "monday", "sunday")
	if m.Calendar.Fiscal != nil {
		m.Fiscal = fiscal(*m.Calendar.Fiscal, rep)
	}
	if m.Calendar.Holidays != nil {
		m.Calendar.Holidays.check(rep)
	}
	deriveCalendarTable(m, r.model.Layers)
}

func fiscal(f Fiscal, rep report) *FiscalModel {
	m := &FiscalModel{Fiscal: f}
	m.Prefix = or(f.Prefix, "FY")
	var ok bool
	if m.Month, m.Day, ok = monthDay(f.Starts); !ok {
		rep.addf("calendar.fiscal.starts", "%q is no first day of a fiscal year; write MM-DD with a day up to 28, or the name of a month", f.Starts)
	}
	rep.oneOf("calendar.fiscal.named_after", f.NamedAfter, "end", "start")
	rep.oneOf("calendar.fiscal.weeks", f.Weeks, "4-4-5", "4-5-4", "5-4-4")
	if len(f.Weeks) == len("4-4-5") {
		m.Weeks = [3]int{int(f.Weeks[0] - '0'), int(f.Weeks[2] - '0'), int(f.Weeks[4] - '0')}
	}
	return m
}

// monthDay reads MM-DD, or a month for its first day.
func monthDay(text string) (time.Month, int, bool) {
	for month := time.January; month <= time.December; month++ {
		if strings.EqualFold(text, month.String()) || len(text) == 3 && strings.EqualFold(text, month.String()[:3]) {
			return month, 1, true
		}
	}
	first, second, _ := strings.Cut(text, "-")
	month, errMonth := strconv.Atoi(first)
	day, errDay := strconv.Atoi(second)
	ok := len(text) == len("04-01") && errMonth == nil && errDay == nil && 1 <= month && month <= 12 && 1 <= day && day <= 28
	return time.Month(month), day, ok
}

func (h *Holidays) check(rep report) {
	const path = "calendar.holidays"
	if h.File == "" && h.Days == nil {
		rep.addf(path, "names no file")
	}
	if h.Days == nil {
		return // there is no file, or it could not be read and that has been said
	}
	known := h.regions()
	for i, want := range h.Regions {
		if !slices.Contains(known, want) {
			rep.addf(indexPath(path+".regions", i), "no holiday is of the region %q%s; they are of %s", want, suggest(want, known), or(strings.Join(known, ", "), "none"))
		}
	}
}

func deriveCalendarTable(m *DimensionModel, l Layers) {
	number := func(name string) Field { return field(name, record.Int, false) }
	fields := []Field{
		field(m.SurrogateKey, record.Int, true), field(CalendarDate, record.Date, false),
		number("year"), number("quarter"), number("month"), text("month_name", false),
		field("month_start_date", record.Date, false), number("iso_year"), number("iso_week"),
		field("week_start_date", record.Date, false), number("day_of_month"), number("day_of_year"),
		number("day_of_week"), text("day_name", false), field("is_weekend", record.Bool, false),
	}
	if m.Fiscal != nil {
		fields = append(fields, m.Fiscal.fields()...)
	}
	if m.Calendar.Holidays != nil {
		fields = append(fields,
			Field{Name: IsHoliday, Type: record.Of(record.Bool), Comment: "NULL in a year of which no holiday is known."},
			text(HolidayName, false),
			Field{Name: IsWorkingDay, Type: record.Of(record.Bool), Comment: "Neither weekend nor holiday."})
	}
	m.Table = Table{
		Name: Name{l.Gold, m.Name}, Fields: fields, PrimaryKey: []string{m.SurrogateKey},
		Comment: or(m.Description, "Calendar, one row per day."), Small: true,
	}
}

func (f *FiscalModel) fields() []Field {
	year := fmt.Sprintf("Starts on %02d-%02d.", int(f.Month), f.Day)
	if f.ByWeeks() {
		year = fmt.Sprintf("Starts with the week nearest to %02d-%02d.", int(f.Month), f.Day)
	}
	fields := []Field{
		{Name: FiscalYear, Type: record.Of(record.Int), Comment: year}, text(FiscalYearName, false),
		field(FiscalQuarter, record.Int, false), field(FiscalMonth, record.Int, false), field(FiscalMonthStartDate, record.Date, false),
	}
	if f.ByWeeks() {
		fields = append(fields, field(FiscalWeek, record.Int, false))
	}
	return fields
}

// ByWeeks tells whether the periods are made of whole weeks.
func (f *FiscalModel) ByWeeks() bool { return f.Weeks[0] > 0 }

// Holiday is a day on which nobody works, in one region or, when that is "", in all.
type Holiday struct {
	Date   time.Time
	Name   string
	Region string
}

// Counted lists the days that count: those of the wanted regions, and those of all.
func (h *Holidays) Counted() []Holiday {
	if len(h.Regions) == 0 {
		return h.Days
	}
	return slices.DeleteFunc(slices.Clone(h.Days), func(d Holiday) bool { return d.Region != "" && !slices.Contains(h.Regions, d.Region) })
}

// regions lists the regions that the days name.
func (h *Holidays) regions() []string {
	var names []string
	for _, d := range h.Days {
		if d.Region != "" && !slices.Contains(names, d.Region) {
			names = append(names, d.Region)
		}
	}
	return names
}
