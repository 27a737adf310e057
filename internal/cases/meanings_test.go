package cases

import (
	"testing"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/coltype/coltypetest"
	"github.com/lodehq/lode/schema/expr/exprtest"
	"github.com/lodehq/lode/warehouse"
)

// TestOneTextTwoMeanings holds every operator and function of the expression language
// against the warehouse's SQL, on random rows.
func TestOneTextTwoMeanings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		exprtest.Agree(t, w.Dialect(), 200, column(w))
	})
}

// TestColumnTypesAgree holds the Go side of every column type against its SQL side.
func TestColumnTypesAgree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		for _, doc := range coltype.Standard().Names() {
			spec := doc.Name
			if spec == "decimal" {
				spec = "decimal(18,2)"
			}
			typ, err := coltype.Standard().Parse(spec)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(spec, func(t *testing.T) { coltypetest.Agree(t, w.Dialect(), typ, column(w)) })
		}
	})
}

// column reads the one column of a query.
func column(w warehouse.Warehouse) func(t testing.TB, sql string, of record.Type) []record.Value {
	return func(t testing.TB, sql string, _ record.Type) []record.Value {
		t.Helper()
		var out []record.Value
		for b, err := range w.Query(t.Context(), sql) {
			if err != nil {
				t.Fatalf("%v\n%s", err, sql[:min(len(sql), 2000)])
			}
			for i := range b.Len() {
				out = append(out, b.Vectors[0].Value(i))
			}
		}
		return out
	}
}
