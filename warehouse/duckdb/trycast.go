package duckdb

import (
	"fmt"

	"github.com/lodehq/lode/record"
)

// DuckDB's TRY_CAST takes more than PostgreSQL: spaces, rounded numbers, many spellings of
// dates. The same patterns as there let the same texts through.
const (
	intPattern       = `^[+-]?[0-9]{1,100}$`
	decimalPattern   = `^[+-]?([0-9]{1,250}([.][0-9]{0,250})?|[.][0-9]{1,250})$`
	floatPattern     = `^[+-]?([0-9]{1,250}([.][0-9]{0,250})?|[.][0-9]{1,250})([eE][+-]?[0-9]{1,3})?$`
	datePattern      = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
	timestampPattern = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])` +
		`([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?$`
	uuidPattern = `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`
)

// TryCast casts text x to t and yields NULL where the text is no such value. The texts
// are those of plain notation: 12, -12.50, 1.5e3, true, 2024-02-29, 2024-02-29T12:00:00+02:00.
func (d Dialect) TryCast(x string, t record.Type) string {
	x = "(" + x + ")"
	try := "TRY_CAST(" + x + " AS " + d.TypeName(t) + ")"
	switch t.Kind {
	case record.Text:
		return x + "::VARCHAR"
	case record.Int:
		return when(x, intPattern, try)
	case record.Float:
		// What is too large becomes infinity here and an error in PostgreSQL.
		return when(x, floatPattern, fmt.Sprintf("CASE WHEN NOT isinf(%[1]s) THEN %[1]s END", try))
	case record.Decimal:
		return when(x, decimalPattern, try)
	case record.Bool:
		return "CASE lower(" + x + ") WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
	case record.Date:
		return realYear(x, when(x, datePattern, try))
	case record.Timestamp:
		return realYear(x, when(x, timestampPattern, tryTimestamp(x)))
	case record.JSON:
		return strictJSON(x, try)
	case record.UUID:
		return when(x, uuidPattern, try)
	}
	return try
}

func when(x, pattern, then string) string {
	return "CASE WHEN regexp_matches(" + x + ", '" + pattern + "') THEN " + then + " END"
}

// realYear refuses the year 0, which only DuckDB has.
func realYear(x, then string) string {
	return "CASE WHEN NOT starts_with(" + x + ", '0000') THEN " + then + " END"
}

// tryTimestamp reads an instant with its offset; one without is UTC. What is left out
// is filled in, and digits behind the microsecond are cut. The way over the number of microseconds keeps
// the zone of the session out.
func tryTimestamp(x string) string {
	text := "CASE WHEN length(" + x + ") = 10 THEN " + x + " || ' 00:00' ELSE " + x + " END"
	text = `regexp_replace(` + text + `, '([.][0-9]{6})[0-9]+', '\1')`
	text = `regexp_replace(` + text + `, '([T ][0-9]{2}:[0-9]{2})(Z|[+-][0-9:]+)?$', '\1:00\2')`
	text = `regexp_replace(` + text + `, '(:[0-9]{2}([.][0-9]+)?)$', '\1Z')`
	// Behind an hour the last replacement has taken the minutes of an offset for seconds.
	text = `regexp_replace(` + text + `, '([+-][0-9]{2}:[0-9]{2})Z$', '\1')`
	return "make_timestamp(epoch_us(TRY_CAST(" + text + " AS TIMESTAMP WITH TIME ZONE)))"
}

// strictJSON refuses what DuckDB takes for JSON and PostgreSQL does not: commas too many,
// numbers that are none, escapes of no character. Strings are cut out before the first
// two are looked for, and escaped backslashes before the last.
func strictJSON(x, then string) string {
	structure := `regexp_replace(` + x + `, '"(?:[^"\\]|\\.)*"', 's', 'g')`
	escapes := `regexp_replace(` + x + `, '\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}', '', 'g')`
	return `CASE WHEN NOT regexp_matches(` + structure + `, '(?i)nan|inf|,\s*[\]}]|/') AND NOT regexp_matches(` + escapes +
		`, '\\u(0000|[dD][89a-fA-F])') THEN ` + then + ` END`
}
