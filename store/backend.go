package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// backend is where rows are: a warehouse, or memory.
type backend interface {
	reader
	begin(ctx context.Context) (transaction, error)
}

// reader reads rows.
type reader interface {
	read(ctx context.Context, c catalog, q selection) record.Batches
	raw(ctx context.Context, sql string, args []record.Value) record.Batches
}

// transaction is what a unit of work does.
type transaction interface {
	reader
	// insert adds a few rows, whole: a value for each column of the table; load any number.
	insert(ctx context.Context, b *bound, rows *record.Batch) error
	load(ctx context.Context, b *bound, rows record.Batches) (int64, error)
	// upsert adds rows or overwrites those of the same key.
	upsert(ctx context.Context, b *bound, rows *record.Batch) error
	// update sets columns of the rows that a condition leaves, and their computed columns. It fails
	// with ErrBroken where one of the rows then breaks a rule.
	update(ctx context.Context, c catalog, b *bound, set map[string]record.Value, now record.Value, where model.Node) (int64, error)
	remove(ctx context.Context, c catalog, b *bound, where model.Node) (int64, error)
	// mark sets a savepoint, and back undoes what came after it.
	mark(ctx context.Context, name string) error
	back(ctx context.Context, name string) error
	commit(ctx context.Context) error
	rollback() error
}

// onWarehouse keeps rows in a database.
type onWarehouse struct{ w warehouse.Warehouse }

func (o onWarehouse) begin(ctx context.Context) (transaction, error) {
	tx, err := o.w.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return onTx{tx, o.w.Dialect()}, nil
}

func (o onWarehouse) read(ctx context.Context, c catalog, q selection) record.Batches {
	sql, args, err := spelled(o.w.Dialect(), c, q)
	if err != nil {
		return failed(err)
	}
	if s, ok := o.w.(warehouse.Selector); ok {
		return s.Select(ctx, sql, args...)
	}
	return o.w.Query(ctx, sql, args...)
}

func (o onWarehouse) raw(ctx context.Context, sql string, args []record.Value) record.Batches {
	return o.w.Query(ctx, sql, args...)
}

func spelled(d warehouse.Dialect, c catalog, q selection) (string, []record.Value, error) {
	s := statement{d: d, catalog: c}
	sql := s.selected(q)
	return sql, s.args, errors.Join(append(s.errs, q.where.Err())...)
}

func failed(err error) record.Batches {
	return func(yield func(*record.Batch, error) bool) { yield(nil, err) }
}

// onTx is a unit of work in a database.
type onTx struct {
	tx warehouse.Tx
	d  warehouse.Dialect
}

func (o onTx) read(ctx context.Context, c catalog, q selection) record.Batches {
	sql, args, err := spelled(o.d, c, q)
	if err != nil {
		return failed(err)
	}
	return o.tx.Query(ctx, sql, args...)
}

func (o onTx) raw(ctx context.Context, sql string, args []record.Value) record.Batches {
	return o.tx.Query(ctx, sql, args...)
}

// fewRows go by a statement; more by the database's bulk path, which costs more to begin.
const fewRows = 16

func (o onTx) insert(ctx context.Context, b *bound, rows *record.Batch) error {
	s := statement{d: o.d}
	_, err := o.tx.Exec(ctx, s.inserted(b, rows), s.args...)
	if err != nil {
		return err
	}
	return errors.Join(o.unique(ctx, b), o.refers(ctx, b, rows))
}

// unique finds rows that share what is unique, where the database has no index to do it. There
// one transaction writes at a time, so that nothing can come in between.
func (o onTx) unique(ctx context.Context, b *bound) error {
	kept := o.d.Kept(b.table).Indexes
	for _, i := range b.table.Indexes {
		if !i.Unique || slices.ContainsFunc(kept, func(k schema.Index) bool { return k.Unique && slices.Equal(k.Columns, i.Columns) }) {
			continue
		}
		columns := make([]string, len(i.Columns))
		for k, c := range i.Columns {
			columns[k] = o.d.Quote(c)
		}
		list := strings.Join(columns, ", ")
		sql := "SELECT 1 FROM " + o.d.Table(b.table.Name) + " WHERE " + strings.Join(columns, " IS NOT NULL AND ") + " IS NOT NULL GROUP BY " + list + " HAVING count(*) > 1 LIMIT 1"
		for batch, err := range o.tx.Query(ctx, sql) {
			if err != nil {
				return err
			}
			if batch.Len() > 0 {
				return fmt.Errorf("%w: %s would have two rows with the same (%s)", ErrDuplicate, b.table.Name, strings.Join(i.Columns, ", "))
			}
		}
	}
	return nil
}

func (o onTx) load(ctx context.Context, b *bound, rows record.Batches) (int64, error) {
	n, err := o.tx.Load(ctx, b.table.Name, rows)
	if err != nil {
		return n, err
	}
	for _, x := range b.names(o.d) {
		err = errors.Join(err, o.all(ctx, x))
	}
	return n, errors.Join(o.unique(ctx, b), err)
}

func (o onTx) upsert(ctx context.Context, b *bound, rows *record.Batch) error {
	s := statement{d: o.d}
	_, err := o.tx.Exec(ctx, s.upserted(b, rows), s.args...)
	if err != nil {
		return err
	}
	return errors.Join(o.unique(ctx, b), o.refers(ctx, b, rows))
}

func (o onTx) update(ctx context.Context, c catalog, b *bound, set map[string]record.Value, now record.Value, where model.Node) (int64, error) {
	s := statement{d: o.d, catalog: c}
	sql := s.assigned(b, set, now, where)
	if err := errors.Join(append(s.errs, where.Err())...); err != nil {
		return 0, err
	}
	n, err := o.updated(ctx, b, sql, s.args)
	if err != nil {
		return n, err
	}
	return n, errors.Join(o.unique(ctx, b), o.refersAfter(ctx, b, set))
}

// updated runs an update and asks the rules of the rows as it left them: another writer may
// have changed other columns of them just before.
func (o onTx) updated(ctx context.Context, b *bound, sql string, args []record.Value) (n int64, err error) {
	if len(b.rules) == 0 {
		return o.tx.Exec(ctx, sql, args...)
	}
	rules := make([]string, len(b.rules))
	for i, r := range b.rules {
		rules[i] = "(" + r.Program.SQL(o.d, o.d.Quote) + ") AS rule_" + strconv.Itoa(i)
	}
	for batch, err := range o.tx.Query(ctx, sql+" RETURNING "+strings.Join(rules, ", "), args...) {
		if err != nil {
			return 0, err
		}
		for row := range batch.Len() {
			for i, r := range b.rules {
				if held := batch.Vectors[i].Value(row); !held.IsNull() && !held.Bool() {
					return 0, fmt.Errorf("%s: %w: %q (%s)", b.info, ErrBroken, r.Name, r.Check)
				}
			}
		}
		n += int64(batch.Len())
	}
	return n, nil
}

func (o onTx) remove(ctx context.Context, c catalog, b *bound, where model.Node) (int64, error) {
	s := statement{d: o.d, catalog: c}
	sql := "DELETE FROM " + o.d.Table(b.table.Name) + " AS t WHERE " + s.where("t", b, where)
	if err := errors.Join(append(s.errs, where.Err())...); err != nil {
		return 0, err
	}
	n, err := o.tx.Exec(ctx, sql, s.args...)
	if err != nil {
		return n, err
	}
	return n, o.leaves(ctx, b)
}

// errNoSavepoints says what a nested unit cannot do.
var errNoSavepoints = fmt.Errorf("%w: the database has no savepoints, so a nested unit cannot be undone alone; let the whole unit end", warehouse.ErrUnsupported)

func (o onTx) mark(ctx context.Context, name string) error {
	if s, ok := o.tx.(warehouse.Savepoints); ok {
		return s.Savepoint(ctx, name)
	}
	return nil // it is only missed when something has to be undone
}

func (o onTx) back(ctx context.Context, name string) error {
	if s, ok := o.tx.(warehouse.Savepoints); ok {
		return s.RollbackTo(ctx, name)
	}
	return errNoSavepoints
}

func (o onTx) commit(ctx context.Context) error { return o.tx.Commit(ctx) }

func (o onTx) rollback() error { return o.tx.Rollback() }
