//go:build cgo && !noduckdb

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// Driver opens DuckDB files, "duckdb:path", and databases in memory, "duckdb:" or
// "duckdb::memory:". DuckDB's settings may follow as parameters: memory_limit (1GB
// unless set), threads, temp_directory and so on.
type Driver struct{}

// Schemes are the beginnings of addresses that Driver opens.
func (Driver) Schemes() []string { return []string{scheme} }

// Dialect spells SQL for DuckDB.
func (Driver) Dialect() warehouse.Dialect { return Dialect{} }

// instances lets DuckDB see all databases of the process, so that it refuses to open one
// file twice: the file's lock only keeps other processes out. It is set once and never changes.
var instances = sync.OnceValue(duck.CreateInstanceCache)

// Open opens a database, and creates the file if it is missing. Close takes a file that it
// has created away again if nothing was put into it: to look is not to leave a trace.
func (Driver) Open(ctx context.Context, address string) (warehouse.Warehouse, error) {
	o, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	w := &database{writer: make(chan struct{}, 1), locks: map[string]bool{}}
	if err := w.open(o); err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	if err := w.attach(ctx, o); err != nil {
		duck.Close(&w.handle)
		return nil, err
	}
	return w, nil
}

// database is an open DuckDB database.
type database struct {
	handle duck.Database
	writer chan struct{} // holds a token while a transaction is open
	path   string
	made   bool // the file was not there before

	mutex sync.Mutex
	locks map[string]bool
}

// open starts an empty instance with the settings of the address.
func (w *database) open(o options) error {
	var config duck.Config
	if duck.CreateConfig(&config) == duck.StateError {
		return errors.New("make its configuration")
	}
	defer duck.DestroyConfig(&config)
	for _, name := range slices.Sorted(maps.Keys(o.config)) {
		if duck.SetConfig(config, name, o.config[name]) == duck.StateError {
			return fmt.Errorf("setting %s=%s is not one of DuckDB's", name, o.config[name])
		}
	}
	var message string
	if duck.GetOrCreateFromCache(instances(), ":memory:", &w.handle, config, &message) == duck.StateError {
		return errors.New(message)
	}
	w.path = o.path
	return nil
}

// attach opens the file inside the instance.
func (w *database) attach(ctx context.Context, o options) error {
	c, err := w.plain()
	if err != nil {
		return err
	}
	defer c.close()
	path := o.path
	if path == "" {
		path = ":memory:"
	}
	_, missing := os.Lstat(path)
	w.made = o.path != "" && errors.Is(missing, fs.ErrNotExist)
	_, err = c.exec(ctx, "ATTACH "+quoteText(path)+" AS "+catalog, nil)
	if err != nil {
		return busy(path, err)
	}
	_, err = c.exec(ctx, "SET GLOBAL TimeZone = 'UTC'", nil)
	return err
}

// busy recognises the two ways in which DuckDB says that a file is taken.
func busy(path string, err error) error {
	text := err.Error()
	if strings.Contains(text, "Could not set lock") || strings.Contains(text, "already attached") || strings.Contains(text, "Unique file handle conflict") {
		return fmt.Errorf("open DuckDB file %s: %w; one process at a time can use it: wait for that one to end, "+
			"or put the project on PostgreSQL (DuckDB says: %w)", path, warehouse.ErrBusy, err)
	}
	return fmt.Errorf("open DuckDB file %s: %w", path, err)
}

// Dialect spells SQL for DuckDB.
func (w *database) Dialect() warehouse.Dialect { return Dialect{} }

// Begin starts a transaction on a connection of its own. Transactions wait for each other:
// DuckDB would let them run and fail the later one of two that touch the same rows.
func (w *database) Begin(ctx context.Context) (warehouse.Tx, error) {
	select {
	case w.writer <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("begin transaction: wait for the one that is open: %w", context.Cause(ctx))
	}
	c, err := w.connect(ctx)
	if err != nil {
		<-w.writer
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	t := &tx{conn: c, writer: w.writer}
	if _, err := c.exec(ctx, "BEGIN TRANSACTION", nil); err != nil {
		t.end()
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	return t, nil
}

// Scratch starts a transaction that is always rolled back. It writes nothing that others
// could see, and so waits for nobody.
func (w *database) Scratch(ctx context.Context) (warehouse.Tx, error) {
	c, err := w.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin scratch transaction: %w", err)
	}
	t := &tx{conn: c}
	if _, err := c.exec(ctx, "BEGIN TRANSACTION", nil); err != nil {
		t.end()
		return nil, fmt.Errorf("begin scratch transaction: %w", err)
	}
	return t, nil
}

// Query streams a read from a connection of its own.
func (w *database) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		c, err := w.connect(ctx)
		if err != nil {
			yield(nil, fmt.Errorf("query: %w", err))
			return
		}
		defer c.close()
		query(ctx, c, sql, args, duck.StatementTypeSelect)(yield)
	}
}

// Close writes the log into the file and closes it. If the log cannot be written now, because a
// transaction is still open, it stays beside the file and nothing is lost.
func (w *database) Close() error {
	if c, err := w.plain(); err == nil {
		_, _ = c.exec(context.Background(), "CHECKPOINT "+catalog, nil)
		if w.made && c.isEmpty() {
			// While it is still locked nobody can have put anything into it. If it cannot be
			// removed an empty file stays, which does no harm.
			_ = os.Remove(w.path)
		}
		c.close()
	}
	duck.Close(&w.handle)
	return nil
}

// isEmpty tells whether the database holds no object of anybody.
func (c *conn) isEmpty() bool {
	const objects = "SELECT count(*) AS n FROM (SELECT 1 FROM duckdb_schemas() WHERE database_name = '" + catalog + "' AND NOT internal AND schema_name <> 'main'" +
		" UNION ALL SELECT 1 FROM duckdb_tables() WHERE database_name = '" + catalog + "'" +
		" UNION ALL SELECT 1 FROM duckdb_views() WHERE database_name = '" + catalog + "' AND NOT internal" +
		" UNION ALL SELECT 1 FROM duckdb_sequences() WHERE database_name = '" + catalog + "') o"
	for b, err := range query(context.Background(), c, objects, nil) {
		return err == nil && b.Len() == 1 && b.Vectors[0].Ints[0] == 0
	}
	return false
}
