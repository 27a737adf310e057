package check_test

import (
	"fmt"

	"github.com/lodehq/lode/check"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/warehouse/postgres"
)

// What should hold of a dimension, as queries for the keys of which it does not.
func ExampleWriter_Dimension() {
	p := schema.Project{
		Name: "shop",
		Entities: []schema.Entity{{
			Name: "customers", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "city", Type: "text"}},
			From: []schema.Mapping{{Stream: "crm.customers"}},
		}},
		Dimensions: []schema.Dimension{{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "city", SCD: "2"}}}},
	}
	m, problems := schema.Resolve(p, coltype.Standard(), []schema.StreamRef{{Source: "crm", Stream: "customers"}})
	if len(problems) > 0 {
		fmt.Println(problems)
		return
	}
	for _, c := range (check.Writer{Dialect: postgres.Dialect{}}).Dimension(m.Dimension("dim_customers"), false) {
		fmt.Println(c.Name, "of", c.Table)
	}

	// A check that was run says of how many keys it does not hold, and names one.
	found := check.Result{Check: check.I2, Table: "gold.dim_customers", Count: 1, Example: "7"}
	fmt.Println(found)
	// Output:
	// unique of gold.dim_customers
	// members of gold.dim_customers
	// I1 of gold.dim_customers
	// I2 of gold.dim_customers
	// I3 of gold.dim_customers
	// I4 of gold.dim_customers
	// I2 of gold.dim_customers: 1 key, for example 7
}
