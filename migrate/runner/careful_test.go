package runner_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

const itemsUp = "-- +goose Up\nCREATE SCHEMA app;\nCREATE TABLE app.items (id integer);\nINSERT INTO app.items VALUES (1);\n-- +goose Down\n-- danger drop-data app.items: the table goes\nDROP TABLE app.items;\nDROP SCHEMA app;\n"

func refused(t *testing.T, err error, danger string) {
	t.Helper()
	var r *runner.RefusedError
	if !errors.As(err, &r) || len(r.Dangers) != 1 || r.Dangers[0].Name != danger {
		t.Errorf("got %v, want it refused for %s", err, danger)
	}
}

func says(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// A danger counts on the table as it is when the file's turn comes.
func TestDangersAreAskedBeforeEachFile(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", itemsUp)
		b.up()
		b.file(2, "rename", "-- +goose Up\nALTER TABLE app.items RENAME TO things;\n-- +goose Down\nALTER TABLE app.things RENAME TO items;\n")
		b.file(3, "drop", "-- +goose Up\n-- danger drop-data app.things: the table goes\nDROP TABLE app.things;\n-- +goose Down\n")
		done, err := b.Up(b.Context(), 0, nil)
		refused(b.T, err, migrate.DropData)
		says(b.T, err, "stopped, because")
		if len(done) != 1 || b.read("SELECT count(*) AS n FROM app.things") != "1" {
			b.Errorf("done are %v", done)
		}
		b.up(migrate.DropData)
	})
}

// What a file drops without a word is asked for all the same.
func TestDropsThatTheFileDoesNotTell(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", itemsUp)
		b.up()
		for _, statement := range []string{
			"DROP TABLE IF EXISTS app.items;", "ALTER TABLE \"app\".\"items\" DROP COLUMN id;", "TRUNCATE app.items;", "drop table items;", "DROP TABLE APP.Items;",
			"ALTER TABLE app.items\n  DROP COLUMN id;", "DROP TABLE\n  app.items;", "ALTER TABLE app.items ADD COLUMN b numeric(9, 2), DROP id;", "/* c */ DROP TABLE app . items;",
			"DROP SCHEMA app CASCADE;", "SELECT 'it''s; --'; DROP TABLE app.other, app.items;",
			"DROP TABLE app.items;\nCREATE TABLE app.x (a int);\nALTER TABLE app.x RENAME TO items;",
		} {
			b.file(2, "go", "-- +goose Up\n"+statement+"\n-- +goose Down\n")
			_, err := b.Up(b.Context(), 0, nil)
			if refused(b.T, err, migrate.DropData); b.Failed() {
				b.Fatal(statement)
			}
			if strings.Contains(err.Error(), " .") {
				b.Fatalf("%s: a table without its schema is shown as %v", statement, err)
			}
		}
		b.file(2, "go", "-- +goose Up\nALTER TABLE app.items ALTER COLUMN id DROP DEFAULT;\nCREATE TABLE app.items_new (id bigint);\nINSERT INTO app.items_new SELECT id FROM app.items;\nDROP TABLE app.items;\nALTER TABLE app.items_new RENAME TO items;\nSELECT 'DROP TABLE app.items';\n-- +goose Down\n")
		b.up()
	})
}

func TestBronzeIsADangerOfItsOwn(t *testing.T) {
	each(t, func(b *bench) {
		b.Bronze = "app"
		b.file(1, "items", itemsUp)
		b.up()
		_, err := b.Down(b.Context(), runner.Last, []string{migrate.DropData})
		refused(b.T, err, migrate.DropBronze)
		if done, err := b.Down(b.Context(), runner.Last, []string{migrate.DropBronze}); err != nil || len(done) != 1 {
			b.Error(done, err)
		}
	})
}

func TestDownToAVersionThatIsNotThere(t *testing.T) {
	each(t, func(b *bench) {
		b.file(10, "items", itemsUp)
		b.up()
		_, err := b.Down(b.Context(), 1, []string{migrate.DropData})
		says(b.T, err, "there is no migration 1")
		b.file(20, "oneway", "-- +goose Up\nINSERT INTO app.items VALUES (2);\n")
		b.up()
		_, err = b.Down(b.Context(), 10, nil)
		says(b.T, err, "has no way back")
		if got := b.states(); got != "items applied, oneway applied" {
			b.Error(got)
		}
	})
}

// The file of an applied migration stays what was applied.
func TestChangedFile(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", itemsUp)
		b.up()
		b.file(1, "items", "-- for the shop\n"+itemsUp)
		if got := b.states(); got != "items changed" {
			b.Error(got)
		}
		b.file(2, "more", "-- +goose Up\nINSERT INTO app.items VALUES (2);\n-- +goose Down\n")
		_, err := b.Up(b.Context(), 0, nil)
		says(b.T, err, "no longer what was applied")
		_, err = b.Down(b.Context(), 0, []string{migrate.DropData})
		says(b.T, err, "no longer what was applied")
		if done, err := b.Stamp(b.Context(), 1); err != nil || len(done) != 1 {
			b.Error(done, err)
		}
		b.up()
		if got := b.states(); got != "items applied, more applied" {
			b.Error(got)
		}
	})
}

func TestStampWantsToKnowWhich(t *testing.T) {
	each(t, func(b *bench) {
		b.execute("CREATE SCHEMA app", "CREATE TABLE app.items (id integer)")
		b.file(1, "items", "-- +goose Up\nCREATE TABLE app.items (id integer);\n-- +goose Down\n")
		_, err := b.Up(b.Context(), 0, nil)
		says(b.T, err, "lode migrate stamp --to 1")
		b.file(2, "more", "-- +goose Up\nINSERT INTO app.items VALUES (2);\n-- +goose Down\n")
		_, err = b.Stamp(b.Context(), 0)
		says(b.T, err, "2 migrations wait; say which is the last")
		if _, err := b.Stamp(b.Context(), 1); err != nil {
			b.Error(err)
		}
		if got := b.states(); got != "items applied, more pending" {
			b.Error(got)
		}
	})
}

func TestGoMigrationsThatGoWrong(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", itemsUp)
		b.Go = []migrate.Go{{Version: 1, Name: "again"}}
		_, err := b.Status(b.Context())
		says(b.T, err, "has the version of 00000000000001_items")
		b.Go = []migrate.Go{{Version: 2, Name: "loud", Up: func(context.Context, warehouse.Tx) error { panic("no") }}}
		done, err := b.Up(b.Context(), 0, nil)
		says(b.T, err, "migration 00000000000002_loud: ")
		says(b.T, err, "panic: no")
		if len(done) != 1 {
			b.Error(done)
		}
	})
}

// A file that asks for no transaction has none: PostgreSQL builds an index beside its users only so.
func TestNoTransaction(t *testing.T) {
	each(t, func(b *bench) {
		concurrently := ""
		if b.Warehouse.Dialect().Name() == "postgres" {
			concurrently = "CONCURRENTLY "
		}
		b.file(1, "items", itemsUp)
		b.file(2, "index", "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX "+concurrently+"items_id ON app.items (id);\nINSERT INTO app.items VALUES (2);\n-- +goose Down\nDROP INDEX app.items_id;\n")
		b.up()
		if got := b.read("SELECT count(*) AS n FROM app.items"); got != "2" {
			b.Errorf("%s rows", got)
		}
	})
}

func TestFilesOfAnotherKindOfWarehouse(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", "-- warehouse: sqlite\n"+itemsUp)
		_, err := b.Up(b.Context(), 0, nil)
		says(b.T, err, "is spelled for sqlite, and the warehouse is "+b.Warehouse.Dialect().Name())
		b.file(1, "items", "-- warehouse: "+b.Warehouse.Dialect().Name()+"\n"+itemsUp)
		b.up()
	})
}

// A key column that others name may get another type.
func TestTypeOfANamedKey(t *testing.T) {
	each(t, func(b *bench) {
		tables := func(kind record.Kind) []schema.Table {
			one := schema.Name{Schema: "app", Table: "one"}
			id := schema.Field{Name: "id", Type: record.Of(kind), NotNull: true}
			return []schema.Table{
				{Name: one, Fields: []schema.Field{id}, PrimaryKey: []string{"id"}},
				{Name: schema.Name{Schema: "app", Table: "many"}, Fields: []schema.Field{id, {Name: "one_id", Type: record.Of(kind)}}, PrimaryKey: []string{"id"},
					References: []schema.Reference{{Columns: []string{"one_id"}, To: one, Key: []string{"id"}}}},
			}
		}
		from, to := tables(record.Int), tables(record.Text)
		b.draft(1, "from", nil, from)
		b.up()
		b.execute("INSERT INTO app.one (id) VALUES (1)", "INSERT INTO app.many (id, one_id) VALUES (1, 1)")
		b.draft(10, "to", from, to)
		b.up()
		if left := migrate.Diff(b.Warehouse.Dialect(), b.describe(), to); len(left) > 0 {
			b.Errorf("left to do: %v", left[0].Texts())
		}
		if got := b.read("SELECT one_id FROM app.many"); got != "1" {
			b.Errorf("the row names %s", got)
		}
	})
}
