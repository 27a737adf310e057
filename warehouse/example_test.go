package warehouse_test

import (
	"errors"
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// A name that is too long for a database keeps its beginning, and stays different from others.
func ExampleShortName() {
	fmt.Println(warehouse.ShortName("dim_customers", 20))
	fmt.Println(len(warehouse.ShortName("dim_customers_of_the_north", 20)))
	fmt.Println(warehouse.ShortName("dim_customers_of_the_north", 20) == warehouse.ShortName("dim_customers_of_the_south", 20))
	// Output:
	// dim_customers
	// 20
	// false
}

// The file of an address is found in the project's folder; a server stays where it is.
func ExampleInDir() {
	for _, address := range []string{"duckdb:shop.duckdb", "duckdb:", "postgres://me@db/shop"} {
		fmt.Println(warehouse.InDir(address, "shop"))
	}
	// Output:
	// duckdb:shop/shop.duckdb
	// duckdb:
	// postgres://me@db/shop
}

// All that no warehouse can hold is said at once.
func ExampleCheckNames() {
	column := schema.Field{Name: "name", Type: record.Of(record.Text)}
	err := warehouse.CheckNames("duckdb", schema.Table{
		Name: schema.Name{Schema: "gold", Table: "dim_items"}, Fields: []schema.Field{column, column}, PrimaryKey: []string{"item_key"},
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, warehouse.ErrUnsupported))
	// Output:
	// check table gold.dim_items: column "name" appears twice: not supported by this warehouse (duckdb)
	// check table gold.dim_items: its key, an index or a foreign key names column "item_key", which it does not have: not supported by this warehouse (duckdb)
	// true
}
