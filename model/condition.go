package model

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/lodehq/lode/record"
)

// Op is what a node of a condition asks.
type Op string

// The questions that a condition asks.
const (
	OpEqual    Op = "="
	OpDiffers  Op = "<>"
	OpLess     Op = "<"
	OpAtMost   Op = "<="
	OpMore     Op = ">"
	OpAtLeast  Op = ">="
	OpIn       Op = "in"
	OpNull     Op = "null"
	OpAnd      Op = "and"
	OpOr       Op = "or"
	OpNot      Op = "not"
	OpPrefix   Op = "prefix"
	OpContains Op = "contains"   // a text in a text
	OpHasKey   Op = "has key"    // a member of a JSON object
	OpHolds    Op = "holds"      // a JSON value in a JSON value
	OpRelated  Op = "related"    // rows of another model
	OpAll      Op = "everything" // always true
)

// Node is a condition as plain data. Values hold what the columns are compared with, not
// yet converted by the column types.
type Node struct {
	Op     Op
	Ref    Ref
	Values []record.Value
	Nodes  []Node
	Link   *Link // of OpRelated
	err    error
}

// Err is what is wrong with the condition and those in it.
func (n Node) Err() error {
	err := errors.Join(n.err, n.Ref.err)
	for _, x := range n.Nodes {
		err = errors.Join(err, x.Err())
	}
	return err
}

// Condition is a condition on rows of T.
type Condition[T any] struct{ node Node }

// Node is the condition as plain data.
func (c Condition[T]) Node() Node { return c.node }

func (c Column[T, V]) compare(op Op, values ...V) Condition[T] {
	n := Node{Op: op, Ref: c.ref}
	for _, v := range values {
		x, err := c.encode(v)
		n.Values, n.err = append(n.Values, x), errors.Join(n.err, err)
	}
	return Condition[T]{n}
}

// Eq holds where the column equals v. NULL equals nothing.
func (c Column[T, V]) Eq(v V) Condition[T] { return c.compare(OpEqual, v) }

// Ne holds where the column has another value than v; not where it is NULL.
func (c Column[T, V]) Ne(v V) Condition[T] { return c.compare(OpDiffers, v) }

// Lt holds where the column is less than v.
func (c Column[T, V]) Lt(v V) Condition[T] { return c.compare(OpLess, v) }

// Lte holds where the column is at most v.
func (c Column[T, V]) Lte(v V) Condition[T] { return c.compare(OpAtMost, v) }

// Gt holds where the column is greater than v.
func (c Column[T, V]) Gt(v V) Condition[T] { return c.compare(OpMore, v) }

// Gte holds where the column is at least v.
func (c Column[T, V]) Gte(v V) Condition[T] { return c.compare(OpAtLeast, v) }

// Between holds where the column is at least from and at most to.
func (c Column[T, V]) Between(from, to V) Condition[T] { return And(c.Gte(from), c.Lte(to)) }

// In holds where the column equals one of the values; with none it holds nowhere.
func (c Column[T, V]) In(values ...V) Condition[T] { return c.compare(OpIn, values...) }

// IsNull holds where the column is NULL.
func (c Column[T, V]) IsNull() Condition[T] { return Condition[T]{Node{Op: OpNull, Ref: c.ref}} }

// NotNull holds where the column has a value.
func (c Column[T, V]) NotNull() Condition[T] { return Not(c.IsNull()) }

// HasPrefix holds where a text begins with the given one.
func HasPrefix[T any, V ~string](c Column[T, V], prefix V) Condition[T] {
	return c.compare(OpPrefix, prefix)
}

// Contains holds where a text holds the given one.
func Contains[T any, V ~string](c Column[T, V], part V) Condition[T] {
	return c.compare(OpContains, part)
}

// And holds where all conditions hold; without any, everywhere.
func And[T any](conditions ...Condition[T]) Condition[T] { return combined(OpAnd, conditions) }

// Or holds where one of the conditions holds; without any, nowhere.
func Or[T any](conditions ...Condition[T]) Condition[T] { return combined(OpOr, conditions) }

// Not holds where the condition does not; NULL makes neither hold.
func Not[T any](c Condition[T]) Condition[T] { return combined(OpNot, []Condition[T]{c}) }

func combined[T any](op Op, conditions []Condition[T]) Condition[T] {
	n := Node{Op: op, Nodes: make([]Node, len(conditions))}
	for i, c := range conditions {
		n.Nodes[i] = c.node
	}
	return Condition[T]{n}
}

// Path leads into a JSON column: the text of what stands under these names.
func Path[T, V any](c Column[T, V], names ...string) Column[T, string] {
	text, err := codecOf(stringType, false)
	if len(names) == 0 {
		err = fmt.Errorf("%s: column %s: a path needs a name at least", c.ref.Model, c.ref.Name)
	}
	ref := c.ref
	ref.Path, ref.err = names, errors.Join(ref.err, err)
	return Column[T, string]{ref, text}
}

// HasKey holds where a JSON object has a member of this name.
func HasKey[T, V any](c Column[T, V], name string) Condition[T] {
	return Condition[T]{Node{Op: OpHasKey, Ref: c.ref, Values: []record.Value{record.TextValue(name)}}}
}

// Holds holds where a JSON column holds all that the given value holds: its members, its
// elements. The value is written as JSON.
func Holds[T, V any](c Column[T, V], part any) Condition[T] {
	v, err := marshal(part)
	if err != nil {
		err = fmt.Errorf("%s: column %s: %w", c.ref.Model, c.ref.Name, err)
	}
	return Condition[T]{Node{Op: OpHolds, Ref: c.ref, Values: []record.Value{v}, err: err}}
}

// AsOf holds for the version of a dimension's member that was in force at an instant.
func AsOf[T any](m *Model[T], at time.Time) Condition[T] {
	bound := func(op Op, column string) Node {
		return Node{Op: op, Ref: Ref{Model: m.info, Name: column}, Values: []record.Value{record.TimeValue(at)}}
	}
	n := Node{Op: OpAnd, Nodes: []Node{bound(OpAtMost, "valid_from"), bound(OpMore, "valid_to")}}
	if m.info.Kind != KindDimension {
		n.err = fmt.Errorf("%s: only a dimension has versions to ask for as of a time", m.info)
	}
	return Condition[T]{n}
}

// Order is an order of the rows of T. NULL comes last.
type Order[T any] struct {
	Ref  Ref
	Desc bool
}

// Asc orders from the least to the greatest.
func (c Column[T, V]) Asc() Order[T] { return Order[T]{Ref: c.ref} }

// Desc orders from the greatest to the least.
func (c Column[T, V]) Desc() Order[T] { return Order[T]{Ref: c.ref, Desc: true} }

// Assignment gives a column of the rows of T a value.
type Assignment[T any] struct {
	Ref   Ref
	Value record.Value
	err   error
}

// Err is what is wrong with the assignment.
func (a Assignment[T]) Err() error { return cmp.Or(a.err, a.Ref.err) }

// Set gives the column a value.
func (c Column[T, V]) Set(v V) Assignment[T] {
	x, err := c.encode(v)
	return Assignment[T]{c.ref, x, err}
}

// SetNull takes the column's value away.
func (c Column[T, V]) SetNull() Assignment[T] { return Assignment[T]{Ref: c.ref} }
