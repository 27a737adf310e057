package record

import (
	"fmt"
	"iter"
)

// Vector is one column of a batch. Which slice carries the content follows from the
// kind: Ints for Int, Bool, Date and Timestamp; Floats for Float; Texts for the rest.
// A row that is NULL has Valid false and a zero in its content slice.
type Vector struct {
	Type   Type
	Valid  []bool
	Ints   []int64
	Floats []float64
	Texts  []string
}

// Len is the number of rows.
func (v *Vector) Len() int { return len(v.Valid) }

// Reset empties the vector and keeps its memory.
func (v *Vector) Reset() {
	clear(v.Texts) // let go of the strings
	v.Valid, v.Ints, v.Floats, v.Texts = v.Valid[:0], v.Ints[:0], v.Floats[:0], v.Texts[:0]
}

// AppendNull adds a NULL row.
func (v *Vector) AppendNull() {
	v.Valid = append(v.Valid, false)
	switch v.Type.Kind {
	case Int, Bool, Date, Timestamp:
		v.Ints = append(v.Ints, 0)
	case Float:
		v.Floats = append(v.Floats, 0)
	default:
		v.Texts = append(v.Texts, "")
	}
}

// AppendInt adds a row to an Int, Bool, Date or Timestamp vector.
func (v *Vector) AppendInt(n int64) { v.Valid, v.Ints = append(v.Valid, true), append(v.Ints, n) }

// AppendFloat adds a row to a Float vector.
func (v *Vector) AppendFloat(f float64) {
	v.Valid, v.Floats = append(v.Valid, true), append(v.Floats, f)
}

// AppendText adds a row to a Text, Decimal, JSON or UUID vector.
func (v *Vector) AppendText(s string) { v.Valid, v.Texts = append(v.Valid, true), append(v.Texts, s) }

// Append adds a value. A value of another kind than the vector's is a programming
// error and panics: conversion belongs to column types, not here.
func (v *Vector) Append(x Value) {
	switch {
	case x.IsNull():
		v.AppendNull()
	case x.kind != v.Type.Kind:
		panic(fmt.Sprintf("record: append %s to a vector of %s", x.kind, v.Type))
	case x.kind == Float:
		v.AppendFloat(x.f)
	case x.kind == Int || x.kind == Bool || x.kind == Date || x.kind == Timestamp:
		v.AppendInt(x.n)
	default:
		v.AppendText(x.s)
	}
}

// Value is the value of row i.
func (v *Vector) Value(i int) Value {
	if !v.Valid[i] {
		return Null
	}
	switch v.Type.Kind {
	case Int, Bool, Date, Timestamp:
		return Value{kind: v.Type.Kind, n: v.Ints[i]}
	case Float:
		return Value{kind: Float, f: v.Floats[i]}
	default:
		return Value{kind: v.Type.Kind, s: v.Texts[i]}
	}
}

// truncate drops the rows from n on.
func (v *Vector) truncate(n int) {
	if len(v.Valid) <= n {
		return
	}
	v.Valid = v.Valid[:n]
	v.Ints = v.Ints[:min(n, len(v.Ints))]
	v.Floats = v.Floats[:min(n, len(v.Floats))]
	v.Texts = v.Texts[:min(n, len(v.Texts))]
}

// Batch is a number of rows as column vectors, all of one length.
type Batch struct {
	Columns []Column
	Vectors []Vector
}

// NewBatch is an empty batch of the given columns.
func NewBatch(columns []Column) *Batch {
	b := &Batch{Columns: columns, Vectors: make([]Vector, len(columns))}
	for i, c := range columns {
		b.Vectors[i].Type = c.Type
	}
	return b
}

// Len is the number of rows.
func (b *Batch) Len() int {
	if len(b.Vectors) == 0 {
		return 0
	}
	return b.Vectors[len(b.Vectors)-1].Len()
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	for i := range b.Vectors {
		b.Vectors[i].Reset()
	}
}

// Truncate drops the rows from n on, also of vectors that were filled further than
// others: it takes back a row that was begun and could not be finished.
func (b *Batch) Truncate(n int) {
	for i := range b.Vectors {
		b.Vectors[i].truncate(n)
	}
}

// Append adds one row of values in column order.
func (b *Batch) Append(values ...Value) {
	for i, v := range values {
		b.Vectors[i].Append(v)
	}
}

// Row copies row i out of the batch.
func (b *Batch) Row(i int) []Value {
	row := make([]Value, len(b.Vectors))
	for c := range b.Vectors {
		row[c] = b.Vectors[c].Value(i)
	}
	return row
}

// Index is the position of the named column, -1 when there is none.
func (b *Batch) Index(name string) int {
	for i, c := range b.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// Batches is a stream of batches. A batch is valid until the next one is asked for;
// after a non-nil error the stream ends.
type Batches = iter.Seq2[*Batch, error]

// One is the stream of a single batch.
func One(b *Batch) Batches {
	return func(yield func(*Batch, error) bool) { yield(b, nil) }
}
