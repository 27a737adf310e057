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

// Queue is the table in which an aggregate's touched groups wait to be summed up anew, by
// the values they are grouped by. Whoever changes a fact or a dimension adds the groups of
// the rows as they were and as they are, in its own transaction.
func Queue(m *schema.AggregateModel, layer string) schema.Table {
	fields := make([]schema.Field, len(m.Groups))
	for i, g := range m.Groups {
		fields[i] = schema.Field{Name: g.Name, Type: g.Stored}
	}
	return schema.Table{
		Name: schema.Name{Schema: layer, Table: "waiting_" + m.Name}, Fields: fields,
		Comment: "Groups of " + m.Name + " to be summed up anew.",
	}
}

// TouchByFact adds the groups of the facts in the fact's delta, as they stand now.
func TouchByFact(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table) sqltext.Statement {
	on := sqltext.On(d, "c", "f", m.Fact.Table.PrimaryKey...)
	return touch(d, m, queue, fmt.Sprintf("%s f JOIN %s c ON %s", d.Table(m.Fact.Table.Name), d.Quote(tmpDelta), on), d.Quote(tmpDelta))
}

// TouchAll adds every group of the facts as they stand now.
func TouchAll(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table) sqltext.Statement {
	return touch(d, m, queue, d.Table(m.Fact.Table.Name)+" f", "")
}

// TouchByDimension adds the groups of the facts that point to rows in the delta of a
// dimension, as they stand now. ok is false when the aggregate does not group by it.
func TouchByDimension(d warehouse.Dialect, m *schema.AggregateModel, dim *schema.DimensionModel, queue schema.Table) (s sqltext.Statement, ok bool) {
	return touchByRows(d, m, dim, queue, d.Quote(tmpDelta), " WHERE lode_change <> 'insert'")
}

// TouchByOutrigger adds the groups of the facts that point to the rows of a dimension that
// will point, or have just been pointed, to other members of an outrigger.
func TouchByOutrigger(d warehouse.Dialect, m *schema.AggregateModel, dim *schema.DimensionModel, queue schema.Table) (s sqltext.Statement, ok bool) {
	return touchByRows(d, m, dim, queue, d.Quote(tmpRepointed), "")
}

// touchByRows adds the groups of the facts that point to the rows of a dimension whose
// surrogate keys are in a relation.
func touchByRows(d warehouse.Dialect, m *schema.AggregateModel, dim *schema.DimensionModel, queue schema.Table, rows, where string) (s sqltext.Statement, ok bool) {
	var conditions []string
	for _, g := range m.Groups {
		if g.Role != nil && g.Role.Points() == dim {
			conditions = append(conditions, fmt.Sprintf("f.%s IN (SELECT %s FROM %s%s)", d.Quote(g.Role.Column), d.Quote(dim.SurrogateKey), rows, where))
		}
	}
	if len(conditions) == 0 {
		return s, false
	}
	slices.Sort(conditions)
	from := fmt.Sprintf("(SELECT f.* FROM %s f WHERE %s) f", d.Table(m.Fact.Table.Name), strings.Join(slices.Compact(conditions), " OR "))
	return touch(d, m, queue, from, rows), true
}

// touch adds the groups of facts, if there are rows in a relation that they are selected by.
func touch(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table, facts, given string) sqltext.Statement {
	return sqltext.Statement{
		Given: given,
		Note:  "groups of " + m.Name + " that this touches",
		SQL: fmt.Sprintf("INSERT INTO %s (%s)\nSELECT DISTINCT %s FROM %s%s",
			d.Table(queue.Name), sqltext.List(d, "", queue.FieldNames()...), grouped(d, m), facts, everything(d, m).joins(d, m)),
	}
}

// side is where some of the columns of a group are found: in the members that a role
// points to, or, when role is nil, in the facts themselves.
type side struct {
	role   *schema.RoleModel
	groups []schema.GroupModel
}

// sidesOf lists the sides of an aggregate's groups, each once.
func sidesOf(m *schema.AggregateModel) []side {
	var sides []side
	for _, g := range m.Groups {
		i := slices.IndexFunc(sides, func(s side) bool { return s.role == g.Role })
		if i < 0 {
			i = len(sides)
			sides = append(sides, side{role: g.Role})
		}
		sides[i].groups = append(sides[i].groups, g)
	}
	return sides
}

// held selects from a table what has the values that a waiting group has on this side. What
// is in no index (see schema.GroupModel.Indexed) is looked up apart, and only if such a group
// waits: then all of it, of which a summary keeps what is asked for.
func (s side) held(d warehouse.Dialect, columns, from string) string {
	var own, waiting, in, waits []string
	for _, g := range s.groups {
		x := sqltext.Column(d, groupAlias(g), g.Column)
		own, waiting = append(own, x), append(waiting, d.Quote(g.Name))
		in, waits = append(in, g.Indexed(x)), append(waits, g.Indexed(d.Quote(g.Name)))
	}
	indexed := strings.Join(in, " AND ")
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s AND (%s) IN (SELECT %s FROM %s)\nUNION ALL SELECT %s FROM %s WHERE (%s) IS NOT TRUE AND EXISTS (SELECT 1 FROM %s WHERE (%s) IS NOT TRUE)",
		columns, from, indexed, strings.Join(own, ", "), strings.Join(waiting, ", "), d.Quote(tmpTouched),
		columns, from, indexed, d.Quote(tmpTouched), strings.Join(waits, " AND "))
}

// sideTable names the temporary table of the members that waiting groups hold on a side.
func sideTable(i int) string { return fmt.Sprintf("lode_side_%d", i) }

// found lists the statements that find, for each role, the members that a waiting group may
// hold facts of, with what they are grouped by, so that no other fact and member is read.
func found(d warehouse.Dialect, m *schema.AggregateModel) []sqltext.Statement {
	var statements []sqltext.Statement
	for i, s := range sidesOf(m) {
		if s.role == nil {
			continue
		}
		dim, alias := s.role.Points(), groupAlias(s.groups[0])
		columns := []string{dim.SurrogateKey}
		for _, g := range s.groups {
			if !slices.Contains(columns, g.Column) {
				columns = append(columns, g.Column)
			}
		}
		statements = append(statements, affected.Create(d, sideTable(i), "the members of "+s.role.Name+" that these groups hold",
			s.held(d, sqltext.List(d, alias, columns...), d.Table(dim.Table.Name)+" "+alias))...)
	}
	return statements
}

// read is what a summary reads: the facts, the members that they join on each side, and the
// condition on the groups that stay.
type read struct {
	facts, having string
	members       func(side int) string
}

// everything reads all facts and leaves all groups.
func everything(d warehouse.Dialect, m *schema.AggregateModel) read {
	return read{facts: d.Table(m.Fact.Table.Name) + " f", members: func(i int) string { return d.Table(sidesOf(m)[i].role.Points().Table.Name) }}
}

// waiting reads the groups in tmpTouched, once found has run. Facts may agree with one group
// on one side and with another on the other, so the groups have to be asked, too.
func waiting(d warehouse.Dialect, m *schema.AggregateModel) read {
	r := everything(d, m)
	for _, s := range sidesOf(m) {
		if s.role == nil {
			r.facts = "(" + s.held(d, "f.*", r.facts) + ") f"
		}
	}
	r.members = func(i int) string { return d.Quote(sideTable(i)) }
	r.having = fmt.Sprintf("\nHAVING %s IN (SELECT %s FROM %s)", groupKey(d, m), d.Quote(schema.GroupKey), d.Quote(tmpTouched))
	return r
}

// joins is the members of each side, joined to the facts.
func (r read) joins(d warehouse.Dialect, m *schema.AggregateModel) string {
	var joins strings.Builder
	for i, s := range sidesOf(m) {
		if s.role == nil {
			continue
		}
		alias := groupAlias(s.groups[0])
		fmt.Fprintf(&joins, "\nJOIN %s %s ON %s = f.%s", r.members(i), alias, sqltext.Column(d, alias, s.role.Points().SurrogateKey), d.Quote(s.role.Column))
	}
	return joins.String()
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

// Aggregate lists the statements that sum up the waiting groups anew and empty the queue.
func Aggregate(d warehouse.Dialect, m *schema.AggregateModel, queue schema.Table, s Scope) []sqltext.Statement {
	var out []sqltext.Statement
	r, held := everything(d, m), ""
	if !s.All {
		columns := queue.FieldNames()
		out = affected.Create(d, tmpTouched, "the groups that wait", fmt.Sprintf("SELECT md5(%s) AS %s, q.* FROM (SELECT DISTINCT %s FROM %s) q",
			sqltext.Signature(d, "q", columns...), d.Quote(schema.GroupKey), sqltext.List(d, "", columns...), d.Table(queue.Name)))
		out = append(out, found(d, m)...)
		out = append(out, affected.Create(d, tmpHeld, "these groups as they stand", standing(d, m, columns), schema.GroupKey)...)
		r, held = waiting(d, m), tmpHeld
	}
	out = append(out, affected.Create(d, tmpFresh, "these groups summed up anew", summary(d, m, r))...)
	write := affected.Write{
		Target: m.Table, Fresh: tmpFresh, Held: held,
		Audit: true, Delta: tmpDelta, Now: s.Now, Empty: s.Empty,
	}
	out = append(out, write.Statements(d)...)
	return append(out, sqltext.Statement{Note: "no group waits any more", SQL: "DELETE FROM " + d.Table(queue.Name)})
}

// standing selects the rows of the waiting groups. Their keys tell them; their values, of
// which none is NULL in most groups, tell a column store which blocks of rows to leave unread.
func standing(d warehouse.Dialect, m *schema.AggregateModel, values []string) string {
	id := sqltext.List(d, "", append([]string{schema.GroupKey}, values...)...)
	nulls := make([]string, len(values))
	for i, v := range values {
		nulls[i] = d.Quote(v) + " IS NULL"
	}
	null, touched := strings.Join(nulls, " OR "), d.Quote(tmpTouched)
	return lines(
		fmt.Sprintf("SELECT * FROM %s WHERE (%s) IN (SELECT %s FROM %s)", d.Table(m.Table.Name), id, id, touched),
		fmt.Sprintf("UNION ALL SELECT * FROM %s WHERE (%s) AND %s IN (SELECT %s FROM %s WHERE %s)", d.Table(m.Table.Name), null, d.Quote(schema.GroupKey), d.Quote(schema.GroupKey), touched, null))
}

// summary selects the groups of what is read, summed up.
func summary(d warehouse.Dialect, m *schema.AggregateModel, r read) string {
	columns := []string{groupKey(d, m) + " AS " + d.Quote(schema.GroupKey)}
	for _, g := range m.Groups {
		columns = append(columns, sqltext.Column(d, groupAlias(g), g.Column)+" AS "+d.Quote(g.Name))
	}
	for _, x := range m.Measures {
		f := m.Table.Field(x.Name)
		columns = append(columns, fmt.Sprintf("CAST(%s AS %s) AS %s", measure(d, m, x), d.TypeName(f.Type), d.Quote(x.Name)))
	}
	if slices.ContainsFunc(m.Measures, func(x schema.AggMeasure) bool { return x.Last != "" }) {
		r.facts = latest(d, m, r)
	}
	return fmt.Sprintf("SELECT %s\nFROM %s%s\nGROUP BY %s%s", strings.Join(columns, ",\n       "), r.facts, r.joins(d, m), grouped(d, m), r.having)
}

func grouped(d warehouse.Dialect, m *schema.AggregateModel) string {
	columns := make([]string, len(m.Groups))
	for i, g := range m.Groups {
		columns[i] = sqltext.Column(d, groupAlias(g), g.Column)
	}
	return strings.Join(columns, ", ")
}

// latest is the facts with the latest time of their group, and with their place in it.
func latest(d warehouse.Dialect, m *schema.AggregateModel, r read) string {
	at := sqltext.Column(d, "f", m.Fact.TimeColumn())
	var order []string
	for _, k := range m.Fact.Table.PrimaryKey {
		order = append(order, sqltext.Column(d, "f", k)+" DESC")
	}
	return lines(
		fmt.Sprintf("(SELECT f.*, max(%s) OVER (PARTITION BY %s) AS lode_latest,", at, grouped(d, m)),
		fmt.Sprintf("      row_number() OVER (PARTITION BY %s ORDER BY %s DESC NULLS LAST, %s) AS lode_place", grouped(d, m), at, strings.Join(order, ", ")),
		fmt.Sprintf(" FROM %s%s) f", r.facts, r.joins(d, m)))
}
