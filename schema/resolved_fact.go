package schema

import (
	"github.com/lodehq/lode/record"
)

// FactModel is a checked fact.
type FactModel struct {
	Fact
	Entity      *EntityModel
	Roles       []RoleModel
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

// RoleModel is a checked role.
type RoleModel struct {
	Role
	Dim     *DimensionModel
	Column  string // the foreign key's column: ROLE_key
	Durable string // the durable key's column: ROLE_durable_key; "" if the fact carries none
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
