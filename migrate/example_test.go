package migrate_test

import (
	"fmt"
	"time"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse/postgres"
)

// The difference of what is there and what should be is data; drafts and files say it in SQL.
func Example() {
	text := record.Of(record.Text)
	is := schema.Table{Name: schema.Name{Schema: "app", Table: "customers"}, Fields: []schema.Field{{Name: "name", Type: text}, {Name: "tier", Type: text}}}
	should := is
	should.Fields = []schema.Field{{Name: "name", Type: text}, {Name: "level", Type: text, RenamedFrom: "tier"}}
	differences := migrate.Diff(postgres.Dialect{}, []schema.Table{is}, []schema.Table{should})
	fmt.Println(differences[0].Texts())
	drafts := migrate.Drafts(postgres.Dialect{}, differences, nil)
	for _, f := range migrate.Files(drafts, "level", time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC), 0) {
		fmt.Print(f.Path, "\n", f.Text)
	}
	// Output:
	// [rename column app.customers.tier to level]
	// 20261123101500_level.sql
	// -- rename column app.customers.tier to level
	//
	// -- warehouse: postgres
	// -- +goose Up
	// ALTER TABLE "app"."customers" RENAME COLUMN "tier" TO "level";
	//
	// -- +goose Down
	// ALTER TABLE "app"."customers" RENAME COLUMN "level" TO "tier";
}
