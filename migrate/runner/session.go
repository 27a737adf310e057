package runner

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// session is a warehouse as database/sql sees it. One transaction is open at a time; a
// statement outside of one has its own.
type session struct {
	warehouse warehouse.Warehouse
	tx        warehouse.Tx // that is open
}

// Connect is a connection: the session itself, as the warehouse keeps the real ones.
func (s *session) Connect(context.Context) (driver.Conn, error) { return conn{s}, nil }

// Driver is part of the contract of a connector.
func (s *session) Driver() driver.Driver { return noDriver{} }

// noDriver opens nothing by name.
type noDriver struct{}

func (noDriver) Open(string) (driver.Conn, error) {
	return nil, errors.New("open by name: a session belongs to a warehouse that is open")
}

type conn struct{ *session }

func (conn) Close() error { return nil }

func (c conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

func (c conn) Prepare(query string) (driver.Stmt, error) { return statement{c, query}, nil }

// BeginTx begins a transaction of the warehouse.
func (c conn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if c.tx != nil {
		return nil, errors.New("begin transaction: another one of the migration is open")
	}
	tx, err := c.warehouse.Begin(ctx)
	if err != nil {
		return nil, err
	}
	c.tx = tx
	return c, nil
}

func (c conn) Commit() error {
	tx := c.tx
	c.tx = nil
	return tx.Commit(context.Background())
}

func (c conn) Rollback() error {
	tx := c.tx
	c.tx = nil
	return tx.Rollback()
}

// ExecContext runs a statement. Outside of a transaction, which a file asks for by NO
// TRANSACTION, one that fills in batches is run until there is nothing left to fill, and one
// that no transaction may hold has none: CREATE INDEX CONCURRENTLY.
func (c conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	values, err := toRecord(args)
	if err != nil {
		return nil, err
	}
	if c.tx != nil {
		n, err := c.tx.Exec(ctx, query, values...)
		return driver.RowsAffected(n), err
	}
	batches := strings.HasPrefix(strings.TrimSpace(query), strings.TrimSpace(migrate.BatchMark))
	all := int64(0)
	for {
		n, err := c.alone(ctx, query, values)
		all += n
		if s, ok := c.warehouse.(warehouse.Selector); ok && err != nil && strings.Contains(err.Error(), "cannot run inside a transaction block") {
			return driver.RowsAffected(0), drain(s.Select(ctx, query, values...))
		}
		if err != nil || n == 0 || !batches {
			return driver.RowsAffected(all), err
		}
	}
}

func drain(batches record.Batches) error {
	for _, err := range batches {
		if err != nil {
			return err
		}
	}
	return nil
}

// alone runs a statement in a transaction of its own.
func (c conn) alone(ctx context.Context, query string, values []record.Value) (n int64, err error) {
	tx, err := c.warehouse.Begin(ctx)
	if err != nil {
		return 0, err
	}
	if n, err = tx.Exec(ctx, query, values...); err != nil {
		return 0, errors.Join(err, tx.Rollback())
	}
	return n, tx.Commit(ctx)
}

// QueryContext runs a query and reads all of its result: the transaction is needed for
// what comes next.
func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	values, err := toRecord(args)
	if err != nil {
		return nil, err
	}
	batches := c.warehouse.Query(ctx, query, values...)
	if c.tx != nil {
		batches = c.tx.Query(ctx, query, values...)
	}
	out := &rows{}
	for b, err := range batches {
		if err != nil {
			return nil, err
		}
		out.columns = b.Columns
		for i := range b.Len() {
			out.rest = append(out.rest, b.Row(i))
		}
	}
	return out, nil
}

// statement is one that was prepared: nothing but its text.
type statement struct {
	conn  conn
	query string
}

func (statement) Close() error  { return nil }
func (statement) NumInput() int { return -1 }

func (s statement) Exec(args []driver.Value) (driver.Result, error) {
	return s.conn.ExecContext(context.Background(), s.query, ordinal(args))
}

func (s statement) Query(args []driver.Value) (driver.Rows, error) {
	return s.conn.QueryContext(context.Background(), s.query, ordinal(args))
}

func ordinal(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

type rows struct {
	columns []record.Column
	rest    [][]record.Value
}

func (r *rows) Columns() []string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.Name
	}
	return names
}

func (*rows) Close() error { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if len(r.rest) == 0 {
		return io.EOF
	}
	for i, v := range r.rest[0] {
		dest[i] = fromRecord(v)
	}
	r.rest = r.rest[1:]
	return nil
}

func fromRecord(v record.Value) driver.Value {
	switch v.Kind() {
	case record.Invalid:
		return nil
	case record.Int:
		return v.Int()
	case record.Float:
		return v.Float()
	case record.Bool:
		return v.Bool()
	case record.Date, record.Timestamp:
		return v.Time()
	}
	return v.Text()
}

func toRecord(args []driver.NamedValue) ([]record.Value, error) {
	out := make([]record.Value, len(args))
	for i, a := range args {
		switch x := a.Value.(type) {
		case nil:
		case int64:
			out[i] = record.IntValue(x)
		case float64:
			out[i] = record.FloatValue(x)
		case bool:
			out[i] = record.BoolValue(x)
		case string:
			out[i] = record.TextValue(x)
		case []byte:
			out[i] = record.TextValue(string(x))
		case time.Time:
			out[i] = record.TimeValue(x)
		default:
			return nil, fmt.Errorf("argument $%d: a %T cannot be handed to a warehouse", a.Ordinal, x)
		}
	}
	return out, nil
}
