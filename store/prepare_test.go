package store_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
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
