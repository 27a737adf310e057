package runner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

var items = schema.Table{
	Name:   schema.Name{Schema: "app", Table: "items"},
	Fields: []schema.Field{{Name: "id", Type: record.Of(record.Int), NotNull: true}, {Name: "name", Type: record.Of(record.Text)}},
}

// bench is a runner whose folder a test fills.
type bench struct {
	*testing.T
	*runner.Runner
	folder fstest.MapFS
}

func each(t *testing.T, test func(b *bench)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		b := &bench{T: t, folder: fstest.MapFS{}}
		b.Runner = &runner.Runner{Warehouse: w, Schema: "lode", Folder: b.folder, Now: func() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }}
		test(b)
	})
}

func (b *bench) file(version int, name, text string) {
	b.folder[fmt.Sprintf("%014d_%s.sql", version, name)] = &fstest.MapFile{Data: []byte(text)}
}

// draft writes what leads from tables to others as files, and returns them.
func (b *bench) draft(version int, name string, from, to []schema.Table) []migrate.File {
	b.Helper()
	d := b.Warehouse.Dialect()
	var is []schema.Table
	for _, t := range from {
		is = append(is, d.Kept(t))
	}
	files := migrate.Files(migrate.Drafts(d, migrate.Diff(d, is, to), nil), name, time.Unix(int64(version), 0), 0)
	for _, f := range files {
		b.folder[f.Path] = &fstest.MapFile{Data: []byte(f.Text)}
	}
	return files
}

func (b *bench) up(allow ...string) {
	b.Helper()
	if _, err := b.Up(b.Context(), 0, allow); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) execute(statements ...string) {
	b.Helper()
	tx, err := b.Warehouse.Begin(b.Context())
	for _, sql := range statements {
		if err == nil {
			_, err = tx.Exec(b.Context(), sql)
		}
	}
	if err == nil {
		err = tx.Commit(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
}

// read shows the rows of a query, one a line.
func (b *bench) read(sql string) string {
	b.Helper()
	var lines []string
	for batch, err := range b.Warehouse.Query(b.Context(), sql) {
		if err != nil {
			b.Fatal(err)
		}
		for i := range batch.Len() {
			lines = append(lines, strings.Trim(fmt.Sprint(batch.Row(i)), "[]"))
		}
	}
	return strings.Join(lines, "\n")
}

func (b *bench) states() string {
	b.Helper()
	all, err := b.Status(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for _, m := range all {
		out = append(out, m.Name+" "+m.State)
	}
	return strings.Join(out, ", ")
}

func TestUpAndDown(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", "-- +goose Up\nCREATE SCHEMA app;\nCREATE TABLE app.items (id integer);\n-- +goose Down\nDROP TABLE app.items;\nDROP SCHEMA app;\n")
		b.file(2, "rows", "-- +goose Up\nINSERT INTO app.items VALUES (1), (2);\n-- +goose Down\nDELETE FROM app.items;\n")
		if got, want := b.states(), "items pending, rows pending"; got != want {
			b.Errorf("before: %s, want %s", got, want)
		}
		if done, err := b.Up(b.Context(), 1, nil); err != nil || len(done) != 1 || done[0].Name != "items" || done[0].State != runner.Applied {
			b.Fatal(done, err)
		}
		if got, want := b.states(), "items applied, rows pending"; got != want {
			b.Errorf("after the first: %s, want %s", got, want)
		}
		b.up()
		if got := b.read("SELECT count(*) AS n FROM app.items"); got != "2" {
			b.Errorf("%s rows, want 2", got)
		}
		if done, err := b.Up(b.Context(), 0, nil); err != nil || len(done) != 0 {
			b.Error(done, err)
		}
		if done, err := b.Down(b.Context(), 0, []string{migrate.DropData}); err != nil || len(done) != 2 || done[0].Name != "rows" || done[0].State != runner.Pending {
			b.Fatal(done, err)
		}
		events, err := b.History(b.Context())
		if got := fmt.Sprint(events); err != nil || strings.Count(got, "up") != 2 || strings.Count(got, "down") != 2 {
			b.Error(got, err)
		}
		if _, err := b.Up(b.Context(), 7, nil); err == nil || !strings.Contains(err.Error(), "there is no migration 7") {
			b.Error(err)
		}
	})
}

// One that fails takes back what it did; those before it stay.
func TestFailure(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "good", "-- +goose Up\nCREATE SCHEMA app;\n")
		b.file(2, "bad", "-- +goose Up\nCREATE TABLE app.half (id integer);\nSELECT * FROM nowhere.at_all;\n")
		b.file(3, "never", "-- +goose Up\nCREATE TABLE app.never (id integer);\n")
		done, err := b.Up(b.Context(), 0, nil)
		if len(done) != 1 || err == nil || !strings.HasPrefix(err.Error(), "migration migrations/00000000000002_bad.sql: ") {
			b.Errorf("done %v, %v", done, err)
		}
		if got, want := b.states(), "good applied, bad pending, never pending"; got != want {
			b.Errorf("%s, want %s", got, want)
		}
		if got := b.read("SELECT count(*) AS n FROM information_schema.tables WHERE table_schema = 'app'"); got != "0" {
			b.Errorf("%s tables are left", got)
		}
	})
}

// A column that is never NULL comes to a filled table in three steps, and goes again.
func TestRequiredColumn(t *testing.T) {
	each(t, func(b *bench) {
		to := items
		to.Fields = append(items.Fields[:1:1], schema.Field{Name: "name", Type: record.Of(record.Text), NotNull: true},
			schema.Field{Name: "rank", Type: record.Of(record.Int), NotNull: true})
		first := b.draft(1, "items", nil, []schema.Table{items})
		b.up()
		b.execute("INSERT INTO app.items (id, name) VALUES (1, 'a'), (2, NULL)")
		files := b.draft(10, "rank", []schema.Table{items}, []schema.Table{to})
		if len(files) != 3 || files[1].Name != "rank_fill" || files[2].Name != "rank_not_null" {
			b.Fatalf("the files are %v", files)
		}
		b.folder[files[1].Path].Data = []byte(strings.ReplaceAll(files[1].Text, "LIMIT 10000", "LIMIT 1")) // a batch each row
		b.up()
		if got := b.read("SELECT id, name, rank FROM app.items ORDER BY id"); got != "1 a 0\n2  0" {
			b.Errorf("the rows are\n%s", got)
		}
		if left := migrate.Diff(b.Warehouse.Dialect(), b.describe(), []schema.Table{to}); len(left) > 0 {
			b.Errorf("left to do: %v", left[0].Texts())
		}
		if _, err := b.Down(b.Context(), first[0].Version, []string{migrate.DropData}); err != nil {
			b.Fatal(err)
		}
		if left := migrate.Diff(b.Warehouse.Dialect(), b.describe(), []schema.Table{items}); len(left) > 0 {
			b.Errorf("left to undo: %v", left[0].Texts())
		}
	})
}

func (b *bench) describe() []schema.Table {
	b.Helper()
	tx, err := b.Warehouse.Scratch(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	tables, err := tx.Describe(b.Context(), "app")
	if err != nil {
		b.Fatal(err)
	}
	return tables
}

// A way back that brings a required column succeeds on a filled table.
func TestDroppedColumnComesBack(t *testing.T) {
	each(t, func(b *bench) {
		from := items
		from.Fields = append(items.Fields[:2:2], schema.Field{Name: "rank", Type: record.DecimalOf(9, 2), NotNull: true})
		first := b.draft(1, "items", nil, []schema.Table{from})
		b.up()
		b.execute("INSERT INTO app.items (id, name, rank) VALUES (1, 'a', 2.5)")
		b.draft(10, "drop", []schema.Table{from}, []schema.Table{items})
		_, err := b.Up(b.Context(), 0, nil)
		var refused *runner.RefusedError
		if !errors.As(err, &refused) || len(refused.Dangers) != 1 || refused.Dangers[0].Name != migrate.DropData {
			b.Fatalf("dropping a column of a filled table: %v", err)
		}
		b.up(migrate.DropData)
		if _, err := b.Down(b.Context(), first[0].Version, nil); err != nil {
			b.Fatal(err)
		}
		if got := b.read("SELECT id, name, rank FROM app.items"); got != "1 a 0.00" {
			b.Errorf("the row is %s", got)
		}
		if left := migrate.Diff(b.Warehouse.Dialect(), b.describe(), []schema.Table{from}); len(left) > 0 {
			b.Errorf("left to do: %v", left[0].Texts())
		}
	})
}

// A migration in Go runs among the files, in its transaction.
func TestGo(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", "-- +goose Up\nCREATE SCHEMA app;\nCREATE TABLE app.items (id integer);\n-- +goose Down\nDROP TABLE app.items;\n")
		b.file(3, "more", "-- +goose Up\nINSERT INTO app.items SELECT id + 1 FROM app.items;\n-- +goose Down\nDELETE FROM app.items WHERE id = 42;\n")
		insert := func(ctx context.Context, tx warehouse.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO app.items VALUES ($1)", record.IntValue(41))
			return err
		}
		b.Go = []migrate.Go{{Version: 2, Name: "in_go", Up: insert}}
		b.up()
		if got := b.read("SELECT id FROM app.items ORDER BY id"); got != "41\n42" {
			b.Errorf("the rows are %s", got)
		}
		if got, want := b.states(), "items applied, in_go applied, more applied"; got != want {
			b.Errorf("%s, want %s", got, want)
		}
	})
}

// What was stamped is applied without having run.
func TestStamp(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "one", "-- +goose Up\nSELECT * FROM nowhere.at_all;\n")
		b.file(2, "two", "-- +goose Up\nSELECT * FROM nowhere.at_all;\n")
		if done, err := b.Stamp(b.Context(), 1); err != nil || len(done) != 1 {
			b.Fatal(done, err)
		}
		if got, want := b.states(), "one applied, two pending"; got != want {
			b.Errorf("%s, want %s", got, want)
		}
	})
}

// A migration of an earlier time than an applied one was never tried there.
func TestOutOfOrder(t *testing.T) {
	each(t, func(b *bench) {
		b.file(2, "late", "-- +goose Up\nCREATE SCHEMA app;\n")
		b.up()
		b.file(1, "early", "-- +goose Up\nCREATE SCHEMA other;\n")
		if _, err := b.Up(b.Context(), 0, nil); err == nil || !strings.Contains(err.Error(), "00000000000001_early is pending, but 00000000000002_late after it is applied already") {
			b.Error(err)
		}
	})
}

// Rewriting and locking are dangers where a table is large.
func TestLargeTable(t *testing.T) {
	each(t, func(b *bench) {
		to := items
		to.Checks = []schema.Check{{Name: "positive", SQL: "id >= 0"}}
		b.draft(1, "items", nil, []schema.Table{items})
		b.up()
		b.draft(10, "check", []schema.Table{items}, []schema.Table{to})
		row := b.Warehouse.Dialect().EachNumber("1", fmt.Sprint(migrate.Large), "x")
		b.execute("INSERT INTO app.items (id) SELECT x.n FROM (SELECT 1 AS one) AS o CROSS JOIN " + row)
		_, err := b.Up(b.Context(), 0, nil)
		var refused *runner.RefusedError
		if !errors.As(err, &refused) || len(refused.Dangers) != 1 {
			b.Fatalf("a check on a large table: %v", err)
		}
		b.up(refused.Dangers[0].Name)
	})
}

// Who is told of a migration and fails takes it back with it.
func TestChangedIsPartOfTheMigration(t *testing.T) {
	each(t, func(b *bench) {
		b.file(1, "items", "-- +goose Up\nCREATE SCHEMA app;\nCREATE TABLE app.items (id integer);\n")
		broken := errors.New("no")
		b.Changed = func(context.Context, warehouse.Tx) error { return broken }
		if _, err := b.Up(b.Context(), 0, nil); !errors.Is(err, broken) {
			b.Error(err)
		}
		if got := b.describe(); len(got) != 0 || b.states() != "items pending" {
			b.Errorf("%v is left, %s", got, b.states())
		}
	})
}

// Texts that look like the format of the files come through as they are.
func TestTextsThatLookLikeTheFormat(t *testing.T) {
	each(t, func(b *bench) {
		table := items
		table.Comment = "one;\n\n-- two\n  -- three;\n-- +goose Down\nfour; ${HOME} 'five'"
		b.draft(1, "items", nil, []schema.Table{table})
		b.up()
		if left := migrate.Diff(b.Warehouse.Dialect(), b.describe(), []schema.Table{table}); len(left) > 0 {
			b.Errorf("the comment is %q", b.describe()[0].Comment)
		}
	})
}
