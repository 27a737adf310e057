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

// tryTimestamp reads an instant with its offset; one without is UTC. The way over
// the number of microseconds keeps the zone of the session out. Digits behind the microsecond are cut.
func tryTimestamp(x string) string {
	text := "regexp_replace(" + x + ", '([.][0-9]{6})[0-9]+', '\\1')"
	zoned := fmt.Sprintf("CASE WHEN regexp_matches(%s, '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$') AND length(%s) > 10 THEN %s ELSE %s || 'Z' END", x, x, text, text)
	return "make_timestamp(epoch_us(TRY_CAST(" + zoned + " AS TIMESTAMP WITH TIME ZONE)))"
}
