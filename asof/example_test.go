package asof_test

import (
	"fmt"

	"github.com/lodehq/lode/asof"
	"github.com/lodehq/lode/warehouse/postgres"
)

// A question about the star is answered as of another time: what its tables meant then
// stands in front of it, and the question itself stays as it was written.
func ExampleRewrite() {
	then := asof.Relations{
		{Schema: "gold", Table: "dim_customers"}: {Body: "SELECT * FROM gold.dim_customers d WHERE d.valid_from <= '2025-01-01' AND d.valid_to > '2025-01-01'"},
	}
	sql, err := asof.Rewrite(postgres.Dialect{}, "SELECT city FROM gold.dim_customers WHERE name = 'gold.dim_customers'", []string{"gold"}, then)
	fmt.Println(sql)
	fmt.Println(err)

	_, err = asof.Rewrite(postgres.Dialect{}, "SELECT * FROM gold.dim_costumers", []string{"gold"}, then)
	fmt.Println(err)
	// Output:
	// WITH "gold.dim_customers" AS (
	// SELECT * FROM gold.dim_customers d WHERE d.valid_from <= '2025-01-01' AND d.valid_to > '2025-01-01'
	// )
	// SELECT city FROM "gold.dim_customers" AS dim_customers WHERE name = 'gold.dim_customers'
	// <nil>
	// gold.dim_costumers is no table that can be asked as of another time; the star has gold.dim_customers
}
