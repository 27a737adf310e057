package expr

import (
	"time"

	"cel.dev/cel-go/common/ast"

	"github.com/lodehq/lode/record"
)

const microsPerDay = 24 * 60 * 60 * 1_000_000

// timeFunctions are the parts of dates and instants: ours count from one, CEL's own
// accessors keep CEL's counting.
func timeFunctions() []function {
	return []function{
		part("year", "year", "The year.", 0, func(t time.Time) int { return t.Year() }),
		part("quarter", "quarter", "The quarter, 1 to 4.", 0, func(t time.Time) int { return (int(t.Month()) + 2) / 3 }),
		part("month", "month", "The month, 1 to 12.", 0, func(t time.Time) int { return int(t.Month()) }),
		part("week", "week", "The ISO week, 1 to 53.", 0, func(t time.Time) int { _, w := t.ISOWeek(); return w }),
		part("day", "day", "The day of the month, 1 to 31.", 0, func(t time.Time) int { return t.Day() }),
		part("dow", "dow", "The day of the week, 0 (Sunday) to 6.", 0, func(t time.Time) int { return int(t.Weekday()) }),
		part("doy", "doy", "The day of the year, 1 to 366.", 0, func(t time.Time) int { return t.YearDay() }),
		part("hour", "hour", "The hour, 0 to 23.", 0, func(t time.Time) int { return t.Hour() }),
		part("minute", "minute", "The minute.", 0, func(t time.Time) int { return t.Minute() }),
		part("second", "second", "The second.", 0, func(t time.Time) int { return t.Second() }),
		part("getFullYear", "year", "CEL's name of year.", 0, func(t time.Time) int { return t.Year() }),
		part("getMonth", "month", "CEL's month, 0 to 11.", 1, func(t time.Time) int { return int(t.Month()) }),
		part("getDate", "day", "CEL's name of day.", 0, func(t time.Time) int { return t.Day() }),
		part("getDayOfWeek", "dow", "CEL's name of dow.", 0, func(t time.Time) int { return int(t.Weekday()) }),
		part("getDayOfYear", "doy", "CEL's day of the year, 0 to 365.", 1, func(t time.Time) int { return t.YearDay() }),
		part("getHours", "hour", "CEL's name of hour.", 0, func(t time.Time) int { return t.Hour() }),
		part("getMinutes", "minute", "CEL's name of minute.", 0, func(t time.Time) int { return t.Minute() }),
		part("getSeconds", "second", "CEL's name of second.", 0, func(t time.Time) int { return t.Second() }),
		define("date", "date(x), date('2024-12-31')", "The day of an instant in UTC, or a literal day.",
			overload{accept: dateLiteral},
			strictly(record.Date, func(a, _ value) value { return integer(floorDiv(a.n, microsPerDay)) }, spellDay, record.Timestamp)),
	}
}

// part is an accessor of dates and, as instants have them all, of instants. It reads
// part sqlPart and subtracts less.
func part(name, sqlPart, doc string, less int, of func(time.Time) int) function {
	spell := func(s speller, args []string) string {
		x := s.Part(sqlPart, args[0])
		if less == 0 {
			return x
		}
		return "(" + x + " - " + s.Literal(record.IntValue(int64(less)), record.Of(record.Int)) + ")"
	}
	read := func(t time.Time) value { return integer(int64(of(t) - less)) }
	overloads := []overload{strictly(record.Int, func(a, _ value) value { return read(record.TimestampValue(a.n).Time()) }, spell, record.Timestamp)}
	if sqlPart != "hour" && sqlPart != "minute" && sqlPart != "second" {
		overloads = append(overloads, strictly(record.Int, func(a, _ value) value { return read(record.DateValue(a.n).Time()) }, spell, record.Date))
	}
	return define(name, name+"(x)", doc, overloads...)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// spellDay builds the day out of its parts, because how an instant is stored, and in
// which zone the session reads it, differs between databases.
func spellDay(s speller, args []string) string {
	p := func(name string) string { return "CAST(" + s.Part(name, args[0]) + " AS integer)" }
	return "make_date(" + p("year") + ", " + p("month") + ", " + p("day") + ")"
}

func dateLiteral(args []node) node {
	if len(args) != 1 {
		return nil
	}
	if args[0].typ().Kind == record.Date {
		return args[0]
	}
	l, ok := args[0].(*literal)
	if !ok || l.t.Kind != record.Text {
		return nil
	}
	t, err := time.Parse(time.DateOnly, l.v.s)
	if err != nil || outOfYears(t) {
		return nil
	}
	return &literal{t: record.Of(record.Date), v: integer(t.Unix() / 86400)}
}

// outOfYears keeps literals within what every warehouse can hold.
func outOfYears(t time.Time) bool { return t.Year() < 1 || t.Year() > 9999 }

func (c *checker) instantLiteral(e ast.Expr, args []ast.Expr, depth int) node {
	if len(args) == 1 && args[0].Kind() == ast.LiteralKind {
		if s, ok := args[0].AsLiteral().Value().(string); ok {
			if t, err := time.Parse(time.RFC3339Nano, s); err == nil && !outOfYears(t.UTC()) {
				return &literal{t: record.Of(record.Timestamp), v: integer(t.UnixMicro())}
			}
		}
	}
	if len(args) == 1 {
		if x := c.check(args[0], depth); x == nil || x.typ().Kind == record.Timestamp {
			return x
		}
	}
	return c.mistake(e, "timestamp takes a literal such as timestamp('2024-12-31T23:59:59Z')")
}
