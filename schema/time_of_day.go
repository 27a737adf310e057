package schema

import (
	"time"

	"github.com/lodehq/lode/record"
)

// TimeOfDay describes a generated dimension of the times of a day.
type TimeOfDay struct {
	Grain string    `yaml:"grain" need:"yes" oneof:"hour minute second" doc:"What one row is: an hour (key 0 to 23), a minute (key hhmm) or a second (key hhmmss)."`
	Parts []DayPart `yaml:"parts,keyed" doc:"Parts of the day by name, each with the time at which it begins; default night 00:00, morning 06:00, afternoon 12:00, evening 18:00."`
}

// UnmarshalText lets times of day be written as their grain alone.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	t.Grain = string(text)
	return nil
}

// DayPart is a part of the day. It lasts until the next one begins, the last one past midnight.
type DayPart struct {
	Name   string `yaml:"-"`
	Begins string `yaml:"begins" need:"yes" doc:"HH:MM."`
}

// UnmarshalText lets a part of the day be written as its beginning alone.
func (p *DayPart) UnmarshalText(text []byte) error {
	p.Begins = string(text)
	return nil
}

// Columns of a dimension of times of day.
const (
	TimeOfDayText = "time_of_day"
	HourOfDay     = "hour"
	MinuteOfHour  = "minute"
	SecondOfMin   = "second"
	Hour12        = "hour_12"
	AMPM          = "am_pm"
	PartOfDay     = "day_part"
)

// DayPartModel is a checked part of the day.
type DayPartModel struct {
	Name   string
	Minute int // of the day, at which it begins
}

// Steps is the number of times in a day.
func (t TimeOfDay) Steps() int {
	switch t.Grain {
	case "hour":
		return 24
	case "minute":
		return 24 * 60
	}
	return 24 * 60 * 60
}

func (r *resolver) timeOfDay(m *DimensionModel, rep report) {
	if m.TimeOfDay.Grain == "" {
		rep.addf("time_of_day.grain", "is missing; write hour, minute or second")
	}
	rep.oneOf("time_of_day.grain", m.TimeOfDay.Grain, "hour", "minute", "second")
	parts := m.TimeOfDay.Parts
	if len(parts) == 0 {
		parts = []DayPart{{"night", "00:00"}, {"morning", "06:00"}, {"afternoon", "12:00"}, {"evening", "18:00"}}
	}
	for _, p := range parts {
		at, err := time.Parse("15:04", p.Begins)
		begins := at.Hour()*60 + at.Minute()
		switch {
		case err != nil:
			rep.addf("time_of_day.parts."+p.Name, "%q is no time of day; write HH:MM", p.Begins)
		case len(m.DayParts) > 0 && begins <= m.DayParts[len(m.DayParts)-1].Minute:
			rep.addf("time_of_day.parts."+p.Name, "begins at %s, not after the part before it; put the parts into the order of the day", p.Begins)
		}
		m.DayParts = append(m.DayParts, DayPartModel{p.Name, begins})
	}
	deriveTimeTable(m, r.model.Layers)
}

func deriveTimeTable(m *DimensionModel, l Layers) {
	fields := []Field{
		field(m.SurrogateKey, record.Int, true), text(TimeOfDayText, false),
		field(HourOfDay, record.Int, false), field(Hour12, record.Int, false), text(AMPM, false), text(PartOfDay, false),
	}
	if m.TimeOfDay.Grain != "hour" {
		fields = append(fields, field(MinuteOfHour, record.Int, false))
	}
	if m.TimeOfDay.Grain == "second" {
		fields = append(fields, field(SecondOfMin, record.Int, false))
	}
	m.Table = Table{
		Name: Name{l.Gold, m.Name}, Fields: fields, PrimaryKey: []string{m.SurrogateKey},
		Comment: or(m.Description, "Times of a day, one row per "+m.TimeOfDay.Grain+"."), Small: true,
	}
}
