package star

import (
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// TimeKey is the surrogate key of a time of day, hhmmss down to the grain, as SQL over a
// timestamp.
func TimeKey(d warehouse.Dialect, m *schema.DimensionModel, x string) string {
	switch m.TimeOfDay.Grain {
	case "hour":
		return d.Part("hour", x)
	case "minute":
		return fmt.Sprintf("(%s * 100 + %s)", d.Part("hour", x), d.Part("minute", x))
	}
	return fmt.Sprintf("(%s * 10000 + %s * 100 + %s)", d.Part("hour", x), d.Part("minute", x), d.Part("second", x))
}

// TimesOfDay makes the rows of a dimension of times of day.
func TimesOfDay(m *schema.DimensionModel) *record.Batch {
	b := record.NewBatch(m.Table.Columns())
	steps := m.TimeOfDay.Steps()
	for i := range steps {
		b.Append(timeRow(m, i*(24*60*60/steps))...)
	}
	return b
}

func timeRow(m *schema.DimensionModel, second int) []record.Value {
	hour, minute, second := second/3600, second/60%60, second%60
	row := []record.Value{number(hour), record.TextValue(fmt.Sprintf("%02d:%02d", hour, minute))}
	switch m.TimeOfDay.Grain {
	case "minute":
		row[0] = number(hour*100 + minute)
	case "second":
		row[0], row[1] = number(hour*10000+minute*100+second), record.TextValue(fmt.Sprintf("%02d:%02d:%02d", hour, minute, second))
	}
	half := "AM"
	if hour >= 12 {
		half = "PM"
	}
	row = append(row, number(hour), number((hour+11)%12+1), record.TextValue(half), record.TextValue(dayPart(m.DayParts, hour*60+minute)))
	if m.TimeOfDay.Grain != "hour" {
		row = append(row, number(minute))
	}
	if m.TimeOfDay.Grain == "second" {
		row = append(row, number(second))
	}
	return row
}

// dayPart is the part of the day that a minute is in; before the first one begins it is
// still the last one.
func dayPart(parts []schema.DayPartModel, minute int) string {
	name := parts[len(parts)-1].Name
	for _, p := range parts {
		if p.Minute <= minute {
			name = p.Name
		}
	}
	return name
}
