package exprtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// Query runs a statement with one result column of type t and returns its values in order.
type Query func(t testing.TB, sql string, of record.Type) []record.Value

// Agree evaluates every case on random rows in Go and in a database and fails where they
// differ. A row on which Eval fails is left out: there a database may fail, too.
func Agree(t *testing.T, d expr.Dialect, rows int, query Query) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	drawn := make([][]record.Value, rows)
	for i := range drawn {
		drawn[i] = RandomRow(r, Columns())
	}
	for _, c := range Cases() {
		t.Run(c.Text, func(t *testing.T) { agree(t, d, c, drawn, query) })
	}
}

func agree(t *testing.T, d expr.Dialect, c Case, rows [][]record.Value, query Query) {
	p, err := expr.Compile(c.Text, c.Columns)
	if err != nil {
		t.Fatal(err)
	}
	var want []record.Value
	var kept [][]record.Value
	for _, row := range rows {
		v, err := p.Eval(func(i int) record.Value { return row[i] })
		if err == nil {
			want, kept = append(want, v), append(kept, row)
		}
	}
	if len(kept) < len(rows)/10 {
		t.Fatalf("only %d of %d rows can be evaluated: the case proves little", len(kept), len(rows))
	}
	sql := Statement(d, p, c.Columns, kept)
	got := query(t, sql, p.Type())
	if len(got) != len(want) {
		t.Fatalf("%d rows came back of %d", len(got), len(want))
	}
	for i := range want {
		if !Same(got[i], want[i]) {
			t.Fatalf("row %s\nGo:  %s\nSQL: %s\n%s", describe(c.Columns, kept[i], p), want[i], got[i], p.SQL(d, d.Quote))
		}
	}
}

// Statement selects an expression from literal rows, in their order.
func Statement(d expr.Dialect, p *expr.Program, columns []record.Column, rows [][]record.Value) string {
	used := map[string]bool{}
	for _, name := range p.Columns() {
		used[name] = true
	}
	names := []string{"lode_row"}
	for _, c := range columns {
		if used[c.Name] {
			names = append(names, d.Quote(c.Name))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT %s FROM (VALUES ", p.SQL(d, d.Quote))
	for i, row := range rows {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "(%d", i)
		for k, c := range columns {
			if used[c.Name] {
				b.WriteString(", " + d.Literal(row[k], c.Type))
			}
		}
		b.WriteString(")")
	}
	fmt.Fprintf(&b, ") AS t(%s) ORDER BY lode_row", strings.Join(names, ", "))
	return b.String()
}

// Same tells whether two values are equal; NaN equals NaN and -0 equals 0.
func Same(a, b record.Value) bool {
	if a.Kind() == record.Float && b.Kind() == record.Float && math.IsNaN(a.Float()) {
		return math.IsNaN(b.Float())
	}
	return a == b
}

func describe(columns []record.Column, row []record.Value, p *expr.Program) string {
	var parts []string
	for _, name := range p.Columns() {
		for i, c := range columns {
			if c.Name == name {
				parts = append(parts, fmt.Sprintf("%s=%q", name, row[i]))
			}
		}
	}
	return strings.Join(parts, " ")
}
