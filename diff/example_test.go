package diff_test

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
)

// Two relations are compared by key in one pass over both; NULL is a value like any other.
func Example() {
	w, err := duckdb.Driver{}.Open(context.Background(), "duckdb:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	side := func(rows string) diff.Relation {
		return diff.Relation{SQL: "SELECT id, city FROM (VALUES " + rows + ") t(id, city)", Key: []string{"id"}, Values: []string{"city"}}
	}
	before := side("(1, 'London'), (2, 'Paris'), (3, NULL)")
	after := side("(1, 'London'), (2, 'Rome'), (4, NULL)")

	fmt.Println("rows of each, only in each, changed:", rows(w, diff.Counts(w.Dialect(), before, after))[0])
	for _, d := range diff.Read(before, rows(w, diff.First(w.Dialect(), before, after, 10))) {
		fmt.Print(d.Change, " ", *d.Key[0].Value)
		for _, c := range d.Cells {
			fmt.Print(" ", c.Name, " ", text(c.A), " -> ", text(c.B))
		}
		fmt.Println()
	}
	// Output:
	// rows of each, only in each, changed: [3 3 1 1 1]
	// changed 2 city Paris -> Rome
	// only_a 3 city NULL -> NULL
	// only_b 4 city NULL -> NULL
}

func text(value *string) string {
	if value == nil {
		return "NULL"
	}
	return *value
}

func rows(w warehouse.Warehouse, sql string) (all [][]record.Value) {
	for batch, err := range w.Query(context.Background(), sql) {
		if err != nil {
			fmt.Println(err)
			return nil
		}
		for i := range batch.Len() {
			all = append(all, batch.Row(i))
		}
	}
	return all
}
