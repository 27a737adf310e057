package schema

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
	"github.com/lodehq/lode/schema/mapping"
)

// The built-in key columns of every entity.
const (
	SourceSystem = "source_system"
	SourceID     = "source_id"
)

func (r *resolver) entity(e Entity) {
	rep := r.report("entity " + e.Name)
	m := &EntityModel{Entity: e}
	m.CustomFields = or(e.CustomFields, "keep")
	r.entityColumns(m, rep)
	r.computed(m, rep)
	r.rules(m, rep)
	for i := range m.From {
		r.mapping(m, i, rep)
	}
	if len(m.From) == 0 {
		rep.addf("from", "names no stream; give at least one mapping")
	}
	if len(m.Survive) > 0 {
		rep.addf("survive", "belongs to an entity with match")
	}
	rep.oneOf("custom_fields", m.CustomFields, "keep", "drop", "freeze")
	deriveEntityTables(m, r.model.Layers)
	if rep.clean() {
		rep.table(m.Current)
	}
	r.model.Entities = append(r.model.Entities, m)
}

// entityColumns puts the key columns first, because every table of the entity begins with them.
func (r *resolver) entityColumns(m *EntityModel, rep report) {
	declared := map[string]ColumnModel{}
	var names []string
	for _, c := range m.Entity.Columns {
		if reservedColumn(c.Name) {
			rep.addf("columns."+c.Name, "the name is used by Lode itself; choose another")
		}
		if _, twice := declared[c.Name]; twice {
			rep.addf("columns."+c.Name, "is declared twice")
		}
		t, err := r.types.Parse(c.Type)
		if err != nil {
			rep.addf("columns."+c.Name+".type", "%v", err)
			if t = r.types.Meant(c.Type); t == nil {
				t, _ = r.types.Parse("text")
			}
		}
		if t.Stored().Kind == record.JSON && likeAnAlias(c.Name) {
			rep.addf("columns."+c.Name, "a column of JSON needs a longer name: where a statement calls a table %[1]s, DuckDB takes %[1]s.id for a member of the column", c.Name)
		}
		declared[c.Name] = ColumnModel{Name: c.Name, Type: t, Stored: t.Stored(), Required: c.Required, Comment: c.Description, RenamedFrom: c.RenamedFrom}
		names = append(names, c.Name)
	}
	if len(m.Entity.Key) == 0 {
		rep.addf("key", "is empty; name the natural key, for example [source_system, source_id]")
	}
	for _, k := range m.Entity.Key {
		c, ok := declared[k]
		if !ok && (k == SourceSystem || k == SourceID) {
			c, ok = ColumnModel{Name: k, Stored: record.Of(record.Text)}, true
		}
		if !ok {
			rep.addf("key", "column %q is not declared%s", k, suggest(k, append(names, SourceSystem, SourceID)))
			continue
		}
		c.Required = true
		m.Columns = append(m.Columns, c)
	}
	m.KeyCount = len(m.Columns)
	for _, n := range names {
		if !slices.Contains(m.Entity.Key, n) {
			m.Columns = append(m.Columns, declared[n])
		}
	}
}

func reservedColumn(name string) bool {
	return slices.ContainsFunc(slices.Concat(logFields(true), currentFields()), func(f Field) bool { return f.Name == name }) ||
		name == SourceSystem || name == SourceID || strings.HasPrefix(strings.ToLower(name), helperPrefix)
}

// likeAnAlias tells whether statements may call a table by this name: a letter, or one
// with a number. Only where a column has members the two are mistaken for each other.
func likeAnAlias(name string) bool {
	return name != "" && strings.Trim(name[1:], "0123456789") == ""
}

// helperPrefix begins the names of the columns that Lode's statements make on the way.
const helperPrefix = "lode_"

func (r *resolver) computed(m *EntityModel, rep report) {
	for _, c := range m.Computed {
		path := "computed." + c.Name
		if reservedColumn(c.Name) || m.Column(c.Name) != nil {
			rep.addf(path, "the name is taken; choose another")
			continue
		}
		program, err := expr.Compile(c.Value, m.RowColumns())
		if err != nil {
			rep.addf(path, "%v", err)
			continue
		}
		if c.Type != "" {
			program = r.fitted(c, program, rep)
		}
		m.Columns = append(m.Columns, ColumnModel{Name: c.Name, Program: program, Stored: program.Type(), Comment: c.Description})
	}
}

// fitted is the program of a computed column that yields values of its declared type.
func (r *resolver) fitted(c Computed, program *expr.Program, rep report) *expr.Program {
	t, err := r.types.Parse(c.Type)
	if err != nil {
		rep.addf("computed."+c.Name+".type", "%v", err)
		return program
	}
	fitted, err := program.As(t.Stored())
	if err != nil {
		rep.addf("computed."+c.Name+".type", "%v", err)
		return program
	}
	return fitted
}

// RowColumns are the columns that an expression of the entity may use: those known so
// far, in the order in which a row holds them.
func (e *EntityModel) RowColumns() []record.Column {
	columns := make([]record.Column, len(e.Columns))
	for i, c := range e.Columns {
		columns[i] = record.Column{Name: c.Name, Type: c.Stored}
	}
	return columns
}

func (r *resolver) rules(m *EntityModel, rep report) {
	for i, rule := range m.Entity.Rules {
		path := indexPath("rules", i) + ".check"
		program, err := expr.Compile(rule.Check, m.RowColumns())
		if err != nil {
			rep.addf(path, "%v", err)
			continue
		}
		if program.Type().Kind != record.Bool {
			rep.addf(path, "a rule must be true or false, this is %s", program.Type())
		}
		rule.Otherwise = or(rule.Otherwise, "quarantine")
		rep.oneOf(indexPath("rules", i)+".otherwise", rule.Otherwise, "quarantine", "fail", "warn")
		m.Rules = append(m.Rules, RuleModel{Rule: rule, Program: program})
	}
}

func (r *resolver) mapping(m *EntityModel, i int, rep report) {
	declared, path := &m.From[i], indexPath("from", i)
	ref, ok := r.stream(declared.Stream)
	if !ok {
		var names []string
		for _, s := range r.streams {
			names = append(names, s.String())
		}
		rep.addf(path+".stream", "no source offers the stream %q%s", declared.Stream, suggest(declared.Stream, names))
	}
	same := func(x Mapping) bool { return x.Stream == declared.Stream && x.Each == declared.Each }
	if slices.IndexFunc(m.From, same) != i {
		rep.addf(path, "the stream %q is mapped twice", declared.Stream)
	}
	declared.SourceSystem = or(declared.SourceSystem, ref.Source)
	r.mappedFields(m, declared, path+".fields", rep)
	spec := r.spec(m, declared, path, rep)
	if _, err := mapping.Compile(spec); err != nil {
		for _, part := range mapping.Errors(err) {
			rep.addf(path+"."+part.Part, "%v", part.Err)
		}
	}
	m.Specs = append(m.Specs, spec)
}

// spec is the mapping as package mapping wants it: the declared columns in the entity's order.
func (r *resolver) spec(m *EntityModel, declared *Mapping, path string, rep report) mapping.Spec {
	spec := mapping.Spec{
		Each: declared.Each, ID: declared.ID, ValidAt: declared.ValidAt.Field, Order: declared.Order,
		Ignore: declared.Ignore, Custom: m.CustomFields != "drop",
	}
	if declared.ValidAt.Field != "" {
		t, err := r.types.Parse(declared.ValidAt.Spec())
		if err != nil {
			rep.addf(path+".valid_at", "%v", err)
		}
		spec.ValidType = t
	}
	from := map[string]string{}
	for _, f := range declared.Fields {
		from[f.Name] = f.From
	}
	for _, c := range m.Columns {
		if c.Type != nil {
			spec.Fields = append(spec.Fields, mapping.Field{Column: c.Name, From: from[c.Name], RenamedFrom: c.RenamedFrom, Type: c.Type})
		}
	}
	return spec
}

func (r *resolver) mappedFields(m *EntityModel, declared *Mapping, path string, rep report) {
	for _, f := range declared.Fields {
		c := m.Column(f.Name)
		if c == nil || c.Type == nil {
			rep.addf(path+"."+f.Name, "the entity has no such column%s", suggest(f.Name, declaredNames(m.Entity.Columns)))
		}
	}
}

func declaredNames(columns []Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// Spec is the column type that reads the business time.
func (v ValidAt) Spec() string {
	spec := or(v.Type, "timestamp")
	if v.Zone == "" {
		return spec
	}
	return spec + "(" + v.Zone + ", " + or(v.Fold, "earlier") + ")"
}
