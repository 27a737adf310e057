package star

import (
	"fmt"
	"strconv"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// lag is the time between two source columns as a whole number.
func (f facts) lag(l schema.LagModel) string {
	if l.In == "days" {
		return fmt.Sprintf("CAST((%s - %s) AS %s)", f.dayOf(l.To), f.dayOf(l.From), f.d.TypeName(record.Of(record.Int)))
	}
	unit := int64(60_000_000)
	if l.In == "hours" {
		unit *= 60
	}
	const day = 24 * 60 * 60 * 1_000_000
	passed := fmt.Sprintf("(CAST((%s - %s) AS %s) * %d + %s - %s)", f.dayOf(l.To), f.dayOf(l.From), f.d.TypeName(record.Of(record.Int)), day, f.timeOf(l.To), f.timeOf(l.From))
	return f.d.IntDiv(passed, strconv.FormatInt(unit, 10))
}

// dayOf is the day of a source column.
func (f facts) dayOf(name string) string {
	x := sqltext.Column(f.d, "s", name)
	if t, _ := f.m.Source(name); t.Kind == record.Timestamp {
		return f.d.Day(x)
	}
	return x
}

// timeOf is how many microseconds of its day have passed at a source column.
func (f facts) timeOf(name string) string {
	x := sqltext.Column(f.d, "s", name)
	return fmt.Sprintf("(%s * 3600000000 + %s * 60000000 + %s)", f.d.Part("hour", x), f.d.Part("minute", x), f.d.Part("microseconds", x))
}
