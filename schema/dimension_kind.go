package schema

// DimensionKind says where the members of a dimension come from.
type DimensionKind string

// The kinds of dimensions.
const (
	HistoryDimension  DimensionKind = "history"     // the versions of an entity's keys
	CalendarDimension DimensionKind = "calendar"    // days, generated
	TimeDimension     DimensionKind = "time of day" // hours, minutes or seconds, generated
	BandDimension     DimensionKind = "bands"       // ranges, as they are declared
	JunkDimension     DimensionKind = "junk"        // combinations of values, as they occur
	AuditDimension    DimensionKind = "audit"       // loads, as they are made
)

// Kind says where the members come from.
func (d *DimensionModel) Kind() DimensionKind {
	switch {
	case d.Calendar != nil:
		return CalendarDimension
	case d.TimeOfDay != nil:
		return TimeDimension
	case d.Bands != nil:
		return BandDimension
	case d.Junk != nil:
		return JunkDimension
	case d.Audit:
		return AuditDimension
	}
	return HistoryDimension
}

// Generated tells whether no entity has the members: they follow from the declaration, or
// are the loads.
func (d *DimensionModel) Generated() bool {
	k := d.Kind()
	return k == CalendarDimension || k == TimeDimension || k == BandDimension || k == AuditDimension
}

// Lookup says how a fact finds its member in a dimension.
type Lookup string

// The ways of finding a member.
const (
	ByVersion     Lookup = "version"     // by the natural key and a time: the version in force
	ByDay         Lookup = "day"         // the surrogate key is the day itself, and the calendar grows to hold it
	ByTime        Lookup = "time"        // the surrogate key is the time of day
	ByRange       Lookup = "range"       // by a number: the member between whose bounds it lies
	ByCombination Lookup = "combination" // by equal values, NULL being one like any other
	ByEvent       Lookup = "event"       // by the event that the fact is made of: the load that brought it
)

// Lookup says how a fact finds its member.
func (d *DimensionModel) Lookup() Lookup {
	switch d.Kind() {
	case CalendarDimension:
		return ByDay
	case TimeDimension:
		return ByTime
	case BandDimension:
		return ByRange
	case JunkDimension:
		return ByCombination
	case AuditDimension:
		return ByEvent
	}
	return ByVersion
}

// NaturalKey is the names of the columns that tell the members apart.
func (d *DimensionModel) NaturalKey() []string {
	switch d.Kind() {
	case CalendarDimension:
		return []string{CalendarDate}
	case TimeDimension:
		return []string{TimeOfDayText}
	case BandDimension:
		return []string{BandLabel}
	case JunkDimension:
		return d.Junk.Columns
	case AuditDimension:
		return []string{LoadID}
	}
	switch {
	case d.Bridge != nil:
		return d.Bridge.Group
	case d.Entity == nil:
		return nil // the dimension has mistakes
	}
	return d.Entity.Key()
}
