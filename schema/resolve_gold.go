package schema

import (
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
)

func (r *resolver) dimension(d Dimension) {
	rep := r.report("dimension " + d.Name)
	m := &DimensionModel{Dimension: d}
	m.FirstVersion, m.Current = or(d.FirstVersion, "open"), or(d.Current, "last")
	single := singular(strings.TrimPrefix(d.Name, "dim_"))
	m.SurrogateKey, m.DurableKey = or(d.SurrogateKey, single+"_key"), single+"_durable_key"
	switch {
	case d.Calendar != nil:
		r.calendar(m, rep)
	case d.From == "":
		rep.addf("from", "names no entity; a dimension needs one, or a calendar")
	default:
		r.entityDimension(m, rep)
	}
	rep.oneOf("first_version", d.FirstVersion, "open", "event")
	rep.oneOf("current", d.Current, "last", "in_force")
	if rep.clean() {
		rep.table(m.Table)
	}
	r.broken[d.Name] = d.Calendar == nil && (m.Entity == nil || m.Entity.KeyCount == 0 || m.Entity.KeyCount < len(m.Entity.Entity.Key))
	m.Fingerprint = fingerprint(m.Dimension, m.Table)
	r.model.Dimensions = append(r.model.Dimensions, m)
}

func (r *resolver) entityDimension(m *DimensionModel, rep report) {
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
		column := m.Entity.Column(c.Name)
		path := "columns." + c.Name
		switch {
		case column == nil:
			rep.addf(path, "entity %s has no such column%s", m.Entity.Name, suggest(c.Name, modelNames(m.Entity.Columns)))
			continue
		case slices.Contains(m.Entity.Key(), c.Name):
			rep.addf(path, "is part of the natural key, which is always there")
			continue
		case c.SCD != "1" && c.SCD != "2":
			rep.addf(path, "the SCD type %q is not known; write 1 (overwritten) or 2 (a change makes a new version)", c.SCD)
		case slices.ContainsFunc(m.Attributes, func(a Attribute) bool { return a.Name == c.Name }):
			rep.addf(path, "is declared twice")
			continue
		case c.Scope != "" && c.SCD != "1":
			rep.addf(path+".scope", "belongs to type 1 columns only")
		}
		rep.oneOf(path+".scope", c.Scope, "all", "current")
		c.Scope = or(c.Scope, "all")
		m.Attributes = append(m.Attributes, Attribute{DimColumn: c, Stored: column.Stored})
	}
	deriveDimensionTable(m, r.model.Layers)
}

func (r *resolver) calendar(m *DimensionModel, rep report) {
	from, errFrom := time.Parse(time.DateOnly, m.Calendar.From)
	to, errTo := time.Parse(time.DateOnly, m.Calendar.To)
	switch {
	case errFrom != nil:
		rep.addf("calendar.from", "%q is no date; write YYYY-MM-DD", m.Calendar.From)
	case errTo != nil:
		rep.addf("calendar.to", "%q is no date; write YYYY-MM-DD", m.Calendar.To)
	case to.Before(from):
		rep.addf("calendar.to", "lies before from")
	case from.Year() < 1900 || to.Year() > 2200:
		rep.addf("calendar", "must lie between 1900 and 2200")
	}
	if m.From != "" || len(m.Dimension.Columns) > 0 {
		rep.addf("calendar", "is generated; remove from and columns")
	}
	rep.oneOf("calendar.week_starts", m.Calendar.WeekStarts, "monday", "sunday")
	deriveCalendarTable(m, r.model.Layers)
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

func (r *resolver) fact(f Fact) {
	rep := r.report("fact " + f.Name)
	m := &FactModel{Fact: f}
	m.Late = or(f.Late, "infer")
	defer func() { r.broken[f.Name] = r.model.Fact(f.Name) == nil }()
	m.Entity = r.model.Entity(f.From)
	if m.Entity == nil {
		rep.addf("from", "there is no entity %q%s", f.From, suggest(f.From, r.entityNames()))
		return
	}
	if f.Grain == "" {
		rep.addf("grain", "is missing; say what one row means")
	}
	r.factColumn(m, "event_at", f.EventAt, rep, record.Timestamp, record.Date)
	for _, c := range f.Degenerate {
		r.factColumn(m, "degenerate", c, rep)
	}
	for _, c := range f.Measures {
		r.factColumn(m, "measures."+c.Name, c.Name, rep, record.Int, record.Float, record.Decimal)
	}
	rep.oneOf("late", f.Late, "infer", "unknown")
	for _, role := range f.Dimensions {
		r.role(m, role, rep)
	}
	if !rep.clean() || len(m.Roles) < len(f.Dimensions) {
		return
	}
	deriveFactTable(m, r.model.Layers)
	rep.table(m.Table)
	m.Fingerprint = fingerprint(m.Fact, m.Table, m.Entity.Fingerprint)
	r.model.Facts = append(r.model.Facts, m)
}

func (r *resolver) factColumn(m *FactModel, path, name string, rep report, kinds ...record.Kind) {
	c := m.Entity.Column(name)
	switch {
	case c == nil:
		rep.addf(path, "entity %s has no column %q%s", m.Entity.Name, name, suggest(name, modelNames(m.Entity.Columns)))
	case len(kinds) > 0 && !slices.Contains(kinds, c.Stored.Kind):
		rep.addf(path, "column %q is %s, which cannot serve here", name, c.Stored)
	}
}

func (r *resolver) role(m *FactModel, role Role, rep report) {
	path := "dimensions." + role.Name
	dim := r.model.Dimension(role.Dimension)
	switch {
	case dim == nil:
		rep.addf(path+".dimension", "there is no dimension %q%s", role.Dimension, suggest(role.Dimension, r.dimensionNames()))
		return
	case r.broken[dim.Name]:
		return // what is wrong has been reported
	case m.Role(role.Name) != nil:
		rep.addf(path, "is declared twice")
	case m.keeps(role.Name + "_key"):
		rep.addf(path, "its column %s_key is also a column of the entity that the fact keeps; choose another name", role.Name)
	}
	rep.oneOf(path+".as_of", role.AsOf, "event", "current")
	rep.oneOf(path+".when_null", role.WhenNull, "unknown", "not_applicable")
	role.AsOf, role.WhenNull = or(role.AsOf, "event"), or(role.WhenNull, "unknown")
	if len(role.Key) != len(dim.NaturalKey()) {
		rep.addf(path+".key", "names %d columns, the natural key of %s has %d (%s)", len(role.Key), dim.Name, len(dim.NaturalKey()), strings.Join(dim.NaturalKey(), ", "))
		return
	}
	for i, c := range role.Key {
		if dim.Entity == nil {
			r.factColumn(m, path+".key", c, rep, record.Timestamp, record.Date)
			continue
		}
		want := dim.Table.Field(dim.NaturalKey()[i])
		if want == nil {
			return // the dimension itself is wrong and has been reported
		}
		r.factColumn(m, path+".key", c, rep, want.Type.Kind)
	}
	for _, other := range r.model.Facts {
		if other.Late != m.Late && dim.Entity != nil && slices.ContainsFunc(other.Roles, func(o RoleModel) bool { return o.Dim == dim }) {
			rep.addf("late", "is %s, and %s declares %s for the same dimension %s; one of them would see what the other infers. Declare the same in both", m.Late, other.Name, other.Late, dim.Name)
		}
	}
	if dim.FirstVersion == "event" && m.Late == "infer" {
		rep.addf("late", "infer needs a dimension whose first version is open to the past; %s declares first_version: event. Declare late: unknown", dim.Name)
	}
	m.Roles = append(m.Roles, RoleModel{Role: role, Dim: dim, Column: role.Name + "_key"})
}

// keeps tells whether the fact has the column of its entity.
func (f *FactModel) keeps(column string) bool {
	return column == f.EventAt || slices.Contains(f.Degenerate, column) || slices.Contains(f.Entity.Key(), column) ||
		slices.ContainsFunc(f.Measures, func(m Measure) bool { return m.Name == column })
}

func (r *resolver) dimensionNames() []string {
	names := make([]string, len(r.model.Dimensions))
	for i, d := range r.model.Dimensions {
		names[i] = d.Name
	}
	return names
}

func (r *resolver) aggregate(a Aggregate) {
	rep := r.report("aggregate " + a.Name)
	m := &AggregateModel{Aggregate: a, Fact: r.model.Fact(a.From)}
	if m.Fact == nil {
		if !r.broken[a.From] {
			rep.addf("from", "there is no fact %q%s", a.From, suggest(a.From, r.factNames()))
		}
		return
	}
	if len(a.Group) == 0 {
		rep.addf("group", "is empty; name at least one column")
	}
	for _, g := range a.Group {
		r.group(m, g, rep)
	}
	for _, x := range a.Measures {
		r.aggMeasure(m, x, rep)
	}
	if !rep.clean() {
		return
	}
	deriveAggregateTable(m, r.model.Layers)
	rep.table(m.Table)
	m.Fingerprint = fingerprint(m.Aggregate, m.Table, m.Fact.Fingerprint)
	r.model.Aggregates = append(r.model.Aggregates, m)
}

func (r *resolver) factNames() []string {
	names := make([]string, len(r.model.Facts))
	for i, f := range r.model.Facts {
		names[i] = f.Name
	}
	return names
}

func (r *resolver) group(m *AggregateModel, g GroupBy, rep report) {
	group := GroupModel{Name: g.Name, Column: g.By}
	table := m.Fact.Table
	if role, attribute, dotted := strings.Cut(g.By, "."); dotted {
		group.Role, group.Column = m.Fact.Role(role), attribute
		if group.Role == nil {
			rep.addf("group."+g.Name, "fact %s has no role %q", m.Fact.Name, role)
			return
		}
		table = group.Role.Dim.Table
	}
	f := table.Field(group.Column)
	if f == nil {
		rep.addf("group."+g.Name, "%s has no column %q%s", table.Name, group.Column, suggest(group.Column, table.FieldNames()))
		return
	}
	group.Stored = f.Type
	m.Groups = append(m.Groups, group)
}

func (r *resolver) aggMeasure(m *AggregateModel, x AggMeasure, rep report) {
	path := "measures." + x.Name
	set := slices.DeleteFunc([]string{x.Sum, x.Count, x.CountDistinct, x.Min, x.Max}, func(s string) bool { return s == "" })
	if len(set) != 1 {
		rep.addf(path, "give exactly one of sum, count, count_distinct, min, max")
		return
	}
	if x.Count == "rows" {
		return
	}
	f := m.Fact.Table.Field(set[0])
	if f == nil {
		rep.addf(path, "fact %s has no column %q%s", m.Fact.Name, set[0], suggest(set[0], m.Fact.Table.FieldNames()))
		return
	}
	additive := slices.ContainsFunc(m.Fact.Measures, func(me Measure) bool { return me.Name == x.Sum && me.Sum })
	if x.Sum != "" && !additive {
		rep.addf(path, "%q is not declared additive, so a sum of it would be wrong; declare {sum: yes} on the fact if it is", x.Sum)
	}
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
