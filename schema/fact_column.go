package schema

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// FactColumn is a column of a fact table. Its value is that of From, a column of the
// fact's entity or JOIN.column, of Program over such columns, or the time between two.
type FactColumn struct {
	Name       string
	From       string
	Program    *expr.Program
	Allocation *AllocationModel
	Lag        *LagModel
	Stored     record.Type
	Comment    string
}

// baseName is the name in the fact of a column, or of JOIN.column.
func baseName(name string) string { return name[strings.LastIndex(name, ".")+1:] }

// Source finds the type of what a fact may name: a column of its entity, or JOIN.column.
func (f *FactModel) Source(name string) (record.Type, bool) {
	for _, c := range f.sources() {
		if c.Name == name {
			return c.Type, true
		}
	}
	return record.Type{}, false
}

// sources lists what a fact may name.
func (f *FactModel) sources() []record.Column {
	columns := append(f.Entity.RowColumns(), f.periodColumns()...)
	for _, j := range f.Joins {
		for _, c := range j.Entity.RowColumns() {
			columns = append(columns, record.Column{Name: j.Name + "." + c.Name, Type: c.Type})
		}
	}
	return columns
}

func (f *FactModel) sourceNames() []string {
	var names []string
	for _, c := range f.sources() {
		names = append(names, c.Name)
	}
	return names
}

// Gathered tells whether the rows are made of more than the current rows of the entity.
func (f *FactModel) Gathered() bool { return len(f.Joins) > 0 || f.Snapshot != nil || f.Reverses() }

// Unit is the columns of what a change touches as a whole.
func (f *FactModel) Unit() []string {
	if f.Snapshot != nil {
		return append(slices.Clone(f.Entity.Key()), PeriodEnd)
	}
	return f.Entity.Key()
}

// identity is the columns that tell the rows of the fact table apart.
func (f *FactModel) identity() []string {
	if f.Reverses() {
		return append(slices.Clone(f.Entity.Key()), Correction)
	}
	return f.Unit()
}

// Extras lists the columns that the source of a fact has beside those that can be named.
func (f *FactModel) Extras() []string {
	switch {
	case f.Reverses():
		return []string{Correction, IsReversal, RecordedAt}
	case f.Snapshot == nil:
		return nil
	case f.Snapshot.Open:
		return []string{FactAt, IsOpen}
	}
	return []string{FactAt}
}

// FactAt is the column of the source of a snapshot that holds the last instant of the
// period, which its keys of dimensions are as of.
const FactAt = "lode_at"

// Column finds a column of the fact table by name, nil if there is none.
func (f *FactModel) Column(name string) *FactColumn {
	for i := range f.Columns {
		if f.Columns[i].Name == name {
			return &f.Columns[i]
		}
	}
	return nil
}

// Holds is the column of the fact table that has the value of a source column, "" if
// the fact does not keep it.
func (f *FactModel) Holds(source string) string {
	for _, c := range f.Columns {
		if c.From == source {
			return c.Name
		}
	}
	return ""
}

// Reads lists the source columns that the fact's rows are made of, each once.
func (f *FactModel) Reads() []string {
	names := append(slices.Clone(f.Entity.Key()), f.EventAt)
	for _, r := range f.Roles {
		names = append(names, r.Key...)
		names = append(names, f.RefusedLists(r)...)
	}
	for _, c := range f.Columns {
		names = append(names, c.reads()...)
	}
	return unique(names)
}

func (c FactColumn) reads() []string {
	var names []string
	if c.From != "" {
		names = append(names, c.From)
	}
	if c.Program != nil {
		names = append(names, c.Program.Columns()...)
	}
	if c.Lag != nil {
		names = append(names, c.Lag.From, c.Lag.To)
	}
	if a := c.Allocation; a != nil && a.By != nil {
		names = append(names, a.By.Columns()...)
	}
	return names
}

func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// keep adds a column to the fact table, once. Two origins of one name are a mistake.
func (r *resolver) keep(m *FactModel, path, source string, rep report) {
	t, ok := m.Source(source)
	if !ok {
		return // has been reported
	}
	name := baseName(source)
	switch old := m.Column(name); {
	case old == nil:
		m.Columns = append(m.Columns, FactColumn{Name: name, From: source, Stored: t, Comment: m.commentOf(source)})
	case old.From != source:
		rep.addf(path, "%s and %s would both be the column %s of the fact; rename one of them in its entity", old.From, source, name)
	}
}

func (f *FactModel) commentOf(source string) string {
	join, column, dotted := strings.Cut(source, ".")
	switch {
	case source == PeriodStart:
		return "First day of the period."
	case source == PeriodEnd:
		return "Last day of the period; the values are those in force at its end."
	case !dotted:
		return f.Entity.Column(source).Comment
	}
	return f.Join(join).Entity.Column(column).Comment
}

// factColumn checks that a name is a source column of one of the kinds.
func (r *resolver) factColumn(m *FactModel, path, name string, rep report, kinds ...record.Kind) {
	t, ok := m.Source(name)
	join, _, _ := strings.Cut(name, ".")
	broken := func(j Join) bool { return j.Name == join && join != name && m.Join(join) == nil }
	switch {
	case !ok && slices.ContainsFunc(m.Fact.Joins, broken):
		return // what is wrong with the join has been reported
	case !ok && len(m.Joins) > 0:
		rep.addf(path, "neither entity %s nor a join has a column %q%s", m.Entity.Name, name, suggest(name, m.sourceNames()))
	case !ok:
		rep.addf(path, "entity %s has no column %q%s", m.Entity.Name, name, suggest(name, m.sourceNames()))
	case len(kinds) > 0 && !slices.Contains(kinds, t.Kind):
		rep.addf(path, "column %q is %s, which cannot serve here", name, t)
	}
}

// measure checks a measure and adds its column.
func (r *resolver) measure(m *FactModel, x Measure, rep report) {
	path := "measures." + x.Name
	m.Measures = append(m.Measures, m.additivity(x, path, rep))
	switch {
	case x.Value == "" && x.Allocate != nil:
		rep.addf(path+".allocate", "needs a value: the amount of the joined row, for example order.freight_amount")
	case x.Value == "" && x.Type != "":
		rep.addf(path+".type", "belongs to a value; a column of the entity has its own type")
	case x.Value == "":
		r.factColumn(m, path, x.Name, rep, record.Int, record.Float, record.Decimal)
		if t, ok := m.Source(x.Name); ok {
			r.addValue(m, path, FactColumn{Name: x.Name, From: x.Name, Stored: t, Comment: or(x.Description, m.commentOf(x.Name))}, rep)
		}
	default:
		r.valued(m, x, path, rep)
	}
}

// valued compiles the value of a measure.
func (r *resolver) valued(m *FactModel, x Measure, path string, rep report) {
	program, err := expr.Compile(x.Value, m.sources())
	if err != nil {
		rep.addf(path+".value", "%v", err)
		return
	}
	if x.Type != "" {
		program = r.typed(program, x.Type, path, rep)
	}
	if !isNumber(program.Type()) {
		rep.addf(path+".value", "a measure is a number, this is %s", program.Type())
		return
	}
	column := FactColumn{Name: x.Name, Program: program, Stored: program.Type(), Comment: x.Description}
	if x.Allocate != nil {
		column.Allocation = r.allocation(m, *x.Allocate, program, path+".allocate", rep)
	}
	r.addValue(m, path, column, rep)
}

func (r *resolver) typed(program *expr.Program, spec, path string, rep report) *expr.Program {
	t, err := r.types.Parse(spec)
	if err != nil {
		rep.addf(path+".type", "%v", err)
		return program
	}
	fitted, err := program.As(t.Stored())
	if err != nil {
		rep.addf(path+".type", "%v", err)
		return program
	}
	return fitted
}

func (r *resolver) addValue(m *FactModel, path string, c FactColumn, rep report) {
	switch old := m.Column(c.Name); {
	case old == nil:
		m.Columns = append(m.Columns, c)
	case old.From != c.From || c.From == "":
		rep.addf(path, "the fact keeps another column %s already; choose another name", c.Name)
	}
}
