package duckdb

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// DuckDB's JSON functions read a number as a double or an integer of 64 bits, and write it anew:
// 1.50 becomes 1.5, and digits are lost. So a number that would not survive is first made a string
// with a mark (exact), and what comes out is freed of the mark (plain, plainText).
const (
	markEscaped = `\u0001lode\u0002`
	markRaw     = `chr(1) || 'lode' || chr(2)`
)

// exact is the JSON text of x in which numbers survive DuckDB's functions. The first
// replacement puts chr(1) and chr(2), which JSON text cannot hold, around each number and, with nothing between them,
// behind each string; strings are matched too, so that digits in them stay.
func exact(x string) string {
	text := "(" + x + ")::VARCHAR"
	marked := `regexp_replace(` + text + `, '("(?:[^"\\]|\\.)*")|(-?[0-9][-+.0-9eE]*)', '\1' || chr(1) || '\2' || chr(2), 'g')`
	marked = `replace(replace(replace(` + marked + `, chr(1) || chr(2), ''), chr(1), '"` + markEscaped + `'), chr(2), '"')`
	return fmt.Sprintf(`(CASE WHEN regexp_matches(%[1]s, '[0-9][.eE]|[0-9]{16}') THEN %[2]s ELSE %[1]s END)::JSON`, text, marked)
}

// plain takes the marks out of a JSON text.
func plain(text string) string {
	return `regexp_replace(` + text + `, '"\\u0001lode\\u0002([^"]*)"', '\1', 'g')`
}

// JSONText is a member of a JSON object as text.
func (d Dialect) JSONText(x, name string) string { return d.VerbatimPath(x, name) }

// jsonName is a member's name as JSON text. Bytes that are no UTF-8 are replaced, as no database would take them.
func jsonName(name string) string {
	quoted, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(name, "\uFFFD"))
	if err != nil {
		return `""` // AppendQuote only refuses what was replaced before
	}
	return string(quoted)
}

// jsonOf is the JSON text of an expression, of whatever type it is.
func jsonOf(x string) string {
	return fmt.Sprintf(`coalesce(CASE WHEN typeof(%[1]s) IN ('JSON', 'BIGINT', 'HUGEINT') OR typeof(%[1]s) LIKE 'DECIMAL%%'`+
		` THEN (%[1]s)::VARCHAR ELSE to_json(%[1]s)::VARCHAR END, 'null')`, x)
}
