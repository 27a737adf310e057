package schema

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
)

// The prefixes of the columns that types 3 and 6 add.
const (
	priorPrefix   = "prior_"
	currentPrefix = "current_"
)

// attribute checks a declared column and adds the attributes that its type means.
func (r *resolver) attribute(m *DimensionModel, c DimColumn, rep report) {
	path := "columns." + c.Name
	column := m.Entity.Column(c.Name)
	switch {
	case column == nil:
		rep.addf(path, "entity %s has no such column%s", m.Entity.Name, suggest(c.Name, modelNames(m.Entity.Columns)))
		return
	case slices.Contains(m.Entity.Key(), c.Name):
		rep.addf(path, "is part of the natural key, which is always there")
		return
	case c.Scope != "" && c.SCD != "1":
		rep.addf(path+".scope", "belongs to type 1 columns only")
	case c.Keep != "" && c.SCD != "0":
		rep.addf(path+".keep", "belongs to type 0 columns only")
	}
	miniColumn(c, path, rep)
	if c.isMini() {
		return
	}
	rep.oneOf(path+".scope", c.Scope, "all", "current")
	rep.oneOf(path+".keep", c.Keep, "earliest", "first_seen")
	carried := carried(c)
	if carried == nil {
		carried = []Attribute{{Name: c.Name, Carry: Tracked}} // so that what uses it is not reported, too
		rep.addf(path, "the SCD type %q is not known; write 0 (kept), 1 (overwritten), 2 (a change makes a new version), 3 (with the value before), 4 (in a mini-dimension), 5 (4 with the key of the current profile), 6 (2 with the newest value) or 7 (2 with durable keys in the facts)", c.SCD)
	}
	for _, a := range carried {
		a.Of, a.Stored, a.Description = c.Name, column.Stored, or(c.Description, column.Comment)
		r.addAttribute(m, a, rep)
	}
}

// addAttribute adds an attribute unless its name is taken.
func (r *resolver) addAttribute(m *DimensionModel, a Attribute, rep report) {
	path := "columns." + a.Of
	switch {
	case slices.ContainsFunc(m.Attributes, func(o Attribute) bool { return o.Name == a.Name }):
		if a.Name == a.Of {
			rep.addf(path, "is declared twice")
			return
		}
		rep.addf(path, "its column %s is also another attribute; rename that one in the entity", a.Name)
		return
	case slices.Contains(m.Entity.Key(), a.Name):
		rep.addf(path, "its column %s is also part of the natural key", a.Name)
		return
	}
	m.Attributes = append(m.Attributes, a)
}

// carried is what an SCD type means, nil if there is no such type.
func carried(c DimColumn) []Attribute {
	one := func(how Carry) []Attribute { return []Attribute{{Name: c.Name, Carry: how}} }
	switch c.SCD {
	case "0":
		if c.Keep == "first_seen" {
			return one(FirstSeen)
		}
		return one(Earliest)
	case "1":
		if c.Scope == "current" {
			return one(Refreshed)
		}
		return one(Overwritten)
	case "2", "7":
		return one(Tracked)
	case "3":
		return append(one(Overwritten), Attribute{Name: priorPrefix + c.Name, Carry: Prior})
	case "6":
		return append(one(Tracked), Attribute{Name: currentPrefix + c.Name, Carry: Overwritten})
	}
	return nil
}

// attributeFields are the attributes as fields of the dimension's table.
func attributeFields(m *DimensionModel) []Field {
	fields := make([]Field, len(m.Attributes))
	for i, a := range m.Attributes {
		fields[i] = Field{Name: a.Name, Type: a.Stored, Comment: a.comment(), RenamedFrom: m.renamedFrom(a)}
	}
	return fields
}

// renamedFrom is the name that an attribute had before, "" if it has always had its own.
func (d *DimensionModel) renamedFrom(a Attribute) string {
	prefix, _ := strings.CutSuffix(a.Name, a.Of)
	for _, c := range d.Dimension.Columns {
		if c.Name == a.Of && c.RenamedFrom != "" {
			return prefix + c.RenamedFrom
		}
	}
	return ""
}

func (a Attribute) comment() string {
	said := ""
	switch {
	case a.Carry == Prior:
		said = "Value of " + a.Of + " before its last change."
	case a.Name != a.Of:
		said = "Newest value of " + a.Of + "."
	default:
		return a.Description
	}
	return said
}

// column is the name of a role's column that holds the durable key.
func durableColumn(role string) string { return role + "_durable_key" }

func durableField(r RoleModel) Field {
	return Field{Name: r.Durable, Type: record.Of(record.Int), NotNull: true, Comment: "Durable key of " + r.Dim.Name + "."}
}
