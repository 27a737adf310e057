package schema

import (
	"slices"
	"strings"
)

// Outrigger is a dimension that another one points to, by its durable key: that key does
// not move with the versions, so that neither table has to follow the other's history.
type Outrigger struct {
	Name      string   `yaml:"-"`
	Dimension string   `yaml:"dimension" need:"yes" doc:"The dimension pointed to."`
	Key       []string `yaml:"key" need:"yes" doc:"Columns of this dimension that hold its natural key, in its order."`
}

// OutriggerModel is a checked outrigger.
type OutriggerModel struct {
	Outrigger
	Dim    *DimensionModel
	Column string // NAME_key, the durable key; -1 while there is no such member
	Takes  string // a column of the newest row instead of the durable key; "" of all that are declared
}

// outriggers checks what the dimensions point to, when all of them are known, and puts
// each behind those that it points to.
func (r *resolver) outriggers() {
	for _, m := range r.model.Dimensions {
		rep := r.report("dimension " + m.Name)
		for _, o := range m.Dimension.Outriggers {
			r.outrigger(m, o, rep)
		}
		if len(m.Outriggers) > 0 && rep.clean() {
			rep.table(m.Table)
			m.Fingerprint = fingerprint(m.Dimension, m.Table)
		}
	}
	var sorted []*DimensionModel
	for _, m := range r.model.Dimensions {
		r.behind(m, nil, &sorted)
	}
	r.model.Dimensions = sorted
}

func (r *resolver) outrigger(m *DimensionModel, o Outrigger, rep report) {
	path := "outriggers." + o.Name
	column := o.Name + "_key"
	dim := r.historied(o.Dimension, path+".dimension", rep)
	if dim == nil || m.Entity == nil {
		return
	}
	key := dim.NaturalKey()
	if len(o.Key) != len(key) {
		rep.addf(path+".key", "names %d columns, the natural key of %s has %d (%s)", len(o.Key), dim.Name, len(key), strings.Join(key, ", "))
		return
	}
	for i, c := range o.Key {
		have, want := m.Table.Field(c), dim.Table.Field(key[i])
		switch {
		case have == nil || slices.Contains(lodeColumns(m), c):
			rep.addf(indexPath(path+".key", i), "%s has no attribute %q%s", m.Name, c, suggest(c, m.attributeNames()))
		case have.Type.Kind != want.Type.Kind:
			rep.addf(indexPath(path+".key", i), "%q is %s, and %s of %s is %s", c, have.Type, key[i], dim.Name, want.Type)
		}
	}
	m.point(OutriggerModel{o, dim, column, ""}, "Durable key of "+dim.Name+".")
	m.Table.Indexes = append(m.Table.Indexes, Index{Columns: o.Key})
}

// lodeColumns are the columns of a dimension that Lode keeps itself.
func lodeColumns(m *DimensionModel) []string {
	return []string{m.SurrogateKey, m.DurableKey, ValidFrom, ValidTo, IsCurrent, Version, IsInferred, IsDeleted, CreatedAt, UpdatedAt, EventAtCol, EventStream, EventSeq}
}

func (d *DimensionModel) attributeNames() []string {
	names := slices.Clone(d.NaturalKey())
	for _, a := range d.Attributes {
		names = append(names, a.Name)
	}
	return names
}

// behind appends the dimensions that m points to, and then m.
func (r *resolver) behind(m *DimensionModel, way []*DimensionModel, sorted *[]*DimensionModel) {
	if slices.Contains(*sorted, m) {
		return
	}
	if slices.Contains(way, m) {
		rep := r.report("dimension " + m.Name)
		rep.addf("outriggers", "point in a circle back to %s; let one of them go", m.Name)
		return
	}
	for _, o := range m.Outriggers {
		r.behind(o.Dim, append(way, m), sorted)
	}
	if !slices.Contains(*sorted, m) {
		*sorted = append(*sorted, m)
	}
}
