package postgres

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
)

// quoteText spells a text, in one line: a file of statements is read line by line. A
// backslash needs the E form, whose meaning does not depend on a setting. A NUL byte, which
// PostgreSQL cannot hold, is spelled so that the server refuses it.
func quoteText(s string) string {
	quoted := strings.ReplaceAll(s, "'", "''")
	if !strings.ContainsAny(quoted, "\\\x00\n\r") {
		return "'" + quoted + "'"
	}
	quoted = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(quoted)
	return "E'" + strings.ReplaceAll(quoted, "\x00", `\000`) + "'"
}

// Literal spells a value as a typed literal.
func (d Dialect) Literal(v record.Value, t record.Type) string {
	switch {
	case v.IsNull():
		return "NULL::" + d.TypeName(t)
	case v.Kind() == record.Bool && t.Kind == record.Bool:
		return strings.ToUpper(v.String())
	case v.Kind() == record.Int && t.Kind == record.Int && v.Int() >= 0:
		return v.String() + "::bigint"
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

// TypeName is PostgreSQL's name of a stored type.
func (Dialect) TypeName(t record.Type) string {
	switch t.Kind {
	case record.Text:
		return "text"
	case record.Int:
		return "bigint"
	case record.Float:
		return "double precision"
	case record.Bool:
		return "boolean"
	case record.Date:
		return "date"
	case record.Timestamp:
		return "timestamptz"
	case record.JSON:
		return "jsonb"
	case record.UUID:
		return "uuid"
	case record.Decimal:
		if t.Precision == 0 {
			return "numeric"
		}
		return fmt.Sprintf("numeric(%d,%d)", t.Precision, t.Scale)
	}
	return "unknown_type_" + t.String() // Check refuses such a field before any SQL is run
}

// IntDiv is integer division truncated towards zero.
func (Dialect) IntDiv(a, b string) string { return "(" + a + " / " + b + ")" }

// TruncDiv divides exact integers of up to 38 digits.
func (Dialect) TruncDiv(a, b string) string { return "div(" + a + ", " + b + ")" }

// Binary makes a text compare byte by byte.
func (Dialect) Binary(x string) string { return "(" + x + ` COLLATE "C")` }

// Matches tests a text against an RE2 pattern.
func (Dialect) Matches(x, pattern string) string {
	return "(" + x + " ~ " + quoteText(translate(pattern)) + ")"
}

// JSONText is a member of a JSON object as text.
func (Dialect) JSONText(x, name string) string { return "(" + x + " ->> " + quoteText(name) + ")" }

// Part is a part of a timestamp or date as bigint. A session's time zone is UTC, so the cast
// to timestamp reads the instant in UTC, and it makes hours of a date possible.
func (Dialect) Part(part, x string) string {
	return fmt.Sprintf("trunc(extract(%s FROM (%s)::timestamp))::bigint", part, x)
}
