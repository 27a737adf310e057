package storetest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/internal/kittest"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/store"
	"github.com/lodehq/lode/store/storetest"
)

// memory is a store of the suite's models without a database.
func memory(opts ...store.Option) (*store.DB, error) {
	project := schema.Project{Name: "app", Tables: model.Tables(storetest.Models()...)}
	m, problems := schema.Resolve(project, coltype.Standard(), nil)
	if len(problems) > 0 {
		return nil, fmt.Errorf("resolve the models: %w", problems)
	}
	return store.Memory(m, storetest.Models(), opts...)
}

// Whoever keeps rows hands over how to open an empty store, and every sentence of the
// contract becomes a subtest.
func ExampleRun() {
	ok := kittest.Passes("TestContract", func(t *testing.T) {
		storetest.Run(t, func(t testing.TB, opts ...store.Option) *store.DB {
			db, err := memory(opts...)
			if err != nil {
				t.Fatal(err)
			}
			return db
		})
	})
	fmt.Println("the contract is kept in memory:", ok)
	// Output:
	// the contract is kept in memory: true
}

// The suite's models are there for tests of one's own, too.
func ExampleModels() {
	ctx := context.Background()
	db, err := memory()
	if err != nil {
		fmt.Println(err)
		return
	}
	customers := store.In(db, storetest.Customers)
	err = customers.Insert(ctx,
		&storetest.Customer{Name: "Ada", Email: "ada@example.com", Tier: "gold", Credit: decimal.NewFromInt(20)},
		&storetest.Customer{Name: "Bob", Email: "bob@example.com", Tier: "basic"})
	gold, counted := customers.Where(storetest.Tier.Eq("gold")).Count(ctx)
	fmt.Println(err, gold, counted)
	// Output:
	// <nil> 1 <nil>
}
