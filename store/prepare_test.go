package store_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/store"
)

// An application table without migrations: what loses nothing is done, the rest is refused and
// nothing is taken away.
func TestPrepareChangesApplicationTablesWithoutLoss(t *testing.T) {
	t.Parallel()
	for name, address := range dbtest.Addresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := address(t)
			prepare := func(columns ...schema.AppColumn) error {
				l, err := lode.Open(t.Context(), lode.Project{Warehouse: at, Drivers: standard.Warehouses(), Project: schema.Project{Name: "app",
					Tables: []schema.AppTable{{Name: "notes", Key: []string{"id"}, Columns: append([]schema.AppColumn{{Name: "id", Type: "integer"}, {Name: "extra", Type: "json"}}, columns...), Indexes: [][]string{{"extra"}}}}}})
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				if err := l.Prepare(t.Context()); err != nil {
					return err
				}
				lodetest.Equal(t, l, "SELECT count(*) FROM app.notes", "0")
				for _, c := range columns {
					lodetest.Equal(t, l, "SELECT count("+c.Name+") FROM app.notes", "0")
				}
				return nil
			}
			title := schema.AppColumn{Name: "title", Type: "text", Required: true}
			if err := prepare(title); err != nil {
				t.Fatal(err)
			}
			if err := prepare(title, schema.AppColumn{Name: "body", Type: "text"}); err != nil {
				t.Errorf("a new column: %v", err)
			}
			if err := prepare(title, schema.AppColumn{Name: "body", Type: "text"}); err != nil {
				t.Errorf("nothing new: %v", err)
			}
			for what, columns := range map[string][]schema.AppColumn{
				"another type":   {{Name: "title", Type: "integer", Required: true}},
				"a new required": {title, {Name: "owner", Type: "text", Required: true}},
			} {
				if err := prepare(columns...); err == nil || !strings.Contains(err.Error(), "write a migration: `lode migrate new NAME`") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if err := prepare(title); err != nil {
				t.Errorf("a column that is no longer declared: %v", err)
			}
			if err := prepare(title, schema.AppColumn{Name: "body", Type: "text"}); err != nil {
				t.Errorf("it is still there: %v", err)
			}
		})
	}
}

// A column that says which name it had keeps its values, in files and in Go.
func TestARenamedColumnKeepsItsValues(t *testing.T) {
	t.Parallel()
	type note struct {
		ID    int64 `lode:",key"`
		Title string
	}
	type renamed struct {
		ID       int64  `lode:",key"`
		Headline string `lode:",renamed_from=title"`
	}
	before, after := model.Table[note]("notes"), model.Table[renamed]("notes")
	for name, address := range dbtest.Addresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := address(t)
			with := func(m model.Some, work func(db *store.DB) error) {
				t.Helper()
				l, err := lode.Open(t.Context(), lode.Project{Warehouse: at, Drivers: standard.Warehouses(), Project: schema.Project{Name: "app", Tables: model.Tables(m)}})
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				if err := l.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
				db, err := l.Store([]model.Some{m})
				if err != nil {
					t.Fatal(err)
				}
				if err := work(db); err != nil {
					t.Fatal(err)
				}
			}
			with(before, func(db *store.DB) error { return store.In(db, before).Insert(t.Context(), &note{1, "kept"}) })
			for range 2 {
				with(after, func(db *store.DB) error {
					row, err := store.In(db, after).Get(t.Context(), int64(1))
					if err == nil && row.Headline != "kept" {
						t.Errorf("the value is %q", row.Headline)
					}
					return err
				})
			}
		})
	}
}
