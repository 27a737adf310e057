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
	onlyHistory(d, rep)
	switch m.Kind() {
	case CalendarDimension:
		r.calendar(m, rep)
	case TimeDimension:
		r.timeOfDay(m, rep)
	case BandDimension:
		r.bands(m, rep)
	case JunkDimension:
		r.junk(m, rep)
	case AuditDimension:
		deriveAuditTable(m, r.model.Layers)
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
	r.broken[d.Name] = !m.Generated() && (m.Entity == nil || m.Entity.KeyCount == 0 || m.Entity.KeyCount < len(m.Entity.Entity.Key))
	m.Fingerprint = fingerprint(m.Dimension, m.Table)
	r.model.Dimensions = append(r.model.Dimensions, m)
}

// onlyHistory refuses what only the history of an entity can have, and a dimension that is
// declared to be two things.
func onlyHistory(d Dimension, rep report) {
	kinds := named{{"calendar", d.Calendar != nil}, {"time_of_day", d.TimeOfDay != nil}, {"bands", d.Bands != nil}, {"junk", d.Junk != nil}, {"audit", d.Audit}}.given()
	switch {
	case len(kinds) == 0:
		return
	case len(kinds) > 1:
		rep.addf(kinds[1], "stands beside %s; a dimension is one of them", kinds[0])
	case d.From != "" || len(d.Columns) > 0:
		rep.addf(kinds[0], "is generated; remove from and columns")
	}
	for _, key := range (named{
		{"first_version", d.FirstVersion != ""}, {"current", d.Current != ""}, {"collapse_intrabatch", d.CollapseIntrabatch}, {"validity", d.Validity != ""},
		{"deleted", d.Deleted != ""}, {"redefined", d.Redefined != ""}, {"reused_key", d.ReusedKey != ""}, {"outriggers", len(d.Outriggers) > 0},
	}).given() {
		rep.addf(key, "belongs to the history of an entity, and this is none; remove it")
	}
}

// named tells of keys whether they are given.
type named []struct {
	key   string
	given bool
}

func (n named) given() []string {
	var keys []string
	for _, k := range n {
		if k.given {
			keys = append(keys, k.key)
		}
	}
	return keys
}

func (r *resolver) entityDimension(m *DimensionModel, rep report) {
	if m.From == "" {
		rep.addf("from", "names no entity; a dimension needs one, or is a calendar, time_of_day, bands, junk or audit")
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
	if len(m.Attributes) == 0 && len(m.Dimension.minis()) > 0 {
		rep.addf("columns", "all go to mini-dimensions; leave at least one in the dimension itself")
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
