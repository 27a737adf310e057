// Package dbtest runs a test on every warehouse: on a DuckDB file and on PostgreSQL.
package dbtest

import (
	"path/filepath"
	"testing"

	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// Each runs test on a new, empty warehouse of each technology, as parallel subtests
// "duckdb" (a file) and "postgres".
func Each(t *testing.T, test func(t *testing.T, w warehouse.Warehouse)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) warehouse.Warehouse{"duckdb": DuckDB, "postgres": Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// DuckDB is a new warehouse in a DuckDB file of the test, closed when the test ends.
func DuckDB(t testing.TB) warehouse.Warehouse {
	t.Helper()
	return Open(t, duckdb.Driver{}, File(t))
}

// File is the address of a new DuckDB file of the test. It has one thread: tables of a few rows
// give a second one nothing to do but to wait, at the cost of the tests beside it.
func File(t testing.TB) string {
	t.Helper()
	return "duckdb:" + filepath.Join(t.TempDir(), "warehouse.duckdb") + "?threads=1"
}

// Addresses makes the address of a new, empty warehouse of each technology.
func Addresses() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{"duckdb": File, "postgres": pgtest.URL}
}

// Memory is a new DuckDB warehouse in memory, closed when the test ends.
func Memory(t testing.TB) warehouse.Warehouse {
	t.Helper()
	return Open(t, duckdb.Driver{}, "duckdb:")
}

// Postgres is a new PostgreSQL database, closed and dropped when the test ends.
func Postgres(t testing.TB) warehouse.Warehouse {
	t.Helper()
	return Open(t, postgres.Driver{}, pgtest.URL(t))
}

// Open opens an address and closes it when the test ends.
func Open(t testing.TB, driver warehouse.Driver, address string) warehouse.Warehouse {
	t.Helper()
	w, err := driver.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close warehouse: %v", err)
		}
	})
	return w
}
