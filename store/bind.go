package store

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
)

// bound is a model tied to its table.
type bound struct {
	info      *model.Info
	table     schema.Table
	types     map[string]coltype.Type // what converts the values of a column
	presets   []preset
	named     []naming // who names rows of the table
	rules     []schema.RuleModel
	own       []schema.ColumnModel // the columns that a program writes, which come first in the table
	columns   []string             // of the struct's places
	at        []int                // for each place, where its column stands in the table
	writable  bool
	versioned bool // the struct carries the row version
}

// preset is the default of a column whose field can say that it has no value.
type preset struct {
	place *model.Place
	value record.Value
}

// bind finds the table of a model in the project, and checks that the struct fits it.
func bind(i *model.Info, m *schema.Model) (*bound, error) {
	if i.Err() != nil {
		return nil, i.Err()
	}
	b := &bound{info: i, types: map[string]coltype.Type{}}
	required := map[string]bool{}
	switch i.Kind {
	case model.KindTable:
		t := m.AppTable(i.Name)
		if t == nil {
			return nil, missing(i, "add it to the project: Tables: []schema.AppTable{...Info().Table}, or declare it in tables/")
		}
		b.table, b.rules, b.own, b.writable = t.Table, t.Rules, t.Columns, true
		b.named = namedBy(t.Table.Name, m)
		b.take(t.Columns, required)
	case model.KindEntity:
		e := m.Entity(i.Name)
		if e == nil {
			return nil, missing(i, "")
		}
		b.table = e.Current
		b.take(e.Columns, required)
	case model.KindDimension:
		d := m.Dimension(i.Name)
		if d == nil {
			return nil, missing(i, "")
		}
		b.table = d.Table
	case model.KindFact:
		f := m.Fact(i.Name)
		if f == nil {
			return nil, missing(i, "")
		}
		b.table = f.Table
	default:
		n := slices.IndexFunc(m.Aggregates, func(a *schema.AggregateModel) bool { return a.Name == i.Name })
		if n < 0 {
			return nil, missing(i, "")
		}
		b.table = m.Aggregates[n].Table
	}
	return b, b.fits(required)
}

func missing(i *model.Info, hint string) error {
	if hint != "" {
		hint = "; " + hint
	}
	return fmt.Errorf("%s: the project has none of this name%s", i, hint)
}

func (b *bound) take(columns []schema.ColumnModel, required map[string]bool) {
	for _, c := range columns {
		required[c.Name] = c.Required
		if c.Type != nil {
			b.types[c.Name] = c.Type
		}
	}
}

// fits checks the struct's fields against the table's columns.
func (b *bound) fits(required map[string]bool) error {
	var errs []error
	for n := range b.info.Places {
		p := &b.info.Places[n]
		f := b.table.Field(p.Name)
		switch {
		case f == nil:
			errs = append(errs, fmt.Errorf("%s: field %s: %s has no column %q; it has %v", b.info, p.Field, b.table.Name, p.Name, b.table.FieldNames()))
			continue
		case p.Kinds() != nil && !slices.Contains(p.Kinds(), f.Type.Kind):
			errs = append(errs, fmt.Errorf("%s: field %s: column %s is %s, which its Go type cannot hold", b.info, p.Field, p.Name, f.Type))
		case !p.Nullable() && !f.NotNull && !required[p.Name] && !slices.Contains(b.table.PrimaryKey, p.Name):
			errs = append(errs, fmt.Errorf("%s: field %s: column %s may be NULL; make the field a pointer", b.info, p.Field, p.Name))
		}
		b.versioned = b.versioned || p.System && p.Name == schema.RowVersion
		if at := slices.IndexFunc(b.own, func(c schema.ColumnModel) bool { return c.Name == p.Name }); at >= 0 && p.Nullable() && !b.own[at].Default.IsNull() {
			b.presets = append(b.presets, preset{p, b.own[at].Default})
		}
		b.columns = append(b.columns, p.Name)
		b.at = append(b.at, slices.Index(b.table.FieldNames(), p.Name))
	}
	for _, c := range b.own {
		if c.Program == nil && !slices.Contains(b.columns, c.Name) {
			errs = append(errs, fmt.Errorf("%s: the struct has no field for column %s; what writes a table needs all its columns", b.info, c.Name))
		}
	}
	return errors.Join(errs...)
}

// convert is a value that a column is compared with or set to, as the column stores it.
func (b *bound) convert(name string, v record.Value) (record.Value, error) {
	x, err := model.ConvertBy(b.types[name], v)
	if err != nil {
		return record.Null, fmt.Errorf("%s: column %s: %w", b.info, name, err)
	}
	if f := b.table.Field(name); f != nil && !x.IsNull() && x.Kind() != f.Type.Kind {
		return record.Null, fmt.Errorf("%s: column %s is %s; it cannot be compared with the %s %s", b.info, name, f.Type, x.Kind(), x)
	}
	return x, nil
}

// compared is the type of a value that a column, or something within a document, is compared with.
func (b *bound) compared(r model.Ref, v record.Value) record.Type {
	if f := b.table.Field(r.Name); f != nil && len(r.Path) == 0 {
		return f.Type
	}
	return record.Of(v.Kind())
}

// values reads a row as it is stored: a value for each column of the table, in its order,
// with computed columns computed and rules kept. The system's columns are left NULL.
func (b *bound) values(row unsafe.Pointer) ([]record.Value, error) {
	out := make([]record.Value, len(b.table.Fields))
	for n, at := range b.at {
		p := &b.info.Places[n]
		if p.System && b.kept() {
			continue
		}
		v, err := p.Encode(row)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.info, err)
		}
		out[at] = v
	}
	return out, b.complete(out)
}

// kept tells whether the system keeps columns of the table: those of an application table.
func (b *bound) kept() bool { return b.info.Kind == model.KindTable }

// complete adds the computed columns to a row and asks its rules. The table's columns begin
// with those that expressions are compiled on.
func (b *bound) complete(row []record.Value) error {
	at := func(i int) record.Value { return row[i] }
	for i, c := range b.own {
		if c.Program != nil {
			v, err := c.Program.Eval(at)
			if err != nil {
				return fmt.Errorf("%s: compute %s: %w", b.info, c.Name, err)
			}
			row[i] = v
		}
		if c.Required && row[i].IsNull() {
			return fmt.Errorf("%s: column %s: %w: it is required and has no value", b.info, c.Name, ErrBroken)
		}
	}
	for _, r := range b.rules {
		held, err := r.Program.Eval(at)
		if err != nil {
			return fmt.Errorf("%s: rule %q: %w", b.info, r.Name, err)
		}
		if !held.IsNull() && !held.Bool() {
			return fmt.Errorf("%s: %w: %q (%s)", b.info, ErrBroken, r.Name, r.Check)
		}
	}
	return nil
}

// fill puts a stored row into a struct.
func (b *bound) fill(row unsafe.Pointer, batch *record.Batch, n int) error {
	for i := range b.info.Places {
		if err := b.info.Places[i].Put(row, batch.Vectors[i].Value(n)); err != nil {
			return fmt.Errorf("%s: %w", b.info, err)
		}
	}
	return nil
}

// key reads the key of a row.
func (b *bound) key(row unsafe.Pointer) ([]record.Value, error) {
	key := make([]record.Value, len(b.table.PrimaryKey))
	for i, name := range b.table.PrimaryKey {
		p := b.info.Place(name)
		if p == nil {
			return nil, fmt.Errorf("%s: the struct has no field for key column %s", b.info, name)
		}
		v, err := p.Encode(row)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.info, err)
		}
		key[i] = v
	}
	return key, nil
}

// keyOf makes a key of Go values, given in the order of the key's columns.
func (b *bound) keyOf(values []any) ([]record.Value, error) {
	if len(values) != len(b.table.PrimaryKey) {
		return nil, fmt.Errorf("%s: the key is %v; %d values were given", b.info, b.table.PrimaryKey, len(values))
	}
	key := make([]record.Value, len(values))
	for i, x := range values {
		v, err := model.EncodeAny(x)
		if err == nil {
			v, err = b.convert(b.table.PrimaryKey[i], v)
		}
		if err != nil {
			return nil, err
		}
		key[i] = v
	}
	return key, nil
}
