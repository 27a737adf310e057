// Package diff writes the SQL that compares two relations by key. It is pure: [Counts]
// and [First] are queries, [Read] reads what the second one gives.
//
// Rows of both sides are put under each other and grouped by all their columns: what is
// left with unequal counts differs. That is one pass over both, whatever their size; NULL
// is a value like any other, and a key that a side has twice is a difference and no
// multiplication.
//
// A relation of the star says what keys stand for ([Star]): the surrogate keys of two
// builds differ where nothing else does.
package diff

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Relation is one side of a comparison: a query and the columns of its result that are
// compared.
type Relation struct {
	SQL    string
	Key    []string
	Values []string
}

// Columns are the key and the values.
func (r Relation) Columns() []string { return append(append([]string{}, r.Key...), r.Values...) }

// Table compares the columns of a stored table by the given key. JSON is compared as text.
func Table(d warehouse.Dialect, t schema.Table, key []string, columns []string) Relation {
	r := Relation{Key: key, Values: sqltext.Without(columns, key...)}
	parts := make([]string, 0, len(columns))
	for _, c := range r.Columns() {
		parts = append(parts, groupable(d, "t", *t.Field(c)))
	}
	r.SQL = fmt.Sprintf("SELECT %s FROM %s t", strings.Join(parts, ", "), d.Table(t.Name))
	return r
}

// groupable is a column in a form that every database can group by.
func groupable(d warehouse.Dialect, alias string, f schema.Field) string {
	column := sqltext.Column(d, alias, f.Name)
	if f.Type.Kind == record.JSON {
		return "CAST(" + column + " AS " + d.TypeName(record.Of(record.Text)) + ") AS " + d.Quote(f.Name)
	}
	return column
}

// Counts selects how many rows each side has, and how many keys are only in a, only in b,
// and in both but not the same.
func Counts(d warehouse.Dialect, a, b Relation) string {
	return strings.Join([]string{
		differing(d, a, b) + ", keys AS (",
		fmt.Sprintf("  SELECT sum(lode_a) AS lode_a, sum(lode_b) AS lode_b FROM differing GROUP BY %s", sqltext.List(d, "", a.Key...)),
		")",
		"SELECT (SELECT " + whole(d, "sum(lode_a)") + " FROM counted) AS rows_a,",
		"       (SELECT " + whole(d, "sum(lode_b)") + " FROM counted) AS rows_b,",
		"       " + whole(d, "sum(CASE WHEN lode_b = 0 THEN 1 END)") + " AS only_a,",
		"       " + whole(d, "sum(CASE WHEN lode_a = 0 THEN 1 END)") + " AS only_b,",
		"       " + whole(d, "sum(CASE WHEN lode_a > 0 AND lode_b > 0 THEN 1 END)") + " AS changed",
		"FROM keys"}, "\n")
}

func whole(d warehouse.Dialect, x string) string {
	return "CAST(COALESCE(" + x + ", 0) AS " + d.TypeName(record.Of(record.Int)) + ")"
}

// First selects the rows of the first keys that differ, with how often each side has them.
func First(d warehouse.Dialect, a, b Relation, limit int) string {
	columns := sqltext.List(d, "", a.Columns()...)
	return strings.Join([]string{
		differing(d, a, b) + ", placed AS (",
		fmt.Sprintf("  SELECT %s, lode_a, lode_b, dense_rank() OVER (ORDER BY %s) AS lode_place FROM differing", columns, sqltext.List(d, "", a.Key...)),
		")",
		fmt.Sprintf("SELECT %s, %s AS lode_a, %s AS lode_b FROM placed WHERE lode_place <= %d ORDER BY lode_place, lode_b", columns, whole(d, "lode_a"), whole(d, "lode_b"), limit)}, "\n")
}

// differing begins a statement with the rows of which the sides have unequal numbers.
func differing(d warehouse.Dialect, a, b Relation) string {
	columns := sqltext.List(d, "", a.Columns()...)
	return strings.Join([]string{
		"WITH counted AS (",
		fmt.Sprintf("  SELECT %s, sum(lode_in_a) AS lode_a, sum(lode_in_b) AS lode_b FROM (", columns),
		fmt.Sprintf("    SELECT 1 AS lode_in_a, 0 AS lode_in_b, %s FROM (%s) a", sqltext.List(d, "a", a.Columns()...), a.SQL),
		fmt.Sprintf("    UNION ALL SELECT 0, 1, %s FROM (%s) b", sqltext.List(d, "b", a.Columns()...), b.SQL),
		fmt.Sprintf("  ) both_sides GROUP BY %s", columns),
		"), differing AS (",
		"  SELECT * FROM counted WHERE lode_a <> lode_b",
		")"}, "\n")
}
