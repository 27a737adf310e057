package schema

import (
	"strings"
)

func (r *resolver) dimension(d Dimension) {
	rep := r.report("dimension " + d.Name)
	m := &DimensionModel{Dimension: d}
	m.FirstVersion, m.Current = or(d.FirstVersion, "open"), or(d.Current, "last")
	single := singular(strings.TrimPrefix(d.Name, "dim_"))
	m.SurrogateKey, m.DurableKey = or(d.SurrogateKey, single+"_key"), single+"_durable_key"
	switch m.Kind() {
	case CalendarDimension:
		m.generated("calendar", rep)
		r.calendar(m, rep)
	default:
		r.entityDimension(m, rep)
	}
	rep.oneOf("first_version", d.FirstVersion, "open", "event")
	rep.oneOf("current", d.Current, "last", "in_force")
	rep.oneOf("redefined", d.Redefined, "from_now", "new_version", "rebuild")
	rep.oneOf("validity", d.Validity, "instant", "day")
	rep.oneOf("deleted", d.Deleted, "last", "member", "unknown")
	rep.oneOf("reused_key", d.ReusedKey, "same", "new")
	if rep.clean() {
		rep.table(m.Table)
	}
	r.broken[d.Name] = d.Calendar == nil && (m.Entity == nil || m.Entity.KeyCount == 0 || m.Entity.KeyCount < len(m.Entity.Entity.Key))
	m.Fingerprint = fingerprint(m.Dimension, m.Table)
	r.model.Dimensions = append(r.model.Dimensions, m)
}

// generated refuses what only the history of an entity can have.
func (m *DimensionModel) generated(key string, rep report) {
	if m.From != "" || len(m.Dimension.Columns) > 0 {
		rep.addf(key, "is generated; remove from and columns")
	}
}

func (r *resolver) entityDimension(m *DimensionModel, rep report) {
	if m.From == "" {
		rep.addf("from", "names no entity; a dimension needs one, or a calendar")
		return
	}
	m.Entity = r.model.Entity(m.From)
	if m.Entity == nil {
		rep.addf("from", "there is no entity %q%s", m.From, suggest(m.From, r.entityNames()))
		m.Entity = &EntityModel{}
		return
	}
	if len(m.Dimension.Columns) == 0 {
		rep.addf("columns", "is empty; name the attributes and their SCD types")
	}
	for _, c := range m.Dimension.Columns {
		r.attribute(m, c, rep)
	}
	deriveDimensionTable(m, r.model.Layers)
}

func (r *resolver) entityNames() []string {
	names := make([]string, len(r.model.Entities))
	for i, e := range r.model.Entities {
		names[i] = e.Name
	}
	return names
}

func modelNames(columns []ColumnModel) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

func (r *resolver) dimensionNames() []string {
	names := make([]string, len(r.model.Dimensions))
	for i, d := range r.model.Dimensions {
		names[i] = d.Name
	}
	return names
}

// singular turns the plural of a table name into the word for one row, good enough for
// a default that can be overridden.
func singular(plural string) string {
	switch {
	case strings.HasSuffix(plural, "ies"):
		return strings.TrimSuffix(plural, "ies") + "y"
	case strings.HasSuffix(plural, "sses"), strings.HasSuffix(plural, "xes"), strings.HasSuffix(plural, "ches"), strings.HasSuffix(plural, "shes"):
		return strings.TrimSuffix(plural, "es")
	case strings.HasSuffix(plural, "ss"):
		return plural
	}
	return strings.TrimSuffix(plural, "s")
}
