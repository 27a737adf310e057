package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/expr"
)

// RowVersion counts the writes of a row of an application table, so that a writer notices
// that another one was faster.
const RowVersion = "row_version"

// SchemaVersion is the version of the table's definition that a row was written under.
const SchemaVersion = "schema_version"

// SyncedAt is when a row was last brought in from outside.
const SyncedAt = "synced_at"

// AppTableModel is a checked application table. Columns lists the key columns first, then
// the declared ones in their order, then the computed ones.
type AppTableModel struct {
	AppTable
	Columns []ColumnModel
	Rules   []RuleModel
	Table   Table
}

// AuditFields are the columns that the system keeps in every application table.
func AuditFields() []Field {
	return []Field{
		field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true),
		field(SyncedAt, record.Timestamp, false),
		field(SchemaVersion, record.Int, true), field(RowVersion, record.Int, true),
	}
}

func (r *resolver) appTable(t AppTable) {
	rep := r.report("table " + t.Name)
	m := &AppTableModel{AppTable: t}
	for _, k := range t.Key {
		if !slices.ContainsFunc(t.Columns, func(c AppColumn) bool { return c.Name == k }) {
			rep.addf("key", "column %q is not declared%s", k, suggest(k, t.columnNames()))
		}
	}
	if len(t.Key) == 0 {
		rep.addf("key", "is empty; name the columns that tell the rows apart")
	}
	r.appColumns(m, rep)
	for _, c := range t.Computed {
		r.appComputed(m, c, rep)
	}
	r.appRules(m, rep)
	deriveAppTable(m, r.model.Layers)
	for i, columns := range t.Unique {
		m.index(indexPath("unique", i), Index{Columns: columns, Unique: true}, rep)
	}
	for i, columns := range t.Indexes {
		m.index(indexPath("indexes", i), Index{Columns: columns}, rep)
	}
	if rep.clean() {
		rep.table(m.Table)
	}
	r.model.AppTables = append(r.model.AppTables, m)
}

func (t AppTable) columnNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

func (r *resolver) appColumns(m *AppTableModel, rep report) {
	var rest []ColumnModel
	key := make([]ColumnModel, len(m.Key))
	for i, c := range m.AppTable.Columns {
		path := "columns." + c.Name
		if slices.ContainsFunc(m.AppTable.Columns[:i], func(x AppColumn) bool { return x.Name == c.Name }) {
			rep.addf(path, "is declared twice")
		}
		t, err := r.types.Parse(c.Type)
		if err != nil {
			rep.addf(path+".type", "%v", err)
			continue
		}
		column := ColumnModel{Name: c.Name, Type: t, Stored: t.Stored(), Required: c.Required, Comment: c.Description, RenamedFrom: c.RenamedFrom}
		if c.Default != nil {
			if column.Default, err = coltype.Default(t, *c.Default); err != nil {
				rep.addf(path+".default", "%v", err)
			}
		}
		if i := slices.Index(m.Key, c.Name); i >= 0 {
			column.Required = true
			key[i] = column
			continue
		}
		rest = append(rest, column)
	}
	m.Columns = slices.Concat(key, rest)
	checkRenames(m.Columns, rep)
}

// checkRenames wants the name that a column had before to be free, and its own: values move in
// one step, and a name that two columns have in turn needs two.
func checkRenames(columns []ColumnModel, rep report) {
	for i, c := range columns {
		path := "columns." + c.Name + ".renamed_from"
		same := func(x ColumnModel) bool { return x.RenamedFrom == c.RenamedFrom }
		switch {
		case c.RenamedFrom == "":
		case slices.ContainsFunc(columns, func(x ColumnModel) bool { return x.Name == c.RenamedFrom }):
			rep.addf(path, "%s is a column, too; rename the one, run or migrate, and then the other", c.RenamedFrom)
		case slices.ContainsFunc(columns[:i], same):
			rep.addf(path, "another column says that it was %s; only one was", c.RenamedFrom)
		}
	}
}

func (r *resolver) appComputed(m *AppTableModel, c Computed, rep report) {
	path := "computed." + c.Name
	if m.Column(c.Name) != nil {
		rep.addf(path, "the name is taken; choose another")
		return
	}
	program, err := expr.Compile(c.Value, m.RowColumns())
	if err != nil {
		rep.addf(path, "%v", err)
		return
	}
	if c.Type != "" {
		program = r.fitted(c, program, rep)
	}
	m.Columns = append(m.Columns, ColumnModel{Name: c.Name, Program: program, Stored: program.Type(), Comment: c.Description})
}

func (r *resolver) appRules(m *AppTableModel, rep report) {
	for i, rule := range m.AppTable.Rules {
		path := indexPath("rules", i) + ".check"
		program, err := expr.Compile(rule.Check, m.RowColumns())
		switch {
		case err != nil:
			rep.addf(path, "%v", err)
		case program.Type().Kind != record.Bool:
			rep.addf(path, "a rule must be true or false, this is %s", program.Type())
		case m.refusesDefault(program):
			rep.addf(path, "the default of column %s breaks it, so that no row could have it", program.Columns()[0])
		default:
			m.Rules = append(m.Rules, RuleModel{Rule: Rule{Name: rule.Name, Check: rule.Check, Otherwise: "fail"}, Program: program})
		}
	}
}

// refusesDefault tells whether a rule of one column does not hold for that column's default.
func (m *AppTableModel) refusesDefault(rule *expr.Program) bool {
	columns := rule.Columns()
	if len(columns) != 1 || m.Column(columns[0]).Default.IsNull() {
		return false
	}
	held, err := rule.Eval(func(i int) record.Value { return m.Columns[i].Default })
	return err == nil && !held.IsNull() && !held.Bool()
}

// Spelled is the table with its defaults as SQL literals, which a warehouse spells.
func (m *AppTableModel) Spelled(literal func(record.Value, record.Type) string) Table {
	t := m.Table
	t.Fields = slices.Clone(t.Fields)
	for i, c := range m.Columns {
		if !c.Default.IsNull() {
			t.Fields[i].Default = literal(c.Default, c.Stored)
		}
	}
	return t
}

// Column finds a column by name, nil if there is none.
func (m *AppTableModel) Column(name string) *ColumnModel {
	for i := range m.Columns {
		if m.Columns[i].Name == name {
			return &m.Columns[i]
		}
	}
	return nil
}

// RowColumns are the columns that an expression may use: those known so far, in the order
// in which a row holds them.
func (m *AppTableModel) RowColumns() []record.Column {
	columns := make([]record.Column, len(m.Columns))
	for i, c := range m.Columns {
		columns[i] = record.Column{Name: c.Name, Type: c.Stored}
	}
	return columns
}

func (m *AppTableModel) index(path string, i Index, rep report) {
	for _, c := range i.Columns {
		switch f := m.Table.Field(c); {
		case f == nil:
			rep.addf(path, "column %q is not declared%s", c, suggest(c, m.Table.FieldNames()))
		case f.Type.Kind == record.JSON && (i.Unique || len(i.Columns) > 1):
			rep.addf(path, "column %q is JSON, which is indexed alone, and is not unique", c)
		case f.Type.Kind == record.JSON:
			i.Using = "gin" // what stands in it is sought, not the whole
		}
	}
	m.Table.Indexes = append(m.Table.Indexes, i)
}

func deriveAppTable(m *AppTableModel, l Layers) {
	fields := make([]Field, len(m.Columns))
	for i, c := range m.Columns {
		fields[i] = Field{Name: c.Name, Type: c.Stored, Comment: c.Comment, NotNull: c.Required, RenamedFrom: c.RenamedFrom}
	}
	m.Table = Table{
		Name: Name{l.App, m.Name}, Fields: slices.Concat(fields, AuditFields()), PrimaryKey: m.Key,
		Comment: or(m.Description, "Written by the application."), Small: true,
	}
}

// AppTable finds an application table by name, nil if there is none.
func (m *Model) AppTable(name string) *AppTableModel {
	return find(m.AppTables, name, func(t *AppTableModel) string { return t.Name })
}
