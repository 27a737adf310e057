package model

import (
	"encoding/json"
	"errors"
	"reflect"
	"unsafe"

	"github.com/lodehq/lode/record"
)

var stringType = reflect.TypeFor[string]()

// Link is a relation as plain data: rows of one model and of another that have equal values
// in a column each.
type Link struct{ From, To Ref }

// Relation leads from rows of T to rows of U with an equal value.
type Relation[T, U any] struct {
	Link
	attach func(rows []*T, related map[record.Value][]*U)
	err    error
}

// BelongsTo is a relation to at most one row, which is put into a field:
// model.BelongsTo(OrderCustomerID, CustomerID, func(o *Order) **Customer { return &o.Customer }).
func BelongsTo[T, U, K any](from Column[T, K], to Column[U, K], into func(*T) **U) Relation[T, U] {
	return relate(from, to, func(row *T, related []*U) {
		*into(row) = nil
		if len(related) > 0 {
			*into(row) = related[0]
		}
	})
}

// HasMany is a relation to any number of rows, which are put into a slice.
func HasMany[T, U, K any](from Column[T, K], to Column[U, K], into func(*T) *[]*U) Relation[T, U] {
	return relate(from, to, func(row *T, related []*U) { *into(row) = related })
}

func relate[T, U, K any](from Column[T, K], to Column[U, K], put func(*T, []*U)) Relation[T, U] {
	return Relation[T, U]{
		Link: Link{from.ref, to.ref}, err: errors.Join(from.ref.err, to.ref.err),
		attach: func(rows []*T, related map[record.Value][]*U) {
			for _, row := range rows {
				key, err := from.ref.Model.value(from.ref.Name, unsafe.Pointer(row))
				if err != nil || key.IsNull() {
					put(row, nil)
					continue
				}
				put(row, related[key])
			}
		},
	}
}

// Err is what is wrong with the relation.
func (r Relation[T, U]) Err() error { return r.err }

// Has holds where there is a related row that meets all conditions.
func (r Relation[T, U]) Has(conditions ...Condition[U]) Condition[T] {
	link := r.Link
	return Condition[T]{Node{Op: OpRelated, Link: &link, Nodes: []Node{And(conditions...).node}, err: r.err}}
}

// Keys lists the values, each once, by which the related rows of some rows are found.
func (r Relation[T, U]) Keys(rows []*T) ([]record.Value, error) {
	seen := map[record.Value]bool{}
	var keys []record.Value
	for _, row := range rows {
		v, err := r.From.Model.value(r.From.Name, unsafe.Pointer(row))
		if err != nil {
			return nil, err
		}
		if !v.IsNull() && !seen[v] {
			seen[v] = true
			keys = append(keys, v)
		}
	}
	return keys, nil
}

// KeyedBy holds for the related rows of these keys.
func (r Relation[T, U]) KeyedBy(keys []record.Value) Condition[U] {
	return Condition[U]{Node{Op: OpIn, Ref: r.To, Values: keys}}
}

// Attach puts the related rows into the fields of the rows.
func (r Relation[T, U]) Attach(rows []*T, related []*U) error {
	byKey := map[record.Value][]*U{}
	for _, u := range related {
		v, err := r.To.Model.value(r.To.Name, unsafe.Pointer(u))
		if err != nil {
			return err
		}
		byKey[v] = append(byKey[v], u)
	}
	r.attach(rows, byKey)
	return nil
}

// marshal writes a value as canonical JSON.
func marshal(x any) (record.Value, error) {
	raw, err := json.Marshal(x)
	if err != nil {
		return record.Null, err
	}
	return canonical(raw)
}
