package warehousetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func tables() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"describe reads back what was created":         testDescribe,
		"an absent schema has no tables":               testDescribeAbsent,
		"describe sees the transaction's own tables":   testDescribeOwn,
		"NOT NULL holds":                               testNotNull,
		"a key can be deleted and inserted again":      testReplaceKey,
		"a small table keeps its key":                  testSmallKey,
		"a kept foreign key holds":                     testForeignKey,
		"check refuses what cannot be held":            testCheck,
		"schemas may have the names of catalogs":       testSchemaNames,
		"analyze runs where there is such a statement": testAnalyze,
	}
}

// documented is a table that uses everything Describe reads back.
func documented() schema.Table {
	table := every
	table.Name = schema.Name{Schema: "gold", Table: "documented"}
	table.Comment = "what it is\nprimary keys and more, it's \"quoted\""
	table.PrimaryKey = []string{"a_uuid", "position"}
	table.Fields = append([]schema.Field{}, every.Fields...)
	for i := range table.Fields {
		f := &table.Fields[i]
		f.Comment = "comment of " + f.Name
		f.NotNull = f.Name == "position" || f.Name == "a_uuid" || f.Name == "a_money"
	}
	table.Fields[1].Comment = ""
	table.Fields = append(table.Fields, schema.Field{Name: "not_verbatim", Type: record.Of(record.JSON), Comment: "verbatim"},
		schema.Field{Name: "counted", Type: record.Of(record.Int), Default: "0"})
	table.Checks = []schema.Check{{Name: "not too many", SQL: "counted < 100"}}
	table.Indexes = []schema.Index{{Name: "latest", Columns: []string{"a_uuid"}, Unique: true, Where: "counted = 1"}}
	table.References = []schema.Reference{{Columns: []string{"counted"}, To: schema.Name{Schema: "gold", Table: "numbers"}, Key: []string{"n"}}}
	return table
}

// referenced is the table that documented has a foreign key of.
func referenced() schema.Table {
	table := numbers
	table.Name.Schema, table.PrimaryKey = "gold", []string{"n"}
	return table
}

// spelled takes away what a database spells in its own way.
func spelled(t schema.Table) schema.Table {
	for i := range t.Checks {
		t.Checks[i].SQL = ""
	}
	for i := range t.Indexes {
		t.Indexes[i].Where = ""
	}
	return t
}

func testDescribe(t *testing.T, w warehouse.Warehouse) {
	first, second := documented(), referenced()
	create(t, w, second)
	create(t, w, first)
	got, err := begin(t, w).Describe(t.Context(), "gold")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || len(got[0].Checks) != 1 || got[0].Checks[0].SQL == "" {
		t.Fatalf("got %v", got)
	}
	d := w.Dialect()
	if diff := cmp.Diff([]schema.Table{spelled(d.Kept(first)), d.Kept(second)}, []schema.Table{spelled(got[0]), got[1]}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("described otherwise than created (-want +got):\n%s", diff)
	}
}

func testDescribeAbsent(t *testing.T, w warehouse.Warehouse) {
	if got, err := begin(t, w).Describe(t.Context(), "no such schema"); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func testDescribeOwn(t *testing.T, w warehouse.Warehouse) {
	d, tx := w.Dialect(), begin(t, w)
	exec(t, tx, append([]string{d.CreateSchema("bronze")}, d.CreateTable(numbers)...)...)
	if got, err := tx.Describe(t.Context(), "bronze"); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

func testNotNull(t *testing.T, w warehouse.Warehouse) {
	create(t, w, referenced())
	create(t, w, documented())
	b := record.NewBatch([]record.Column{{Name: "position", Type: record.Of(record.Int)}})
	b.Append(record.IntValue(1))
	if _, err := begin(t, w).Load(t.Context(), documented().Name, record.One(b)); err == nil {
		t.Error("a row without its key was loaded")
	}
}

// testReplaceKey holds the drivers to what the engine does all the time: replacing rows of a key within
// one transaction, also while others still read the old ones.
func testReplaceKey(t *testing.T, w warehouse.Warehouse) {
	table := numbers
	table.PrimaryKey, table.Small = []string{"n"}, true
	create(t, w, table)
	load(t, w, table.Name, sequence(20_000, 4096))
	name := w.Dialect().Table(table.Name)
	for b, err := range w.Query(t.Context(), "SELECT n FROM "+name) {
		if err != nil || b.Len() == 0 {
			t.Fatal(b, err)
		}
		tx := begin(t, w)
		exec(t, tx, "DELETE FROM "+name+" WHERE n % 2 = 0", "INSERT INTO "+name+" SELECT n - 1 FROM "+name+" WHERE n % 2 = 1",
			"DELETE FROM "+name+" WHERE n % 2 = 0", "INSERT INTO "+name+" SELECT n - 1 FROM "+name+" WHERE n % 2 = 1")
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		break
	}
	if got := count(t, w); got != 20_000 {
		t.Errorf("%d rows, want 20000", got)
	}
}

func testSmallKey(t *testing.T, w warehouse.Warehouse) {
	table := numbers
	table.PrimaryKey, table.Small = []string{"n"}, true
	create(t, w, table)
	load(t, w, table.Name, sequence(3, 3))
	if _, err := begin(t, w).Load(t.Context(), table.Name, sequence(3, 3)); err == nil {
		t.Error("a key was loaded twice")
	}
}

func testCheck(t *testing.T, w warehouse.Warehouse) {
	text := record.Of(record.Text)
	with := func(change func(*schema.Table)) schema.Table {
		table := schema.Table{Name: schema.Name{Schema: "gold", Table: "t"}, Fields: []schema.Field{{Name: "a", Type: text}}}
		change(&table)
		return table
	}
	for name, table := range map[string]schema.Table{
		"long table name":   with(func(t *schema.Table) { t.Name.Table = strings.Repeat("x", 64) }),
		"long column name":  with(func(t *schema.Table) { t.Fields[0].Name = strings.Repeat("é", 32) }),
		"empty column name": with(func(t *schema.Table) { t.Fields[0].Name = "" }),
		"NUL in a name":     with(func(t *schema.Table) { t.Fields[0].Name = "a\x00b" }),
		"broken UTF-8":      with(func(t *schema.Table) { t.Name.Schema = "a\xff" }),
		"column twice":      with(func(t *schema.Table) { t.Fields = append(t.Fields, t.Fields[0]) }),
		"no columns":        with(func(t *schema.Table) { t.Fields = nil }),
		"unknown key":       with(func(t *schema.Table) { t.PrimaryKey = []string{"b"} }),
		"unknown index":     with(func(t *schema.Table) { t.Indexes = []schema.Index{{Columns: []string{"b"}}} }),
		"no type":           with(func(t *schema.Table) { t.Fields[0].Type = record.Type{} }),
		"bad decimal":       with(func(t *schema.Table) { t.Fields[0].Type = record.DecimalOf(5, 6) }),
		"no precision":      with(func(t *schema.Table) { t.Fields[0].Type = record.DecimalOf(0, 0) }),
		"huge decimal":      with(func(t *schema.Table) { t.Fields[0].Type = record.DecimalOf(1001, 0) }),
	} {
		err := w.Dialect().Check(table)
		if !errors.Is(err, warehouse.ErrUnsupported) {
			t.Errorf("%s: %v is not ErrUnsupported", name, err)
		} else if !strings.Contains(err.Error(), w.Dialect().Name()) || !strings.Contains(err.Error(), table.Name.Table) {
			t.Errorf("%s: %q names neither warehouse nor table", name, err)
		}
	}
	if err := w.Dialect().Check(documented()); err != nil {
		t.Errorf("a good table is refused: %v", err)
	}
}

func testSchemaNames(t *testing.T, w warehouse.Warehouse) {
	for _, name := range []string{"warehouse", "lode", "main", "public", "gold", "default", "MixedCase"} {
		table := numbers
		table.Name.Schema = name
		create(t, w, table)
		load(t, w, table.Name, sequence(2, 2))
		if got := one(t, w, "SELECT count(*) FROM "+w.Dialect().Table(table.Name)); got.Int() != 2 {
			t.Errorf("schema %s: %v rows, want 2", name, got)
		}
	}
}

func testAnalyze(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	if sql := w.Dialect().Analyze(numbers.Name); sql != "" {
		commit(t, w, sql)
	}
}

// A warehouse keeps foreign keys, and says so of a row that breaks one, or Kept leaves them out.
func testForeignKey(t *testing.T, w warehouse.Warehouse) {
	to := referenced()
	from := schema.Table{
		Name: schema.Name{Schema: "gold", Table: "naming"}, Fields: []schema.Field{{Name: "counted", Type: record.Of(record.Int)}},
		References: []schema.Reference{{Columns: []string{"counted"}, To: to.Name, Key: to.PrimaryKey}},
	}
	create(t, w, to)
	create(t, w, from)
	d := w.Dialect()
	commit(t, w, "INSERT INTO "+d.Table(to.Name)+" VALUES (1)", "INSERT INTO "+d.Table(from.Name)+" VALUES (1), (NULL)")
	kept := len(d.Kept(from).References) > 0
	for _, sql := range []string{"INSERT INTO " + d.Table(from.Name) + " VALUES (2)", "DELETE FROM " + d.Table(to.Name)} {
		tx := begin(t, w)
		if _, err := tx.Exec(t.Context(), sql); errors.Is(err, warehouse.ErrReference) != kept || !kept && err != nil {
			t.Errorf("%s: %v; foreign keys are kept: %v", sql, err, kept)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}
