package trace_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/trace"
)

// A row tells which records made it, and which mapping gave each of its values.
func Example() {
	source := lodetest.NewSource()
	source.Stream("customers", "id").Send(`{"id": 1, "companyName": "Ada Ltd", "city": "London"}`)
	ctx := context.Background()
	l, err := lode.Open(ctx, lode.Project{Warehouse: "duckdb:", Drivers: standard.Warehouses(), Project: schema.Project{
		Name: "shop", Sources: []schema.Source{{Name: "crm", Config: source}},
		Entities: []schema.Entity{{
			Name: "customers", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "name", Type: "text"}, {Name: "city", Type: "text"}},
			From:    []schema.Mapping{{Stream: "crm.customers", Ignore: []string{"id"}, Fields: []schema.FieldMapping{{Name: "name", From: "companyName | name"}}}},
		}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	report, err := l.Run(ctx, lode.Options{}, nil)
	if err := errors.Join(err, report.Err()); err != nil {
		fmt.Println(err)
		return
	}

	row, err := l.Trace(ctx, "customers", "1", "name")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(row.Kind, row.Table)
	for _, c := range row.Columns {
		fmt.Println(c.Name, "=", *c.Value, "by", c.Made, "of event", c.Event)
	}
	for _, e := range row.Events {
		fmt.Println("event", e.Number, "of", e.Stream, string(e.Payload))
	}
	_, err = l.Trace(ctx, "customers", "2", "")
	fmt.Println(errors.Is(err, trace.ErrNoRow))
	// Output:
	// entity silver.customers
	// name = Ada Ltd by companyName | name of crm.customers, read as text of event 1
	// event 1 of crm.customers {"id": 1, "companyName": "Ada Ltd", "city": "London"}
	// true
}
