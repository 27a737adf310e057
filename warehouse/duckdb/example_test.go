package duckdb_test

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse/duckdb"
)

// Without a file the warehouse is in memory, and gone when it is closed.
func Example() {
	ctx := context.Background()
	w, err := duckdb.Driver{}.Open(ctx, "duckdb:")
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range w.Query(ctx, "SELECT n, n * $1 AS product FROM range(3) r(n) ORDER BY n", record.IntValue(7)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for i := range batch.Len() {
			fmt.Println(batch.Row(i))
		}
	}
	fmt.Println(w.Close())
	// Output:
	// [0 0]
	// [1 7]
	// [2 14]
	// <nil>
}
