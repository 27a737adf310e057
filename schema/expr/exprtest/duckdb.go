package exprtest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lodehq/lode/record"
)

// DuckDB spells SQL for DuckDB, as far as expressions and column types need it.
type DuckDB struct{}

// Quote quotes an identifier.
func (DuckDB) Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal spells a typed literal.
func (d DuckDB) Literal(v record.Value, t record.Type) string {
	spelled := "NULL"
	if !v.IsNull() {
		spelled = quoteText(v.String())
	}
	if t.Kind == record.Text && !v.IsNull() {
		return spelled
	}
	return "CAST(" + spelled + " AS " + d.TypeName(t) + ")"
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// TypeName is DuckDB's name of a type.
func (DuckDB) TypeName(t record.Type) string {
	switch t.Kind {
	case record.Int:
		return "BIGINT"
	case record.Float:
		return "DOUBLE"
	case record.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case record.Bool:
		return "BOOLEAN"
	case record.Date:
		return "DATE"
	case record.Timestamp:
		return "TIMESTAMPTZ"
	case record.JSON:
		return "JSON"
	case record.UUID:
		return "UUID"
	default:
		return "VARCHAR"
	}
}

// IntDiv truncates towards zero.
func (DuckDB) IntDiv(a, b string) string { return "(" + a + " // " + b + ")" }

// TruncDiv divides exact integers of up to 38 digits.
func (DuckDB) TruncDiv(a, b string) string {
	return "(CAST(" + a + " AS HUGEINT) // CAST(" + b + " AS HUGEINT))"
}

// Binary is what DuckDB does anyway.
func (DuckDB) Binary(x string) string { return x }

// Matches uses RE2.
func (DuckDB) Matches(x, pattern string) string {
	return "regexp_matches(" + x + ", " + quoteText(pattern) + ")"
}

// TryCast is TRY_CAST.
func (d DuckDB) TryCast(x string, t record.Type) string {
	return "TRY_CAST(" + x + " AS " + d.TypeName(t) + ")"
}

// JSONText is a member of an object as text.
func (DuckDB) JSONText(x, name string) string {
	return "(" + x + " ->> " + quoteText("$."+strconv.Quote(name)) + ")"
}

// Part is date_part of the instant in UTC.
func (DuckDB) Part(part, x string) string {
	return "CAST(trunc(date_part('" + part + "', CAST(" + x + " AS TIMESTAMP))) AS BIGINT)"
}
