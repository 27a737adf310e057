package migrate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// drawField draws a column of one of few names, so that two schemas have some in common.
func drawField(t *rapid.T, name string) schema.Field {
	types := []record.Type{record.Of(record.Text), record.Of(record.Int), record.Of(record.Float), record.DecimalOf(12, 2), record.DecimalOf(18, 4),
		record.Of(record.Bool), record.Of(record.Date), record.Of(record.Timestamp), record.Of(record.JSON), record.Of(record.UUID)}
	defaults := map[record.Kind]string{record.Text: "'it''s'", record.Int: "7", record.Float: "1.5", record.Decimal: "2.25", record.Bool: "TRUE",
		record.Date: "DATE '2024-02-29'", record.Timestamp: "TIMESTAMP '2024-02-29 12:00:00'", record.JSON: "'{}'"}
	f := schema.Field{Name: name, Type: rapid.SampledFrom(types).Draw(t, "type"), NotNull: rapid.Bool().Draw(t, "not null")}
	f.Comment = rapid.SampledFrom([]string{"", "what it is", "it's \"new\""}).Draw(t, "comment")
	if rapid.Bool().Draw(t, "with default") {
		f.Default = defaults[f.Type.Kind]
	}
	f.Verbatim = f.Type.Kind == record.JSON && rapid.Bool().Draw(t, "verbatim")
	return f
}

func drawTable(t *rapid.T, name string) schema.Table {
	table := schema.Table{
		Name:    schema.Name{Schema: rapid.SampledFrom([]string{"gold", "app"}).Draw(t, "schema"), Table: name},
		Comment: rapid.SampledFrom([]string{"", "a table"}).Draw(t, "comment"), Small: rapid.Bool().Draw(t, "small"),
	}
	names := rapid.Permutation([]string{"a", "b", "c", "d", "The E"}).Draw(t, "columns")
	for _, n := range names[:rapid.IntRange(1, len(names)).Draw(t, "width")] {
		table.Fields = append(table.Fields, drawField(t, n))
	}
	var keyed []string // what can be part of a key or a tree
	for _, f := range table.Fields {
		if f.Type.Kind != record.JSON {
			keyed = append(keyed, f.Name)
		}
	}
	if len(keyed) > 0 && rapid.Bool().Draw(t, "with key") {
		table.PrimaryKey = keyed[:rapid.IntRange(1, min(2, len(keyed))).Draw(t, "key")]
	}
	for i, f := range table.Fields {
		quoted := `"` + f.Name + `"`
		switch {
		case f.Type.Kind == record.JSON && !f.Verbatim && rapid.Bool().Draw(t, "gin"):
			table.Indexes = append(table.Indexes, schema.Index{Columns: []string{f.Name}, Using: "gin"})
		case f.Type.Kind == record.Int && rapid.Bool().Draw(t, "checked"):
			table.Checks = append(table.Checks, schema.Check{Name: fmt.Sprint("check ", i), SQL: quoted + " >= 0 OR " + quoted + " IS NULL"})
		case f.Type.Kind != record.JSON && rapid.Bool().Draw(t, "indexed"):
			index := schema.Index{Columns: []string{f.Name}, Unique: rapid.Bool().Draw(t, "unique")}
			if rapid.Bool().Draw(t, "partial") {
				index.Where = quoted + " IS NOT NULL"
			}
			table.Indexes = append(table.Indexes, index)
		}
	}
	return table
}

func drawTables(t *rapid.T) []schema.Table {
	names := rapid.Permutation([]string{"one", "two", "three"}).Draw(t, "tables")
	var tables []schema.Table
	for _, n := range names[:rapid.IntRange(0, 3).Draw(t, "how many")] {
		tables = append(tables, drawTable(t, n))
	}
	for i := range tables { // keys of the others that a column of the same type can point to
		for _, to := range tables {
			if len(to.PrimaryKey) != 1 || to.Name == tables[i].Name || !rapid.Bool().Draw(t, "with foreign key") {
				continue
			}
			for _, f := range tables[i].Fields {
				if f.Type == to.Field(to.PrimaryKey[0]).Type {
					tables[i].References = []schema.Reference{{Columns: []string{f.Name}, To: to.Name, Key: to.PrimaryKey}}
				}
			}
		}
	}
	return tables
}

// drawRenames lets columns of the second schema be the renamed ones of the first.
func drawRenames(t *rapid.T, from, to []schema.Table) {
	for i := range to {
		for _, old := range from {
			if old.Name != to[i].Name || !rapid.Bool().Draw(t, "rename") {
				continue
			}
			for j, f := range to[i].Fields {
				if old.Field(f.Name) == nil {
					to[i].Fields[j].RenamedFrom = rapid.SampledFrom(old.FieldNames()).Draw(t, "renamed from")
					break
				}
			}
		}
	}
}

// TestRoundTrip: whatever two schemas are, the way that Diff finds leads from the one to
// the other, and its inverse back.
func TestRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		rapid.Check(t, func(r *rapid.T) {
			from, to := drawTables(r), drawTables(r)
			drawRenames(r, from, to)
			tx, err := w.Begin(t.Context())
			if err != nil {
				r.Fatal(err)
			}
			defer func() { _ = tx.Rollback() }()
			d := w.Dialect()
			from, err = migrate.Spelled(t.Context(), w, from)
			if err == nil {
				to, err = migrate.Spelled(t.Context(), w, to)
			}
			if err != nil {
				r.Fatal(err)
			}
			walk(t, r, tx, d, migrate.Diff(d, nil, from))
			same(t, r, tx, d, from)
			way := migrate.Diff(d, describe(t, r, tx), to)
			walk(t, r, tx, d, way)
			same(t, r, tx, d, to)
			slices.Reverse(way)
			for i := range way {
				way[i] = way[i].Inverse()
			}
			walk(t, r, tx, d, way)
			same(t, r, tx, d, from)
		})
	})
}

// walk carries differences out.
func walk(t *testing.T, r *rapid.T, tx warehouse.Tx, d warehouse.Dialect, way []migrate.Difference) {
	var done []string
	for _, difference := range way {
		for _, sql := range difference.SQL(d) {
			done = append(done, sql)
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				r.Fatalf("%v\nafter\n%s", err, strings.Join(done, ";\n"))
			}
		}
	}
}

func describe(t *testing.T, r *rapid.T, tx warehouse.Tx) []schema.Table {
	var tables []schema.Table
	for _, name := range []string{"app", "gold"} {
		more, err := tx.Describe(t.Context(), name)
		if err != nil {
			r.Fatal(err)
		}
		tables = append(tables, more...)
	}
	return tables
}

// same fails unless the tables that are there are those that should be.
func same(t *testing.T, r *rapid.T, tx warehouse.Tx, d warehouse.Dialect, want []schema.Table) {
	t.Helper()
	for i := range want {
		want[i].Fields = slices.Clone(want[i].Fields)
		for j := range want[i].Fields {
			want[i].Fields[j].RenamedFrom = "" // it has been
		}
	}
	for _, left := range migrate.Diff(d, describe(t, r, tx), want) {
		r.Errorf("left to do: %s", strings.Join(left.Texts(), "; "))
	}
}
