package runner_test

import (
	"context"
	"fmt"
	"testing/fstest"
	"time"

	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/warehouse/duckdb"
)

func Example() {
	ctx := context.Background()
	w, err := duckdb.Driver{}.Open(ctx, "duckdb:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	folder := fstest.MapFS{"20261123101500_items.sql": {Data: []byte("-- +goose Up\nCREATE TABLE items (id bigint);\n-- +goose Down\nDROP TABLE items;\n")}}
	r := runner.Runner{Warehouse: w, Schema: "lode", Folder: folder, Now: time.Now}
	for range 2 {
		done, err := r.Up(ctx, 0, nil)
		fmt.Println(done, err)
	}
	// Output:
	// [20261123101500_items] <nil>
	// [] <nil>
}
