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

// Fact lists the statements that bring the facts in the table keys up to date, or all
// facts when the scope says so. Those of FactSource come before them. LastKey numbers the
// inferred members of each dimension.
func Fact(d warehouse.Dialect, m *schema.FactModel, s Scope, keys string, lastKey map[string]int64, between ...sqltext.Statement) []sqltext.Statement {
	f := newFacts(d, m, s, keys)
	out := append(f.combinations(lastKey), f.begin()...)
	for i, r := range m.Roles {
		if r.Dim.Lookup() == schema.ByVersion {
			out = append(out, f.resolve(i, lastKey)...)
		}
	}
	if s.Empty {
		return append(append(out, between...), sqltext.Statement{SQL: d.Analyze(m.Table.Name)})
	}
	return append(out, f.write().Statements(d, between...)...)
}

type facts struct {
	d    warehouse.Dialect
	m    *schema.FactModel
	s    Scope
	key  []string // tells the rows of the fact table apart
	keys string   // the table of touched facts
	into string
}

func newFacts(d warehouse.Dialect, m *schema.FactModel, s Scope, keys string) *facts {
	return &facts{d: d, m: m, s: s, key: m.Table.PrimaryKey, keys: keys}
}

// begin computes the rows: into a temporary table, to be compared with what is there,
// or straight into the table when that is empty.
func (f *facts) begin() []sqltext.Statement {
	const note = "the rows that the touched facts should have, keys as of the event"
	if !f.s.Empty {
		f.into = f.d.Quote(tmpFresh)
		return affected.Create(f.d, tmpFresh, note, f.rows())
	}
	f.into = f.d.Table(f.m.Table.Name)
	now := affected.Instant(f.d, f.s.Now)
	columns := sqltext.Without(f.m.Table.FieldNames(), schema.CreatedAt, schema.UpdatedAt)
	return []sqltext.Statement{{Note: note, Count: sqltext.Inserted, SQL: fmt.Sprintf("INSERT INTO %s (%s)\nSELECT x.*, %s, %s FROM (\n%s) x",
		f.into, sqltext.List(f.d, "", append(columns, schema.CreatedAt, schema.UpdatedAt)...), now, now, f.rows())}}
}

// rows selects the facts with the keys of the versions in force at their event. The
// joins find them all but those before, between and after the versions.
func (f facts) rows() string {
	m := f.m
	var columns []string
	for _, name := range sqltext.Without(m.Table.FieldNames(), schema.CreatedAt, schema.UpdatedAt) {
		columns = append(columns, f.column(name))
	}
	var joins []string
	for i := range m.Roles {
		if join := f.memberJoin(i); join != "" {
			joins = append(joins, join)
		}
	}
	from := f.source()
	return lines(slices.DeleteFunc([]string{"SELECT " + strings.Join(columns, ",\n       "), "FROM " + from.relation, strings.Join(joins, "\n"), from.condition()},
		func(line string) bool { return line == "" })...)
}

func roleAlias(i int) string { return fmt.Sprintf("d%d", i) }

// column is a column of the fact table, computed from its source.
func (f facts) column(name string) string {
	named := " AS " + f.d.Quote(name)
	for i, r := range f.m.Roles {
		switch name {
		case r.Column:
			return f.foreignKey(r, roleAlias(i), r.Takes()) + named
		case r.Durable:
			return f.foreignKey(r, roleAlias(i), r.Dim.DurableKey) + named
		}
	}
	plain := sqltext.Column(f.d, "s", name)
	c := f.m.Column(name)
	if c == nil {
		return plain
	}
	if x := f.signed(name, f.held(*c)); x != plain {
		return x + named
	}
	return plain
}

// held is a column of the fact table as it stands in the source.
func (f facts) held(c schema.FactColumn) string {
	switch {
	case c.From != "":
		return sqltext.Column(f.d, "s", c.From)
	case c.Lag != nil:
		return f.lag(*c.Lag)
	case f.m.Gathered():
		return sqltext.Column(f.d, "s", valueColumn(c))
	}
	return f.value(c, "s")
}

// value is a computed column as SQL over source columns.
func (f facts) value(c schema.FactColumn, alias string) string {
	x := c.Program.SQL(f.d, func(name string) string { return sqltext.Column(f.d, alias, name) })
	return "CAST(" + x + " AS " + f.d.TypeName(c.Stored) + ")"
}

func (f facts) write() affected.Write {
	touched := f.keys
	if f.s.All {
		touched = ""
	}
	return affected.Write{
		Target: f.m.Table, Fresh: tmpFresh, Touched: touched, Keys: f.m.Unit(),
		Audit: true, Delta: tmpDelta, Now: f.s.Now,
	}
}
