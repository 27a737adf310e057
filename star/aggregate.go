package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Queue is the table in which an aggregate's touched groups wait to be summed up anew.
// Whoever changes a fact or a dimension adds the groups of the rows as they were and
// as they are, in its own transaction.
func Queue(m *schema.AggregateModel, layer string) schema.Table {
	fields := []schema.Field{*m.Table.Field(schema.GroupKey)}
	for _, role := range groupRoles(m) {
		fields = append(fields, schema.Field{Name: sideKey(role), Type: record.Of(record.Text)})
	}
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
	return touchByRows(d, m, dim, queue, fmt.Sprintf("SELECT %s FROM %s WHERE lode_change <> 'insert'", d.Quote(dim.SurrogateKey), d.Quote(tmpDelta)))
}

// TouchByOutrigger adds the groups of the facts that point to the rows of a dimension that
// will point, or have just been pointed, to other members of an outrigger.
func TouchByOutrigger(d warehouse.Dialect, m *schema.AggregateModel, dim *schema.DimensionModel, queue schema.Table) (s sqltext.Statement, ok bool) {
	return touchByRows(d, m, dim, queue, fmt.Sprintf("SELECT %s FROM %s", d.Quote(dim.SurrogateKey), d.Quote(tmpRepointed)))
}

// touchByRows adds the groups of the facts that point to the rows of a dimension that a
// query selects by their surrogate keys.
func touchByRows(d warehouse.Dialect, m *schema.AggregateModel, dim *schema.DimensionModel, queue schema.Table, rows string) (s sqltext.Statement, ok bool) {
	var conditions []string
	for _, g := range m.Groups {
		if g.Role != nil && g.Role.Points() == dim {
			conditions = append(conditions, fmt.Sprintf("f.%s IN (%s)", d.Quote(g.Role.Column), rows))
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
		SQL:  fmt.Sprintf("INSERT INTO %s\nSELECT DISTINCT %s FROM %s%s", d.Table(queue.Name), strings.Join(queued(d, m), ", "), facts, groupJoins(d, m)),
	}
}

// queued are the columns of the queue: the group, and what it is on the side of each role.
func queued(d warehouse.Dialect, m *schema.AggregateModel) []string {
	columns := []string{groupKey(d, m)}
	for _, role := range groupRoles(m) {
		columns = append(columns, sideOf(d, m, role))
	}
	return columns
}

// groupRoles lists the roles that an aggregate groups by, each once.
func groupRoles(m *schema.AggregateModel) []*schema.RoleModel {
	var roles []*schema.RoleModel
	for _, g := range m.Groups {
		if g.Role != nil && !slices.Contains(roles, g.Role) {
			roles = append(roles, g.Role)
		}
	}
	return roles
}

// sideKey names the column of the queue that says what a group is on the side of a role.
func sideKey(role *schema.RoleModel) string { return "lode_side_" + role.Name }

// sideOf is the digest of what a group is on the side of a role.
func sideOf(d warehouse.Dialect, m *schema.AggregateModel, role *schema.RoleModel) string {
	var parts []string
	for _, g := range m.Groups {
		if g.Role == role {
			parts = append(parts, sqltext.Signature(d, groupAlias(g), g.Column))
		}
	}
	return "md5(" + strings.Join(parts, " || ") + ")"
}

// sides lists the statements that find, for each role, the members that a waiting group
// may hold facts of, so that only these facts are read: the digest of a group alone would
// have to be computed for every fact. Where is the condition that uses them.
func sides(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table) (statements []sqltext.Statement, where string) {
	for i, role := range groupRoles(m) {
		table := fmt.Sprintf("lode_side_%d", i)
		sk := d.Quote(role.Points().SurrogateKey)
		statements = append(statements, affected.Create(d, table, "the members of "+role.Name+" that these groups hold", fmt.Sprintf(
			"SELECT d_%s.%s FROM %s d_%s WHERE %s IN (SELECT %s FROM %s)", role.Column, sk, d.Table(role.Points().Table.Name), role.Column,
			sideOf(d, m, role), d.Quote(sideKey(role)), d.Table(queue.Name)))...)
		where += fmt.Sprintf("\n  AND f.%s IN (SELECT %s FROM %s)", d.Quote(role.Column), sk, d.Quote(table))
	}
	return statements, where
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
		joins = append(joins, fmt.Sprintf("\nJOIN %s %s ON %s.%s = f.%s", d.Table(g.Role.Points().Table.Name), groupAlias(g),
			groupAlias(g), d.Quote(g.Role.Points().SurrogateKey), d.Quote(g.Role.Column)))
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
		var found []sqltext.Statement
		found, where = waiting(d, m, queue)
		out = append(out, found...)
	}
	out = append(out, affected.Create(d, tmpFresh, "these groups summed up anew", summary(d, m, where))...)
	write := affected.Write{
		Target: m.Table, Fresh: tmpFresh, Touched: touched, Keys: []string{schema.GroupKey},
		Audit: true, Delta: tmpDelta, Now: s.Now, Empty: s.Empty,
	}
	out = append(out, write.Statements(d)...)
	return append(out, sqltext.Statement{Note: "no group waits any more", SQL: "DELETE FROM " + d.Table(queue.Name)})
}

// waiting narrows a summary to the groups that wait, given the statements that come before it.
func waiting(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table) (statements []sqltext.Statement, where string) {
	statements, of := sides(d, m, queue)
	return statements, fmt.Sprintf("\nWHERE %s IN (SELECT %s FROM %s)", groupKey(d, m), d.Quote(schema.GroupKey), d.Quote(tmpTouched)) + of
}

// summary selects the groups of the facts that where leaves, summed up.
func summary(d warehouse.Dialect, m *schema.AggregateModel, where string) string {
	columns := []string{groupKey(d, m) + " AS " + d.Quote(schema.GroupKey)}
	for _, g := range m.Groups {
		columns = append(columns, sqltext.Column(d, groupAlias(g), g.Column)+" AS "+d.Quote(g.Name))
	}
	for _, x := range m.Measures {
		f := m.Table.Field(x.Name)
		columns = append(columns, fmt.Sprintf("CAST(%s AS %s) AS %s", measure(d, m, x), d.TypeName(f.Type), d.Quote(x.Name)))
	}
	from := d.Table(m.Fact.Table.Name) + " f"
	if slices.ContainsFunc(m.Measures, func(x schema.AggMeasure) bool { return x.Last != "" }) {
		from = latest(d, m, where)
		where = ""
	}
	return fmt.Sprintf("SELECT %s\nFROM %s%s%s\nGROUP BY %s", strings.Join(columns, ",\n       "), from, groupJoins(d, m), where, grouped(d, m))
}

func grouped(d warehouse.Dialect, m *schema.AggregateModel) string {
	columns := make([]string, len(m.Groups))
	for i, g := range m.Groups {
		columns[i] = sqltext.Column(d, groupAlias(g), g.Column)
	}
	return strings.Join(columns, ", ")
}

// latest is the facts with the latest time of their group, and with their place in it.
func latest(d warehouse.Dialect, m *schema.AggregateModel, where string) string {
	at := sqltext.Column(d, "f", m.Fact.TimeColumn())
	var order []string
	for _, k := range m.Fact.Table.PrimaryKey {
		order = append(order, sqltext.Column(d, "f", k)+" DESC")
	}
	return lines(
		fmt.Sprintf("(SELECT f.*, max(%s) OVER (PARTITION BY %s) AS lode_latest,", at, grouped(d, m)),
		fmt.Sprintf("      row_number() OVER (PARTITION BY %s ORDER BY %s DESC NULLS LAST, %s) AS lode_place", grouped(d, m), at, strings.Join(order, ", ")),
		fmt.Sprintf(" FROM %s f%s%s) f", d.Table(m.Fact.Table.Name), groupJoins(d, m), where))
}
