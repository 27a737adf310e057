package schema

import (
	"github.com/lodehq/lode/record"
)

// FactModel is a checked fact.
type FactModel struct {
	Fact
	Entity      *EntityModel
	Joins       []JoinModel
	Roles       []RoleModel
	Columns     []FactColumn // what a row holds beside its keys of dimensions, in their order
	Measures    []MeasureModel
	WeekStarts  string // of a snapshot by weeks: monday or sunday
	Table       Table
	Fingerprint string
}

// Role finds a role by name, nil if there is none.
func (f *FactModel) Role(name string) *RoleModel {
	for i := range f.Roles {
		if f.Roles[i].Name == name {
			return &f.Roles[i]
		}
	}
	return nil
}

// TimeColumn is the column of the fact table that tells when a fact happened.
func (f *FactModel) TimeColumn() string { return baseName(f.EventAt) }

// Measure finds a measure by name, nil if there is none.
func (f *FactModel) Measure(name string) *MeasureModel {
	for i := range f.Measures {
		if f.Measures[i].Name == name {
			return &f.Measures[i]
		}
	}
	return nil
}

func (f *FactModel) measureNames() []string {
	names := make([]string, len(f.Measures))
	for i, m := range f.Measures {
		names[i] = m.Name
	}
	return names
}

// MeasureModel is a checked measure. It may be summed over every role when it is additive
// everywhere, else over the roles of Over.
type MeasureModel struct {
	Measure
	Everywhere bool
	Over       []string
}

// Sums tells whether the measure may be summed over anything.
func (m MeasureModel) Sums() bool { return m.Everywhere || len(m.Over) > 0 }

// RoleModel is a checked role.
type RoleModel struct {
	Role
	Dim     *DimensionModel
	Column  string // the foreign key's column: ROLE_key
	Durable string // the durable key's column: ROLE_durable_key; "" if the fact carries none
}

// NullKey is the special member of a key that is NULL.
func (r RoleModel) NullKey() int {
	switch r.WhenNull {
	case "not_applicable":
		return NotApplicableKey
	case "not_yet":
		return NotYetKey
	}
	return UnknownKey
}

// AggregateModel is a checked aggregate.
type AggregateModel struct {
	Aggregate
	Fact        *FactModel
	Groups      []GroupModel
	Table       Table
	Fingerprint string
}

// GroupModel is a checked grouping column. Role is nil when Column is the fact's own.
type GroupModel struct {
	Name   string
	Role   *RoleModel
	Column string
	Stored record.Type
}
