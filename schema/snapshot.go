package schema

import (
	"github.com/lodehq/lode/record"
)

// The columns that a snapshot fact has of its periods. A period ends with the end of its
// last day.
const (
	PeriodStart = "period_start"
	PeriodEnd   = "period_end"
	IsOpen      = "is_open"
)

// periodColumns are the columns of a period that roles, joins and values can name.
func (f *FactModel) periodColumns() []record.Column {
	if f.Snapshot == nil {
		return nil
	}
	return []record.Column{{Name: PeriodStart, Type: record.Of(record.Date)}, {Name: PeriodEnd, Type: record.Of(record.Date)}}
}

// snapshot checks a snapshot and gives the fact its periods.
func (r *resolver) snapshot(m *FactModel, rep report) {
	rep.oneOf("snapshot.every", m.Snapshot.Every, "day", "week", "month", "quarter", "year")
	if m.Snapshot.Every == "" {
		rep.addf("snapshot.every", "is missing; write day, week, month, quarter, or year")
	}
	if m.EventAt != "" {
		rep.addf("event_at", "does not belong to a snapshot, whose time is the end of the period; remove it")
	}
	m.EventAt = PeriodEnd
	for _, c := range m.periodColumns() {
		if m.Entity.Column(c.Name) != nil {
			rep.addf("snapshot", "entity %s has a column %s, and so would the fact; rename it in the entity", m.Entity.Name, c.Name)
			return
		}
	}
	for _, x := range m.Fact.Measures {
		if x.Allocate != nil {
			rep.addf("measures."+x.Name+".allocate", "does not belong to a snapshot; allocate in a fact of the transactions")
		}
	}
}

// weekStarts is the first day of a snapshot's weeks: that of the calendar that its periods
// point to; "" where it has none.
func (f *FactModel) weekStarts() string {
	if f.Snapshot == nil || f.Snapshot.Every != "week" {
		return ""
	}
	for _, r := range f.Roles {
		if f.isTime(r) && r.Dim.Calendar != nil {
			return or(r.Dim.Calendar.WeekStarts, "monday")
		}
	}
	return "monday"
}

// periodGroups lists the sets of attributes of a calendar each of which tells the periods
// of the snapshot apart.
func (f *FactModel) periodGroups() [][]string {
	if f.Snapshot == nil {
		return nil
	}
	sets := [][]string{{"year"}, {"year", "quarter"}, {"year", "month"}, {"month_start_date"}}
	switch f.Snapshot.Every {
	case "year":
		return sets
	case "quarter":
		return sets[1:]
	case "month":
		return sets[2:]
	case "week":
		return [][]string{{"week_start_date"}, {"iso_year", "iso_week"}}
	}
	return nil
}
