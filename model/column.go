package model

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/lodehq/lode/record"
)

// Column is a column of the rows of T whose values are of Go type V.
type Column[T, V any] struct {
	ref   Ref
	codec codec
}

// Ref names a column of a model. Path, if there is one, leads into a JSON column.
type Ref struct {
	Model *Info
	Name  string
	Path  []string
	err   error
}

// Err is what is wrong with the reference.
func (r Ref) Err() error { return r.err }

// Field is the column of a field: model.Field(Customers, func(c *Customer) *string { return &c.Email }).
// The function is called once, to see where it points.
func Field[T, V any](m *Model[T], field func(*T) *V) Column[T, V] {
	return column[T, V](m, reflect.TypeFor[V](), func(row *T) unsafe.Pointer { return unsafe.Pointer(field(row)) })
}

// Maybe is the column of a field that is a pointer because it may be NULL. Its conditions take
// plain values.
func Maybe[T, V any](m *Model[T], field func(*T) **V) Column[T, V] {
	return column[T, V](m, reflect.TypeFor[*V](), func(row *T) unsafe.Pointer { return unsafe.Pointer(field(row)) })
}

func column[T, V any](m *Model[T], held reflect.Type, field func(*T) unsafe.Pointer) Column[T, V] {
	row := new(T)
	offset := uintptr(field(row)) - uintptr(unsafe.Pointer(row))
	t := reflect.TypeFor[V]()
	ref := Ref{Model: m.info}
	place, err := m.info.at(offset, held)
	if err != nil {
		return Column[T, V]{ref: Ref{Model: m.info, err: err}}
	}
	ref.Name = place.Name
	c, err := codecOf(t, place.json)
	if err != nil {
		ref.err = fmt.Errorf("%s: column %s: %w", m.info, place.Name, err)
	}
	return Column[T, V]{ref, c}
}

// ComputedField is a column that Compute declares.
func ComputedField[V, T any](m *Model[T], name string) Column[T, V] {
	c, err := codecOf(reflect.TypeFor[V](), false)
	ref := Ref{Model: m.info, Name: name, err: err}
	if m.info.computedNamed(name) == nil {
		ref.err = fmt.Errorf("%s: there is no computed column %q", m.info, name)
	}
	return Column[T, V]{ref, c}
}

func (i *Info) computedNamed(name string) *computed {
	for n := range i.computed {
		if i.computed[n].name == name {
			return &i.computed[n]
		}
	}
	return nil
}

// Ref is the column without its types.
func (c Column[T, V]) Ref() Ref { return c.ref }

// Name is the column's name in the database.
func (c Column[T, V]) Name() string { return c.ref.Name }

// Of is the column's value on a row: the field, or what the expression of a computed column
// gives. The second value is false where it is NULL.
func (c Column[T, V]) Of(row *T) (v V, ok bool, err error) {
	if c.ref.err != nil {
		return v, false, c.ref.err
	}
	if row == nil {
		return v, false, fmt.Errorf("%s: column %s: the row is nil", c.ref.Model, c.ref.Name)
	}
	stored, err := c.ref.Model.value(c.ref.Name, unsafe.Pointer(row))
	if err != nil || stored.IsNull() {
		return v, false, err
	}
	err = c.codec.put(unsafe.Pointer(&v), stored)
	return v, err == nil, err
}

// value is the value of a column on a row, computed or not.
func (i *Info) value(name string, row unsafe.Pointer) (record.Value, error) {
	if p := i.Place(name); p != nil {
		return p.Encode(row)
	}
	c := i.computedNamed(name)
	var failed error
	v, err := c.program.Eval(func(column int) record.Value {
		v, err := i.read(c.at[column], row)
		if err != nil && failed == nil {
			failed = err
		}
		return v
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		return record.Null, fmt.Errorf("%s: computed column %s: %w", i, name, err)
	}
	return v, nil
}

// read is the value of a place, or of the n-th computed column where at is -n.
func (i *Info) read(at int, row unsafe.Pointer) (record.Value, error) {
	if at < 0 {
		return i.value(i.computed[-at-1].name, row)
	}
	return i.Places[at].Encode(row)
}

// encode is a Go value as it would be stored, before its column type has seen it.
func (c Column[T, V]) encode(v V) (record.Value, error) {
	if c.ref.err != nil {
		return record.Null, c.ref.err
	}
	x, err := c.codec.get(unsafe.Pointer(&v))
	if err != nil {
		return record.Null, fmt.Errorf("%s: column %s: %w", c.ref.Model, c.ref.Name, err)
	}
	return x, nil
}

// Decode is a stored value of the column as a Go value.
func (c Column[T, V]) Decode(v record.Value) (x V, err error) {
	if err := c.codec.put(unsafe.Pointer(&x), v); err != nil {
		return x, fmt.Errorf("%s: column %s: %w", c.ref.Model, c.ref.Name, err)
	}
	return x, nil
}
