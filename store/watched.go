package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// What follows writes many rows where somebody wants to see each of them. Listeners are told before
// and after; between them the rows go together wherever they may name each other, so that a
// foreign key holds or fails as it does where nobody listens.

// upsertWatched looks each row up, so that the listeners of inserts and updates are told what
// happens. What is new goes first and together: whatever the rows name is there then.
func (w writer[T]) upsertWatched(ctx context.Context, rows []*T) error {
	seen, olds := map[string]bool{}, map[*T]*T{}
	var fresh, there []*T
	err := each(rows, func(row *T) error {
		p := model.Pointer(row)
		if err := errors.Join(w.b.generate(p), w.preset(p)); err != nil {
			return err
		}
		key, err := w.b.key(p)
		if err != nil {
			return err
		}
		if err := unseen(seen, w.b, key); err != nil {
			return err
		}
		old, err := w.stored(ctx, key)
		switch {
		case errors.Is(err, ErrNotFound):
			fresh = append(fresh, row)
			return nil
		case err != nil:
			return err
		}
		there, olds[row] = append(there, row), old
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.insert(ctx, fresh); err != nil {
		return err
	}
	return each(there, func(row *T) error {
		if err := w.adopt(olds[row], row); err != nil {
			return err
		}
		return w.update(ctx, row)
	})
}

// unseen notes a key of an upsert, which has one row of each.
func unseen(seen map[string]bool, b *bound, key []record.Value) error {
	id := identity(b, key)
	if seen[id] {
		return fmt.Errorf("%v: two rows of one upsert have the same key", key)
	}
	seen[id] = true
	return nil
}

// adopt gives a row the version of the stored one that it is to overwrite.
func (w writer[T]) adopt(old, row *T) error {
	if !w.b.versioned {
		return nil
	}
	place := w.b.info.Place(schema.RowVersion)
	v, err := place.Get(model.Pointer(old))
	if err != nil {
		return err
	}
	return place.Put(model.Pointer(row), v)
}

// updateWatched sets columns of the rows of a query one by one, as a listener may change more of a
// row. Each is found by the key that it had.
func (w writer[T]) updateWatched(ctx context.Context, q Query[T], set map[string]record.Value) (int64, error) {
	moved := map[string]record.Value{}
	for _, name := range w.b.table.PrimaryKey {
		if v, is := set[name]; is {
			moved[name] = v
		}
	}
	rows, err := w.chosen(ctx, q)
	if err != nil {
		return 0, err
	}
	return int64(len(rows)), each(rows, func(row *T) error {
		key, err := w.b.key(model.Pointer(row))
		if err != nil {
			return err
		}
		for name, v := range set {
			if err := w.b.info.Place(name).Put(model.Pointer(row), v); err != nil {
				return err
			}
		}
		return w.updateAt(ctx, key, row, moved)
	})
}

// removeWatched takes the rows of a query out. Rows can be named where their key is one column:
// those go by one statement.
func (w writer[T]) removeWatched(ctx context.Context, q Query[T]) (int64, error) {
	rows, err := w.chosen(ctx, q)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	if len(w.b.table.PrimaryKey) > 1 {
		return int64(len(rows)), each(rows, func(row *T) error { return w.remove(ctx, row) })
	}
	if err := each(rows, func(row *T) error { return w.tell(ctx, beforeDelete, row, nil) }); err != nil {
		return 0, err
	}
	where, err := w.allUnchanged(rows)
	if err != nil {
		return 0, err
	}
	n, err := w.u.tx.remove(ctx, w.u.owner.catalog, w.b, where)
	if err != nil {
		return 0, err
	}
	if n != int64(len(rows)) {
		return 0, w.whyNotAll(ctx, rows)
	}
	return n, each(rows, func(row *T) error {
		key, err := w.b.key(model.Pointer(row))
		if err != nil {
			return err
		}
		delete(w.u.known, identity(w.b, key))
		return errors.Join(w.tell(ctx, afterDelete, row, nil), w.audit(ctx, "delete", row, nil))
	})
}

// allUnchanged is the condition that a row is one of some, and has the version that is known of it.
// Their key is one column.
func (w writer[T]) allUnchanged(rows []*T) (model.Node, error) {
	keys, versions := map[record.Value][]record.Value{}, []record.Value{}
	err := each(rows, func(row *T) error {
		key, err := w.b.key(model.Pointer(row))
		if err != nil {
			return err
		}
		var version record.Value
		if w.b.versioned {
			if version, err = w.b.info.Place(schema.RowVersion).Get(model.Pointer(row)); err != nil {
				return err
			}
		}
		if _, is := keys[version]; !is {
			versions = append(versions, version)
		}
		keys[version] = append(keys[version], key[0])
		return nil
	})
	some := model.Node{Op: model.OpOr}
	for _, version := range versions {
		all := model.Node{Op: model.OpAnd, Nodes: []model.Node{{Op: model.OpIn, Ref: model.Ref{Model: w.b.info, Name: w.b.table.PrimaryKey[0]}, Values: keys[version]}}}
		if w.b.versioned {
			all.Nodes = append(all.Nodes, model.Node{Op: model.OpEqual, Ref: model.Ref{Model: w.b.info, Name: schema.RowVersion}, Values: []record.Value{version}})
		}
		some.Nodes = append(some.Nodes, all)
	}
	return some, err
}

// whyNotAll tells why some of the rows did not go: one that stayed was changed, and if none
// stayed, somebody else has taken one out.
func (w writer[T]) whyNotAll(ctx context.Context, rows []*T) error {
	err := each(rows, func(row *T) error {
		key, err := w.b.key(model.Pointer(row))
		if err != nil {
			return err
		}
		switch _, err := w.stored(ctx, key); {
		case err == nil:
			return fmt.Errorf("%v: %w", key, ErrStale)
		case !errors.Is(err, ErrNotFound):
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("one of %d rows: %w", len(rows), ErrNotFound)
}

// chosen reads the rows of a query as they are stored, not what the unit holds and has not written.
func (w writer[T]) chosen(ctx context.Context, q Query[T]) ([]*T, error) {
	q.r = In(w.u.owner.reading(w.u), w.r.model)
	return q.All(ctx)
}
