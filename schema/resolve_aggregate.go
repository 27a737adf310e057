package schema

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
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
	m.indexGroups()
}

// indexGroups gives what an aggregate groups by an index, so that a touched group finds its
// members, and through them its facts, without all others being read. Generated dimensions
// are small, and facts are found by the keys of their members if there are any.
func (m *AggregateModel) indexGroups() {
	for _, g := range m.Groups {
		switch {
		case g.Role != nil && !g.Role.Dim.Generated():
			g.index(&g.Role.Points().Table)
		case g.Role == nil && !slices.ContainsFunc(m.Groups, func(g GroupModel) bool { return g.Role != nil }):
			g.index(&m.Fact.Table)
		}
	}
}

func (g GroupModel) index(t *Table) {
	i := Index{Columns: []string{g.Column}, Where: g.Indexed(`"` + g.Column + `"`)}
	same := func(x Index) bool { return slices.Equal(x.Columns, i.Columns) && x.Where == i.Where }
	if !t.leads(g.Column) && !slices.ContainsFunc(t.Indexes, same) {
		t.Indexes = append(t.Indexes, i)
	}
}

// Indexed is the condition that a value of the group, given as SQL, is in its index: NULL
// equals nothing, and a long text has no room in a page.
func (g GroupModel) Indexed(value string) string {
	switch g.Stored.Kind {
	case record.Text:
		return "length(" + value + ") <= 600"
	case record.JSON:
		return "length(CAST(" + value + " AS text)) <= 600"
	default:
		return value + " IS NOT NULL"
	}
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
		table = group.Role.Points().Table
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
	set := slices.DeleteFunc([]string{x.Sum, x.Count, x.CountDistinct, x.Min, x.Max, x.Avg, x.Last}, func(s string) bool { return s == "" })
	if len(set) != 1 {
		rep.addf(path, "give exactly one of sum, count, count_distinct, min, max, avg, last")
		return
	}
	if problem := m.counts(x); problem != "" {
		rep.addf(path, "%s", problem)
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
	switch {
	case x.Sum != "":
		m.checkSum(x.Sum, "sum", path, rep)
	case x.Last != "":
		m.checkSum(x.Last, "last", path, rep)
	case x.Avg != "" && !isNumber(f.Type):
		rep.addf(path, "avg needs a number, %q is %s", x.Avg, f.Type)
	}
}

// checkSum refuses to add what cannot be added.
func (m *AggregateModel) checkSum(measure, how, path string, rep report) {
	x := m.Fact.Measure(measure)
	if x == nil {
		rep.addf(path, "%q is no measure of %s%s; %s takes measures only", measure, m.Fact.Name, suggest(measure, m.Fact.measureNames()), how)
		return
	}
	except := func(RoleModel) bool { return false }
	if how == "last" {
		if len(x.Over) == 0 {
			return // one row's value is taken
		}
		except = m.Fact.isTime
	}
	if problem := m.sums(*x, except); problem != "" {
		rep.addf(path, "%s", problem)
	}
}

func isNumber(t record.Type) bool {
	return t.Kind == record.Int || t.Kind == record.Float || t.Kind == record.Decimal
}
