package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// Query is a read that has not happened yet. It is a value: each method returns another one.
type Query[T any] struct {
	r        *Repository[T]
	where    []model.Condition[T]
	orders   []model.Order[T]
	limit    int
	offset   int
	relation []eager[T]
	err      error
}

// eager loads related rows of rows.
type eager[T any] func(ctx context.Context, s Session, rows []*T) error

// Where narrows the query by further conditions.
func (q Query[T]) Where(conditions ...model.Condition[T]) Query[T] {
	q.where = append(slices.Clip(q.where), conditions...)
	return q
}

// OrderBy orders the rows, by the first order first. NULL comes last.
func (q Query[T]) OrderBy(orders ...model.Order[T]) Query[T] {
	q.orders = append(slices.Clip(q.orders), orders...)
	return q
}

// Limit takes the first n rows.
func (q Query[T]) Limit(n int) Query[T] {
	if n < 1 {
		q.err = errors.Join(q.err, fmt.Errorf("limit %d: a limit is at least 1", n))
	}
	q.limit = n
	return q
}

// Offset leaves the first n rows out. Pages by After cost less the further one goes.
func (q Query[T]) Offset(n int) Query[T] {
	if n < 0 {
		q.err = errors.Join(q.err, fmt.Errorf("offset %d: an offset is at least 0", n))
	}
	q.offset = n
	return q
}

// With loads the related rows of all rows, by one more query.
func With[T, U any](q Query[T], relation model.Relation[T, U], to *model.Model[U]) Query[T] {
	load := func(ctx context.Context, s Session, rows []*T) error {
		if relation.Err() != nil {
			return relation.Err()
		}
		keys, err := relation.Keys(rows)
		if err != nil {
			return err
		}
		var related []*U
		for part := range slices.Chunk(keys, mostKeys) {
			found, err := In(s, to).Where(relation.KeyedBy(part)).All(ctx)
			if err != nil {
				return err
			}
			related = append(related, found...)
		}
		return relation.Attach(rows, related)
	}
	q.relation = append(slices.Clip(q.relation), load)
	return q
}

// mostKeys is how many keys one query of related rows names, and how many values of a list
// are sent as arguments, of which PostgreSQL takes 65,535; those of a longer list stand in the text.
const mostKeys = 10_000

// mostArguments is how many arguments a statement has before values stand in its text.
const mostArguments = 50_000

func (q Query[T]) selection() (selection, error) {
	b, err := q.r.bound()
	if err != nil {
		return selection{}, err
	}
	s := selection{of: b, where: model.And(q.where...).Node(), limit: q.limit, offset: q.offset}
	for _, o := range q.orders {
		s.orders = append(s.orders, order{o.Ref, o.Desc})
		err = errors.Join(err, o.Ref.Err())
	}
	return s, errors.Join(q.err, err, s.where.Err())
}

func (q Query[T]) read(ctx context.Context, s selection) record.Batches {
	d := q.r.session.db()
	d.queries.Add(1)
	return q.r.session.rows().read(ctx, d.catalog, s)
}

// Each streams the rows; they are never all in memory. Related rows are not loaded.
func (q Query[T]) Each(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		s, err := q.selection()
		if err == nil && len(q.relation) > 0 {
			err = errors.New("related rows are loaded for all rows at once: use All with With, or Each without")
		}
		if err != nil {
			yield(nil, err)
			return
		}
		if u := q.r.session.unit(); u != nil {
			u.reads++
			defer func() { u.reads-- }()
		}
		for batch, err := range q.read(ctx, s) {
			if err != nil {
				yield(nil, fmt.Errorf("read %s: %w", s.of.info, err))
				return
			}
			if !q.each(s.of, batch, yield) {
				return
			}
		}
	}
}

// each yields the rows of a batch; false means that no more are wanted.
func (q Query[T]) each(b *bound, batch *record.Batch, yield func(*T, error) bool) bool {
	rows := make([]T, batch.Len()) // one allocation for all
	for n := range rows {
		row := &rows[n]
		if err := b.fill(model.Pointer(row), batch, n); err != nil {
			yield(nil, err)
			return false
		}
		row, err := q.r.same(b, row)
		if !yield(row, err) || err != nil {
			return false
		}
	}
	return true
}

// All reads the rows.
func (q Query[T]) All(ctx context.Context) ([]*T, error) {
	load := q.relation
	q.relation = nil
	var rows []*T
	for row, err := range q.Each(ctx) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	for _, l := range load {
		if err := l(ctx, q.r.session, rows); err != nil {
			return nil, fmt.Errorf("load related rows: %w", err)
		}
	}
	return rows, nil
}

// First reads the first row, or fails with ErrNotFound.
func (q Query[T]) First(ctx context.Context) (*T, error) {
	rows, err := q.Limit(1).All(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", q.r.model.Info(), ErrNotFound)
	}
	return rows[0], nil
}

// Count is how many rows there are.
func (q Query[T]) Count(ctx context.Context) (int64, error) {
	v, err := q.single(ctx, sum{named: named{name: "n"}, function: "count"})
	return v.Int(), err
}

// single computes one aggregate of the rows.
func (q Query[T]) single(ctx context.Context, x sum) (v record.Value, err error) {
	s, err := q.selection()
	if err != nil {
		return record.Null, err
	}
	s.sums, s.orders, s.limit, s.offset = []sum{x}, nil, 0, 0
	for batch, err := range q.read(ctx, s) {
		if err != nil {
			return record.Null, fmt.Errorf("read %s: %w", s.of.info, err)
		}
		v = batch.Vectors[0].Value(0)
	}
	return v, nil
}

// Max is the greatest value of a column; ok is false where there is none. It is what an
// incremental read goes on from.
func Max[T, V any](ctx context.Context, q Query[T], c model.Column[T, V]) (v V, ok bool, err error) {
	return extreme(ctx, q, c, "max")
}

// Min is the least value of a column; ok is false where there is none.
func Min[T, V any](ctx context.Context, q Query[T], c model.Column[T, V]) (v V, ok bool, err error) {
	return extreme(ctx, q, c, "min")
}

func extreme[T, V any](ctx context.Context, q Query[T], c model.Column[T, V], function string) (v V, ok bool, err error) {
	x, err := q.single(ctx, sum{named: named{ref: c.Ref(), name: "x"}, function: function})
	if err != nil || x.IsNull() {
		return v, false, err
	}
	v, err = c.Decode(x)
	return v, err == nil, err
}

// Since narrows a query to what a column says has changed from an instant on, oldest first:
// an incremental read. What has changed at the instant itself comes again.
func Since[T any](q Query[T], c model.Column[T, time.Time], from time.Time) Query[T] {
	return q.Where(c.Gte(from)).OrderBy(c.Asc())
}

// After narrows a query to the rows that come after one whose column has the given value: the next
// page, whose cost does not grow with the pages before. The column must be unique and never NULL.
func After[T, V any](q Query[T], c model.Column[T, V], last V) Query[T] {
	return q.Where(c.Gt(last)).OrderBy(c.Asc())
}

// Page is a part of the rows, and how many there are in all.
type Page[T any] struct {
	Rows  []*T
	Total int64
}

// Page reads page number (from 1) of the given size. The order must be total, or rows may
// stand on two pages.
func (q Query[T]) Page(ctx context.Context, number, size int) (Page[T], error) {
	if number < 1 || size < 1 {
		return Page[T]{}, fmt.Errorf("page %d of %d rows: both begin at 1", number, size)
	}
	total, err := q.Count(ctx)
	if err != nil {
		return Page[T]{}, err
	}
	rows, err := q.Limit(size).Offset((number - 1) * size).All(ctx)
	return Page[T]{rows, total}, err
}

// AsOf narrows a query of a dimension to the versions that were in force at an instant.
func (q Query[T]) AsOf(at time.Time) Query[T] { return q.Where(model.AsOf(q.r.model, at)) }

// SQL is the statement that the query runs, and its arguments: for a look, or a golden test.
func (q Query[T]) SQL(d warehouse.Dialect) (text string, args []record.Value, err error) {
	s, err := q.selection()
	if err != nil {
		return "", nil, err
	}
	return spelled(d, q.r.session.db().catalog, s)
}
