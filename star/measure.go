package star

import (
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// measured is the facts that a measure of an aggregate is computed from, as f.
type measured struct {
	d    warehouse.Dialect
	fact *schema.FactModel
}

func measure(d warehouse.Dialect, m *schema.AggregateModel, x schema.AggMeasure) string {
	f := measured{d, m.Fact}
	switch {
	case x.Sum != "":
		return "sum(" + f.column(x.Sum) + ")"
	case x.CountDistinct != "":
		return "count(DISTINCT " + f.column(x.CountDistinct) + ")"
	case x.Min != "":
		return "min(" + f.column(x.Min) + ")"
	case x.Max != "":
		return "max(" + f.column(x.Max) + ")"
	case x.Avg != "":
		return f.mean(x.Avg)
	case x.Last != "":
		return f.last(x.Last)
	case x.Count == "rows":
		return f.rows()
	}
	return f.count(x.Count)
}

func (f measured) column(name string) string { return sqltext.Column(f.d, "f", name) }

// rows counts rows; one that takes another back counts against it.
func (f measured) rows() string {
	if f.fact.Reverses() {
		return "sum(CASE WHEN f.is_reversal THEN -1 ELSE 1 END)"
	}
	return "count(*)"
}

// count counts the values of a column.
func (f measured) count(name string) string {
	if f.fact.Reverses() {
		return fmt.Sprintf("sum(CASE WHEN %s IS NULL THEN 0 WHEN f.is_reversal THEN -1 ELSE 1 END)", f.column(name))
	}
	return "count(" + f.column(name) + ")"
}

// mean is the average of a column: exact, rounded half away from zero, where it is.
func (f measured) mean(name string) string {
	t, sum := f.fact.Table.Field(name).Type, f.total(name)
	if t.Kind == record.Float {
		return fmt.Sprintf("%s / NULLIF(%s, 0)", sum, f.count(name))
	}
	scale := t.Scale + 4
	sum = fmt.Sprintf("CAST(%s AS %s)", sum, f.d.TypeName(record.DecimalOf(maxDigits, t.Scale)))
	return quotient(f.d, whole(f.d, sum, t.Scale, scale), whole(f.d, "GREATEST("+f.count(name)+", 0)", 0, 0), scale)
}

// total is the sum of a column, less what was taken back: measures that may be summed are
// negated already where they are.
func (f measured) total(name string) string {
	column := f.column(name)
	if x := f.fact.Measure(name); f.fact.Reverses() && (x == nil || !x.Sums()) {
		return fmt.Sprintf("sum(CASE WHEN f.is_reversal THEN -%s ELSE %s END)", column, column)
	}
	return "sum(" + column + ")"
}

// last is a measure at the latest time of a group: the sum at that time, or the value of
// the last row of a measure that cannot be summed.
func (f measured) last(name string) string {
	if !f.fact.Measure(name).Sums() {
		return "max(CASE WHEN f.lode_place = 1 THEN " + f.column(name) + " END)"
	}
	return fmt.Sprintf("sum(CASE WHEN %s = f.lode_latest THEN %s END)", f.column(f.fact.TimeColumn()), f.column(name))
}
