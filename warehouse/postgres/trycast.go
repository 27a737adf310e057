package postgres

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
)

// PostgreSQL before 16 cannot ask whether a cast will succeed. So each cast stands
// behind a pattern that lets only texts through that the cast takes; CASE evaluates its
// branches in order and only when they are reached. Ranges are tested on numeric, which holds
// every number that the patterns let through.
const (
	intPattern       = `^[+-]?[0-9]{1,100}$`
	decimalPattern   = `^[+-]?([0-9]{1,250}([.][0-9]{0,250})?|[.][0-9]{1,250})$`
	floatPattern     = `^[+-]?([0-9]{1,250}([.][0-9]{0,250})?|[.][0-9]{1,250})([eE][+-]?[0-9]{1,3})?$`
	datePattern      = `^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
	timestampPattern = `^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])` +
		`([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?$`
	uuidPattern = `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`
)

// TryCast casts text x to t and yields NULL where the text is no such value. The texts
// are those of plain notation: 12, -12.50, 1.5e3, true, 2024-02-29, 2024-02-29T12:00:00+02:00.
func (d Dialect) TryCast(x string, t record.Type) string {
	x = "(" + x + ")"
	switch t.Kind {
	case record.Text:
		return x + "::text"
	case record.Int:
		return when(x, intPattern, within(x+"::numeric", "-9223372036854775808", "9223372036854775807", x+"::bigint"))
	case record.Float:
		return when(x, floatPattern, tryFloat(x))
	case record.Decimal:
		return when(x, decimalPattern, d.tryDecimal(x, t))
	case record.Bool:
		return "CASE lower(" + x + ") WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
	case record.Date:
		return when(x, datePattern, realDay(x, x+"::date"))
	case record.Timestamp:
		return when(x, timestampPattern, realDay(x, "regexp_replace("+x+", '([.][0-9]{6})[0-9]+', '\\1')::timestamptz"))
	case record.JSON:
		return tryJSON(x)
	case record.UUID:
		return when(x, uuidPattern, x+"::uuid")
	}
	return "NULL::" + d.TypeName(t)
}

func when(x, pattern, then string) string {
	return "CASE WHEN " + x + " ~ '" + pattern + "' THEN " + then + " END"
}

func within(number, low, high, then string) string {
	return "CASE WHEN " + number + " BETWEEN " + low + " AND " + high + " THEN " + then + " END"
}

// tryFloat refuses what is too large, and takes what is too small for zero: PostgreSQL
// raises an error for both.
func tryFloat(x string) string {
	return fmt.Sprintf("CASE WHEN abs(%[1]s::numeric) < 5e-324 THEN 0::double precision "+
		"WHEN abs(%[1]s::numeric) <= 1.7976931348623157e308 THEN %[1]s::double precision END", x)
}

func (d Dialect) tryDecimal(x string, t record.Type) string {
	if t.Precision == 0 {
		return x + "::numeric"
	}
	limit := "1" + strings.Repeat("0", t.Precision-t.Scale)
	return fmt.Sprintf("CASE WHEN abs(round(%s::numeric, %d)) < %s THEN %s::%s END", x, t.Scale, limit, x, d.TypeName(t))
}

// realDay refuses the 31st of a shorter month.
func realDay(x, then string) string {
	return fmt.Sprintf("CASE WHEN substr(%[1]s, 9, 2)::int <= extract(day FROM (substr(%[1]s, 1, 7) || '-01')::date"+
		" + interval '1 month' - interval '1 day') THEN %[2]s END", x, then)
}

// A JSON text is reduced from the inside out: strings to a mark that no JSON text holds,
// other scalars to 0, then arrays and objects of scalars to 0, once for each level of nesting.
// What is left of a valid text is a single scalar. jsonb refuses \u0000, lone surrogates
// and huge numbers, and so does this.
const (
	jsonDepth = 20
	jsonMark  = "\x01"

	jsonString = `"([^"\\\u0001-\u001f]|\\["\\/bfnrt]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4}` +
		`|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*"`
	jsonScalar = `(?<![a-zA-Z0-9.+-])(-?(0|[1-9][0-9]{0,250})([.][0-9]{1,250})?([eE][+-]?[0-9]{1,3})?|true|false|null)(?![a-zA-Z0-9.+-])`
	jsonValue  = "[0" + jsonMark + "]"
	jsonLevel  = `\[(` + jsonValue + `(,` + jsonValue + `)*)?\]|\{(` + jsonMark + `:` + jsonValue + `(,` + jsonMark + `:` + jsonValue + `)*)?\}`
)

// tryJSON casts a text of valid JSON that nests up to jsonDepth levels; deeper is NULL.
func tryJSON(x string) string {
	reduced := x
	for _, step := range [][2]string{{jsonString, jsonMark}, {jsonScalar, "0"}, {`[ \t\n\r]+`, ""}} {
		reduced = "regexp_replace(" + reduced + ", " + quoteText(step[0]) + ", " + quoteText(step[1]) + ", 'g')"
	}
	for range jsonDepth {
		reduced = "regexp_replace(" + reduced + ", " + quoteText(jsonLevel) + ", '0', 'g')"
	}
	return "CASE WHEN strpos(" + x + ", " + quoteText(jsonMark) + ") > 0 THEN NULL WHEN " + reduced + " ~ " +
		quoteText("^"+jsonValue+"$") + " THEN " + x + "::jsonb END"
}
