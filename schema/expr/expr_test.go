package expr_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
	"github.com/lodehq/lode/schema/expr/exprtest"
)

func compile(t testing.TB, text string) *expr.Program {
	t.Helper()
	p, err := expr.Compile(text, exprtest.Columns())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSQL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"b && d > 10000":            `("b" AND ("d" > CAST('10000.00' AS DECIMAL(18,2))))`,
		"b || !c && i in [1, null]": `("b" OR ((NOT "c") AND ("i" IN (CAST('1' AS BIGINT), CAST(NULL AS BIGINT)))))`,
		"s == null || x != null":    `(("s" IS NULL) OR ("x" IS NOT NULL))`,
		"b ? i : d":                 `(CASE WHEN "b" THEN CAST("i" AS DECIMAL(21,2)) WHEN NOT "b" THEN CAST("d" AS DECIMAL(21,2)) END)`,
		"d * decimal(i)":            `("d" * CAST("i" AS DECIMAL(19,0)))`,
		"i / j":                     `("i" // NULLIF("j", CAST('0' AS BIGINT)))`,
		"round(d, 1)":               `CAST(round("d", 1) AS DECIMAL(18,1))`,
		"s + '!' < t":               `(("s" || '!') < "t")`,
		"coalesce(i, j, 0)":         `coalesce("i", "j", CAST('0' AS BIGINT))`,
		`s.matches('\\d')`:          `regexp_matches("s", '[0-9]')`,
		"s.endsWith('it\\'s')":      `(right("s", length('it''s')) = 'it''s')`,
		"i in []":                   `CAST('false' AS BOOLEAN)`,
		"at.getMonth()":             `(CAST(trunc(date_part('month', CAST("at" AS TIMESTAMP))) AS BIGINT) - CAST('1' AS BIGINT))`,
	} {
		if got := compile(t, text).SQL(exprtest.DuckDB{}, exprtest.DuckDB{}.Quote); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"i + j": "integer", "i * f": "float", "d + e": "decimal(21,4)", "d * e": "decimal(28,6)", "d * i": "decimal(37,2)",
		"d * d * d": "decimal(38,6)", "d + 1": "decimal(19,2)", "d * 1.19": "decimal(21,4)", "big + big": "decimal(38,10)",
		"round(d / e, 4)": "decimal(25,4)", "coalesce(i, d)": "decimal(21,2)", "coalesce(null, s)": "text", "b ? null : day": "date",
		"day - day2": "integer", "date(at)": "date", "decimal('0.050')": "decimal(3,3)", "b && null": "boolean",
	} {
		if got := compile(t, text).Type().String(); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// TestEval pins what the package comment promises about edges.
func TestEval(t *testing.T) {
	t.Parallel()
	row := map[string]record.Value{
		"i": record.IntValue(math.MinInt64), "j": record.IntValue(-1), "d": record.DecimalValue("-2.35"), "e": record.DecimalValue("0.0500"),
		"f": record.FloatValue(math.NaN()), "g": record.FloatValue(math.Inf(1)), "b": record.BoolValue(true),
		"s": record.TextValue("Zoë"), "at": record.TimestampValue(-1), "big": record.DecimalValue(strings.Repeat("9", 28) + ".9999999999"),
	}
	for text, want := range map[string]string{
		"c && b": "NULL", "c && !b": "false", "c || b": "true", "!c": "NULL", "c == null": "true", "(c ? 1 : 2) == null": "true",
		"1 / 0": "NULL", "-7 / 2": "-3", "-7 % 2": "-1", "i / j": "error", "i - 1": "error", "-i": "error", "i * j": "error",
		"false && i - 1 > 0": "error", "false ? i - 1 : 5": "5", "f == f": "true", "f > g": "true", "-0.0 == 0.0": "true", "g - g": "NaN",
		"1.0e308 * 10.0": "error", "1.0e-308 * 1.0e-308": "error", "round(d, 1)": "-2.4", "round(d / e, 0)": "-47", "round(1 / 8, 2)": "0.13",
		"d * e": "-0.117500", "big + 1": "error", "-big": "-" + strings.Repeat("9", 28) + ".9999999999", "size(s)": "3", "s < 'a'": "true", "s.upperAscii()": "ZOë",
		"date(at)": "1969-12-31", "second(at)": "59", "i in [1, null]": "NULL", "j in [-1, null]": "true", "c in []": "false",
	} {
		p := compile(t, text)
		v, err := p.Eval(func(i int) record.Value { return row[exprtest.Columns()[i].Name] })
		got := v.String()
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s is %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "the expression is empty",
		"b &&":                          "line 1, column 5",
		"b &&\n  credit > 1":            `line 2, column 3: unknown column "credit"`,
		"dya == day2":                   `unknown column "dya"; did you mean "day"?`,
		"s.startWith('a')":              `unknown function "startWith"; did you mean "startsWith"?`,
		"s == 1":                        "text cannot be compared with integer; write string(…)",
		"day > '2024-01-01'":            "write date('2024-12-31')",
		"at > day":                      "write date(…) around the timestamp",
		"d > f":                         "exact and inexact numbers do not mix",
		"s + 1":                         "write string(…)",
		"d / e":                         "write round(a / b, 2)",
		"b > c":                         "boolean has no order",
		"x == x":                        "a json column compares only with null",
		"i && b":                        "a boolean is needed here, this is integer",
		"b ? 1 : 'a'":                   "the two results have different types: integer and text",
		"null":                          "always NULL",
		"1u":                            "a literal of this kind",
		"[1]":                           "only after in",
		"{'a': 1}":                      "not part of the language",
		"s.a":                           "columns have no members",
		"s[0]":                          "columns have no elements",
		"[1].exists(v, v > 0)":          "unknown function",
		"s.matches(t)":                  "literal pattern",
		"s.matches('(')":                "missing closing",
		"s.matches('\\\\bword')":        "not understood by every warehouse",
		"s.matches('(?i)a')":            "use lowerAscii()",
		"s.matches('a{1,300}')":         "more than 255",
		"round(d, i)":                   "write round(x, 2)",
		"round(d, 19)":                  "the scale of round",
		"timestamp('yesterday')":        "timestamp takes a literal",
		"date('2024-02-30')":            "write date(x)",
		"decimal('1,5')":                "decimal does not take text",
		"u == 'no'":                     "uuid cannot be compared with text",
		"'a\\x00b' == s":                "NUL",
		"i + j == k || h > 0 || l":      `unknown column "l"`,
		strings.Repeat("(", 500) + "b":  "",
		strings.Repeat("i+", 600) + "i": "",
		strings.Repeat(" ", 9000) + "b": "at most 8192 are allowed",
	} {
		_, err := expr.Compile(text, exprtest.Columns())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestErrorsComeAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := expr.Compile("h > 0 || k > 0 || s == 1", exprtest.Columns())
	if n := strings.Count(fmt.Sprint(err), "line 1"); n != 3 {
		t.Errorf("%d mistakes, want 3: %v", n, err)
	}
}

func TestAs(t *testing.T) {
	t.Parallel()
	row := func(int) record.Value { return record.DecimalValue("2.50") }
	p, err := compile(t, "d * 2").As(record.DecimalOf(18, 4))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := p.Eval(row); err != nil || v != record.DecimalValue("5.0000") {
		t.Errorf("got %s, %v", v, err)
	}
	if got, want := p.SQL(exprtest.DuckDB{}, exprtest.DuckDB{}.Quote), `CAST((CAST("d" AS DECIMAL(19,2)) * CAST('2' AS DECIMAL(1,0))) AS DECIMAL(18,4))`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	narrow, err := compile(t, "d * 2").As(record.DecimalOf(2, 2))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := narrow.Eval(row); err == nil {
		t.Errorf("5.00 became %s in decimal(2,2)", v)
	}
	if _, err := compile(t, "d * e").As(record.DecimalOf(18, 2)); err == nil || !strings.Contains(err.Error(), "write round(…, 2)") {
		t.Errorf("digits could be lost: %v", err)
	}
}

func TestEveryFunctionHasACase(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, c := range exprtest.Cases() {
		all.WriteString(c.Text + "\n")
	}
	for _, f := range expr.Functions() {
		if !strings.Contains(all.String(), f.Name+"(") {
			t.Errorf("no case holds the two meanings of %s against each other", f.Name)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range exprtest.Cases() {
		f.Add(c.Text)
	}
	columns := exprtest.Columns()
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := expr.CompileRaw(text); err == nil && len(text) > expr.MaxText {
			t.Fatal("an expression beyond the limit compiled")
		}
		p, err := expr.Compile(text, columns)
		if err != nil {
			return
		}
		if v, err := p.Eval(func(int) record.Value { return record.Null }); err == nil && !v.IsNull() && v.Kind() != p.Type().Kind {
			t.Fatalf("%s is %s, its type %s", text, v.Kind(), p.Type())
		}
		if p.SQL(exprtest.DuckDB{}, exprtest.DuckDB{}.Quote) == "" {
			t.Fatal("no SQL")
		}
	})
}

func BenchmarkEval(b *testing.B) {
	row := []record.Value{record.IntValue(3), {}, {}, {}, record.DecimalValue("12500.00"), {}, {}, record.BoolValue(true), {}, record.TextValue("active")}
	for _, text := range []string{"b && d > 10000", "d * decimal(i)", "s == 'active' ? i : 0"} {
		p := compile(b, text)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			read := func(i int) record.Value { return row[i] }
			for b.Loop() {
				if _, err := p.Eval(read); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleCompile() {
	columns := []record.Column{
		{Name: "is_active", Type: record.Of(record.Bool)},
		{Name: "credit_amount", Type: record.DecimalOf(18, 2)},
	}
	p, err := expr.Compile("is_active && credit_amount > 10000", columns)
	if err != nil {
		fmt.Println(err)
		return
	}
	row := []record.Value{record.BoolValue(true), record.DecimalValue("12500.00")}
	isVIP, err := p.Eval(func(i int) record.Value { return row[i] })
	fmt.Println(isVIP, err)
	// Output: true <nil>
}

// TestJoinedColumns reads columns whose names have two parts.
func TestJoinedColumns(t *testing.T) {
	t.Parallel()
	columns := []record.Column{{Name: "amount", Type: record.DecimalOf(12, 2)}, {Name: "rate.eur", Type: record.DecimalOf(12, 4)}}
	p, err := expr.Compile("round(amount * rate.eur, 2)", columns)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Columns(); !slices.Equal(got, []string{"amount", "rate.eur"}) {
		t.Errorf("it uses %v", got)
	}
	row := []record.Value{record.DecimalValue("10.00"), record.DecimalValue("0.1234")}
	if v, err := p.Eval(func(i int) record.Value { return row[i] }); err != nil || v.String() != "1.23" {
		t.Errorf("got %v, %v", v, err)
	}
	for text, want := range map[string]string{
		"amount * rate.usd":   `unknown column "rate.usd"; did you mean "rate.eur"?`,
		"amount * rate.eur.x": "columns have no members; .x cannot be read here",
		"has(rate.eur)":       `unknown function "has"`,
	} {
		if _, err := expr.Compile(text, columns); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
