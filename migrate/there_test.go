package migrate_test

import (
	"slices"
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

// notes is the table that the tests of this file begin with.
func notes() schema.Table {
	return schema.Table{
		Name: schema.Name{Schema: "app", Table: "notes"}, PrimaryKey: []string{"id"}, Comment: "what was noted",
		Fields: []schema.Field{{Name: "id", Type: record.Of(record.Int), NotNull: true}, {Name: "title", Type: record.Of(record.Text)}},
	}
}

// carry runs statements in a transaction.
func carry(t *testing.T, w warehouse.Warehouse, statements ...string) {
	t.Helper()
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, sql := range statements {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func statements(d warehouse.Dialect, way []migrate.Difference) (all []string) {
	for _, x := range way {
		all = append(all, x.SQL(d)...)
	}
	return all
}

// thereAndBack leads the warehouse to tables and back again, and fails where it is then
// not what it should be.
func thereAndBack(t *testing.T, w warehouse.Warehouse, to ...schema.Table) {
	t.Helper()
	d, from := w.Dialect(), stored(t, w)
	to, err := migrate.Spelled(t.Context(), w, to)
	if err != nil {
		t.Fatal(err)
	}
	way := migrate.Diff(d, from, to)
	carry(t, w, statements(d, way)...)
	for i := range to {
		to[i].Fields = slices.Clone(to[i].Fields)
		for j := range to[i].Fields {
			to[i].Fields[j].RenamedFrom = "" // it has been
		}
	}
	holds(t, w, to, nil)
	slices.Reverse(way)
	for i := range way {
		way[i] = way[i].Inverse()
	}
	carry(t, w, statements(d, way)...)
	holds(t, w, from, nil)
}

// made creates a table and runs statements.
func made(t *testing.T, w warehouse.Warehouse, table schema.Table, more ...string) {
	t.Helper()
	d := w.Dialect()
	carry(t, w, slices.Concat([]string{d.CreateSchema(table.Name.Schema)}, d.CreateTable(table), more)...)
}

func TestRenamedKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		made(t, w, notes())
		to := notes()
		to.PrimaryKey, to.Fields[0].Name, to.Fields[0].RenamedFrom = []string{"number"}, "number", "id"
		thereAndBack(t, w, to)
	})
}

// A table that somebody has called as a copy would be called is in nobody's way.
func TestTableNamedNew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		other := notes()
		other.Name.Table = "notes_new"
		made(t, w, notes())
		made(t, w, other)
		to := notes()
		to.Fields[1].NotNull = true
		to.Checks = []schema.Check{{Name: "has a number", SQL: "id > 0"}}
		thereAndBack(t, w, to, other)
	})
}

// Two people write migrations of one table, each without the other's; that of the second
// is applied to a table that has the column of the first.
func TestMergedMigrationsKeepColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		d := w.Dialect()
		made(t, w, notes())
		theirs := notes()
		theirs.Fields = append(theirs.Fields, schema.Field{Name: "country", Type: record.Of(record.Text), NotNull: true})
		theirs.Fields[1].Type = record.Of(record.Int)
		drafts := migrate.Drafts(d, migrate.Diff(d, stored(t, w), []schema.Table{theirs}), nil)
		carry(t, w, "ALTER TABLE app.notes ADD COLUMN phone "+d.TypeName(record.Of(record.Text)), "INSERT INTO app.notes (id, title, phone) VALUES (1, '7', '555')")
		for _, draft := range drafts {
			for _, sql := range draft.Up.SQL {
				carry(t, w, strings.TrimPrefix(sql, migrate.BatchMark))
			}
		}
		both := theirs
		both.Fields = append(slices.Clone(both.Fields), schema.Field{Name: "phone", Type: record.Of(record.Text)})
		holds(t, w, []schema.Table{both}, nil)
		carry(t, w, "UPDATE app.notes SET title = 1 / (CASE WHEN phone = '555' THEN 1 ELSE 0 END)") // fails if it is gone
	})
}

// A table that is there gets several indexes of the same columns, beside one that it has.
func TestIndexesOfTheSameColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		title := []string{"title"}
		first := notes()
		first.Indexes = []schema.Index{{Columns: title}}
		for _, from := range []schema.Table{notes(), first} {
			to := notes()
			to.Indexes = []schema.Index{{Columns: title}, {Columns: title, Unique: true}, {Columns: title, Where: "id > 0"}, {Columns: title, Where: "id > 1"},
				{Columns: title, Where: "id > 2", Unique: true}}
			made(t, w, from)
			thereAndBack(t, w, to)
			carry(t, w, "DROP TABLE app.notes")
		}
	})
}

func TestTextOfAnIndexSaysUnique(t *testing.T) {
	t.Parallel()
	for unique, want := range map[bool]string{false: "add an index on app.notes (title)", true: "add a unique index on app.notes (title)"} {
		change := schema.Change{Kind: schema.AddIndex, Index: schema.Index{Columns: []string{"title"}, Unique: unique}}
		if got := migrate.Text(notes().Name, change); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Somebody has changed types by hand, to others of the same kind. That is seen, said, and
// mended, with a way back; the values stay.
func TestTypesChangedByHand(t *testing.T) {
	natives := map[string][]string{
		"postgres": {"smallint", "character varying(20)", "timestamp without time zone", "real", "integer[]"},
		"duckdb":   {"SMALLINT", "VARCHAR", "TIMESTAMP WITH TIME ZONE", "FLOAT", "INTEGER[]"},
	}
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		d := w.Dialect()
		is := natives[d.Name()]
		should := notes()
		should.Fields = append(should.Fields, schema.Field{Name: "noted_at", Type: record.Of(record.Timestamp)}, schema.Field{Name: "score", Type: record.Of(record.Float)},
			schema.Field{Name: "tags", Type: record.Of(record.Text)})
		carry(t, w, d.CreateSchema("app"), "CREATE TABLE app.notes (id "+is[0]+" PRIMARY KEY, title "+is[1]+", noted_at "+is[2]+", score "+is[3]+", tags "+is[4]+")",
			"INSERT INTO app.notes VALUES (7, 'x', TIMESTAMP '2024-02-29 12:00:00', 1.5, NULL)")
		should.Small = d.Name() == "duckdb" // its key is the database's
		should.Comment = ""
		if d.Name() == "duckdb" {
			carry(t, w, `COMMENT ON TABLE app.notes IS '[primary key] "id"'`)
		}
		var texts []string
		for _, x := range migrate.Diff(d, stored(t, w), []schema.Table{should}) {
			texts = append(texts, x.Texts()...)
		}
		if want := "change column app.notes.id from " + is[0] + " to integer"; !slices.Contains(texts, want) || len(texts) < 4 {
			t.Errorf("%q, want %q among them, and more", texts, want)
		}
		thereAndBack(t, w, should)
		carry(t, w, "UPDATE app.notes SET score = 1 / (CASE WHEN id = 7 AND title = 'x' AND score = 1.5 AND noted_at = TIMESTAMP '2024-02-29 12:00:00' THEN 1 ELSE 0 END)")
	})
}

// The way back to a column that held less refuses what does not fit, instead of cutting it.
func TestWayBackCutsNothing(t *testing.T) {
	w := dbtest.Postgres(t)
	d := w.Dialect()
	carry(t, w, "CREATE SCHEMA app", "CREATE TABLE app.notes (id bigint CONSTRAINT notes_pkey PRIMARY KEY, title varchar(3))")
	should := notes()
	should.Comment = ""
	way := migrate.Diff(d, stored(t, w), []schema.Table{should})
	carry(t, w, statements(d, way)...)
	carry(t, w, "INSERT INTO app.notes VALUES (1, 'longer')")
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, sql := range statements(d, []migrate.Difference{way[0].Inverse()}) {
		if _, err = tx.Exec(t.Context(), sql); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "too long for type character varying(3)") {
		t.Errorf("the error is %v", err)
	}
}

// A key that somebody has called otherwise can be changed, and comes back by its name.
func TestKeyOfAnotherName(t *testing.T) {
	w := dbtest.Postgres(t)
	carry(t, w, "CREATE SCHEMA app", "CREATE TABLE app.notes (id bigint CONSTRAINT my_pk PRIMARY KEY, title text NOT NULL)")
	to := notes()
	to.PrimaryKey = []string{"title", "id"}
	thereAndBack(t, w, to)
	if is := stored(t, w); is[0].KeyName != "my_pk" {
		t.Errorf("the key is called %q", is[0].KeyName)
	}
}

// A file that has to copy the table, and was written before the table got a column, says so
// and does nothing.
func TestFileThatWouldLoseAColumn(t *testing.T) {
	w := dbtest.DuckDB(t)
	d := w.Dialect()
	made(t, w, notes())
	to := notes()
	to.Checks = []schema.Check{{Name: "id is positive", SQL: "id > 0"}}
	folder := fstest.MapFS{}
	for _, f := range migrate.Files(migrate.Drafts(d, migrate.Diff(d, stored(t, w), []schema.Table{to}), nil), "check", time.Unix(1, 0), 0) {
		folder[f.Path] = &fstest.MapFile{Data: []byte(f.Text)}
	}
	carry(t, w, "ALTER TABLE app.notes ADD COLUMN phone VARCHAR", "INSERT INTO app.notes (id, phone) VALUES (1, '555')")
	r := &runner.Runner{Warehouse: w, Schema: "lode", Folder: folder, Now: time.Now}
	_, err := r.Up(t.Context(), 0, nil)
	if err == nil || !strings.Contains(err.Error(), "table app.notes has columns that are not those this was written for (phone VARCHAR), and would lose them: name them in the file") {
		t.Errorf("the error is %v", err)
	}
	carry(t, w, "UPDATE app.notes SET title = 1 / (CASE WHEN phone = '555' THEN 1 ELSE 0 END)") // fails if it is gone
	carry(t, w, "ALTER TABLE app.notes DROP COLUMN phone")
	if _, err := r.Up(t.Context(), 0, nil); err != nil {
		t.Error(err)
	}
	should, err := migrate.Spelled(t.Context(), w, []schema.Table{to})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, w, should, folder)
}
