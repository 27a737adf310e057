package lode_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
)

// shop is a whole project in Go: customers whose city is history, and orders of them.
func shop(source *lodetest.Source) schema.Project {
	return schema.Project{
		Name:    "shop",
		Sources: []schema.Source{{Name: "crm", Config: source}},
		Entities: []schema.Entity{{
			Name: "customers", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "name", Type: "text"}, {Name: "city", Type: "text"}},
			From:    []schema.Mapping{{Stream: "crm.customers", ValidAt: schema.ValidAt{Field: "changedAt"}, Ignore: []string{"id"}}},
		}, {
			Name: "orders", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "customer_id", Type: "text"}, {Name: "ordered_at", Type: "timestamp"}, {Name: "order_amount", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "crm.orders", Ignore: []string{"id"},
				Fields: []schema.FieldMapping{{Name: "customer_id", From: "customer.id"}, {Name: "order_amount", From: "total | amount"}},
			}},
		}},
		Dimensions: []schema.Dimension{{
			Name: "dim_customers", From: "customers",
			Columns: []schema.DimColumn{{Name: "name", SCD: "1"}, {Name: "city", SCD: "2"}},
		}},
		Facts: []schema.Fact{{
			Name: "fact_orders", Grain: "one row per order", From: "orders", EventAt: "ordered_at",
			Dimensions: []schema.Role{{Name: "customer", Dimension: "dim_customers", Key: []string{"customer_id"}}},
			Measures:   []schema.Measure{{Name: "order_amount", Sum: []string{"yes"}}},
		}},
		Aggregates: []schema.Aggregate{{
			Name: "agg_revenue", Grain: "one row per city", From: "fact_orders",
			Group:    []schema.GroupBy{{Name: "city", By: "customer.city"}},
			Measures: []schema.AggMeasure{{Name: "revenue_amount", Sum: "order_amount"}, {Name: "order_count", Count: "rows"}},
		}},
	}
}

// A project in Go, in an embedded warehouse in memory: what a customer bought before it
// moved stays with the city where it lived then.
func Example_project() {
	source := lodetest.NewSource()
	customers, orders := source.Stream("customers", "id"), source.Stream("orders", "id")
	customers.Send(`{"id": 1, "name": "Ada", "city": "London", "changedAt": "2025-01-01T00:00:00Z"}`)
	orders.Send(`{"id": 7, "customer": {"id": 1}, "orderedAt": "2025-02-01T00:00:00Z", "total": "10.00"}`)

	ctx := context.Background()
	l, err := lode.Open(ctx, lode.Project{Project: shop(source), Warehouse: "duckdb:", Drivers: standard.Warehouses()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := l.Close(); err != nil {
			fmt.Println(err)
		}
	}()
	load := func() {
		report, err := l.Run(ctx, lode.Options{}, nil)
		if err := errors.Join(err, report.Err()); err != nil {
			fmt.Println(err)
		}
	}
	load()

	// Later the customer moves, and buys again.
	customers.Send(`{"id": 1, "name": "Ada", "city": "Paris", "changedAt": "2025-03-01T00:00:00Z"}`)
	orders.Send(`{"id": 8, "customer": {"id": 1}, "orderedAt": "2025-04-01T00:00:00Z", "amount": 5}`)
	load()

	for batch, err := range l.Query(ctx, "SELECT city, revenue_amount, order_count FROM gold.agg_revenue ORDER BY city") {
		if err != nil {
			fmt.Println(err)
			return
		}
		for i := range batch.Len() {
			fmt.Println(batch.Row(i))
		}
	}
	// Output:
	// [London 10.00 1]
	// [Paris 5.00 1]
}

// Every mistake of a project comes at once, before anything is touched.
func ExampleResolve() {
	p := shop(lodetest.NewSource()) // a source without streams
	p.Facts[0].EventAt = "ordered"
	_, _, err := lode.Resolve(lode.Project{Project: p})
	fmt.Println(err)
	// Output:
	// entity customers: from.0.stream: no source offers the stream "crm.customers"
	// entity orders: from.0.stream: no source offers the stream "crm.orders"
	// fact fact_orders: event_at: entity orders has no column "ordered" (did you mean "ordered_at"?)
}

// Main gives a project written in Go the whole command line.
func ExampleMain() {
	_ = func() {
		source := lodetest.NewSource()
		os.Exit(lode.Main(lode.Project{Project: shop(source), Warehouse: "duckdb:shop.duckdb", Drivers: standard.Warehouses()}))
	}
}
