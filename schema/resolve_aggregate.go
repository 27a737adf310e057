package schema

import (
	"slices"
	"strings"
)

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
