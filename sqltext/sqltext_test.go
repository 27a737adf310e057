package sqltext_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

func TestText(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]expr.Dialect{"duckdb": duckdb.Dialect{}, "postgres": postgres.Dialect{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []struct{ got, want string }{
				{sqltext.List(d, ""), ""},
				{sqltext.List(d, "", "a", `b"c`), `"a", "b""c"`},
				{sqltext.List(d, "t", "a", "b"), `t."a", t."b"`},
				{sqltext.Column(d, "", "select"), `"select"`},
				{sqltext.On(d, "a", "b", "x", "y"), `a."x" = b."x" AND a."y" = b."y"`},
				{sqltext.OnPairs(d, "a", []string{"x"}, "b", []string{"y"}), `a."x" = b."y"`},
				{sqltext.Distinct(d, "a", "b", "x", "y"), `a."x" IS DISTINCT FROM b."x" OR a."y" IS DISTINCT FROM b."y"`},
				{sqltext.AnyNull(d, "a", "x", "y"), `(a."x" IS NULL OR a."y" IS NULL)`},
				{sqltext.Signature(d, "a"), `''`},
				{strings.Join(sqltext.Without([]string{"a", "b", "c", "b"}, "b", "z"), ","), "a,c"},
			} {
				if c.got != c.want {
					t.Errorf("got %s, want %s", c.got, c.want)
				}
			}
		})
	}
}

// pair is a row of two nullable texts.
type pair [2]record.Value

func pairs() *rapid.Generator[pair] {
	value := rapid.Custom(func(t *rapid.T) record.Value {
		if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
			return record.Null
		}
		// Few characters, those that the signature is built of among them.
		return record.TextValue(rapid.StringOfN(rapid.SampledFrom([]rune("a1:~|ä'")), 0, 4, -1).Draw(t, "text"))
	})
	return rapid.Custom(func(t *rapid.T) pair { return pair{value.Draw(t, "x"), value.Draw(t, "y")} })
}

func TestSignatureTellsRowsApart(t *testing.T) {
	t.Parallel()
	w := dbtest.Memory(t)
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(pairs(), 2, 12).Draw(rt, "rows")
		signatures := signaturesOf(t, w, rows)
		for i := range rows {
			for j := range i {
				if (rows[i] == rows[j]) != (signatures[i] == signatures[j]) {
					rt.Fatalf("%v and %v have the signatures %s and %s", rows[i], rows[j], signatures[i], signatures[j])
				}
			}
		}
	})
}

func signaturesOf(t *testing.T, w warehouse.Warehouse, rows []pair) []string {
	t.Helper()
	d, text := w.Dialect(), record.Of(record.Text)
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = fmt.Sprintf("(%d, %s, %s)", i, d.Literal(r[0], text), d.Literal(r[1], text))
	}
	sql := fmt.Sprintf("SELECT %s FROM (VALUES %s) v(n, x, y) ORDER BY n", sqltext.Signature(d, "v", "x", "y"), strings.Join(lines, ", "))
	var out []string
	for b, err := range w.Query(t.Context(), sql) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			out = append(out, b.Vectors[0].Value(i).String())
		}
	}
	return out
}

// Values that are equal to the database must be equal in the signature, whatever their type.
func TestSignatureAgreesWithEquality(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		d := w.Dialect()
		for _, c := range []struct {
			kind record.Type
			a, b record.Value
			same bool
		}{
			{record.Of(record.Int), record.IntValue(1), record.IntValue(1), true},
			{record.Of(record.Int), record.IntValue(1), record.IntValue(-1), false},
			{record.DecimalOf(38, 2), record.DecimalValue("1.10"), record.DecimalValue("1.10"), true},
			{record.DecimalOf(38, 2), record.DecimalValue("1.10"), record.DecimalValue("1.01"), false},
			{record.Of(record.Float), record.FloatValue(0.1), record.FloatValue(0.1), true},
			{record.Of(record.Float), record.FloatValue(0.1), record.FloatValue(0.10000000000000002), false},
			{record.Of(record.Timestamp), record.TimestampValue(1), record.TimestampValue(1), true},
			{record.Of(record.Timestamp), record.TimestampValue(1), record.TimestampValue(2), false},
			{record.Of(record.Date), record.DateValue(1), record.DateValue(2), false},
			{record.Of(record.Bool), record.BoolValue(true), record.BoolValue(false), false},
			{record.Of(record.Bool), record.BoolValue(false), record.Null, false},
			{record.Of(record.JSON), record.JSONValue(`{"a":1}`), record.JSONValue(`{"a":2}`), false},
			{record.Of(record.Text), record.TextValue("a"), record.TextValue("a "), false},
			{record.Of(record.Text), record.TextValue("\u00e9"), record.TextValue("e\u0301"), false},
			{record.Of(record.Text), record.TextValue(""), record.Null, false},
			{record.Of(record.Text), record.TextValue("~"), record.Null, false},
			{record.Of(record.Text), record.Null, record.Null, true},
		} {
			sql := fmt.Sprintf("SELECT %s = %s FROM (SELECT %s AS x) a, (SELECT %s AS x) b",
				sqltext.Signature(d, "a", "x"), sqltext.Signature(d, "b", "x"), d.Literal(c.a, c.kind), d.Literal(c.b, c.kind))
			for b, err := range w.Query(t.Context(), sql) {
				if err != nil {
					t.Fatal(err)
				}
				if got := b.Vectors[0].Value(0).Bool(); got != c.same {
					t.Errorf("%s %v and %v: signatures are equal: %t, want %t", c.kind, c.a, c.b, got, c.same)
				}
			}
		}
	})
}

func ExampleDistinct() {
	fmt.Println(sqltext.Distinct(duckdb.Dialect{}, "new", "old", "name", "price"))
	// Output: new."name" IS DISTINCT FROM old."name" OR new."price" IS DISTINCT FROM old."price"
}
