package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// tx is a transaction. conn is nil once it has ended.
type tx struct {
	conn *pgxpool.Conn
	// broken is the first error. PostgreSQL refuses everything after it with a message that does not
	// say what it was.
	broken  error
	scratch bool // can only be rolled back
	reads   bool // nothing is written any more
}

// errEnded is the error of using a transaction after its end.
var errEnded = errors.New("the transaction has ended")

// errScratch is the error of committing a scratch transaction.
var errScratch = errors.New("a scratch transaction leaves nothing behind; it can only be rolled back")

// errReads is the error of writing in a transaction that only reads.
var errReads = errors.New("the transaction only reads; this statement would write")

// rollbackTime bounds a rollback, which must work also after its caller was cancelled.
const rollbackTime = 10 * time.Second

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

// run sends a statement without arguments.
func (t *tx) run(ctx context.Context, sql string) (pgconn.CommandTag, error) {
	return t.pg().ExecParams(ctx, sql, nil, nil, nil, nil).Close()
}

func (t *tx) pg() *pgconn.PgConn { return t.conn.Conn().PgConn() }

// Exec runs one statement.
func (t *tx) Exec(ctx context.Context, sql string, args ...record.Value) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, fmt.Errorf("execute %s: %w", excerpt(sql), err)
	}
	c, err := newCall(ctx, t.pg(), sql, args)
	if err != nil {
		return 0, t.note(fmt.Errorf("execute %s: %w", excerpt(sql), err))
	}
	tag, err := c.send(ctx, t.pg(), nil).Close()
	if err != nil {
		c.failed(t.pg(), err)
		return 0, t.note(fmt.Errorf("execute %s: %w", excerpt(sql), explain(sql, err)))
	}
	return affected(tag), nil
}

// affected is the number of rows a statement changed. A SELECT changes none.
func affected(tag pgconn.CommandTag) int64 {
	if tag.Select() {
		return 0
	}
	return tag.RowsAffected()
}

// Query streams the result of one statement.
func (t *tx) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		if err := t.usable(); err != nil {
			yield(nil, fmt.Errorf("query %s: %w", excerpt(sql), err))
			return
		}
		for b, err := range query(ctx, t.pg(), sql, args, t.reads) {
			if !yield(b, t.note(err)) {
				return
			}
		}
	}
}

// ReadOnly makes the rest of the transaction read.
func (t *tx) ReadOnly(ctx context.Context) error {
	if err := t.usable(); err != nil {
		return fmt.Errorf("make the transaction read only: %w", err)
	}
	if _, err := t.run(ctx, "SET TRANSACTION READ ONLY"); err != nil {
		return t.note(fmt.Errorf("make the transaction read only: %w", mark(err)))
	}
	t.reads = true
	return nil
}

// Load appends batches to a table.
func (t *tx) Load(ctx context.Context, table schema.Name, batches record.Batches) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, fmt.Errorf("load %s: %w", table, err)
	}
	ended := false
	defer func() {
		if !ended {
			t.broken = errAbandoned // the batches panicked; what was sent must not be committed
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
	if t.scratch {
		return errors.Join(fmt.Errorf("commit: %w", errScratch), t.Rollback())
	}
	tag, err := t.run(ctx, "COMMIT")
	if err == nil && tag.String() != "COMMIT" {
		err = fmt.Errorf("PostgreSQL answered %s", tag)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("commit: %w", mark(err)), t.Rollback())
	}
	t.end()
	return nil
}

// Rollback undoes the transaction. A connection that cannot even do that is closed, with
// which the server undoes it.
func (t *tx) Rollback() error {
	if t.conn == nil {
		return nil
	}
	defer t.end()
	if t.pg().IsClosed() || t.pg().TxStatus() == 'I' {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
	defer cancel()
	if _, err := t.run(ctx, "ROLLBACK"); err != nil {
		return errors.Join(fmt.Errorf("roll back: %w", err), t.conn.Conn().Close(ctx))
	}
	return nil
}

// end gives the connection back; the pool drops it if it was closed.
func (t *tx) end() {
	t.conn.Release()
	t.conn = nil
}
