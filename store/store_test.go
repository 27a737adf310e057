package store_test

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/store"
	"github.com/lodehq/lode/store/storetest"
)

// on opens the suite's tables in the warehouse of an address.
func on(address func(testing.TB) string) storetest.Open {
	return func(t testing.TB, opts ...store.Option) *store.DB {
		t.Helper()
		p := lode.Project{Warehouse: address(t), Drivers: standard.Warehouses(), Project: schema.Project{Name: "app", Tables: model.Tables(storetest.Models()...)}}
		l, err := lode.Open(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := l.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		if err := l.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		db, err := l.Store(storetest.Models(), opts...)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
}

func TestContractOnPostgreSQL(t *testing.T) { storetest.Run(t, on(pgtest.URL)) }

func TestContractOnDuckDB(t *testing.T) {
	storetest.Run(t, on(dbtest.File))
}

func TestContractInMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB, opts ...store.Option) *store.DB {
		t.Helper()
		m, problems := schema.Resolve(schema.Project{Name: "app", Tables: model.Tables(storetest.Models()...)}, coltype.Standard(), nil)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		db, err := store.Memory(m, storetest.Models(), opts...)
		if err != nil {
			t.Fatal(err)
		}
		return db
	})
}
