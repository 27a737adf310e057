package coltype

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// A number is written plainly, or with an exponent and at most 15 digits, the scale of
// its column included: so many survive a double, which is how SQL reads them.
const (
	maxDigits      = 100
	exponentForm   = "^-?[0-9]{1,8}([.][0-9]{1,7})?[eE][+-]?[0-9]{1,2}$"
	exponentDigits = 15
)

// digits is a number taken apart: sign, whole digits without leading zeros, and digits
// after the point without trailing zeros.
type digits struct {
	negative        bool
	whole, fraction []byte
}

// readDigits reads [-]digits[.digits], at most 100 on each side.
func readDigits(text []byte) (digits, bool) {
	var n digits
	if len(text) > 0 && text[0] == '-' {
		n.negative, text = true, text[1:]
	}
	whole, fraction, point := bytes.Cut(text, []byte{'.'})
	if !onlyDigits(whole) || point && !onlyDigits(fraction) {
		return n, false
	}
	n.whole, n.fraction = bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
	return n, true
}

func onlyDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= maxDigits
}

// plainForm rewrites a number with an exponent as plain digits; others stay.
func plainForm(text []byte, scale int) ([]byte, error) {
	at := bytes.IndexAny(text, "eE")
	if at < 0 {
		return text, nil
	}
	whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(text[:at], []byte{'-'}), []byte{'.'})
	if _, ok := readDigits(text[:at]); !ok || len(whole) > 8 || len(fraction) > 7 {
		return nil, errForm
	}
	exponent := bytes.TrimLeft(text[at+1:], "+-")
	if !onlyDigits(exponent) || len(exponent) > 2 || len(text)-at-1 > len(exponent)+1 {
		return nil, errForm
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Abs(f) >= math.Pow10(exponentDigits-scale) {
		return nil, errRange
	}
	return strconv.AppendFloat(nil, f, 'f', -1, 64), nil
}

var integerType Type = &standard{
	name: "integer", stored: record.Of(record.Int),
	decode: func(text []byte) (record.Value, error) {
		text, err := plainForm(text, 0)
		if err != nil {
			return record.Null, err
		}
		n, ok := readDigits(text)
		switch {
		case !ok:
			return record.Null, errForm
		case len(n.fraction) > 0:
			return record.Null, fmt.Errorf("it has digits after the point")
		}
		v, ok := n.int64()
		if !ok {
			return record.Null, errRange
		}
		return record.IntValue(v), nil
	},
	spell: func(d expr.Dialect, x string) string {
		integer := record.Of(record.Int)
		float := d.TryCast(x, record.Of(record.Float))
		return "CASE WHEN " + d.Matches(x, "^-?[0-9]{1,100}([.]0{1,100})?$") +
			" THEN " + d.TryCast("split_part("+x+", '.', 1)", integer) +
			" WHEN " + d.Matches(x, exponentForm) +
			" THEN CASE WHEN abs(" + float + ") < 1e15 AND " + float + " = trunc(" + float + ") THEN CAST(" + float + " AS " + d.TypeName(integer) + ") END END"
	},
}

// int64 is the value of a number without fraction.
func (n digits) int64() (int64, bool) {
	if len(n.whole) > 19 {
		return 0, false
	}
	u := uint64(0)
	for _, c := range n.whole {
		u = u*10 + uint64(c-'0')
	}
	if n.negative {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}

// parseDecimal makes decimal(precision, scale).
func parseDecimal(args []string) (Type, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("decimal needs a precision and a scale")
	}
	precision, errP := strconv.Atoi(args[0])
	scale, errS := strconv.Atoi(args[1])
	if errP != nil || errS != nil || precision < 1 || precision > 38 || scale < 0 || scale > precision {
		return nil, fmt.Errorf("precision is 1 to 38, scale 0 to the precision")
	}
	return decimalType(record.DecimalOf(precision, scale)), nil
}

func decimalType(stored record.Type) Type {
	return &standard{
		name: stored.String(), stored: stored,
		decode: func(text []byte) (record.Value, error) { return decodeDecimal(text, stored) },
		spell:  func(d expr.Dialect, x string) string { return spellDecimal(d, x, stored) },
	}
}

func decodeDecimal(text []byte, t record.Type) (record.Value, error) {
	text, err := plainForm(text, t.Scale)
	if err != nil {
		return record.Null, err
	}
	n, ok := readDigits(text)
	switch {
	case !ok:
		return record.Null, errForm
	case len(n.fraction) > t.Scale:
		return record.Null, fmt.Errorf("it has more than %d digits after the point", t.Scale)
	case len(n.whole) > t.Precision-t.Scale:
		return record.Null, fmt.Errorf("it has more than %d digits before the point", t.Precision-t.Scale)
	}
	return record.DecimalValue(n.canonical(t.Scale)), nil
}

// canonical is the number with exactly scale digits after the point.
func (n digits) canonical(scale int) string {
	var buffer [128]byte
	out := buffer[:0]
	if n.negative && len(n.whole)+len(n.fraction) > 0 {
		out = append(out, '-')
	}
	if len(n.whole) == 0 {
		out = append(out, '0')
	}
	out = append(out, n.whole...)
	if scale > 0 {
		out = append(out, '.')
		out = append(out, n.fraction...)
		for range scale - len(n.fraction) {
			out = append(out, '0')
		}
	}
	return string(out)
}

func spellDecimal(d expr.Dialect, x string, t record.Type) string {
	form := "^-?[0-9]{1,100}([.]0{1,100})?$"
	if t.Scale > 0 {
		form = "^-?[0-9]{1,100}([.][0-9]{1," + strconv.Itoa(t.Scale) + "}0{0,99})?$"
	}
	float := d.TryCast(x, record.Of(record.Float))
	roomy := record.DecimalOf(38, t.Scale) // so that rounding cannot overflow
	back := "CAST(CAST(" + float + " AS " + d.TypeName(roomy) + ") AS " + d.TypeName(record.Of(record.Float)) + ")"
	limit := "1e" + strconv.Itoa(min(exponentDigits, t.Precision)-t.Scale)
	return "CASE WHEN " + d.Matches(x, form) + " THEN " + d.TryCast(shortFraction(x, t.Scale), t) +
		" WHEN " + d.Matches(x, exponentForm) + " THEN CASE WHEN abs(" + float + ") < " + limit +
		" THEN CASE WHEN " + back + " = " + float + " THEN CAST(" + float + " AS " + d.TypeName(t) + ") END END END"
}

// shortFraction cuts the zeros that the pattern allowed beyond the scale.
func shortFraction(x string, scale int) string {
	if scale == 0 {
		return "split_part(" + x + ", '.', 1)"
	}
	return x
}

var floatType Type = &standard{
	name: "float", stored: record.Of(record.Float),
	decode: func(text []byte) (record.Value, error) {
		number := text
		if at := bytes.IndexAny(text, "eE"); at >= 0 {
			exponent := text[at+1:]
			if len(exponent) > 0 && (exponent[0] == '+' || exponent[0] == '-') {
				exponent = exponent[1:]
			}
			if !onlyDigits(exponent) || len(exponent) > 3 {
				return record.Null, errForm
			}
			number = text[:at]
		}
		if _, ok := readDigits(number); !ok {
			return record.Null, errForm
		}
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return record.Null, errRange
		}
		if f == 0 {
			f = 0 // -0 is 0: a version must not begin where nothing differs
		}
		return record.FloatValue(f), nil
	},
	spell: func(d expr.Dialect, x string) string {
		float := d.TryCast(x, record.Of(record.Float))
		limit := d.Literal(record.FloatValue(math.MaxFloat64), record.Of(record.Float))
		return where(d, x, "^-?[0-9]{1,100}([.][0-9]{1,100})?([eE][+-]?[0-9]{1,3})?$",
			"CASE WHEN abs("+float+") <= "+limit+" THEN "+float+" END")
	},
}
