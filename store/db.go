package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Session is what a repository works on: a DB, on which each call is a transaction of its own,
// or a Unit.
type Session interface {
	// within runs do in the session's transaction.
	within(ctx context.Context, do func(*Unit) error) error
	rows() reader
	db() *DB
	unit() *Unit // nil for a DB
}

// DB is a warehouse as application code sees it. It is safe for concurrent use.
type DB struct {
	backend backend
	catalog catalog
	options options
	queries atomic.Int64
}

type options struct {
	now       func() time.Time
	listeners map[*model.Info][]any
	before    []func(context.Context, *Unit) error
	after     []func(context.Context, *Unit)
	audit     *auditing
}

// Option changes how a DB works.
type Option func(*options)

// Now replaces the clock, for tests.
func Now(now func() time.Time) Option { return func(o *options) { o.now = now } }

// BeforeCommit is asked before a unit is committed; an error rolls it back.
func BeforeCommit(do func(context.Context, *Unit) error) Option {
	return func(o *options) { o.before = append(o.before, do) }
}

// AfterCommit is told when a unit has been committed. The unit can no longer be used.
func AfterCommit(do func(context.Context, *Unit)) Option {
	return func(o *options) { o.after = append(o.after, do) }
}

// Open ties models to the tables of a project in its warehouse. The tables must be there:
// lode.Lode's Prepare makes them. All that does not fit is reported at once.
func Open(w warehouse.Warehouse, project *schema.Model, models []model.Some, opts ...Option) (*DB, error) {
	return open(onWarehouse{w}, project, models, opts)
}

func open(b backend, project *schema.Model, models []model.Some, opts []Option) (*DB, error) {
	d := &DB{backend: b, catalog: catalog{}, options: options{now: time.Now, listeners: map[*model.Info][]any{}}}
	var errs []error
	for _, m := range models {
		bound, err := bind(m.Info(), project)
		errs = append(errs, err)
		d.catalog[m.Info()] = bound
	}
	for _, o := range opts {
		o(&d.options)
	}
	for i := range d.options.listeners {
		if _, err := d.catalog.of(i); err != nil {
			errs = append(errs, fmt.Errorf("listen: %w", err))
		}
	}
	if a := d.options.audit; a != nil {
		_, err := d.catalog.of(AuditLog.Info())
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return d, nil
}

// Queries is how many statements have read so far, for tests that count them.
func (d *DB) Queries() int64 { return d.queries.Load() }

// Do runs a unit of work: it is committed when do returns nil, and rolled back when do
// returns an error or panics.
func (d *DB) Do(ctx context.Context, do func(*Unit) error) (err error) {
	tx, err := d.backend.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin a unit of work: %w", err)
	}
	u := &Unit{owner: d, tx: tx, known: map[string]any{}}
	done := false
	defer func() {
		u.ended = true
		if !done { // an error or a panic
			u.takeBack(0)
			err = errors.Join(err, tx.rollback())
		}
	}()
	if err := do(u); err != nil {
		return err
	}
	for _, listen := range d.options.before {
		if err := listen(ctx, u); err != nil {
			return fmt.Errorf("before commit: %w", err)
		}
	}
	if u.broken != nil {
		return fmt.Errorf("commit: a write of the unit has failed before, so that nothing is kept: %w", u.broken)
	}
	if err := tx.commit(ctx); err != nil {
		return err
	}
	done = true
	for _, listen := range d.options.after {
		listen(ctx, u)
	}
	return nil
}

func (d *DB) within(ctx context.Context, do func(*Unit) error) error { return d.Do(ctx, do) }

func (d *DB) rows() reader { return d.backend }

func (d *DB) db() *DB { return d }

func (d *DB) unit() *Unit { return nil }

// instant is the time of a write.
func (d *DB) instant() record.Value { return record.TimeValue(d.options.now()) }
