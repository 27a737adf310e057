package schema

// DimensionKind says where the members of a dimension come from.
type DimensionKind string

// The kinds of dimensions.
const (
	HistoryDimension  DimensionKind = "history"  // the versions of an entity's keys
	CalendarDimension DimensionKind = "calendar" // days, generated
)

// Kind says where the members come from.
func (d *DimensionModel) Kind() DimensionKind {
	if d.Calendar != nil {
		return CalendarDimension
	}
	return HistoryDimension
}

// Lookup says how a fact finds its member in a dimension.
type Lookup string

// The ways of finding a member.
const (
	ByVersion Lookup = "version" // by the natural key and a time: the version in force
	ByValue   Lookup = "value"   // by a value from which the surrogate key is computed
)

// Lookup says how a fact finds its member.
func (d *DimensionModel) Lookup() Lookup {
	if d.Kind() == CalendarDimension {
		return ByValue
	}
	return ByVersion
}
