package check

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// The names of the checks. I5 is here for those who report it beside the others.
const (
	I1       = "I1"
	I2       = "I2"
	I3       = "I3"
	I4       = "I4"
	I5       = "I5"
	I6       = "I6"
	Unique   = "unique"
	Resolves = "resolves"
	Pointed  = "pointed"
	Members  = "members"
	Arrived  = "arrived"
	Current  = "current"
	Counted  = "counted"
	Summed   = "summed"
)

// Check is something that should hold of a table. Broken selects the keys of which it does
// not, as the text lode_key, with lode_column, a column of the row or "".
type Check struct {
	Name   string
	Table  schema.Name
	Broken string
}

// Result is what a check found.
type Result struct {
	Check   string `json:"check"`
	Table   string `json:"table"`
	Count   int64  `json:"count"`             // keys of which it does not hold
	Example string `json:"example,omitempty"` // one of them, and a column if it is about one
	Note    string `json:"note,omitempty"`    // why it was not looked at
}

// String tells what a failed check found: I2 of gold.dim_items: 1 key, for example 7.
func (r Result) String() string {
	keys := "1 key"
	if r.Count != 1 {
		keys = fmt.Sprintf("%d keys", r.Count)
	}
	return fmt.Sprintf("%s of %s: %s, for example %s", r.Check, r.Table, keys, r.Example)
}

// SQL counts the keys and picks one of them.
func (c Check) SQL(d warehouse.Dialect) string {
	return fmt.Sprintf("SELECT CAST(count(DISTINCT lode_key) AS %s), min(%s) FROM (\n%s\n) lode_broken",
		d.TypeName(record.Of(record.Int)), d.Binary("lode_key || CASE lode_column WHEN '' THEN '' ELSE ' ' || lode_column END"), c.Broken)
}

// Writer writes the checks of one warehouse.
type Writer struct {
	Dialect warehouse.Dialect
	// Keys is a temporary table with the distinct keys to look at: those of an entity, the
	// natural keys of a dimension (surrogate keys where it has no versions), the units of a fact, the group keys of an aggregate, what
	// the groups of a bridge belong to. "" means all there are.
	Keys string
}

// rows is a table under an alias, narrowed to the keys that are looked at.
func (w Writer) rows(t schema.Table, alias string, key []string) string {
	if w.Keys == "" {
		return w.Dialect.Table(t.Name) + " " + alias
	}
	return fmt.Sprintf("(SELECT lode_t.* FROM %s lode_t WHERE EXISTS (SELECT 1 FROM %s lode_k WHERE %s)) %s",
		w.Dialect.Table(t.Name), w.Dialect.Quote(w.Keys), sqltext.On(w.Dialect, "lode_k", "lode_t", key...), alias)
}

// key is the text of a key, as commands name it: its values with slashes between.
func (w Writer) key(values ...string) string {
	text := w.Dialect.TypeName(record.Of(record.Text))
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = fmt.Sprintf("COALESCE(CAST(%s AS %s), 'NULL')", v, text)
	}
	return strings.Join(parts, " || '/' || ")
}

func (w Writer) columns(alias string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = sqltext.Column(w.Dialect, alias, n)
	}
	return out
}

// broken begins a query for the keys of a table under an alias.
func (w Writer) broken(alias string, key []string, rest ...string) string {
	return w.brokenIn("", w.key(w.columns(alias, key)...), rest...)
}

// brokenIn begins a query for keys, given as text, and a column of their rows.
func (w Writer) brokenIn(column, key string, rest ...string) string {
	return lines(append([]string{fmt.Sprintf("SELECT %s AS lode_key, '%s' AS lode_column", key, strings.ReplaceAll(column, "'", "''"))}, rest...)...)
}

// unique holds when no two rows agree in the columns.
func (w Writer) unique(t schema.Table, narrow, columns []string) string {
	return w.broken("t", columns, "FROM "+w.rows(t, "t", narrow), "GROUP BY "+sqltext.List(w.Dialect, "t", columns...)+" HAVING count(*) > 1")
}

// either joins queries, each of which selects broken keys.
func either(queries ...string) string { return strings.Join(queries, "\nUNION ALL\n") }

func lines(parts ...string) string { return strings.Join(parts, "\n") }
