package model

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/expr"
)

// Kind says which table of a project a model reads.
type Kind string

// The kinds of models. Only tables are written by programs.
const (
	KindTable     Kind = "table"
	KindEntity    Kind = "entity"
	KindDimension Kind = "dimension"
	KindFact      Kind = "fact"
	KindAggregate Kind = "aggregate"
)

// Model ties struct T to a table. It is immutable. A mistake in the struct's tags is
// reported by Err, and by all that use the model.
type Model[T any] struct{ info *Info }

// Info is what is known of a model without its type.
type Info struct {
	Kind   Kind
	Name   string
	Places []Place
	// Table declares an application table; it is there for models of KindTable only.
	Table    schema.AppTable
	computed []computed
	rules    []rule
	goType   reflect.Type
	types    coltype.Set
	err      error
}

// computed is a column that has no field: its expression over the fields.
type computed struct {
	name    string
	program *expr.Program
	at      []int // for each column of the program's row, the place
}

// rule is a check of the declaration, over the fields but the system's.
type rule struct {
	name    string
	program *expr.Program
}

// placed is where a row lies in memory.
type placed = unsafe.Pointer

// Some is a model of any type.
type Some interface{ Info() *Info }

// Info is the model without its type.
func (m *Model[T]) Info() *Info { return m.info }

// Err is what is wrong with the declaration: all mistakes at once.
func (i *Info) Err() error { return i.err }

// String is the kind and the name: "table customers".
func (i *Info) String() string { return string(i.Kind) + " " + i.Name }

// Option adds to the declaration of a table.
type Option func(*declaration)

type declaration struct {
	table schema.AppTable
	types coltype.Set
}

// Describe gives the table a comment.
func Describe(text string) Option { return func(d *declaration) { d.table.Description = text } }

// Compute adds a column that an expression over the other columns gives. It is written with
// the row; ComputedField reads and asks for it.
func Compute(name, value string) Option {
	return Computed(schema.Computed{Name: name, Value: value})
}

// Computed is Compute with a type and a description.
func Computed(c schema.Computed) Option {
	return func(d *declaration) { d.table.Computed = append(d.table.Computed, c) }
}

// Check adds a rule that every row has to keep.
func Check(name, check string) Option {
	return func(d *declaration) {
		d.table.Rules = append(d.table.Rules, schema.AppRule{Name: name, Check: check})
	}
}

// Unique says that no two rows share the values of these columns.
func Unique(columns ...string) Option {
	return func(d *declaration) { d.table.Unique = append(d.table.Unique, columns) }
}

// Index says that rows are often sought by these columns.
func Index(columns ...string) Option {
	return func(d *declaration) { d.table.Indexes = append(d.table.Indexes, columns) }
}

// Types lets the tags name column types of one's own.
func Types(set coltype.Set) Option { return func(d *declaration) { d.types = set } }

// Table declares an application table by a struct.
func Table[T any](name string, options ...Option) *Model[T] {
	d := declaration{types: coltype.Standard(), table: schema.AppTable{Name: name}}
	for _, o := range options {
		o(&d)
	}
	m := read[T](KindTable, name)
	m.info.types = d.types
	for i := range m.info.Places {
		if p := &m.info.Places[i]; !p.System {
			p.declare(&d.table)
		}
	}
	m.info.Table = d.table
	m.info.err = errors.Join(m.info.err, m.info.compute())
	return m
}

// Entity reads the current rows of an entity of the project.
func Entity[T any](name string) *Model[T] { return read[T](KindEntity, name) }

// Dimension reads a dimension of the project: a row for each version.
func Dimension[T any](name string) *Model[T] { return read[T](KindDimension, name) }

// Fact reads a fact of the project.
func Fact[T any](name string) *Model[T] { return read[T](KindFact, name) }

// Aggregate reads an aggregate of the project.
func Aggregate[T any](name string) *Model[T] { return read[T](KindAggregate, name) }

func read[T any](kind Kind, name string) *Model[T] {
	t := reflect.TypeFor[T]()
	found, err := places(t)
	info := &Info{Kind: kind, Name: name, Places: found, goType: t, types: coltype.Standard()}
	for _, p := range found {
		if (p.initial != nil || p.names != "" || p.before != "") && kind != KindTable {
			err = errors.Join(err, fmt.Errorf("field %s: a default, a foreign key or a former name belongs to a table that programs write; this is made from bronze", p.Field))
		}
	}
	if err != nil {
		info.err = fmt.Errorf("%s (%s): %w", info, t, err)
	}
	return &Model[T]{info}
}

// declare adds the place's column to a table.
func (p *Place) declare(t *schema.AppTable) {
	t.Columns = append(t.Columns, schema.AppColumn{Name: p.Name, Type: p.kind, Required: !p.nullable, Description: p.doc, Default: p.initial, References: p.names, RenamedFrom: p.before})
	if p.key {
		t.Key = append(t.Key, p.Name)
	}
	if p.unique {
		t.Unique = append(t.Unique, []string{p.Name})
	}
	if p.index {
		t.Indexes = append(t.Indexes, []string{p.Name})
	}
	if len(p.oneOf) > 0 {
		t.Rules = append(t.Rules, schema.AppRule{Name: p.Name + " is one of its words", Check: p.rule()})
	}
}

// compute compiles the computed columns, so that they can be asked of a value.
func (i *Info) compute() error {
	var columns []record.Column
	var at []int
	var errs []error
	for n, p := range i.Places {
		if p.System {
			continue
		}
		stored, err := i.Places[n].typed(i.types)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", i, err))
			continue
		}
		columns, at = append(columns, record.Column{Name: p.Name, Type: stored}), append(at, n)
	}
	for _, c := range i.Table.Computed {
		program, err := expr.Compile(c.Value, columns)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: computed column %s: %w", i, c.Name, err))
			continue
		}
		if program, err = i.fitted(c, program); err != nil {
			errs = append(errs, fmt.Errorf("%s: type of computed column %s: %w", i, c.Name, err))
			continue
		}
		i.computed = append(i.computed, computed{c.Name, program, slices.Clone(at)})
		// Those that follow may be computed of it.
		columns, at = append(columns, record.Column{Name: c.Name, Type: program.Type()}), append(at, -len(i.computed))
	}
	for _, r := range i.Table.Rules {
		program, err := expr.Compile(r.Check, columns)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: rule %q: %w", i, r.Name, err))
			continue
		}
		i.rules = append(i.rules, rule{r.Name, program})
	}
	return errors.Join(errs...)
}

// fitted gives a computed column the type that it is declared with.
func (i *Info) fitted(c schema.Computed, program *expr.Program) (*expr.Program, error) {
	if c.Type == "" {
		return program, nil
	}
	t, err := i.types.Parse(c.Type)
	if err != nil {
		return nil, err
	}
	return program.As(t.Stored())
}

// Place finds the place of a column, nil if the struct has none.
func (i *Info) Place(column string) *Place {
	n := slices.IndexFunc(i.Places, func(p Place) bool { return p.Name == column })
	if n < 0 {
		return nil
	}
	return &i.Places[n]
}

// at finds the place that lies so many bytes from the beginning of the struct.
func (i *Info) at(offset uintptr, t reflect.Type) (*Place, error) {
	for n := range i.Places {
		if i.Places[n].offset == offset && i.Places[n].goType == t {
			return &i.Places[n], nil
		}
	}
	return nil, fmt.Errorf("%s: the function given to Field points to no column of %s (a %s)", i, i.goType, t)
}

// Pointer is where a value of the model's type lies.
func Pointer[T any](row *T) unsafe.Pointer { return unsafe.Pointer(row) }

// Tables declares the application tables among some models, for a project.
func Tables(models ...Some) []schema.AppTable {
	var out []schema.AppTable
	for _, m := range models {
		if i := m.Info(); i.Kind == KindTable {
			out = append(out, i.Table)
		}
	}
	return out
}
