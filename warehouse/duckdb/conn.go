//go:build cgo && !noduckdb

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// conn is a connection, used by one goroutine at a time.
type conn struct{ handle duck.Connection }

// plain connects without choosing the catalog.
func (w *database) plain() (*conn, error) {
	c := &conn{}
	if w.handle.Ptr == nil || duck.Connect(w.handle, &c.handle) == duck.StateError {
		return nil, errors.New("connect to DuckDB: the warehouse is closed")
	}
	return c, nil
}

// connect connects, so that names without a catalog mean the file's.
func (w *database) connect(ctx context.Context) (*conn, error) {
	c, err := w.plain()
	if err != nil {
		return nil, err
	}
	if _, err := c.exec(ctx, "USE "+catalog, nil); err != nil {
		c.close()
		return nil, fmt.Errorf("connect to DuckDB: %w", err)
	}
	return c, nil
}

func (c *conn) close() { duck.Disconnect(&c.handle) }

// interruptAgain is how often an interrupt is repeated: one that arrives before the
// statement has started has no effect.
const interruptAgain = 10 * time.Millisecond

// watch interrupts what runs on the connection when ctx ends, until stop is called. After
// stop no interrupt is under way that could hit the next statement.
func (c *conn) watch(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		tick := time.NewTicker(interruptAgain)
		defer tick.Stop()
		for {
			duck.Interrupt(c.handle)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(done); <-ended }
}

// exec runs one statement and returns the rows it changed.
func (c *conn) exec(ctx context.Context, sql string, args []record.Value) (int64, error) {
	statement, err := c.prepare(ctx, sql, args)
	if err != nil {
		return 0, err
	}
	defer duck.DestroyPrepare(&statement)
	defer c.watch(ctx)()
	var result duck.Result
	defer duck.DestroyResult(&result)
	if duck.ExecutePrepared(statement, &result) == duck.StateError {
		return 0, failure(ctx, duck.ResultError(&result))
	}
	if duck.ResultReturnType(result) != duck.ResultTypeChangedRows {
		return 0, nil
	}
	return int64(duck.RowsChanged(&result)), nil
}

// failure is the error of a message. One that came because ctx ended is the error of ctx.
func failure(ctx context.Context, message string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if strings.HasPrefix(message, "Constraint Error: Duplicate key") || strings.Contains(message, "violates primary key constraint") || strings.Contains(message, "violates unique constraint") {
		return fmt.Errorf("%w: %s", warehouse.ErrDuplicate, message)
	}
	return errors.New(message)
}

// prepare parses a statement and binds its arguments.
func (c *conn) prepare(ctx context.Context, sql string, args []record.Value) (statement duck.PreparedStatement, err error) {
	if ctx.Err() != nil {
		return statement, context.Cause(ctx)
	}
	if duck.Prepare(c.handle, sql, &statement) == duck.StateError {
		err = errors.New(duck.PrepareError(statement))
	} else if want := int(duck.NParams(statement)); want != len(args) {
		err = fmt.Errorf("the statement has %d parameters and %d arguments", want, len(args))
	}
	for i, a := range args {
		if err == nil {
			err = bind(statement, i+1, a)
		}
	}
	if err != nil {
		duck.DestroyPrepare(&statement)
	}
	return statement, err
}

// bind binds argument n, counted from 1.
func bind(statement duck.PreparedStatement, n int, a record.Value) error {
	if err := warehouse.CheckText(a.Text()); err != nil {
		return fmt.Errorf("argument $%d: %w", n, err)
	}
	var state duck.State
	index := duck.IdxT(n)
	switch a.Kind() {
	case record.Int:
		state = duck.BindInt64(statement, index, a.Int())
	case record.Float:
		state = duck.BindDouble(statement, index, a.Float())
	case record.Bool:
		state = duck.BindBoolean(statement, index, a.Bool())
	case record.Date:
		days, err := duckDate(a.Int())
		if err != nil {
			return fmt.Errorf("argument $%d: %w", n, err)
		}
		state = duck.BindDate(statement, index, duck.NewDate(days))
	case record.Timestamp:
		state = duck.BindTimestamp(statement, index, duck.NewTimestamp(a.Int()))
	case record.Decimal, record.UUID:
		return bindValue(statement, n, a)
	case record.Text, record.JSON:
		state = duck.BindVarchar(statement, index, a.Text())
	default:
		state = duck.BindNull(statement, index)
	}
	if state == duck.StateError {
		return fmt.Errorf("argument $%d: %s", n, duck.PrepareError(statement))
	}
	return nil
}

// bindValue binds what is an integer of 128 bits to DuckDB.
func bindValue(statement duck.PreparedStatement, n int, a record.Value) error {
	var value duck.Value
	switch a.Kind() {
	case record.UUID:
		u, err := parseUUID(a.Text())
		if err != nil {
			return fmt.Errorf("argument $%d: %w", n, err)
		}
		value = duck.CreateUUID(duck.NewUHugeInt(u.low, u.high))
	default:
		scale := scaleOf(a.Text())
		d, err := parseDecimal(a.Text(), scale, maxPrecision)
		if err != nil {
			return fmt.Errorf("argument $%d: %w", n, err)
		}
		value = duck.CreateDecimal(duck.NewDecimal(maxPrecision, uint8(scale), duck.NewHugeInt(d.low, int64(d.high))))
	}
	defer duck.DestroyValue(&value)
	if duck.BindValue(statement, duck.IdxT(n), value) == duck.StateError {
		return fmt.Errorf("argument $%d: %s", n, duck.PrepareError(statement))
	}
	return nil
}
