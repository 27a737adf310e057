package warehousetest_test

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode/internal/kittest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/warehousetest"
)

// A driver's own test hands over how to open an empty warehouse, and every sentence of the
// contract becomes a subtest.
func ExampleRun() {
	ok := kittest.Passes("TestContract", func(t *testing.T) {
		warehousetest.Run(t, func(t testing.TB) warehouse.Warehouse {
			w, err := duckdb.Driver{}.Open(t.Context(), "duckdb:")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := w.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			return w
		})
	})
	fmt.Println("DuckDB keeps the contract:", ok)
	// Output:
	// DuckDB keeps the contract: true
}
