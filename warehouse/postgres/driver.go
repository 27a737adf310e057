package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// Driver opens PostgreSQL databases. Its addresses are PostgreSQL URLs with all their
// parameters (sslmode, pool_max_conns, ...); the PG* environment variables and the
// password file fill in what an address leaves out.
type Driver struct{}

// Schemes are the beginnings of addresses that Driver opens.
func (Driver) Schemes() []string { return []string{"postgres", "postgresql"} }

// Dialect spells SQL for PostgreSQL.
func (Driver) Dialect() warehouse.Dialect { return Dialect{} }

// Open connects to a database. The password is in no error.
func (Driver) Open(ctx context.Context, address string) (warehouse.Warehouse, error) {
	if _, rest, _ := strings.Cut(address, ":"); !strings.HasPrefix(rest, "//") {
		return nil, errors.New("read PostgreSQL address: it does not begin with postgres://; write postgres://user:password@host/database")
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read PostgreSQL address: %s; write postgres://user:password@host/database", redact(address, err))
	}
	if strings.ContainsAny(config.ConnConfig.Host, "@#") {
		return nil, errors.New("read PostgreSQL address: its host would hold an @ or a #; write special characters of the password as %40, %23, %2F, %25")
	}
	prepare(config)
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = connections
	}
	if config.MaxConns < 3 {
		return nil, fmt.Errorf("open PostgreSQL: pool_max_conns is %d; a run needs 3 connections at least: a lock, a writer and a reader beside it", config.MaxConns)
	}
	w, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// connect opens a pool and makes sure that its server can be a warehouse.
func connect(ctx context.Context, config *pgxpool.Config) (*database, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL pool: %s", redact(config.ConnString(), err))
	}
	w := &database{pool: pool}
	if err := w.check(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return w, nil
}

// connections are opened when they are needed: one for the run's lock, and for each of
// the Writers one to write and one to read beside it.
const connections = 2*mostWriters + 1

// prepare sets what each session needs, unless the address says otherwise.
func prepare(config *pgxpool.Config) {
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 30 * time.Second
	}
	params := config.ConnConfig.RuntimeParams
	params["timezone"] = "UTC" // instants are read and written in UTC; the SQL relies on it
	params["client_encoding"] = "UTF8"
	params["standard_conforming_strings"] = "on"
	for name, value := range map[string]string{
		"application_name": "lode",
		"random_page_cost": "1.1",  // disks no longer turn, and what a step touches is mostly in memory: few keys are looked up by index
		"jit":              "off",  // compiling costs more than it saves on statements of a second
		"work_mem":         "64MB", // the steps sort and hash whole batches; the default of 4 MB spills them to disk
	} {
		if _, set := params[name]; !set {
			params[name] = value
		}
	}
}

// redact is the text of an error about an address, without its password. pgx hides
// passwords that it recognises; one in an address that it cannot read is hidden here.
//
// pgx takes what stands behind the first @ for the host; where a password holds one itself,
// its message is not shown at all.
func redact(address string, err error) string {
	text := err.Error()
	if strings.Count(address, "@") > 1 {
		return "it cannot be read; write special characters of the password as %40, %23, %2F, %25"
	}
	if _, rest, ok := strings.Cut(address, "://"); ok {
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			_, password, _ := strings.Cut(rest[:at], ":")
			text = strings.ReplaceAll(text, "://"+rest[:at]+"@", "://xxxxx@")
			text = maskWhole(text, password)
		}
	}
	return text
}

// maskWhole hides a secret where it stands by itself. Inside of words it is none: that would
// garble the message, and tell what the secret is.
func maskWhole(text, secret string) string {
	if secret == "" {
		return text
	}
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	first, _ := utf8.DecodeRuneInString(secret)
	last, _ := utf8.DecodeLastRuneInString(secret)
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, secret)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		left, _ := utf8.DecodeLastRuneInString(out.String())
		right, _ := utf8.DecodeRuneInString(after)
		if isWord(first) && isWord(left) || isWord(last) && isWord(right) {
			out.WriteString(secret)
		} else {
			out.WriteString("xxxxx")
		}
		text = after
	}
}

// database is an open PostgreSQL database.
type database struct {
	pool *pgxpool.Pool

	mutex sync.Mutex
	locks map[string]held // by name
}

// oldest is the server version that the SQL is written for.
const oldest = 130000

// check connects once and refuses a server that cannot be a warehouse.
func (w *database) check(ctx context.Context) error {
	conn, err := w.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", mark(err))
	}
	defer conn.Release()
	var version int
	var encoding string
	err = conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')").Scan(&version, &encoding)
	if err != nil {
		return fmt.Errorf("ask PostgreSQL for its version: %w", mark(err))
	}
	if version < oldest {
		return fmt.Errorf("open PostgreSQL: the server has version %d; 13 or later is needed", version/10000)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("open PostgreSQL: the database's encoding is %s; create one with ENCODING 'UTF8'", encoding)
	}
	return nil
}

// Dialect spells SQL for PostgreSQL.
func (w *database) Dialect() warehouse.Dialect { return Dialect{} }

// Begin starts a transaction on a connection of its own.
func (w *database) Begin(ctx context.Context) (warehouse.Tx, error) {
	return w.begin(ctx, "BEGIN", &tx{})
}

// Scratch starts a transaction that is always rolled back.
func (w *database) Scratch(ctx context.Context) (warehouse.Tx, error) {
	return w.begin(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ", &tx{scratch: true})
}

func (w *database) begin(ctx context.Context, begin string, t *tx) (warehouse.Tx, error) {
	conn, err := w.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin transaction: connect to PostgreSQL: %w", mark(err))
	}
	t.conn = conn
	_, err = t.run(ctx, begin)
	if err == nil && !t.scratch {
		err = w.enter(ctx, t.pg())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin transaction: %w", mark(err)), t.Rollback())
	}
	return t, nil
}

// Query streams a read from a connection of its own.
func (w *database) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		conn, err := w.pool.Acquire(ctx)
		if err != nil {
			yield(nil, fmt.Errorf("query: connect to PostgreSQL: %w", mark(err)))
			return
		}
		defer conn.Release()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		left := false
		leave := func(b *record.Batch, err error) bool {
			if left = !yield(b, err); left {
				cancel() // rather lose the connection than read the rest of the result
			}
			return !left
		}
		if err := readOnce(ctx, conn.Conn().PgConn(), sql, args, leave); err != nil && !left {
			yield(nil, err)
		}
		if conn.Conn().PgConn().TxStatus() == 'I' {
			return
		}
		if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
			cancel() // a connection that cannot end its transaction must not go back to the pool
		}
	}
}

// Select streams a read from a connection of its own, without the transaction that keeps Query
// from writing.
func (w *database) Select(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		conn, err := w.pool.Acquire(ctx)
		if err != nil {
			yield(nil, fmt.Errorf("query: connect to PostgreSQL: %w", mark(err)))
			return
		}
		defer conn.Release()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for again := true; again; {
			again = false
			for b, err := range query(ctx, conn.Conn().PgConn(), sql, args, true) {
				if again = forgotten(err); again {
					break // nothing has been read; the statement is prepared anew
				}
				if !yield(b, err) {
					cancel() // rather lose the connection than read the rest of the result
					return
				}
			}
		}
	}
}

// readOnce runs a statement in a transaction that only reads, all in one round trip.
func readOnce(ctx context.Context, conn *pgconn.PgConn, sql string, args []record.Value, yield func(*record.Batch, error) bool) (err error) {
	c, err := newCall(ctx, conn, sql, args)
	if err != nil {
		return fmt.Errorf("query %s: %w", excerpt(sql), err)
	}
	p := conn.StartPipeline(ctx)
	defer func() {
		if end := p.Close(); err == nil && end != nil && ctx.Err() == nil {
			err = fmt.Errorf("query %s: %w", excerpt(sql), explain(sql, end))
		}
	}()
	p.SendQueryParams("BEGIN READ ONLY", nil, nil, nil, nil)
	c.queue(p)
	p.SendQueryParams("ROLLBACK", nil, nil, nil, nil)
	if err := p.Sync(); err != nil {
		return fmt.Errorf("query %s: %w", excerpt(sql), mark(err))
	}
	if begun, err := next(p); err != nil {
		return fmt.Errorf("query: begin to read: %w", mark(err))
	} else if _, err := begun.Close(); err != nil {
		return fmt.Errorf("query: begin to read: %w", mark(err))
	}
	rows, err := next(p)
	if err != nil {
		c.failed(conn, err)
		return fmt.Errorf("query %s: %w", excerpt(sql), explain(sql, err))
	}
	return c.stream(conn, rows, true, yield)
}

// next is the next result of a pipeline.
func next(p *pgconn.Pipeline) (*pgconn.ResultReader, error) {
	r, err := p.GetResults()
	if err != nil {
		return nil, err
	}
	rows, ok := r.(*pgconn.ResultReader)
	if !ok {
		return nil, fmt.Errorf("the server answered out of turn: %T", r)
	}
	return rows, nil
}

// Close ends all connections.
func (w *database) Close() error {
	w.pool.Close()
	return nil
}
