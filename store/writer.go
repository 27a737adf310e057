package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"unsafe"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// placed is where a row lies in memory.
type placed = unsafe.Pointer

// writer writes rows of one model in a unit.
type writer[T any] struct {
	b         *bound
	u         *Unit
	r         *Repository[T]
	now       record.Value
	synced    record.Value // when the row was brought in from outside; NULL if it was not
	listeners []Listener[T]
	entries   *[]*AuditEntry // of the audit log, not written yet
	streamed  bool           // rows are forgotten once they are written, and not taken back
}

// watched tells whether somebody wants to see each row that changes.
func (w writer[T]) watched() bool { return len(w.listeners) > 0 || w.u.owner.options.audit.of(w.b) }

func (w writer[T]) insert(ctx context.Context, rows []*T) error {
	if len(rows) > fewRows && len(w.listeners) == 0 {
		_, err := w.load(ctx, func(yield func(*T, error) bool) {
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
		return each(rows, w.new)
	}
	if len(rows) == 0 {
		return nil
	}
	batch := record.NewBatch(w.b.table.Columns()) // one for all: its rows may name each other
	if err := each(rows, func(row *T) error { return w.append(ctx, batch, row) }); err != nil {
		return err
	}
	if err := w.put(ctx, batch); err != nil {
		return err
	}
	return each(rows, func(row *T) error { return errors.Join(w.new(row), w.inserted(ctx, row)) })
}

// put adds the rows of a batch by one statement, or by the bulk path if they are many.
func (w writer[T]) put(ctx context.Context, batch *record.Batch) error {
	if batch.Len() <= fewRows {
		return w.u.tx.insert(ctx, w.b, batch)
	}
	_, err := w.u.tx.load(ctx, w.b, record.One(batch))
	return err
}

// new shows in a row what the system has given it.
func (w writer[T]) new(row *T) error {
	return system{created: w.now, updated: w.now, synced: w.synced, version: 1}.show(w.u, w.b, model.Pointer(row))
}

// append adds a new row to a batch.
func (w writer[T]) append(ctx context.Context, batch *record.Batch, row *T) error {
	p := model.Pointer(row)
	if err := errors.Join(w.b.generate(p), w.preset(p)); err != nil {
		return err
	}
	if err := w.tell(ctx, beforeInsert, nil, row); err != nil {
		return err
	}
	values, err := w.b.values(p)
	if err != nil {
		return err
	}
	system{created: w.now, updated: w.now, synced: w.synced, version: 1}.apply(w.b, values)
	batch.Append(values...)
	return nil
}

// preset gives the columns of a new row their defaults where its fields have no value.
func (w writer[T]) preset(p placed) error {
	for _, d := range w.b.presets {
		v, err := d.place.Get(p)
		switch {
		case err != nil || !v.IsNull():
		case w.streamed:
			err = d.place.Put(p, d.value)
		default:
			err = w.u.show(d.place, p, d.value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.b.info, err)
		}
	}
	return nil
}

// inserted tells of a row that has been written.
func (w writer[T]) inserted(ctx context.Context, row *T) error {
	if err := w.remember(row); err != nil {
		return err
	}
	return errors.Join(w.tell(ctx, afterInsert, nil, row), w.audit(ctx, "insert", nil, row))
}

func (w writer[T]) remember(row *T) error {
	key, err := w.b.key(model.Pointer(row))
	if err == nil {
		w.u.known[identity(w.b, key)] = row
	}
	return err
}

// loadRows is how many rows travel together.
const loadRows = 2048

// load adds rows by the bulk path. Rows that somebody wants to see are kept until they
// have been written; others are forgotten at once.
func (w writer[T]) load(ctx context.Context, rows iter.Seq2[*T, error]) (int64, error) {
	batch := record.NewBatch(w.b.table.Columns())
	var keep []*T
	watched := w.watched()
	w.u.loads = true
	defer func() { w.u.loads = false }()
	n, err := w.u.tx.load(ctx, w.b, func(yield func(*record.Batch, error) bool) {
		for row, err := range rows {
			if err == nil && row == nil {
				err = errors.New("a row is nil")
			}
			if err == nil {
				err = w.append(ctx, batch, row)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if watched {
				keep = append(keep, row)
			}
			if batch.Len() == loadRows {
				if !yield(batch, nil) {
					return
				}
				batch.Reset()
			}
		}
		if batch.Len() > 0 {
			yield(batch, nil)
		}
	})
	if w.u.loads = false; err != nil {
		return 0, err
	}
	return n, each(keep, func(row *T) error { return w.inserted(ctx, row) })
}

func (w writer[T]) update(ctx context.Context, row *T) error {
	key, err := w.b.key(model.Pointer(row))
	if err != nil {
		return err
	}
	return w.updateAt(ctx, key, row, nil)
}

// updateAt writes a row over the one of a key; moved are the columns of the key that change.
func (w writer[T]) updateAt(ctx context.Context, key []record.Value, row *T, moved map[string]record.Value) (err error) {
	var old *T
	if w.watched() {
		if old, err = w.stored(ctx, key); err != nil {
			return err
		}
	}
	if err := w.tell(ctx, beforeUpdate, old, row); err != nil {
		return err
	}
	values, err := w.b.values(model.Pointer(row))
	if err != nil {
		return err
	}
	set := map[string]record.Value{}
	maps.Copy(set, moved)
	for i, c := range w.b.own[len(key):] {
		set[c.Name] = values[len(key)+i]
	}
	if !w.synced.IsNull() {
		set[schema.SyncedAt] = w.synced
	}
	where, version, err := w.unchanged(key, row)
	if err != nil {
		return err
	}
	n, err := w.u.tx.update(ctx, w.r.session.db().catalog, w.b, set, w.now, where)
	if err != nil {
		w.u.failed(err, many) // it may have been written
		return err
	}
	if n == 0 {
		return w.why(ctx, key)
	}
	if err := w.renew(row, version+1); err != nil {
		return err
	}
	delete(w.u.known, identity(w.b, key)) // it may have another key now
	return errors.Join(w.remember(row), w.tell(ctx, afterUpdate, old, row), w.audit(ctx, "update", old, row))
}

// stored reads a row as it is in the database, not as the unit knows it.
func (w writer[T]) stored(ctx context.Context, key []record.Value) (*T, error) {
	return In[T](w.u.owner.reading(w.u), w.r.model).byKey(ctx, w.b, key)
}

// unchanged is the condition that a row is there and, where the struct knows its version,
// that nobody has changed it.
func (w writer[T]) unchanged(key []record.Value, row *T) (model.Node, int64, error) {
	where := w.b.keyed(key)
	if !w.b.versioned {
		return where, 0, nil
	}
	v, err := w.b.info.Place(schema.RowVersion).Get(model.Pointer(row))
	where.Nodes = append(where.Nodes, model.Node{Op: model.OpEqual, Ref: model.Ref{Model: w.b.info, Name: schema.RowVersion}, Values: []record.Value{v}})
	return where, v.Int(), err
}

// why tells why no row was written.
func (w writer[T]) why(ctx context.Context, key []record.Value) error {
	_, err := w.stored(ctx, key)
	if err != nil {
		return err // ErrNotFound
	}
	return fmt.Errorf("%v: %w", key, ErrStale)
}

// renew shows the system's columns after an update.
func (w writer[T]) renew(row *T, version int64) error {
	p := model.Pointer(row)
	for _, name := range []string{schema.UpdatedAt, schema.RowVersion} {
		if place := w.b.info.Place(name); place != nil && place.System {
			v := w.now
			if name == schema.RowVersion {
				v = record.IntValue(version)
			}
			if err := w.u.show(place, p, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w writer[T]) remove(ctx context.Context, row *T) error {
	key, err := w.b.key(model.Pointer(row))
	if err != nil {
		return err
	}
	old := row
	if w.watched() { // what goes is what is stored, not what the caller holds
		if old, err = w.stored(ctx, key); err != nil {
			return err
		}
	}
	if err := w.tell(ctx, beforeDelete, old, nil); err != nil {
		return err
	}
	where, _, err := w.unchanged(key, row)
	if err != nil {
		return err
	}
	n, err := w.u.tx.remove(ctx, w.r.session.db().catalog, w.b, where)
	if err != nil {
		return err
	}
	if n == 0 {
		return w.why(ctx, key)
	}
	delete(w.u.known, identity(w.b, key))
	return errors.Join(w.tell(ctx, afterDelete, old, nil), w.audit(ctx, "delete", old, nil))
}

// upsert writes rows whether they are there or not. Where each row is watched, it is looked up
// first, so that the listeners of inserts and updates are told what happens.
func (w writer[T]) upsert(ctx context.Context, rows []*T) error {
	w.synced = w.now
	if w.watched() {
		return w.upsertWatched(ctx, rows)
	}
	seen := map[string]bool{}
	most := 30_000 / len(w.b.table.Fields)
	for from := 0; from < len(rows); from += most {
		batch := record.NewBatch(w.b.table.Columns())
		part := rows[from:min(from+most, len(rows))]
		err := each(part, func(row *T) error {
			if err := w.append(ctx, batch, row); err != nil {
				return err
			}
			key, err := w.b.key(model.Pointer(row))
			if err != nil {
				return err
			}
			return unseen(seen, w.b, key)
		})
		if err != nil {
			return err
		}
		if err := w.u.tx.upsert(ctx, w.b, batch); err != nil {
			return err
		}
	}
	clear(w.u.known) // what was overwritten is no longer what the unit knows
	return nil
}

func (w writer[T]) updateAll(ctx context.Context, q Query[T], s selection, assignments []model.Assignment[T]) (int64, error) {
	set := map[string]record.Value{}
	for _, a := range assignments {
		if a.Err() != nil {
			return 0, a.Err()
		}
		v, err := w.b.assign(a.Ref.Name, a.Value)
		if err != nil {
			return 0, err
		}
		set[a.Ref.Name] = v
	}
	if w.watched() {
		return w.updateWatched(ctx, q, set)
	}
	clear(w.u.known)
	return w.u.tx.update(ctx, w.u.owner.catalog, w.b, set, w.now, s.where)
}

// assign checks what a column is set to.
func (b *bound) assign(name string, v record.Value) (record.Value, error) {
	for _, c := range b.own {
		switch {
		case c.Name != name:
		case c.Program != nil:
			return record.Null, fmt.Errorf("%s: column %s is computed and cannot be set", b.info, name)
		case c.Required && v.IsNull():
			return record.Null, fmt.Errorf("%s: column %s: %w: it is required and cannot be NULL", b.info, name, ErrBroken)
		default:
			return b.convert(name, v)
		}
	}
	return record.Null, fmt.Errorf("%s: column %q cannot be set", b.info, name)
}

func (w writer[T]) removeAll(ctx context.Context, q Query[T], s selection) (int64, error) {
	if w.watched() {
		return w.removeWatched(ctx, q)
	}
	clear(w.u.known)
	return w.u.tx.remove(ctx, w.u.owner.catalog, w.b, s.where)
}
