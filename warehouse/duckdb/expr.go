package duckdb

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
)

// quoteText spells a text, in one line: a file of statements is read line by line. A NUL
// byte is spelled so that the database refuses it, as PostgreSQL does.
func quoteText(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		return "error('a text holds a NUL byte')::VARCHAR"
	}
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if !strings.ContainsAny(s, "\n\r") {
		return quoted
	}
	return "E" + strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(quoted)
}

// Literal spells a value as a typed literal.
func (d Dialect) Literal(v record.Value, t record.Type) string {
	switch {
	case v.IsNull():
		return "NULL::" + d.TypeName(t)
	case v.Kind() == record.Bool && t.Kind == record.Bool:
		return strings.ToUpper(v.String())
	case v.Kind() == record.Int && t.Kind == record.Int && v.Int() >= 0:
		return v.String() + "::BIGINT"
	case v.Kind() == record.Float:
		return "'" + floatText(v.Float()) + "'::" + d.TypeName(t)
	}
	return quoteText(v.String()) + "::" + d.TypeName(t)
}

// floatText is the shortest text that reads back as f.
func floatText(f float64) string {
	switch text := fmt.Sprint(f); text {
	case "+Inf":
		return "Infinity"
	case "-Inf":
		return "-Infinity"
	default:
		return text
	}
}

// TypeName is DuckDB's name of a stored type. An instant is a TIMESTAMP, whose
// reading is UTC: a TIMESTAMP WITH TIME ZONE holds the same number but shows it in the
// zone of the session.
func (Dialect) TypeName(t record.Type) string {
	switch t.Kind {
	case record.Text:
		return "VARCHAR"
	case record.Int:
		return "BIGINT"
	case record.Float:
		return "DOUBLE"
	case record.Bool:
		return "BOOLEAN"
	case record.Date:
		return "DATE"
	case record.Timestamp:
		return "TIMESTAMP"
	case record.JSON:
		return "JSON"
	case record.UUID:
		return "UUID"
	case record.Decimal:
		if t.Precision == 0 {
			return fmt.Sprintf("DECIMAL(%d,%d)", maxPrecision, t.Scale)
		}
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	}
	return "unknown_type_" + t.String() // Check refuses such a field before any SQL is run
}

// IntDiv is integer division truncated towards zero.
func (Dialect) IntDiv(a, b string) string { return "(" + a + " // " + b + ")" }

// TruncDiv divides exact integers of up to 38 digits.
func (Dialect) TruncDiv(a, b string) string {
	return "(CAST(" + a + " AS HUGEINT) // CAST(" + b + " AS HUGEINT))"
}

// Binary makes a text compare byte by byte, which DuckDB does anyway.
func (Dialect) Binary(x string) string { return x }

// Matches tests a text against an RE2 pattern, which is what DuckDB uses.
func (Dialect) Matches(x, pattern string) string {
	return "regexp_matches(" + x + ", " + quoteText(pattern) + ")"
}

// Part is a part of a timestamp or date as bigint.
func (Dialect) Part(part, x string) string {
	return fmt.Sprintf("extract(%s FROM (%s)::TIMESTAMP)::BIGINT", part, x)
}
