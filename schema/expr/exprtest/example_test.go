package exprtest_test

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode/internal/kittest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
	"github.com/lodehq/lode/schema/expr/exprtest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
)

// A dialect is held to what Go makes of every operator and function, on rows full of edges.
func ExampleAgree() {
	ok := kittest.Passes("TestDialect", func(t *testing.T) {
		w, err := duckdb.Driver{}.Open(t.Context(), "duckdb:")
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		exprtest.Agree(t, w.Dialect(), 20, func(t testing.TB, sql string, _ record.Type) []record.Value {
			return column(t, w, sql)
		})
	})
	fmt.Println("Go and DuckDB agree:", ok)
	// Output:
	// Go and DuckDB agree: true
}

// column is the one column of a result.
func column(t testing.TB, w warehouse.Warehouse, sql string) (values []record.Value) {
	t.Helper()
	for batch, err := range w.Query(t.Context(), sql) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch.Len() {
			values = append(values, batch.Row(i)[0])
		}
	}
	return values
}

// Statement asks a database for an expression of literal rows, to look at it by hand.
func ExampleStatement() {
	columns := []record.Column{{Name: "quantity", Type: record.Of(record.Int)}, {Name: "note", Type: record.Of(record.Text)}}
	p, err := expr.Compile("quantity * 2", columns)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := [][]record.Value{{record.IntValue(7), record.TextValue("odd")}, {record.Null, record.Null}}
	fmt.Println(exprtest.Statement(exprtest.DuckDB{}, p, columns, rows))
	// Output:
	// SELECT ("quantity" * CAST('2' AS BIGINT)) FROM (VALUES (0, CAST('7' AS BIGINT)),
	// (1, CAST(NULL AS BIGINT))) AS t(lode_row, "quantity") ORDER BY lode_row
}
