// Package sqltext holds the few words that keep hand-written SQL readable: column
// lists, join conditions and a named statement. It is no query builder: the statement
// stays visible where it is written.
package sqltext

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema/expr"
)

// Statement is one SQL statement of a step. Note says in a few words what it is for;
// an error about it begins with it. Count, if set, names what the affected rows are ("inserted").
// Given, if set, is a relation without whose rows the statement would do nothing: to ask for
// one costs less than to plan a statement in vain.
type Statement struct {
	Note  string
	SQL   string
	Count Count
	Given string
}

// Given are the statements, each with the relation without whose rows it would do nothing.
func Given(relation string, statements ...Statement) []Statement {
	out := slices.Clone(statements)
	for i := range out {
		out[i].Given = relation
	}
	return out
}

// Count names what the rows touched by a statement are.
type Count string

// The counts that steps report.
const (
	Inserted Count = "inserted"
	Updated  Count = "updated"
	Amended  Count = "amended" // updated in place
	Removed  Count = "removed" // deleted, or about to be written anew as updated
	Touched  Count = "touched" // keys looked at
	Inferred Count = "inferred"
)

// List is the quoted names, comma-separated, each behind "alias." if alias is given.
func List(d expr.Dialect, alias string, names ...string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = Column(d, alias, n)
	}
	return strings.Join(parts, ", ")
}

// Column is a quoted name behind "alias.", or alone when alias is "".
func Column(d expr.Dialect, alias, name string) string {
	if alias == "" {
		return d.Quote(name)
	}
	return alias + "." + d.Quote(name)
}

// nameLength is how many bytes of a name PostgreSQL keeps.
const nameLength = 63

// Derived names a column that a statement makes of another one. Where there is no room for the
// other's name a digest of it stands, so that two long names do not become one.
func Derived(prefix, name string) string {
	if len(prefix)+len(name) <= nameLength {
		return prefix + name
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return fmt.Sprintf("%s%016x", prefix, h.Sum64())
}

// On is the condition that two relations agree in the named columns.
func On(d expr.Dialect, a, b string, names ...string) string {
	return OnPairs(d, a, names, b, names)
}

// OnPairs is the condition that columns of a equal columns of b, pair by pair.
func OnPairs(d expr.Dialect, a string, as []string, b string, bs []string) string {
	parts := make([]string, len(as))
	for i := range as {
		parts[i] = Column(d, a, as[i]) + " = " + Column(d, b, bs[i])
	}
	return strings.Join(parts, " AND ")
}

// Distinct is the condition that two relations differ in at least one of the columns,
// NULL being a value like any other.
func Distinct(d expr.Dialect, a, b string, names ...string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = Column(d, a, n) + " IS DISTINCT FROM " + Column(d, b, n)
	}
	return strings.Join(parts, " OR ")
}

// AnyNull is the condition that at least one of the columns is NULL.
func AnyNull(d expr.Dialect, alias string, names ...string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = Column(d, alias, n) + " IS NULL"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// Signature is a text that is equal for two rows just when they agree in all the
// columns. Each part carries its length, so that ('a-b','c') and ('a','b-c') differ.
func Signature(d expr.Dialect, alias string, names ...string) string {
	values := make([]string, len(names))
	for i, n := range names {
		values[i] = Column(d, alias, n)
	}
	return SignatureOf(values...)
}

// SignatureOf is the signature of expressions.
func SignatureOf(values ...string) string {
	if len(values) == 0 {
		return "''"
	}
	parts := make([]string, len(values))
	for i, v := range values {
		x := "CAST(" + v + " AS text)"
		parts[i] = "COALESCE(CAST(length(" + x + ") AS text) || ':' || " + x + ", '~')"
	}
	return strings.Join(parts, " || ")
}

// Without is names less the given ones.
func Without(names []string, drop ...string) []string {
	var rest []string
next:
	for _, n := range names {
		for _, x := range drop {
			if n == x {
				continue next
			}
		}
		rest = append(rest, n)
	}
	return rest
}
