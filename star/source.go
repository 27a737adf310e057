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

// tmpSource holds what the touched facts are made of, gathered from several tables.
const tmpSource = "lode_source"

// source is where the columns of facts come from: a relation called s, in which a column
// of the entity has its own name and one of a join is called JOIN.column.
type source struct {
	relation string
	where    string
}

func (s source) condition() string {
	if s.where == "" {
		return ""
	}
	return "WHERE " + s.where
}

// FactSource lists the statements that gather what the touched facts are made of into a
// table. A fact that reads nothing but its entity needs none.
func FactSource(d warehouse.Dialect, m *schema.FactModel, s Scope, keys string) []sqltext.Statement {
	if !m.Gathered() {
		return nil
	}
	f := newFacts(d, m, s, keys)
	return affected.Create(d, tmpSource, "what the touched facts are made of", f.gathered())
}

// source is the source of the touched facts, gathered already where it has to be.
func (f facts) source() source {
	if f.m.Gathered() {
		return source{relation: f.d.Quote(tmpSource) + " s"}
	}
	return f.read(nil, f.touched())
}

// touched is the relation of the touched facts, or nothing when all are touched.
func (f facts) touched() string {
	if f.s.All {
		return ""
	}
	return f.d.Quote(f.keys)
}

// gathered selects the source columns and the values computed from them.
func (f facts) gathered() string {
	from := f.read(f.m.Reads(), f.touched())
	columns := []string{"s.*"}
	for _, c := range f.m.Columns {
		if c.Program == nil {
			continue
		}
		if a := c.Allocation; a != nil {
			columns = append(columns, f.value(c, "s")+" AS "+f.d.Quote(amountColumn(c)), f.weight(a)+" AS "+f.d.Quote(weightColumn(c)))
			continue
		}
		columns = append(columns, f.value(c, "s")+" AS "+f.d.Quote(valueColumn(c)))
	}
	return f.allocated(strings.TrimSpace(lines("SELECT "+strings.Join(columns, ", "), "FROM "+from.relation, from.condition())))
}

func valueColumn(c schema.FactColumn) string { return sqltext.Derived("lode_value_", c.Name) }

// read is the source of the facts with the columns that need names. Keys, a relation of
// their units, narrows them.
func (f facts) read(need []string, keys string) source {
	from := f.states(need, keys)
	if !slices.ContainsFunc(need, dotted) {
		return from
	}
	columns := []string{sqltext.List(f.d, "s", append(ownColumns(f.m, need), f.m.Extras()...)...)}
	for _, n := range need {
		if join, column, ok := strings.Cut(n, "."); ok {
			columns = append(columns, sqltext.Column(f.d, f.joinAlias(join), column)+" AS "+f.d.Quote(n))
		}
	}
	return source{relation: strings.TrimSpace(lines("(SELECT "+strings.Join(columns, ", "), "FROM "+from.relation, f.joins(need)+from.condition())) + ") s"}
}

// states is the states of the entity that facts are made of: its current rows, or those
// at the ends of periods.
func (f facts) states(need []string, keys string) source {
	switch {
	case f.m.Snapshot != nil:
		return f.snapshot(need, keys)
	case f.m.Reverses():
		return f.reversal(need, keys)
	}
	from := source{f.d.Table(f.m.Entity.Current.Name) + " s", "NOT s.is_deleted"}
	if keys != "" {
		from.relation += fmt.Sprintf(" JOIN %s k ON %s", keys, sqltext.On(f.d, "k", "s", f.m.Unit()...))
	}
	return from
}

func dotted(name string) bool { return strings.Contains(name, ".") }

// ownColumns lists the columns of the entity that are needed, by themselves or to find joins.
func ownColumns(m *schema.FactModel, need []string) []string {
	names := append(slices.Clone(m.Unit()), need...)
	for _, j := range neededJoins(m, need) {
		names = append(names, j.Needs()...)
	}
	names = slices.DeleteFunc(append(names, schema.EventStream, schema.EventSeq), dotted)
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// neededJoins lists the joins that the needed columns come from, and those by which
// these are found, in their order.
func neededJoins(m *schema.FactModel, need []string) []schema.JoinModel {
	wanted := map[string]bool{}
	var want func(names []string)
	want = func(names []string) {
		for _, n := range names {
			if join, _, ok := strings.Cut(n, "."); ok && !wanted[join] {
				wanted[join] = true
				want(m.Join(join).Needs())
			}
		}
	}
	want(need)
	return slices.DeleteFunc(slices.Clone(m.Joins), func(j schema.JoinModel) bool { return !wanted[j.Name] })
}

func (f facts) joinAlias(join string) string { return f.d.Quote(schema.JoinedAs + join) }

// joins joins the current rows of the entities that the needed columns come from.
func (f facts) joins(need []string) string {
	var b strings.Builder
	for _, j := range neededJoins(f.m, need) {
		b.WriteString(f.join(j) + "\n")
	}
	return b.String()
}

func (f facts) join(j schema.JoinModel) string {
	d, alias, table := f.d, f.joinAlias(j.Name), f.d.Table(j.Entity.Current.Name)
	if j.AsOf != nil {
		latest := warehouse.Latest{
			From: "(SELECT * FROM " + table + " WHERE NOT is_deleted)", Alias: alias,
			At: d.Quote(j.AsOf.Column), Time: f.named(j.AsOf.At),
		}
		for _, p := range j.Pairs {
			latest.Keys = append(latest.Keys, [2]string{d.Quote(p.Column), f.paired(p)})
		}
		return d.LatestJoin(latest)
	}
	on := make([]string, len(j.Pairs))
	for i, p := range j.Pairs {
		on[i] = sqltext.Column(d, alias, p.Column) + " = " + f.paired(p)
	}
	return fmt.Sprintf("LEFT JOIN %s %s ON %s AND NOT %s.is_deleted", table, alias, strings.Join(on, " AND "), alias)
}

// paired is what a column of a joined entity equals.
func (f facts) paired(p schema.JoinPair) string {
	if p.Source == "" {
		return f.d.Literal(record.TextValue(p.Constant), record.Of(record.Text))
	}
	return f.named(p.Source)
}

// named is a source column where the joins are made.
func (f facts) named(name string) string {
	if join, column, ok := strings.Cut(name, "."); ok {
		return sqltext.Column(f.d, f.joinAlias(join), column)
	}
	return sqltext.Column(f.d, "s", name)
}

// FactDays selects the lowest and the highest day that touched facts point to in the
// role of a calendar. The statements of FactSource come before it.
func FactDays(d warehouse.Dialect, m *schema.FactModel, r schema.RoleModel, s Scope, keys string) string {
	f := newFacts(d, m, s, keys)
	day := "CAST(" + f.local(r) + " AS date)"
	if t, _ := m.Source(r.Key[0]); t.Kind == record.Timestamp {
		day = d.Day(f.local(r))
	}
	from := f.source()
	return strings.TrimSpace(fmt.Sprintf("SELECT min(%s), max(%s) FROM %s %s", day, day, from.relation, from.condition()))
}
