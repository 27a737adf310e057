package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
)

// Part is a column of a summary: what rows are grouped by, or an aggregate of each group.
type Part[T any] struct {
	sum
	group bool
}

// By groups by a column.
func By[T, V any](c model.Column[T, V]) Part[T] {
	return Part[T]{sum: sum{named: named{c.Ref(), c.Name()}}, group: true}
}

// Count counts rows.
func Count[T any]() Part[T] {
	return Part[T]{sum: sum{named: named{name: "count"}, function: "count"}}
}

// Sum adds a column up.
func Sum[T, V any](c model.Column[T, V]) Part[T] { return aggregate(c, "sum") }

// Avg is the mean of a column, as a float.
func Avg[T, V any](c model.Column[T, V]) Part[T] { return aggregate(c, "avg") }

// Least is the least value of a column.
func Least[T, V any](c model.Column[T, V]) Part[T] { return aggregate(c, "min") }

// Greatest is the greatest value of a column.
func Greatest[T, V any](c model.Column[T, V]) Part[T] { return aggregate(c, "max") }

func aggregate[T, V any](c model.Column[T, V], function string) Part[T] {
	return Part[T]{sum: sum{named: named{c.Ref(), c.Name()}, function: function}}
}

// As names the column of the result; by default it has the name of what it is made of.
func (p Part[T]) As(name string) Part[T] {
	p.name = name
	return p
}

// Where lets an aggregate see only the rows that meet all conditions, beside others that see all.
func (p Part[T]) Where(conditions ...model.Condition[T]) Part[T] {
	n := model.And(conditions...).Node()
	p.filter = &n
	return p
}

// Summarize groups the rows of a query and puts each group into an R, whose fields are named
// as the parts. Groups come in the order of what they are grouped by.
func Summarize[R, T any](ctx context.Context, q Query[T], parts ...Part[T]) ([]R, error) {
	s, err := q.selection()
	if err != nil {
		return nil, err
	}
	if len(s.orders) > 0 || s.limit > 0 || s.offset > 0 || len(q.relation) > 0 {
		return nil, fmt.Errorf("summarize %s: a summary takes conditions only, no order, limit or relations", s.of.info)
	}
	for _, p := range parts {
		if p.filter != nil {
			err = errors.Join(err, p.filter.Err())
		}
		err = errors.Join(err, p.ref.Err())
		if p.group {
			s.groups = append(s.groups, p.named)
			s.orders = append(s.orders, order{ref: p.ref})
		} else {
			s.sums = append(s.sums, p.sum)
		}
	}
	if err != nil {
		return nil, err
	}
	var out []R
	for row, err := range scan[R](q.read(ctx, s)) {
		if err != nil {
			return nil, fmt.Errorf("summarize %s: %w", s.of.info, err)
		}
		out = append(out, row)
	}
	return out, nil
}

// SQL reads rows by a statement of one's own into an R, whose fields are named as the result's
// columns; arguments stand as $1, $2, ... Any Go type that a model's field may have can be
// an argument, and an R of its own for results of one column.
func SQL[R any](ctx context.Context, s Session, sql string, args ...any) ([]R, error) {
	values := make([]record.Value, len(args))
	for i, a := range args {
		v, err := model.EncodeAny(a)
		if err != nil {
			return nil, fmt.Errorf("query: argument $%d: %w", i+1, err)
		}
		values[i] = v
	}
	s.db().queries.Add(1)
	var out []R
	for row, err := range scan[R](s.rows().raw(ctx, sql, values)) {
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// scan puts the rows of a result into values of a type, by the names of the columns.
func scan[R any](batches record.Batches) func(yield func(R, error) bool) {
	return func(yield func(R, error) bool) {
		var zero R
		rows := model.Rows[R]()
		for batch, err := range batches {
			var into []*model.Place
			if err == nil {
				into, err = rows.Match(batch.Columns)
			}
			if err != nil {
				yield(zero, err)
				return
			}
			for n := range batch.Len() {
				var row R
				for i, p := range into {
					if err := p.Put(model.Pointer(&row), batch.Vectors[i].Value(n)); err != nil {
						yield(zero, err)
						return
					}
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}
