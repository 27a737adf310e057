package expr

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// rawValue is a JSON value during evaluation. kind is jsontext's: 'n' null, 't' true,
// 'f' false, '"' text, '0' number, '{' and '[' raw JSON; the zero value is null.
type rawValue struct {
	kind  jsontext.Kind
	s     string         // of a text
	raw   jsontext.Value // of an object, a list, or a number as it was written
	n     value          // of a number: an integer in units of scale
	scale int
}

// maxExponent bounds the digits a number may unfold into.
const maxExponent = 400

func rawText(s string) rawValue { return rawValue{kind: '"', s: s} }

func rawInteger(n int64) rawValue { return rawValue{kind: '0', n: integer(n)} }

func rawBool(b bool) rawValue {
	if b {
		return rawValue{kind: 't'}
	}
	return rawValue{kind: 'f'}
}

func (v rawValue) isNull() bool { return v.kind == 0 || v.kind == 'n' }

// decodeRaw reads one JSON value; nil is null. Objects and lists stay as they are.
func decodeRaw(raw jsontext.Value) (rawValue, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return rawValue{}, nil
	}
	switch kind := raw.Kind(); kind {
	case '"':
		s, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return rawValue{}, fmt.Errorf("read text %s: %w", shorten(string(raw)), err)
		}
		return rawText(string(s)), nil
	case '0':
		v, err := rawNumberOf(string(raw))
		v.raw = raw
		return v, err
	case '{', '[':
		return rawValue{kind: kind, raw: raw}, nil
	default:
		return rawValue{kind: kind}, nil
	}
}

// rawNumberOf reads a JSON number exactly.
func rawNumberOf(text string) (rawValue, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return rawInteger(n), nil
	}
	mantissa, exponentText, hasExponent := strings.Cut(strings.ToLower(text), "e")
	exponent := 0
	if hasExponent {
		n, err := strconv.Atoi(exponentText)
		if err != nil || n > maxExponent || n < -maxExponent {
			return rawValue{}, fmt.Errorf("the number %s has too large an exponent", shorten(text))
		}
		exponent = n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	unscaled, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok || len(mantissa) > 1000 {
		return rawValue{}, fmt.Errorf("%s is no number that can be read", shorten(text))
	}
	scale := len(fraction) - exponent
	n := bigValue(unscaled)
	if scale < 0 {
		n, scale = scaleUp(n, -scale), 0
	}
	return rawValue{kind: '0', n: n, scale: scale}, nil
}

// encode writes the value as JSON; a number that was only passed on as it was written.
func (v rawValue) encode() jsontext.Value {
	switch {
	case v.isNull():
		return jsontext.Value("null")
	case v.raw != nil:
		return v.raw
	case v.kind == 't':
		return jsontext.Value("true")
	case v.kind == 'f':
		return jsontext.Value("false")
	case v.kind == '0':
		return jsontext.Value(formatDecimal(v.n, v.scale))
	}
	quoted, err := jsontext.AppendQuote(nil, v.s)
	if err != nil { // invalid UTF-8 was replaced on the way in
		quoted, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(v.s, "\uFFFD"))
	}
	return quoted
}

// sameScale brings two numbers to one scale.
func sameScale(a, b rawValue) (value, value, int) {
	scale := max(a.scale, b.scale)
	return scaleUp(a.n, scale-a.scale), scaleUp(b.n, scale-b.scale), scale
}

// equalRaw compares two values of which none is null.
func equalRaw(a, b rawValue) bool {
	switch {
	case a.kind != b.kind:
		return false
	case a.kind == '"':
		return a.s == b.s
	case a.kind == '0':
		x, y, _ := sameScale(a, b)
		return compareDecimal(x, y) == 0
	case a.kind == '{' || a.kind == '[':
		return equalJSON(a.raw, b.raw)
	}
	return true
}

func equalJSON(a, b jsontext.Value) bool {
	a, b = a.Clone(), b.Clone()
	return a.Canonicalize(jsontext.AllowDuplicateNames(true)) == nil &&
		b.Canonicalize(jsontext.AllowDuplicateNames(true)) == nil && bytes.Equal(a, b)
}

var errOrder = errors.New("values of these kinds have no order")

// orderRaw compares two values of which none is null.
func orderRaw(a, b rawValue) (int, error) {
	switch {
	case a.kind == '"' && b.kind == '"':
		return strings.Compare(a.s, b.s), nil
	case a.kind == '0' && b.kind == '0':
		x, y, _ := sameScale(a, b)
		return compareDecimal(x, y), nil
	}
	return 0, fmt.Errorf("%w: %s and %s", errOrder, a.kindName(), b.kindName())
}

func (v rawValue) kindName() string {
	switch v.kind {
	case '"':
		return "text"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	case '{':
		return "object"
	case '[':
		return "list"
	}
	return "null"
}

// member is a member of an object, null of anything else. The last of two members of one
// name counts, as in PostgreSQL's jsonb.
func (v rawValue) member(name string) (rawValue, error) {
	if v.kind != '{' {
		return rawValue{}, nil
	}
	var found jsontext.Value
	d := jsontext.NewDecoder(bytes.NewReader(v.raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadToken(); err != nil {
		return rawValue{}, err
	}
	for d.PeekKind() == '"' {
		token, err := d.ReadToken()
		if err != nil {
			return rawValue{}, err
		}
		wanted := token.String() == name
		value, err := d.ReadValue()
		if err != nil {
			return rawValue{}, fmt.Errorf("read member %q: %w", shorten(name), err)
		}
		if wanted {
			found = append(found[:0], value...)
		}
	}
	return decodeRaw(found)
}

// elements calls yield for each element of a list, until it returns false.
func (v rawValue) elements(yield func(jsontext.Value) bool) error {
	d := jsontext.NewDecoder(bytes.NewReader(v.raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for kind := d.PeekKind(); kind != ']' && kind != '}' && kind != 0; kind = d.PeekKind() {
		element, err := d.ReadValue()
		if err != nil {
			return err
		}
		if !yield(element) {
			return nil
		}
	}
	return nil
}

// size counts the code points of a text, the elements of a list, the members of an object.
func (v rawValue) size() (int, error) {
	n := 0
	if err := v.elements(func(jsontext.Value) bool { n++; return true }); err != nil {
		return 0, fmt.Errorf("count elements: %w", err)
	}
	if v.kind == '{' {
		n /= 2
	}
	return n, nil
}
