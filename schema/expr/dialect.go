package expr

import "github.com/lodehq/lode/record"

// Dialect is what the SQL of an expression or of a column type depends on. A warehouse
// answers it; all methods are pure and return SQL text. Arguments named x are SQL
// expressions, already quoted and parenthesised.
type Dialect interface {
	// Quote quotes an identifier.
	Quote(name string) string
	// Literal spells a value as a typed SQL literal; NULL becomes a typed NULL of t.
	Literal(v record.Value, t record.Type) string
	// TypeName is the database's name of a stored type.
	TypeName(t record.Type) string
	// IntDiv is integer division truncated towards zero.
	IntDiv(a, b string) string
	// TruncDiv is the quotient of two exact integers, truncated towards zero. Both are
	// of type decimal(38,0); the quotient may be of any exact integer type.
	TruncDiv(a, b string) string
	// Binary makes a text compare byte by byte, whatever the database's collation.
	Binary(x string) string
	// Matches tests a text against an RE2 pattern (a literal), unanchored.
	Matches(x, pattern string) string
	// TryCast casts text x to t and yields NULL where the text is no such value.
	TryCast(x string, t record.Type) string
	// JSONText is the member name of JSON object x as text; NULL if absent or null.
	JSONText(x, name string) string
	// Part is a part of a timestamp or date as bigint: year, month, day, hour, minute, second,
	// microseconds (of the minute), dow (0 = Sunday), doy, quarter, week (ISO). Instants are read in UTC.
	Part(part, x string) string
}
