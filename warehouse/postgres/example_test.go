package postgres_test

import (
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse/postgres"
)

// A dialect is pure: what it spells can be read before anything runs.
func ExampleDialect() {
	d := postgres.Dialect{}
	price := schema.Field{Name: "price", Type: record.DecimalOf(12, 2)}
	items := schema.Table{Name: schema.Name{Schema: "silver", Table: "items"}}
	fmt.Println(d.Alter(schema.Alteration{From: items, To: items, Changes: []schema.Change{{Kind: schema.AddField, To: price}}})[0])
	fmt.Println(d.Literal(record.TextValue("it's"), record.Of(record.Text)))
	fmt.Println(d.Day("sold_at"))
	// Output:
	// ALTER TABLE "silver"."items" ADD COLUMN "price" numeric(12,2)
	// 'it''s'::text
	// CAST((sold_at) AT TIME ZONE 'UTC' AS date)
}
