//go:build cgo && !noduckdb

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// tx is a transaction. conn is nil once it has ended.
type tx struct {
	conn   *conn
	writer <-chan struct{} // gives the right to write back; nil in a scratch transaction
	reads  bool            // nothing is written any more
	// broken is the first error. DuckDB would go on after most errors; PostgreSQL does not,
	// and what runs on one must run on the other.
	broken error
}

// errEnded is the error of using a transaction after its end.
var errEnded = errors.New("the transaction has ended")

// errScratch is the error of committing a scratch transaction.
var errScratch = errors.New("a scratch transaction leaves nothing behind; it can only be rolled back")

// errReads is the error of writing in a transaction that only reads.
var errReads = errors.New("the transaction only reads; this statement would write")

// usable tells why the transaction cannot go on.
func (t *tx) usable() error {
	if t.conn == nil {
		return errEnded
	}
	if t.broken != nil {
		return fmt.Errorf("the transaction failed before: %w", t.broken)
	}
	return nil
}

// note remembers the first error and returns its argument.
func (t *tx) note(err error) error {
	if err != nil && t.broken == nil {
		t.broken = err
	}
	return err
}

// Exec runs one statement.
func (t *tx) Exec(ctx context.Context, sql string, args ...record.Value) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, fmt.Errorf("execute %s: %w", excerpt(sql), err)
	}
	if t.reads {
		return 0, t.note(fmt.Errorf("execute %s: %w", excerpt(sql), errReads))
	}
	rows, err := t.conn.exec(ctx, sql, args)
	if err != nil {
		return 0, t.note(fmt.Errorf("execute %s: %w", excerpt(sql), err))
	}
	return rows, nil
}

// Query streams the result of one statement.
func (t *tx) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		if err := t.usable(); err != nil {
			yield(nil, fmt.Errorf("query %s: %w", excerpt(sql), err))
			return
		}
		for b, err := range query(ctx, t.conn, sql, args, t.only()...) {
			if !yield(b, t.note(err)) {
				return
			}
		}
	}
}

// only lists the types of statements that a query may be; none means any.
func (t *tx) only() []duck.StatementType {
	if t.reads {
		return []duck.StatementType{duck.StatementTypeSelect}
	}
	return nil
}

// ReadOnly makes the rest of the transaction read.
func (t *tx) ReadOnly(context.Context) error {
	if err := t.usable(); err != nil {
		return fmt.Errorf("make the transaction read only: %w", err)
	}
	t.reads = true
	return nil
}

// Load appends batches to a table.
func (t *tx) Load(ctx context.Context, table schema.Name, batches record.Batches) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, fmt.Errorf("load %s: %w", table, err)
	}
	if t.reads {
		return 0, t.note(fmt.Errorf("load %s: %w", table, errReads))
	}
	ended := false
	defer func() {
		if !ended {
			t.broken = errAbandoned // the batches panicked; what was appended must not be committed
		}
	}()
	rows, err := t.load(ctx, table, batches)
	ended = true
	if err != nil {
		return 0, t.note(fmt.Errorf("load %s: %w", table, err))
	}
	return rows, nil
}

// errAbandoned ends a load whose batches panicked.
var errAbandoned = errors.New("the batches of a load ended in a panic")

// Describe reads the tables of schemas.
func (t *tx) Describe(ctx context.Context, schemas ...string) ([]schema.Table, error) {
	if len(schemas) == 0 {
		return nil, nil
	}
	tables, err := describe(ctx, t, schemas)
	if err != nil {
		return nil, fmt.Errorf("describe schemas %s: %w", strings.Join(schemas, ", "), err)
	}
	return tables, nil
}

// Commit makes the transaction visible. A transaction in which anything failed is rolled
// back instead, and Commit says so.
func (t *tx) Commit(ctx context.Context) error {
	if err := t.usable(); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), t.Rollback())
	}
	if t.writer == nil {
		return errors.Join(fmt.Errorf("commit: %w", errScratch), t.Rollback())
	}
	if _, err := t.conn.exec(ctx, "COMMIT", nil); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), t.Rollback())
	}
	t.end()
	return nil
}

// Rollback undoes the transaction. Closing the connection does so too, whatever became of it.
func (t *tx) Rollback() error {
	if t.conn == nil {
		return nil
	}
	t.end()
	return nil
}

// end closes the connection and lets the next transaction begin.
func (t *tx) end() {
	t.conn.close()
	t.conn = nil
	if t.writer != nil {
		<-t.writer
	}
}
