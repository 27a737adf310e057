package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// Repository reads and writes the rows of one model. Embed it to add what the business asks:
//
//	type Customers struct{ *store.Repository[Customer] }
//
//	func (r Customers) Gold(ctx context.Context) ([]*Customer, error) {
//		return r.Where(Tier.Eq("gold")).All(ctx)
//	}
type Repository[T any] struct {
	session Session
	model   *model.Model[T]
}

// In is the repository of a model on a session.
func In[T any](s Session, m *model.Model[T]) *Repository[T] {
	return &Repository[T]{session: s, model: m}
}

func (r *Repository[T]) bound() (*bound, error) { return r.session.db().catalog.of(r.model.Info()) }

// Where begins a query; without conditions it is of all rows.
func (r *Repository[T]) Where(conditions ...model.Condition[T]) Query[T] {
	return Query[T]{r: r, where: conditions}
}

// All begins a query of all rows.
func (r *Repository[T]) All() Query[T] { return r.Where() }

// Get reads the row of a key, whose values are given in the order of the key's columns. It
// fails with ErrNotFound. In a unit it is the row that the unit knows already, if it does.
func (r *Repository[T]) Get(ctx context.Context, key ...any) (*T, error) {
	b, err := r.bound()
	if err != nil {
		return nil, err
	}
	values, err := b.keyOf(key)
	if err != nil {
		return nil, err
	}
	if u := r.session.unit(); u != nil {
		if row, ok := u.known[identity(b, values)].(*T); ok {
			return row, nil
		}
	}
	return r.byKey(ctx, b, values)
}

func (r *Repository[T]) byKey(ctx context.Context, b *bound, key []record.Value) (*T, error) {
	d := r.session.db()
	d.queries.Add(1)
	for batch, err := range r.session.rows().read(ctx, d.catalog, selection{of: b, where: b.keyed(key)}) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", b.info, err)
		}
		row := new(T)
		if err := b.fill(model.Pointer(row), batch, 0); err != nil {
			return nil, err
		}
		return r.same(b, row)
	}
	return nil, fmt.Errorf("%s %v: %w", b.info, key, ErrNotFound)
}

// keyed is the condition that a row has a key.
func (b *bound) keyed(key []record.Value) model.Node {
	n := model.Node{Op: model.OpAnd}
	for i, v := range key {
		n.Nodes = append(n.Nodes, model.Node{Op: model.OpEqual, Ref: model.Ref{Model: b.info, Name: b.table.PrimaryKey[i]}, Values: []record.Value{v}})
	}
	return n
}

// same is the pointer that a unit has for a row: the one that it gave out before.
func (r *Repository[T]) same(b *bound, row *T) (*T, error) {
	u := r.session.unit()
	if u == nil || !b.writable {
		return row, nil
	}
	key, err := b.key(model.Pointer(row))
	if err != nil {
		return nil, err
	}
	id := identity(b, key)
	if known, ok := u.known[id].(*T); ok {
		return known, nil
	}
	u.known[id] = row
	return row, nil
}

// write runs do in the session's transaction, for a model that may be written. Rows is how
// many are given, many if that is not known.
func (r *Repository[T]) write(ctx context.Context, what string, rows int, do func(w writer[T]) error) error {
	b, err := r.bound()
	if err != nil {
		return err
	}
	if !b.writable {
		return fmt.Errorf("%s %s: %w", what, b.info, ErrReadOnly)
	}
	err = r.session.within(ctx, func(u *Unit) (err error) {
		if err := u.free(); err != nil {
			return err
		}
		defer func() { u.failed(err, rows) }()
		w := writer[T]{b: b, u: u, r: In(u, r.model), now: u.owner.instant(), listeners: listenersOf[T](u.owner, b), entries: new([]*AuditEntry)}
		if err := do(w); err != nil || len(*w.entries) == 0 {
			return err
		}
		return w.flush(ctx)
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, b.info, err)
	}
	return nil
}

// Insert adds rows. Keys that are zero and declared generated are given, and the fields of
// model.Audit filled. It fails with ErrDuplicate or ErrBroken.
func (r *Repository[T]) Insert(ctx context.Context, rows ...*T) error {
	return r.write(ctx, "insert into", len(rows), func(w writer[T]) error { return w.insert(ctx, rows) })
}

// InsertAll adds any number of rows by the database's bulk path (COPY, appender), without
// having them all in memory, and returns how many. While it takes them, neither the iterator nor
// a listener's BeforeInsert can use the unit: they get ErrLoading.
func (r *Repository[T]) InsertAll(ctx context.Context, rows iter.Seq2[*T, error]) (n int64, err error) {
	err = r.write(ctx, "insert into", many, func(w writer[T]) error {
		w.streamed = true
		n, err = w.load(ctx, rows)
		return err
	})
	return kept(n, err)
}

// Update writes all columns of rows that were read before. It fails with ErrStale where the
// struct has model.Audit and the row was changed meanwhile, and with ErrNotFound.
func (r *Repository[T]) Update(ctx context.Context, rows ...*T) error {
	return r.write(ctx, "update", len(rows), func(w writer[T]) error { return each(rows, func(row *T) error { return w.update(ctx, row) }) })
}

// Upsert adds the rows whose keys are new and overwrites the others, whatever their version;
// synced_at is set.
func (r *Repository[T]) Upsert(ctx context.Context, rows ...*T) error {
	return r.write(ctx, "upsert into", len(rows), func(w writer[T]) error { return w.upsert(ctx, rows) })
}

// Delete takes rows out. It fails with ErrStale and ErrNotFound as Update does.
func (r *Repository[T]) Delete(ctx context.Context, rows ...*T) error {
	return r.write(ctx, "delete from", len(rows), func(w writer[T]) error { return each(rows, func(row *T) error { return w.remove(ctx, row) }) })
}

// Update sets columns of all rows of the query, in one statement unless listeners want to see
// each row, and returns how many. Orders and limits are refused.
func (q Query[T]) Update(ctx context.Context, set ...model.Assignment[T]) (n int64, err error) {
	s, err := q.written()
	if err != nil {
		return 0, err
	}
	err = q.r.write(ctx, "update", many, func(w writer[T]) error {
		n, err = w.updateAll(ctx, q, s, set)
		return err
	})
	return kept(n, err)
}

// Delete takes all rows of the query out, and returns how many.
func (q Query[T]) Delete(ctx context.Context) (n int64, err error) {
	s, err := q.written()
	if err != nil {
		return 0, err
	}
	err = q.r.write(ctx, "delete from", many, func(w writer[T]) error {
		n, err = w.removeAll(ctx, q, s)
		return err
	})
	return kept(n, err)
}

// kept is how many rows a write has written: none, if it failed.
func kept(n int64, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (q Query[T]) written() (selection, error) {
	s, err := q.selection()
	if err == nil && (s.limit > 0 || s.offset > 0 || len(s.orders) > 0 || len(q.relation) > 0) {
		err = fmt.Errorf("%s: a query that writes has conditions only, no order, limit or relations", s.of.info)
	}
	return s, err
}

// many is more rows than one.
const many = 2

// failed marks a unit of which a write has failed, unless it is known that nothing was written.
func (u *Unit) failed(err error, rows int) {
	harmless := errors.Is(err, ErrNotFound) || errors.Is(err, ErrStale) || errors.Is(err, ErrBroken)
	if err != nil && u.broken == nil && (rows >= many || !harmless) {
		u.broken = err
	}
}

func each[T any](rows []*T, do func(*T) error) error {
	for i, row := range rows {
		if row == nil {
			return fmt.Errorf("row %d is nil", i)
		}
		if err := do(row); err != nil {
			return err
		}
	}
	return nil
}

// generate gives keys that are zero.
func (b *bound) generate(p placed) error {
	for n := range b.info.Places {
		place := &b.info.Places[n]
		if !place.Generated() {
			continue
		}
		v, err := place.Get(p)
		if err != nil {
			return fmt.Errorf("%s: %w", b.info, err)
		}
		if v.IsNull() || v.Text() != uuid.Nil.String() {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		if err := place.Put(p, record.UUIDValue(id.String())); err != nil {
			return err
		}
	}
	return nil
}

// system are the values of the columns that the system keeps.
type system struct {
	created, updated, synced record.Value
	version                  int64
}

// apply puts them into a row of the table.
func (s system) apply(b *bound, row []record.Value) {
	for i, f := range b.table.Fields[len(b.own):] {
		row[len(b.own)+i] = s.value(f.Name)
	}
}

// show puts them into the struct, if it has fields for them.
func (s system) show(u *Unit, b *bound, p placed) error {
	for n := range b.info.Places {
		if place := &b.info.Places[n]; place.System && b.kept() {
			if err := u.show(place, p, s.value(place.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// show puts a value into a struct, and remembers what was there in case that the unit is undone.
func (u *Unit) show(place *model.Place, p placed, v record.Value) error {
	old, err := place.Get(p)
	if err != nil {
		return err
	}
	u.undo = append(u.undo, func() { _ = place.Put(p, old) }) // it came from there
	return place.Put(p, v)
}

func (s system) value(column string) record.Value {
	switch column {
	case schema.CreatedAt:
		return s.created
	case schema.UpdatedAt:
		return s.updated
	case schema.SyncedAt:
		return s.synced
	case schema.RowVersion:
		return record.IntValue(s.version)
	default:
		return record.IntValue(1) // the version of the schema
	}
}
