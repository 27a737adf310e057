package coltypetest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/internal/kittest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/coltype/coltypetest"
	"github.com/lodehq/lode/schema/expr"
	"github.com/lodehq/lode/warehouse/duckdb"
)

// sku is a type of one's own: an article number, in capitals, that begins with A-.
var sku = coltype.Custom{
	TypeName: "sku", StoredAs: record.Of(record.Text),
	Convert: func(text string) (record.Value, error) {
		if number := strings.TrimPrefix(text, "A-"); number == text || number == "" || strings.Trim(number, "0123456789") != "" {
			return record.Null, errors.New("not an article number")
		}
		return record.TextValue(text), nil
	},
	Spell: func(d expr.Dialect, x string) string {
		return "CASE WHEN " + d.Matches(x, "^A-[0-9]+$") + " THEN " + x + " END"
	},
}

// What Go makes of a text, the warehouse makes of it too. In a test of a program's own the
// kit is reached as lodetest.TypeAgrees, which knows how to ask a warehouse.
func ExampleAgree() {
	ok := kittest.Passes("TestSKU", func(t *testing.T) {
		w, err := duckdb.Driver{}.Open(t.Context(), "duckdb:")
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		query := func(t testing.TB, sql string, _ record.Type) (values []record.Value) {
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
		coltypetest.Agree(t, w.Dialect(), sku, query, "A-1", "A-007", "a-1", "A-", "B-1")
	})
	fmt.Println("Go and DuckDB agree:", ok)
	// Output:
	// Go and DuckDB agree: true
}
