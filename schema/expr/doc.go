// Package expr gives one text two meanings: an expression is compiled once, evaluated
// in Go on a row and spelled as SQL for a warehouse, and both agree.
//
// The text is written in the syntax of the Common Expression Language (CEL). Parsing is
// CEL's; types, NULL and exact decimals are ours, because CEL's checker knows neither
// decimal(18,2) nor a column that may be NULL. Each operator is one node with its Go
// meaning and its SQL meaning next to each other.
//
// # What can be written
//
//	is_active && credit_amount > 10000          columns, literals, && || !
//	amount * rate.eur_rate                      columns of joined rows, where there are any
//	== != < <= > >=   in [a, b, c]              comparisons
//	x == null, x != null, coalesce(x, y)        tests for NULL
//	+ - * / %  and  text + text                 arithmetic, concatenation
//	c ? a : b                                   NULL when c is NULL
//	startsWith size lowerAscii matches ...      see [Functions]
//
// x.f(y) and f(x, y) mean the same.
//
// # NULL
//
// Everything but == null, != null and coalesce follows SQL: an operator with a NULL
// operand is NULL, except false && NULL (false) and true || NULL (true).
//
// # Numbers
//
//   - Integers are 64 bit. / and % truncate towards zero. Dividing by zero is NULL.
//   - Decimals are exact. a + b has the larger scale and one more digit, a * b the sum of
//     digits and scales, both capped at 38 digits. 12.50 next to a decimal is a decimal.
//     A quotient needs its scale: round(a / b, 2). Halves are rounded away from zero.
//   - Floats are IEEE doubles ordered as SQL does: NaN equals itself and is the largest
//     value, -0 equals 0. An integer next to a float becomes a float.
//   - A result that does not fit (overflow, more than 38 digits, a float that becomes
//     infinite or vanishes) is an error of Eval. A warehouse fails the statement there,
//     or yields whatever it likes. Eval is the stricter of the two: no row that passed
//     Eval makes a statement fail.
//
// # Text and time
//
// Text compares byte by byte. size counts code points. Instants are read in UTC.
// matches takes a literal pattern of the subset that RE2 and PostgreSQL share: no \b,
// no flags, no look-around, repetitions up to 255.
//
// # Bounds
//
// A text has at most [MaxText] bytes, [MaxNodes] nodes and [MaxDepth] levels. There are no
// loops, so an evaluation visits each node once at most; a text result is at most
// [MaxResult] bytes.
package expr

// The bounds of an expression.
const (
	MaxText   = 8 << 10  // bytes of the expression
	MaxNodes  = 500      // operators, columns and literals
	MaxDepth  = 120      // levels of nesting
	MaxResult = 16 << 20 // bytes of a text made by an expression
)
