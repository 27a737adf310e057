package coltype

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// Type converts values on the way in, in Go and as SQL. It is immutable.
type Type interface {
	// Name is the type as it is written: "decimal(18,2)".
	Name() string
	// Stored is the type of the column that holds the values.
	Stored() record.Type
	// Decode converts one raw JSON value; null is NULL.
	Decode(raw jsontext.Value) (record.Value, error)
	// SQL converts x, a text expression of the value's text, and is NULL where that is no
	// such value.
	SQL(d expr.Dialect, x string) string
}

// Custom is a type made of two functions: a column type of one's own.
type Custom struct {
	TypeName string
	StoredAs record.Type
	// Convert makes a value of a text that is not blank.
	Convert func(text string) (record.Value, error)
	// Spell is the same as SQL: x is the text without blanks around it, NULL if blank.
	Spell func(d expr.Dialect, x string) string
}

// Name is the type's name.
func (c Custom) Name() string { return c.TypeName }

// Stored is the type of the column.
func (c Custom) Stored() record.Type { return c.StoredAs }

// Decode calls Convert with the value's text.
func (c Custom) Decode(raw jsontext.Value) (record.Value, error) {
	text, err := content(raw)
	if err != nil {
		return record.Null, notA(c.TypeName, raw, err)
	}
	if text = bytes.Trim(text, blanks); len(text) == 0 {
		return record.Null, nil
	}
	v, err := c.Convert(string(text))
	if err != nil {
		return record.Null, notA(c.TypeName, raw, err)
	}
	return v, nil
}

// SQL calls Spell with the trimmed text.
func (c Custom) SQL(d expr.Dialect, x string) string { return c.Spell(d, trimmed(d, x)) }

// standard is a type of this package. decode sees a text that is not blank and may not
// keep it.
type standard struct {
	name   string
	stored record.Type
	decode func(text []byte) (record.Value, error)
	spell  func(d expr.Dialect, x string) string // x is trimmed
}

func (s *standard) Name() string                        { return s.name }
func (s *standard) Stored() record.Type                 { return s.stored }
func (s *standard) SQL(d expr.Dialect, x string) string { return s.spell(d, trimmed(d, x)) }

func (s *standard) Decode(raw jsontext.Value) (record.Value, error) {
	text, err := content(raw)
	if err != nil {
		return record.Null, notA(s.name, raw, err)
	}
	if text = bytes.Trim(text, blanks); len(text) == 0 {
		return record.Null, nil
	}
	v, err := s.decode(text)
	if err != nil {
		return record.Null, notA(s.name, raw, err)
	}
	return v, nil
}

var (
	errForm  = errors.New("") // the message says what is expected already
	errNUL   = errors.New("it holds a NUL byte")
	errUTF8  = errors.New("it is not valid UTF-8")
	errRange = errors.New("it is out of range")
)

// blanks are the characters ignored around a value.
const blanks = " \t\n\v\f\r"

// content is the text of a raw value; nil for null. It aliases raw where it can.
func content(raw jsontext.Value) ([]byte, error) {
	text := bytes.Trim(raw, " \t\n\r")
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	if text[0] == '"' {
		if len(text) > 1 && bytes.IndexByte(text, '\\') < 0 {
			text = text[1 : len(text)-1]
		} else {
			unquoted, err := jsontext.AppendUnquote(nil, text)
			if err != nil {
				return nil, err
			}
			text = unquoted
		}
	}
	switch {
	case bytes.IndexByte(text, 0) >= 0:
		return nil, errNUL
	case !utf8.Valid(text):
		return nil, errUTF8
	}
	return text, nil
}

// notA says that a value is not of a type; the value is shortened.
func notA(name string, raw jsontext.Value, reason error) error {
	const limit = 60
	shown := string(raw)
	if len(shown) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(shown[cut]) {
			cut--
		}
		shown = shown[:cut] + "…"
	}
	if errors.Is(reason, errForm) {
		return fmt.Errorf("not a %s: %s", name, shown)
	}
	return fmt.Errorf("not a %s: %s: %w", name, shown, reason)
}

// trimmed is x without blanks around it; NULL if nothing is left.
func trimmed(d expr.Dialect, x string) string {
	return "NULLIF(trim(" + x + ", " + textLiteral(d, blanks) + "), '')"
}

func textLiteral(d expr.Dialect, s string) string {
	return d.Literal(record.TextValue(s), record.Of(record.Text))
}

// named spells an expression over x, which has a name in it and so stands there once, however
// often the expression speaks of it. OFFSET 0 keeps PostgreSQL from putting x back in its place,
// and working it out as often.
func named(d expr.Dialect, name, x string, over func(x string) string) string {
	name = d.Quote("lode_" + name)
	return "(SELECT " + over(name) + " FROM (SELECT " + x + " AS " + name + " OFFSET 0) AS " + name + ")"
}

// where is then for a text that matches a pattern, NULL for any other.
func where(d expr.Dialect, x, pattern, then string) string {
	return "CASE WHEN " + d.Matches(x, pattern) + " THEN " + then + " END"
}

const (
	lowerASCII = "abcdefghijklmnopqrstuvwxyz"
	upperASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func spellLower(x string) string {
	return "translate(" + x + ", '" + upperASCII + "', '" + lowerASCII + "')"
}
func spellUpper(x string) string {
	return "translate(" + x + ", '" + lowerASCII + "', '" + upperASCII + "')"
}

// shiftASCII is text with the bytes of a range moved by shift, as translate does it.
func shiftASCII(text []byte, from, to byte, shift int) string {
	out := make([]byte, len(text))
	for i, c := range text {
		if c >= from && c <= to {
			c = byte(int(c) + shift)
		}
		out[i] = c
	}
	return string(out)
}
