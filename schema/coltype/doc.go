// Package coltype holds the column types: how a raw value becomes a stored one, in Go and
// as SQL. Both meanings start from the value's text, which is a JSON string without its
// quotes and any other JSON as it is written. So the number 12 and the string "12" are the
// same to every type, and what Go decodes the warehouse decodes alike. Package
// coltypetest holds the two against each other.
//
// Rules that hold for all types:
//
//   - JSON null is NULL. A blank text is NULL, too, except for text: files have no other
//     way to say that there is nothing. Blanks around a value are ignored, except in text.
//   - Nothing is rounded, cut or guessed. What is no such value is an error in Go and NULL
//     in SQL.
//   - NUL bytes are errors.
//
// A type of one's own is a [Custom] value given to [Set.With].
package coltype
