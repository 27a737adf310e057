// Package warehousetest holds a warehouse to the contract of package warehouse. Each
// sentence of the contract is a subtest, named after it; a driver's own tests call [Run].
package warehousetest

import (
	"context"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Open gives a new, empty warehouse, closed when the test ends.
type Open func(t testing.TB) warehouse.Warehouse

// Run runs the suite. Each subtest has a warehouse of its own.
func Run(t *testing.T, open Open) {
	groups := []map[string]func(*testing.T, warehouse.Warehouse){
		transactions(), scratches(), loads(), queries(), tables(), alterations(), dialects(), casts(), members(), latest(), locks(),
	}
	for _, group := range groups {
		for name, test := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, open(t))
			})
		}
	}
}

// begin starts a transaction that is rolled back when the test ends.
func begin(t testing.TB, w warehouse.Warehouse) warehouse.Tx {
	t.Helper()
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Rollback(); err != nil {
			t.Errorf("roll back: %v", err)
		}
	})
	return tx
}

// exec runs statements in a transaction.
func exec(t testing.TB, tx warehouse.Tx, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// commit runs statements in a transaction of their own.
func commit(t testing.TB, w warehouse.Warehouse, statements ...string) {
	t.Helper()
	tx := begin(t, w)
	exec(t, tx, statements...)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// create makes the schema and the table.
func create(t testing.TB, w warehouse.Warehouse, table schema.Table) {
	t.Helper()
	d := w.Dialect()
	if err := d.Check(table); err != nil {
		t.Fatal(err)
	}
	commit(t, w, append([]string{d.CreateSchema(table.Name.Schema)}, d.CreateTable(table)...)...)
}

// collect copies all rows out of a stream.
func collect(batches record.Batches) (rows [][]record.Value, err error) {
	for b, err := range batches {
		if err != nil {
			return rows, err
		}
		for i := range b.Len() {
			rows = append(rows, b.Row(i))
		}
	}
	return rows, nil
}

// rows is the result of a read outside of a transaction.
func rows(t testing.TB, w warehouse.Warehouse, sql string, args ...record.Value) [][]record.Value {
	t.Helper()
	all, err := collect(w.Query(t.Context(), sql, args...))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// one is the single value of a read.
func one(t testing.TB, w warehouse.Warehouse, sql string, args ...record.Value) record.Value {
	t.Helper()
	all := rows(t, w, sql, args...)
	if len(all) != 1 || len(all[0]) != 1 {
		t.Fatalf("%s: got %v, want one value", sql, all)
	}
	return all[0][0]
}

// numbers is the name of a table with one integer column n that most tests use.
var numbers = schema.Table{
	Name:   schema.Name{Schema: "bronze", Table: "numbers"},
	Fields: []schema.Field{{Name: "n", Type: record.Of(record.Int)}},
}

// sequence is a stream of batches of size rows that count up from 0 to n, excluded.
func sequence(n, size int) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		b := record.NewBatch(numbers.Columns())
		for from := 0; from < n; from += size {
			b.Reset()
			for i := from; i < min(from+size, n); i++ {
				b.Append(record.IntValue(int64(i)))
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// load appends batches in a transaction of their own.
func load(t testing.TB, w warehouse.Warehouse, table schema.Name, batches record.Batches) int64 {
	t.Helper()
	tx := begin(t, w)
	n, err := tx.Load(t.Context(), table, batches)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	return n
}

// count is the number of rows of the numbers table.
func count(t testing.TB, w warehouse.Warehouse) int64 {
	t.Helper()
	return one(t, w, "SELECT count(*) FROM "+w.Dialect().Table(numbers.Name)).Int()
}
