package coltype

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// jsonType holds JSON in the form of [CanonicalJSON]. In SQL, what a database calls JSON
// decides about a text that begins like an object or a list; PostgreSQL's dialect reads 20 levels.
var jsonType Type = &standard{
	name: "json", stored: record.Of(record.JSON),
	decode: func(text []byte) (record.Value, error) {
		structure := text[0] == '{' || text[0] == '['
		if !structure && !isScalar(text) {
			quoted, err := jsontext.AppendQuote(nil, text)
			return record.JSONValue(string(quoted)), err
		}
		canonical, err := CanonicalJSON(text)
		if err != nil {
			return record.Null, err
		}
		return record.JSONValue(canonical), nil
	},
	spell: func(d expr.Dialect, x string) string {
		return "CASE WHEN " + d.Matches(x, `^([{\[]|(`+scalarForm+`)$)`) + " THEN " + d.TryCast(x, record.Of(record.JSON)) +
			" ELSE CAST(to_json(" + x + ") AS " + d.TypeName(record.Of(record.JSON)) + ") END"
	},
}

// scalarForm is the JSON that a text other than an object or list is taken for.
const scalarForm = `true|false|null|-?(0|[1-9][0-9]{0,99})([.][0-9]{1,100})?([eE][+-]?[0-9]{1,2})?`

func isScalar(text []byte) bool {
	if word := string(text); word == "true" || word == "false" || word == "null" {
		return true
	}
	mantissa, exponent := text, []byte("0")
	if at := bytes.IndexAny(text, "eE"); at >= 0 {
		mantissa, exponent = text[:at], text[at+1:]
		if len(exponent) > 0 && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
	}
	if len(mantissa) == 0 || !onlyDigits(exponent) || len(exponent) > 2 {
		return false
	}
	_, ok := readDigits(mantissa)
	whole := bytes.TrimPrefix(mantissa, []byte{'-'})
	return ok && (whole[0] != '0' || len(whole) == 1 || whole[1] == '.')
}

// CanonicalJSON writes equal JSON as equal text: members ordered as RFC 8785 orders them,
// no blanks, the fewest escapes, and numbers with all their digits but without exponent
// or negative zero, as PostgreSQL's jsonb has them. A repeated member and \u0000 are errors.
func CanonicalJSON(text []byte) (string, error) {
	value := jsontext.Value(bytes.Clone(text))
	err := value.Format(jsontext.ReorderRawObjects(true), jsontext.SpaceAfterColon(false), jsontext.SpaceAfterComma(false),
		jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false))
	if err != nil {
		return "", fmt.Errorf("it is not valid JSON: %w", err)
	}
	return canonicalNumbers(value)
}

// canonicalNumbers rewrites the numbers in compact JSON.
func canonicalNumbers(compact []byte) (string, error) {
	out := make([]byte, 0, len(compact))
	for i := 0; i < len(compact); {
		end := i + 1
		switch c := compact[i]; {
		case c == '"':
			end = stringEnd(compact, i)
			if hasNULEscape(compact[i:end]) {
				return "", errNUL
			}
			out = append(out, compact[i:end]...)
		case c == '-' || isDigit(c):
			for end < len(compact) && strings.IndexByte("0123456789.eE+-", compact[end]) >= 0 {
				end++
			}
			number, err := canonicalNumber(string(compact[i:end]))
			if err != nil {
				return "", err
			}
			out = append(out, number...)
		default:
			out = append(out, c)
		}
		i = end
	}
	return string(out), nil
}

// stringEnd is the end of the JSON string that begins at i.
func stringEnd(s []byte, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func hasNULEscape(s []byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			if bytes.HasPrefix(s[i:], []byte(`\u0000`)) {
				return true
			}
			i++
		}
	}
	return false
}

// canonicalNumber unfolds an exponent of up to three digits.
func canonicalNumber(s string) (string, error) {
	mantissa, exponentText, hasExponent := strings.Cut(strings.ToLower(s), "e")
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if hasExponent {
		exponent, err := strconv.Atoi(exponentText)
		if err != nil || exponent > 999 || exponent < -999 {
			return "", fmt.Errorf("the exponent of %s is too large", shorten(s))
		}
		whole, fraction = shift(whole, fraction, exponent)
	}
	if strings.Trim(whole+fraction, "0") == "" {
		sign = ""
	}
	if fraction == "" {
		return sign + whole, nil
	}
	return sign + whole + "." + fraction, nil
}

// shift moves the point of whole.fraction to the right by n digits.
func shift(whole, fraction string, n int) (string, string) {
	if n >= 0 {
		moved := min(n, len(fraction))
		whole, fraction = whole+fraction[:moved]+strings.Repeat("0", n-moved), fraction[moved:]
	} else {
		whole = strings.Repeat("0", max(0, 1-n-len(whole))) + whole
		at := len(whole) + n
		whole, fraction = whole[:at], whole[at:]+fraction
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	return whole, fraction
}
