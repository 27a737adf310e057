package expr

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/lodehq/lode/record"
)

// convert makes a node yield values of type t without losing anything; ok is false
// where that is not possible for every value.
func convert(x node, t record.Type) (node, bool) {
	from := x.typ()
	if from == t {
		return x, true
	}
	if l, isLiteral := x.(*literal); isLiteral {
		if converted, ok := convertLiteral(l, t); ok {
			return converted, true
		}
	}
	switch {
	case from.Kind == record.Int && t.Kind == record.Float:
		return cast(x, t, func(a, _ value) (value, error) { return value{set: true, f: float64(a.n)}, nil }), true
	case from.Kind == record.Int && t.Kind == record.Decimal:
		return toDecimal(x, 19, 0, t), true
	case from.Kind == record.Decimal && t.Kind == record.Decimal && from.Scale <= t.Scale:
		return toDecimal(x, from.Precision, from.Scale, t), true
	}
	return nil, false
}

// cast is a conversion that SQL spells as CAST.
func cast(x node, t record.Type, apply func(a, _ value) (value, error)) *strict {
	return &strict{
		t: t, args: []node{x}, apply: apply,
		spell: func(s speller, args []string) string { return s.cast(args[0], t) },
	}
}

func toDecimal(x node, precision, scale int, t record.Type) node {
	n := cast(x, t, func(a, _ value) (value, error) { return fit(scaleUp(a, t.Scale-scale), t) })
	n.partial = precision-scale > t.Precision-t.Scale
	return n
}

// convertLiteral turns a literal into one of another type: null into any, an integer or
// 12.50 into a decimal or float, a text into a UUID.
func convertLiteral(l *literal, t record.Type) (*literal, bool) {
	switch {
	case l.t.Kind == record.Invalid:
		return &literal{t: t}, true
	case l.t.Kind == record.Int && t.Kind == record.Float:
		return &literal{t: t, v: value{set: true, f: float64(l.v.n)}}, true
	case l.number != "" && t.Kind == record.Decimal:
		d, ok := decimalLiteral(l.number)
		if !ok || d.t.Scale > t.Scale {
			return nil, false
		}
		v, err := fit(scaleUp(d.v, t.Scale-d.t.Scale), t)
		return &literal{t: t, v: v}, err == nil
	case l.t.Kind == record.Text && t.Kind == record.UUID:
		id, err := uuid.Parse(l.v.s)
		return &literal{t: t, v: text(id.String())}, err == nil && len(l.v.s) == 36
	}
	return nil, false
}

// decimalLiteral reads a number as the narrowest decimal that holds it.
func decimalLiteral(number string) (*literal, bool) {
	whole, fraction, _ := strings.Cut(number, ".")
	digits := strings.TrimLeft(strings.TrimPrefix(whole, "-"), "0") + fraction
	if len(digits) > maxPrecision || len(fraction) > maxPrecision || !plainNumber(number) {
		return nil, false
	}
	unscaled, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return nil, false
	}
	return &literal{t: decimalType(len(digits), len(fraction)), v: bigValue(unscaled), number: number}, true
}

// plainNumber tells whether s is [-]digits[.digits].
func plainNumber(s string) bool {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return onlyDigits(whole) && (!point || onlyDigits(fraction))
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// numberOf is the plain spelling of a float literal.
func numberOf(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// asDecimal gives a number its narrowest decimal type; ok is false for anything else.
func asDecimal(x node) (node, bool) {
	if l, isLiteral := x.(*literal); isLiteral && l.number != "" {
		return decimalLiteral(l.number)
	}
	switch t := x.typ(); t.Kind {
	case record.Decimal:
		return x, true
	case record.Int:
		return convert(x, record.DecimalOf(19, 0))
	}
	return nil, false
}

// unify brings nodes to one common type, so that they can be compared or chosen from.
func unify(nodes []node) ([]node, bool) {
	common := record.Type{}
	for _, n := range nodes {
		t, ok := commonType(common, n, nodes)
		if !ok {
			return nil, false
		}
		common = t
	}
	unified := make([]node, len(nodes))
	for i, n := range nodes {
		converted, ok := convert(n, common)
		if !ok {
			return nil, false
		}
		unified[i] = converted
	}
	return unified, true
}

// commonType widens a type so that it also holds n.
func commonType(t record.Type, n node, all []node) (record.Type, bool) {
	with := n.typ()
	if isNumberLiteral(n) && anyOf(all, record.Decimal) {
		d, ok := asDecimal(n)
		if !ok {
			return t, false
		}
		with = d.typ()
	}
	switch {
	case t.Kind == record.Invalid, t == with:
		return with, true
	case with.Kind == record.Invalid:
		return t, true
	case t.Kind == record.Int && with.Kind == record.Float, t.Kind == record.Float && with.Kind == record.Int:
		return record.Of(record.Float), true
	case t.Kind == record.UUID && isTextLiteral(n):
		return t, true
	case t.Kind == record.Text && with.Kind == record.UUID:
		return with, true // convert refuses what is no UUID
	case numeric(t) && numeric(with):
		t, with = integerAsDecimal(t), integerAsDecimal(with)
		scale := max(t.Scale, with.Scale)
		return decimalType(max(t.Precision-t.Scale, with.Precision-with.Scale)+scale, scale), true
	}
	return t, false
}

// numeric tells whether t is exact.
func numeric(t record.Type) bool { return t.Kind == record.Int || t.Kind == record.Decimal }

func integerAsDecimal(t record.Type) record.Type {
	if t.Kind == record.Int {
		return record.DecimalOf(19, 0)
	}
	return t
}

func isNumberLiteral(n node) bool {
	l, ok := n.(*literal)
	return ok && l.number != ""
}

func isTextLiteral(n node) bool {
	l, ok := n.(*literal)
	return ok && l.t.Kind == record.Text
}

func anyOf(nodes []node, k record.Kind) bool {
	for _, n := range nodes {
		if n.typ().Kind == k {
			return true
		}
	}
	return false
}
