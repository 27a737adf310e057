package warehousetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func alterations() map[string]func(*testing.T, warehouse.Warehouse) {
	tests := map[string]func(*testing.T, warehouse.Warehouse){"a column is filled in batches": testFillBatch}
	for _, c := range alterCases() {
		tests["an alteration can "+c.name] = func(t *testing.T, w warehouse.Warehouse) { testAlter(t, w, c) }
		tests["an alteration keeps a column that it does not know when it is to "+c.name] = func(t *testing.T, w warehouse.Warehouse) { testAlterMore(t, w, c) }
	}
	return tests
}

// altered is the table that alterations begin with: two rows, (1, '11', NULL) and (2, '22', NULL).
func altered() schema.Table {
	return schema.Table{
		Name: schema.Name{Schema: "gold", Table: "altered"}, PrimaryKey: []string{"id"}, Comment: "before",
		Fields: []schema.Field{
			{Name: "id", Type: record.Of(record.Int), NotNull: true}, {Name: "code", Type: record.Of(record.Text), NotNull: true, Comment: "of the row"},
			{Name: "empty", Type: record.Of(record.JSON), Default: "'{}'"},
		},
		Checks: []schema.Check{{Name: "id is positive", SQL: "id > 0"}}, Indexes: []schema.Index{{Name: "by_code", Columns: []string{"code"}}},
	}
}

// alterCase is a change of altered. The rows are what `show` is of them afterwards.
type alterCase struct {
	name    string
	changes []schema.Change
	to      func(*schema.Table)
	show    string
	rows    []string
}

func alterCases() []alterCase {
	integer, text := record.Of(record.Int), record.Of(record.Text)
	code, empty := altered().Fields[1], altered().Fields[2]
	with := func(f schema.Field, change func(*schema.Field)) schema.Field { change(&f); return f }
	counted := with(code, func(f *schema.Field) { f.Type = integer })
	renamed := with(code, func(f *schema.Field) { f.Name = "sign" })
	nullable := with(code, func(f *schema.Field) { f.NotNull = false })
	noted := with(code, func(f *schema.Field) { f.Comment = "it's new" })
	bare := with(empty, func(f *schema.Field) { f.Default = "" })
	added := schema.Field{Name: "added", Type: text, Comment: "new", Default: "'x'"}
	required := with(added, func(f *schema.Field) { f.NotNull = true })
	dated := with(nullable, func(f *schema.Field) { f.Type = record.Of(record.Date) })
	plain := with(empty, func(f *schema.Field) { f.Type, f.Default = text, "'{}'" })
	keyed := schema.Field{Name: "number", Type: integer, NotNull: true}
	worked := schema.Field{Name: "worked", Type: text, NotNull: true, Default: "lower('X')"}
	check, index := schema.Check{Name: "short", SQL: "length(code) < 9"}, schema.Index{Name: "by_empty", Columns: []string{"empty"}, Using: "gin"}
	return []alterCase{
		{"add a column", []schema.Change{{Kind: schema.AddField, To: added}}, func(t *schema.Table) { t.Fields = append(t.Fields, added) }, "added", []string{"x", "x"}},
		{"add a column that is never NULL", []schema.Change{{Kind: schema.AddField, To: required}}, func(t *schema.Table) { t.Fields = append(t.Fields, required) }, "added", []string{"x", "x"}},
		{"add a column whose default is worked out", []schema.Change{{Kind: schema.AddField, To: worked}}, func(t *schema.Table) { t.Fields = append(t.Fields, worked) }, "worked", []string{"x", "x"}},
		{"drop a column", []schema.Change{{Kind: schema.DropField, From: empty}}, func(t *schema.Table) { t.Fields = t.Fields[:2] }, "code", []string{"11", "22"}},
		{"rename a column", []schema.Change{{Kind: schema.RenameField, From: code, To: renamed}}, func(t *schema.Table) {
			t.Fields[1] = renamed
			t.Indexes[0].Columns = []string{"sign"}
		}, "sign", []string{"11", "22"}},
		{"rename a column of the key", []schema.Change{{Kind: schema.DropCheck, Check: altered().Checks[0]}, {Kind: schema.RenameField, From: altered().Fields[0], To: keyed}}, func(t *schema.Table) {
			t.Fields[0], t.PrimaryKey, t.Checks = keyed, []string{"number"}, nil
		}, "number", []string{"1", "2"}},
		{"change a type", []schema.Change{{Kind: schema.ChangeType, From: code, To: counted}}, func(t *schema.Table) { t.Fields[1] = counted }, "code + 1", []string{"12", "23"}},
		{"change a type of what is not of it", []schema.Change{{Kind: schema.DropNotNull, To: nullable}, {Kind: schema.ChangeType, From: code, To: dated, Lenient: true}}, func(t *schema.Table) { t.Fields[1] = dated }, "coalesce(CAST(code AS varchar), 'none')", []string{"none", "none"}},
		{"change a type and a default", []schema.Change{{Kind: schema.ChangeType, From: empty, To: plain}}, func(t *schema.Table) { t.Fields[2] = plain }, "empty", []string{"NULL", "NULL"}},
		{"allow NULLs", []schema.Change{{Kind: schema.DropNotNull, To: nullable}}, func(t *schema.Table) { t.Fields[1] = nullable }, "code", []string{"11", "22"}},
		{"change a default", []schema.Change{{Kind: schema.ChangeDefault, From: empty, To: bare}}, func(t *schema.Table) { t.Fields[2] = bare }, "empty", []string{"NULL", "NULL"}},
		{"change comments", []schema.Change{{Kind: schema.ChangeComment, To: noted}, {Kind: schema.ChangeComment}}, func(t *schema.Table) { t.Fields[1], t.Comment = noted, "" }, "code", []string{"11", "22"}},
		{"change the key", []schema.Change{{Kind: schema.DropKey}, {Kind: schema.AddKey}}, func(t *schema.Table) { t.PrimaryKey = []string{"code", "id"} }, "code", []string{"11", "22"}},
		{"drop the key", []schema.Change{{Kind: schema.DropKey}}, func(t *schema.Table) { t.PrimaryKey = nil }, "code", []string{"11", "22"}},
		{"add and drop checks", []schema.Change{{Kind: schema.DropCheck, Check: altered().Checks[0]}, {Kind: schema.AddCheck, Check: check}}, func(t *schema.Table) { t.Checks = []schema.Check{check} }, "code", []string{"11", "22"}},
		{"add and drop indexes", []schema.Change{{Kind: schema.DropIndex, Index: altered().Indexes[0]}, {Kind: schema.AddIndex, Index: index}}, func(t *schema.Table) { t.Indexes = []schema.Index{index} }, "code", []string{"11", "22"}},
		{"do several things at once", []schema.Change{
			{Kind: schema.RenameField, From: code, To: renamed}, {Kind: schema.DropField, From: empty}, {Kind: schema.DropCheck, Check: altered().Checks[0]}, {Kind: schema.AddField, To: added},
		}, func(t *schema.Table) {
			t.Fields, t.Checks = append(t.Fields[:1], renamed, added), nil
			t.Indexes[0].Columns = []string{"sign"}
		}, "concat(sign, added)", []string{"11x", "22x"}},
	}
}

func testFillBatch(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(10, 10))
	commit(t, w, "UPDATE "+d.Table(numbers.Name)+" SET n = NULL WHERE n < 5")
	for _, want := range []int64{3, 2, 0} {
		tx := begin(t, w)
		got, err := tx.Exec(t.Context(), d.FillBatch(numbers.Name, "n", "7", 3))
		if err != nil || got != want {
			t.Fatalf("%d rows, %v; want %d", got, err, want)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := one(t, w, "SELECT count(*) FROM "+d.Table(numbers.Name)+" WHERE n = 7"); got.Int() != 6 {
		t.Errorf("%v rows have the value, want 6", got)
	}
}

func testAlter(t *testing.T, w warehouse.Warehouse, c alterCase) {
	d, from, to := w.Dialect(), altered(), altered()
	c.to(&to)
	create(t, w, from)
	commit(t, w, "INSERT INTO "+d.Table(from.Name)+" (id, code, empty) VALUES (1, '11', NULL), (2, '22', NULL)")
	commit(t, w, d.Alter(schema.Alteration{From: from, To: to, Changes: c.changes})...)
	got, err := begin(t, w).Describe(t.Context(), "gold")
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if diff := cmp.Diff(shape(d.Kept(to)), shape(got[0]), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the table is another one (-want +got):\n%s", diff)
	}
	var shown []string
	for _, row := range rows(t, w, "SELECT "+c.show+" FROM "+d.Table(to.Name)+" ORDER BY 1") {
		shown = append(shown, row[0].String())
	}
	if !slices.Equal(shown, c.rows) {
		t.Errorf("%s is %q, want %q", c.show, shown, c.rows)
	}
	for _, change := range c.changes {
		switch weight := d.Weigh(schema.Alteration{From: from, To: to}, change); weight {
		case schema.Light, schema.Rewrites, schema.Blocks:
		default:
			t.Errorf("%s weighs %q", change.Kind, weight)
		}
	}
}

// testAlterMore carries an alteration out on a table that has got a column since it was
// written. The values of that column stay, or the alteration says that it would lose them.
func testAlterMore(t *testing.T, w warehouse.Warehouse, c alterCase) {
	d, from, to := w.Dialect(), altered(), altered()
	c.to(&to)
	create(t, w, from)
	commit(t, w, "ALTER TABLE "+d.Table(from.Name)+" ADD COLUMN phone "+d.TypeName(record.Of(record.Text)),
		"INSERT INTO "+d.Table(from.Name)+" (id, code, phone) VALUES (1, '11', '555')")
	tx := begin(t, w)
	for _, sql := range d.Alter(schema.Alteration{From: from, To: to, Changes: c.changes}) {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			if !strings.Contains(err.Error(), "table gold.altered has columns that are not those this was written for (phone VARCHAR), and would lose them") {
				t.Errorf("it fails otherwise than for the column: %v", err)
			}
			return
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := one(t, w, "SELECT phone FROM "+d.Table(to.Name)); got.String() != "555" {
		t.Errorf("phone is %v", got)
	}
}

// shape is a table without what a database spells in its own way.
func shape(t schema.Table) schema.Table {
	t = spelled(t)
	for i, f := range t.Fields {
		if f.Default != "" {
			t.Fields[i].Default = "some"
		}
	}
	return t
}
