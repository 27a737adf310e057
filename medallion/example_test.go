package medallion_test

import (
	"context"
	"fmt"
	"time"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse/duckdb"
)

// An engine says what there is to change and to do, and does just that. Most programs let
// lode.Open make it.
func ExampleEngine() {
	ctx := context.Background()
	shop := lodetest.NewSource()
	shop.Stream("items", "id").Send(`{"id":"1","name":"lamp"}`, `{"id":"2","name":"chair"}`)
	items := schema.StreamRef{Source: "shop", Stream: "items"}
	model, problems := schema.Resolve(schema.Project{
		Name:    "example",
		Sources: []schema.Source{{Name: "shop", Config: shop}},
		Entities: []schema.Entity{{
			Name: "items", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "name", Type: "text"}},
			From: []schema.Mapping{{Stream: "shop.items", Fields: []schema.FieldMapping{{Name: "name", From: "name"}}}},
		}},
	}, coltype.Standard(), []schema.StreamRef{items})
	if len(problems) > 0 {
		fmt.Println(problems)
		return
	}
	db, err := duckdb.Driver{}.Open(ctx, "duckdb:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	e := &medallion.Engine{
		Model: model, Warehouse: db, Ledger: ledger.Ledger{Dialect: db.Dialect(), Schema: "lode"}, Now: time.Now, RunID: "1",
		Source:  func(context.Context, string) (source.Source, error) { return shop, nil },
		Streams: map[schema.StreamRef]source.Stream{items: shop.Streams()[0]},
		Emit:    func(medallion.Event) {},
	}
	changes, err := e.Changes(ctx)
	if err == nil {
		err = e.Apply(ctx, changes)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range e.Steps() {
		result, err := e.Execute(ctx, step, medallion.Mode{})
		fmt.Println(step.Name, step.Kind, result.RowsIn, result.Inserted, err)
	}
	// Output:
	// bronze.shop_items load 2 2 <nil>
	// silver.items entity 2 2 <nil>
}
