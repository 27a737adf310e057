package migrate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// pair is two schemas. What both have is of one type, so that rows survive.
type pair struct{ from, to []schema.Table }

func drawPair(t *rapid.T) pair {
	p := pair{drawTables(t), drawTables(t)}
	for i := range p.from {
		p.from[i].References = nil
	}
	for i := range p.to {
		p.to[i].References = nil
		for _, old := range p.from {
			if old.Name == p.to[i].Name {
				p.to[i] = likeable(p.to[i], old)
			}
		}
	}
	drawRenames(t, p.from, p.to)
	for _, t := range p.to {
		for i := range t.Fields {
			if old := find(p.from, t.Name); old != nil && t.Fields[i].RenamedFrom != "" && old.Field(t.Fields[i].RenamedFrom).Type != t.Fields[i].Type {
				t.Fields[i].RenamedFrom = ""
			}
		}
	}
	return p
}

// likeable is a table less the columns that have another type in the old one, and less
// what belongs to these.
func likeable(t, old schema.Table) schema.Table {
	gone := func(name string) bool {
		f, o := t.Field(name), old.Field(name)
		return o != nil && (o.Type != f.Type || o.Verbatim != f.Verbatim)
	}
	t.PrimaryKey = slices.DeleteFunc(slices.Clone(t.PrimaryKey), gone)
	t.Indexes = slices.DeleteFunc(t.Indexes, func(i schema.Index) bool { return slices.ContainsFunc(i.Columns, gone) })
	t.Checks = slices.DeleteFunc(t.Checks, func(c schema.Check) bool {
		return slices.ContainsFunc(t.Fields, func(f schema.Field) bool { return gone(f.Name) && strings.Contains(c.SQL, `"`+f.Name+`"`) })
	})
	fields := slices.DeleteFunc(slices.Clone(t.Fields), func(f schema.Field) bool { return gone(f.Name) })
	if len(fields) == 0 {
		return old
	}
	t.Fields = fields
	return t
}

func find(tables []schema.Table, name schema.Name) *schema.Table {
	for i := range tables {
		if tables[i].Name == name {
			return &tables[i]
		}
	}
	return nil
}

// TestFilesRoundTrip: the files of two random schemas lead there and back on tables that
// have rows.
func TestFilesRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		pairs := rapid.Custom(drawPair)
		for seed := range 12 {
			roundTrip(t, w, fmt.Sprint("lode", seed), pairs.Example(seed))
		}
	})
}

func roundTrip(t *testing.T, w warehouse.Warehouse, memory string, p pair) {
	t.Helper()
	d := w.Dialect()
	from, err := migrate.Spelled(t.Context(), w, p.from)
	if err != nil {
		t.Fatal(err)
	}
	to, err := migrate.Spelled(t.Context(), w, p.to)
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	write := func(name string, at int64, differences []migrate.Difference) (last int64) {
		for _, f := range migrate.Files(migrate.Drafts(d, differences, nil), name, time.Unix(at, 0), 0) {
			folder[f.Path] = &fstest.MapFile{Data: []byte(f.Text)}
			last = f.Version
		}
		return last
	}
	r := &runner.Runner{Warehouse: w, Schema: memory, Folder: folder, Now: time.Now}
	all := []string{migrate.DropData, migrate.NarrowType, migrate.RewriteTable, migrate.LongLock}
	up := func() {
		t.Helper()
		if _, err := r.Up(t.Context(), 0, all); err != nil {
			t.Fatalf("%v\n%s", err, texts(folder))
		}
	}
	down := func(version int64) {
		t.Helper()
		if _, err := r.Down(t.Context(), version, all); err != nil {
			t.Fatalf("%v\n%s", err, texts(folder))
		}
	}
	first := write("from", 1, migrate.Diff(d, nil, from))
	up()
	holds(t, w, from, folder)
	for _, table := range from {
		insertRow(t, w, table)
	}
	write("to", 100, migrate.Diff(d, stored(t, w), to))
	up()
	holds(t, w, to, folder)
	down(first)
	holds(t, w, from, folder)
	down(0)
	holds(t, w, nil, folder)
}

func texts(folder fstest.MapFS) string {
	out := ""
	for name, f := range folder {
		out += name + "\n" + string(f.Data) + "\n"
	}
	return out
}

func stored(t *testing.T, w warehouse.Warehouse) []schema.Table {
	t.Helper()
	tx, err := w.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	var tables []schema.Table
	for _, name := range []string{"app", "gold"} {
		more, err := tx.Describe(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, more...)
	}
	return tables
}

// holds fails unless the warehouse has just the tables.
func holds(t *testing.T, w warehouse.Warehouse, want []schema.Table, folder fstest.MapFS) {
	t.Helper()
	for _, left := range migrate.Diff(w.Dialect(), stored(t, w), want) {
		t.Fatalf("left to do: %s\n%s", strings.Join(left.Texts(), "; "), texts(folder))
	}
}

// insertRow writes a row that has a value in every column.
func insertRow(t *testing.T, w warehouse.Warehouse, table schema.Table) {
	t.Helper()
	d := w.Dialect()
	values := map[record.Kind]record.Value{
		record.Text: record.TextValue("x"), record.Int: record.IntValue(1), record.Float: record.FloatValue(1), record.Bool: record.BoolValue(true),
		record.Date: record.DateValue(1), record.Timestamp: record.TimestampValue(1), record.JSON: record.JSONValue("{}"),
		record.UUID: record.UUIDValue("00000000-0000-0000-0000-000000000001"),
	}
	var names, literals []string
	for _, f := range table.Fields {
		names = append(names, d.Quote(f.Name))
		if f.Type.Kind == record.Decimal {
			literals = append(literals, "1")
			continue
		}
		literals = append(literals, d.Literal(values[f.Type.Kind], f.Type))
	}
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec(t.Context(), "INSERT INTO "+d.Table(table.Name)+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(literals, ", ")+")"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A file that is not understood is refused, with the line, before anything is done.
func TestFilesThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"CREATE TABLE a (b integer);\n": ":1: a statement stands above",
		"-- nothing\n":                  ":1: there is no line `-- +goose Up`",
		"\ufeff-- +goose Up\n":          "byte order mark",
		"-- +goose Up\n\n-- danger drop-data app.k\nDROP TABLE app.k;\n": ":3: danger: write it as `-- danger NAME SCHEMA.TABLE: why`",
		"-- +goose Up\n-- danger dropdata app.k: why\n":                  ":2: danger: there is no danger dropdata, only drop-data,",
		"-- +goose Up\n-- Danger drop-data k: why\n":                     ":2: danger: write it as",
		"-- danger drop-data app.k: why\n-- +goose Up\n":                 ":1: danger: it stands above `-- +goose Up`",
	} {
		_, err := migrate.Read(fstest.MapFS{"20261123101500_x.sql": {Data: []byte(text)}})
		if err == nil || !strings.HasPrefix(err.Error(), "read migration migrations/20261123101500_x.sql:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	for name, want := range map[string]string{"20261123101500_x.SQL": "is called otherwise", "99991231235959_x.sql": "a time that does not come"} {
		if _, err := migrate.Read(fstest.MapFS{name: {Data: []byte("-- +goose Up\n")}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

// Whatever a table is called, its danger is read back, and goose does not mind the case of its
// marks.
func TestDangersAreReadBack(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"items", "x: y", `a"b`, "Größe", "two words", "d.o.t"} {
		d := migrate.Danger{Name: migrate.DropData, Table: schema.Name{Schema: "app", Table: table}, Why: "it goes: all of it"}
		files := migrate.Files([]migrate.Draft{{Up: migrate.Way{Dangers: []migrate.Danger{d}, SQL: []string{"SELECT 1"}}}}, "x", time.Unix(0, 0), 0)
		again, err := migrate.Read(fstest.MapFS{files[0].Path: {Data: []byte(strings.Replace(files[0].Text, "goose Up", "GOOSE up", 1))}})
		if err != nil || len(again[0].Dangers(true)) != 1 || again[0].Dangers(true)[0] != d || len(again[0].Dangers(false)) != 0 {
			t.Errorf("%s: %v %v", table, again, err)
		}
	}
}

// Comments in texts do not end a statement.
func TestDashesInComments(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		table := schema.Table{Name: schema.Name{Schema: "app", Table: "one"}, Comment: "it's -- of; tax",
			Fields: []schema.Field{{Name: "net", Type: record.Of(record.Int), Comment: "net -- of tax"}}}
		d, folder := w.Dialect(), fstest.MapFS{}
		for _, f := range migrate.Files(migrate.Drafts(d, migrate.Diff(d, nil, []schema.Table{table}), nil), "x", time.Unix(0, 0), 0) {
			folder[f.Path] = &fstest.MapFile{Data: []byte(f.Text)}
		}
		r := &runner.Runner{Warehouse: w, Schema: "lode", Folder: folder, Now: time.Now}
		if _, err := r.Up(t.Context(), 0, nil); err != nil {
			t.Fatalf("%v\n%s", err, texts(folder))
		}
		holds(t, w, []schema.Table{table}, folder)
	})
}
