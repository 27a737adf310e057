package star

import (
	"fmt"
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
	b := record.NewBatch(m.Table.Columns())
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		b.Append(calendarRow(m, day)...)
	}
	return b
}

func calendarRow(m *schema.DimensionModel, day time.Time) []record.Value {
	number := func(n int) record.Value { return record.IntValue(int64(n)) }
	date := func(t time.Time) record.Value { return record.DateValue(t.Unix() / 86400) }
	isoYear, isoWeek := day.ISOWeek()
	weekday := int(day.Weekday()) // 0 is Sunday
	if m.Calendar.WeekStarts != "sunday" {
		weekday = (weekday + 6) % 7
	}
	return []record.Value{
		number(day.Year()*10000 + int(day.Month())*100 + day.Day()), date(day),
		number(day.Year()), number((int(day.Month())-1)/3 + 1), number(int(day.Month())), record.TextValue(day.Month().String()),
		date(day.AddDate(0, 0, 1-day.Day())), number(isoYear), number(isoWeek),
		date(day.AddDate(0, 0, -weekday)), number(day.Day()), number(day.YearDay()),
		number(weekday + 1), record.TextValue(day.Weekday().String()),
		record.BoolValue(day.Weekday() == time.Saturday || day.Weekday() == time.Sunday),
	}
}

// SpecialMembers makes the members that every dimension holds from the start.
func SpecialMembers(m *schema.DimensionModel, now time.Time) *record.Batch {
	b := record.NewBatch(m.Table.Columns())
	for _, special := range []struct {
		key   int64
		label string
	}{
		{schema.UnknownKey, "Unknown"}, {schema.NotApplicableKey, "Not applicable"}, {schema.DeletedKey, "Deleted"},
		{schema.ErrorKey, "Error"}, {schema.NotYetKey, "Not yet"},
	} {
		for i, f := range m.Table.Fields {
			b.Vectors[i].Append(specialValue(m, f, special.key, special.label, now))
		}
	}
	return b
}

func specialValue(m *schema.DimensionModel, f schema.Field, key int64, label string, now time.Time) record.Value {
	switch f.Name {
	case m.SurrogateKey, m.DurableKey:
		return record.IntValue(key)
	case schema.ValidFrom:
		return dayValue(schema.LowDate)
	case schema.ValidTo:
		return dayValue(schema.HighDate)
	case schema.IsCurrent:
		return record.BoolValue(true)
	case schema.IsInferred, schema.IsDeleted:
		return record.BoolValue(false)
	case schema.Version:
		return record.IntValue(1)
	case schema.CreatedAt, schema.UpdatedAt:
		return record.TimeValue(now)
	}
	for _, a := range m.Attributes {
		if a.Name == f.Name && f.Type.Kind == record.Text {
			return record.TextValue(label)
		}
	}
	return record.Null
}

func dayValue(date string) record.Value {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("star: " + err.Error()) // the dates are constants of package schema
	}
	return record.TimeValue(t)
}
