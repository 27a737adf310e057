package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Queue is the table in which an aggregate's touched groups wait to be summed up anew.
// Whoever changes a fact or a dimension adds the groups of the rows as they were and
// as they are, in its own transaction.
func Queue(m *schema.AggregateModel, layer string) schema.Table {
	fields := []schema.Field{*m.Table.Field(schema.GroupKey)}
	return schema.Table{
		Name: schema.Name{Schema: layer, Table: "touched_" + m.Name}, Fields: fields,
		Comment: "Groups of " + m.Name + " to be summed up anew.",
	}
}

// TouchByFact adds the groups of the facts in the fact's delta, as they stand now.
func TouchByFact(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table) sqltext.Statement {
	on := sqltext.On(d, "c", "f", m.Fact.Table.PrimaryKey...)
	return touch(d, m, queue, fmt.Sprintf("%s f JOIN %s c ON %s", d.Table(m.Fact.Table.Name), d.Quote(tmpDelta), on))
}

// TouchAll adds every group of the facts as they stand now.
func TouchAll(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table) sqltext.Statement {
	return touch(d, m, queue, d.Table(m.Fact.Table.Name)+" f")
}

// TouchByDimension adds the groups of the facts that point to rows in the delta of a
// dimension, as they stand now. ok is false when the aggregate does not group by it.
func TouchByDimension(d warehouse.Dialect, m *schema.AggregateModel, dim *schema.DimensionModel, queue schema.Table) (s sqltext.Statement, ok bool) {
	var conditions []string
	for _, g := range m.Groups {
		if g.Role != nil && g.Role.Dim == dim {
			conditions = append(conditions, fmt.Sprintf("f.%s IN (SELECT %s FROM %s WHERE lode_change <> 'insert')",
				d.Quote(g.Role.Column), d.Quote(dim.SurrogateKey), d.Quote(tmpDelta)))
		}
	}
	if len(conditions) == 0 {
		return s, false
	}
	slices.Sort(conditions)
	from := fmt.Sprintf("(SELECT f.* FROM %s f WHERE %s) f", d.Table(m.Fact.Table.Name), strings.Join(slices.Compact(conditions), " OR "))
	return touch(d, m, queue, from), true
}

func touch(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table, facts string) sqltext.Statement {
	return sqltext.Statement{
		Note: "groups of " + m.Name + " that this touches",
		SQL:  fmt.Sprintf("INSERT INTO %s\nSELECT DISTINCT %s FROM %s%s", d.Table(queue.Name), groupKey(d, m), facts, groupJoins(d, m)),
	}
}

// groupKey is the technical key of a group: the digest of its values, each with its
// length, so that a long text cannot outgrow an index.
func groupKey(d warehouse.Dialect, m *schema.AggregateModel) string {
	parts := make([]string, len(m.Groups))
	for i, g := range m.Groups {
		parts[i] = sqltext.Signature(d, groupAlias(g), g.Column)
	}
	return "md5(" + strings.Join(parts, " || ") + ")"
}

func groupAlias(g schema.GroupModel) string {
	if g.Role == nil {
		return "f"
	}
	return "d_" + g.Role.Column
}

func groupJoins(d warehouse.Dialect, m *schema.AggregateModel) string {
	var joins []string
	for _, g := range m.Groups {
		if g.Role == nil {
			continue
		}
		joins = append(joins, fmt.Sprintf("\nJOIN %s %s ON %s.%s = f.%s", d.Table(g.Role.Dim.Table.Name), groupAlias(g),
			groupAlias(g), d.Quote(g.Role.Dim.SurrogateKey), d.Quote(g.Role.Column)))
	}
	slices.Sort(joins)
	return strings.Join(slices.Compact(joins), "")
}

// Aggregate lists the statements that sum up the waiting groups anew and empty the queue.
func Aggregate(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table, s Scope) []sqltext.Statement {
	touched := tmpTouched
	var out []sqltext.Statement
	where := ""
	if s.All {
		touched = ""
	} else {
		out = affected.Create(d, tmpTouched, "the groups that wait", fmt.Sprintf("SELECT DISTINCT %s FROM %s", d.Quote(schema.GroupKey), d.Table(queue.Name)))
		where = fmt.Sprintf("\nWHERE %s IN (SELECT %s FROM %s)", groupKey(d, m), d.Quote(schema.GroupKey), d.Quote(tmpTouched))
	}
	columns, grouped := []string{groupKey(d, m) + " AS " + d.Quote(schema.GroupKey)}, []string{}
	for _, g := range m.Groups {
		columns = append(columns, sqltext.Column(d, groupAlias(g), g.Column)+" AS "+d.Quote(g.Name))
		grouped = append(grouped, sqltext.Column(d, groupAlias(g), g.Column))
	}
	for _, x := range m.Measures {
		f := m.Table.Field(x.Name)
		columns = append(columns, fmt.Sprintf("CAST(%s AS %s) AS %s", measure(d, x), d.TypeName(f.Type), d.Quote(x.Name)))
	}
	query := fmt.Sprintf("SELECT %s\nFROM %s f%s%s\nGROUP BY %s", strings.Join(columns, ",\n       "), d.Table(m.Fact.Table.Name), groupJoins(d, m), where, strings.Join(grouped, ", "))
	out = append(out, affected.Create(d, tmpFresh, "these groups summed up anew", query)...)
	write := affected.Write{
		Target: m.Table, Fresh: tmpFresh, Touched: touched, Keys: []string{schema.GroupKey},
		Audit: true, Delta: tmpDelta, Now: s.Now, Empty: s.Empty,
	}
	out = append(out, write.Statements(d)...)
	return append(out, sqltext.Statement{Note: "no group waits any more", SQL: "DELETE FROM " + d.Table(queue.Name)})
}

func measure(d warehouse.Dialect, x schema.AggMeasure) string {
	column := func(name string) string { return sqltext.Column(d, "f", name) }
	switch {
	case x.Sum != "":
		return "sum(" + column(x.Sum) + ")"
	case x.CountDistinct != "":
		return "count(DISTINCT " + column(x.CountDistinct) + ")"
	case x.Min != "":
		return "min(" + column(x.Min) + ")"
	case x.Max != "":
		return "max(" + column(x.Max) + ")"
	case x.Count == "rows":
		return "count(*)"
	}
	return "count(" + column(x.Count) + ")"
}
