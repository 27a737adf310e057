package evolve_test

import (
	"context"
	"fmt"
	"os"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source/file"
	"github.com/lodehq/lode/standard"
)

// What is missing is proposed as files; the caller writes them into the folder.
func Example() {
	dir, err := os.MkdirTemp("", "lode")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	l, err := lode.Open(context.Background(), lode.Project{
		Project: schema.Project{
			Name:    "shop",
			Sources: []schema.Source{{Name: "crm", Config: &file.Config{Tables: []file.Stream{{Name: "customers", Glob: []string{"*.csv"}, Key: []string{"id"}}}}}},
			Entities: []schema.Entity{{
				Name: "customers", Key: []string{"source_system", "source_id"}, Columns: []schema.Column{{Name: "name", Type: "text"}},
				From: []schema.Mapping{{Stream: "crm.customers", Fields: []schema.FieldMapping{{Name: "name", From: "name"}}}},
			}},
		},
		Warehouse: "duckdb:", Dir: dir, Drivers: standard.Warehouses(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	proposal, err := l.Migrations().New(context.Background(), evolve.Request{Name: "First"})
	fmt.Println(len(proposal.Files), proposal.Files[0].Name, err)
	// Output:
	// 1 first <nil>
}
