package expr

import (
	"errors"
	"math"
	"strings"

	"github.com/lodehq/lode/record"
)

var (
	errInteger = errors.New("the integer result is out of range")
	errFloat   = errors.New("the float result is out of range")
)

// arithmetic builds a + b, a - b, a * b, a / b or a % b; problem says why not.
func arithmetic(operator byte, a, b node) (n node, problem string) {
	if isNumberLiteral(a) && b.typ().Kind == record.Decimal {
		a, _ = asDecimal(a)
	}
	if isNumberLiteral(b) && a.typ().Kind == record.Decimal {
		b, _ = asDecimal(b)
	}
	if a == nil || b == nil {
		return nil, "the number has more than 38 digits"
	}
	ta, tb := a.typ(), b.typ()
	switch {
	case operator == '+' && ta.Kind == record.Text && tb.Kind == record.Text:
		return concatenation(a, b), ""
	case operator == '-' && ta.Kind == record.Date && tb.Kind == record.Date:
		return daysBetween(a, b), ""
	case ta.Kind == record.Int && tb.Kind == record.Int:
		return intArithmetic(operator, a, b), ""
	case numeric(ta) && numeric(tb):
		return decimalArithmetic(operator, a, b)
	case isReal(ta) && isReal(tb) && operator != '%':
		return floatArithmetic(operator, a, b), ""
	}
	return nil, arithmeticProblem(operator, ta, tb)
}

func isReal(t record.Type) bool { return t.Kind == record.Int || t.Kind == record.Float }

func arithmeticProblem(operator byte, a, b record.Type) string {
	problem := a.String() + " " + string(operator) + " " + b.String() + " has no meaning"
	switch {
	case operator == '+' && (a.Kind == record.Text || b.Kind == record.Text):
		problem += "; write string(…) to turn a value into text"
	case a.Kind == record.Decimal && b.Kind == record.Float, a.Kind == record.Float && b.Kind == record.Decimal:
		problem += "; exact and inexact numbers do not mix, keep the column decimal"
	}
	return problem
}

func concatenation(a, b node) node {
	return &strict{
		t: record.Of(record.Text), args: []node{a, b}, partial: true,
		apply: func(a, b value) (value, error) {
			if len(a.s)+len(b.s) > MaxResult {
				return value{}, errTooLong
			}
			return text(a.s + b.s), nil
		},
		spell: infix("||"),
	}
}

func daysBetween(a, b node) node {
	return &strict{
		t: record.Of(record.Int), args: []node{a, b},
		apply: func(a, b value) (value, error) { return integer(a.n - b.n), nil },
		spell: func(s speller, args []string) string {
			return s.cast("("+args[0]+" - "+args[1]+")", record.Of(record.Int))
		},
	}
}

func intArithmetic(operator byte, a, b node) node {
	n := &strict{t: record.Of(record.Int), args: []node{a, b}, partial: true, spell: infix(string(operator))}
	switch operator {
	case '+':
		n.apply = checkedInt(addInt)
	case '-':
		n.apply = checkedInt(func(a, b int64) (int64, bool) { d := a - b; return d, (d < a) == (b > 0) })
	case '*':
		n.apply = checkedInt(multiplyInt)
	case '/':
		n.apply = divideInt(func(a, b int64) int64 { return a / b })
		n.spell = func(s speller, args []string) string { return s.IntDiv(args[0], nullIfZero(s, args[1], b.typ())) }
	case '%':
		n.apply = divideInt(func(a, b int64) int64 { return a % b })
		n.spell = func(s speller, args []string) string {
			return "(" + args[0] + " % " + nullIfZero(s, args[1], b.typ()) + ")"
		}
	}
	return n
}

func checkedInt(f func(a, b int64) (int64, bool)) func(a, b value) (value, error) {
	return func(a, b value) (value, error) {
		n, ok := f(a.n, b.n)
		if !ok {
			return value{}, errInteger
		}
		return integer(n), nil
	}
}

func divideInt(f func(a, b int64) int64) func(a, b value) (value, error) {
	return func(a, b value) (value, error) {
		switch {
		case b.n == 0:
			return value{}, nil
		case a.n == math.MinInt64 && b.n == -1:
			return value{}, errInteger
		}
		return integer(f(a.n, b.n)), nil
	}
}

// nullIfZero makes a division by zero NULL.
func nullIfZero(s speller, x string, t record.Type) string {
	zero := value{set: true}
	return "NULLIF(" + x + ", " + s.Literal(zero.record(t), t) + ")"
}

func decimalArithmetic(operator byte, a, b node) (node, string) {
	ta, tb := integerAsDecimal(a.typ()), integerAsDecimal(b.typ())
	switch operator {
	case '*':
		if ta.Scale+tb.Scale > maxPrecision {
			return nil, "the product would have more than 38 digits after the point; write round(…) around an operand"
		}
		t := decimalType(ta.Precision+tb.Precision, ta.Scale+tb.Scale)
		return &strict{
			t: t, args: []node{a, b}, partial: ta.Precision+tb.Precision > maxPrecision,
			spell: widened('*', ta, tb, t, record.DecimalOf(max(ta.Precision, wide), ta.Scale)),
			apply: func(a, b value) (value, error) { return fit(multiplyDecimal(a, b), t) },
		}, ""
	case '/':
		return nil, "a decimal quotient needs a scale; write round(a / b, 2)"
	case '%':
		return nil, "% is for integers"
	}
	return decimalSum(operator, a, b, ta, tb), ""
}

func decimalSum(operator byte, a, b node, ta, tb record.Type) node {
	scale := max(ta.Scale, tb.Scale)
	precision := max(ta.Precision-ta.Scale, tb.Precision-tb.Scale) + scale + 1
	t := decimalType(precision, scale)
	upA, upB := scale-ta.Scale, scale-tb.Scale
	return &strict{
		t: t, args: []node{a, b}, partial: precision > maxPrecision, spell: widened(operator, ta, tb, t, t),
		apply: func(a, b value) (value, error) {
			a, b = scaleUp(a, upA), scaleUp(b, upB)
			if operator == '-' {
				b = negateDecimal(b)
			}
			return fit(addDecimal(a, b), t)
		},
	}
}

// wide is the least precision that no database keeps in 64 bits.
const wide = 19

// widened spells an operator whose result may outgrow its operands. DuckDB computes in
// the width of the operands, so one of them is made as wide as the result needs.
func widened(operator byte, a, b, result, as record.Type) func(speller, []string) string {
	spell := infix(string(operator))
	if result.Precision < wide || a.Precision >= wide || b.Precision >= wide {
		return spell
	}
	return func(s speller, args []string) string { return spell(s, []string{s.cast(args[0], as), args[1]}) }
}

func floatArithmetic(operator byte, a, b node) node {
	t := record.Of(record.Float)
	a, _ = convert(a, t)
	b, _ = convert(b, t)
	n := &strict{t: t, args: []node{a, b}, partial: true, spell: infix(string(operator))}
	switch operator {
	case '+':
		n.apply = func(a, b value) (value, error) { return checkFloat(a.f+b.f, a.f, b.f, false) }
	case '-':
		n.apply = func(a, b value) (value, error) { return checkFloat(a.f-b.f, a.f, b.f, false) }
	case '*':
		n.apply = func(a, b value) (value, error) { return checkFloat(a.f*b.f, a.f, b.f, a.f != 0 && b.f != 0) }
	case '/':
		n.spell = func(s speller, args []string) string {
			return "(" + args[0] + " / " + nullIfZero(s, args[1], t) + ")"
		}
		n.apply = func(a, b value) (value, error) {
			if b.f == 0 {
				return value{}, nil
			}
			return checkFloat(a.f/b.f, a.f, b.f, a.f != 0 && !math.IsInf(b.f, 0))
		}
	}
	return n
}

// checkFloat refuses a result that became infinite out of finite operands, or zero
// although the exact result is not (nonzero), as PostgreSQL does.
func checkFloat(f, a, b float64, nonzero bool) (value, error) {
	overflow := math.IsInf(f, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0)
	if overflow || (f == 0 && nonzero) {
		return value{}, errFloat
	}
	return value{set: true, f: f}, nil
}

// minus is -x.
func minus(x node) (node, bool) {
	t := x.typ()
	n := &strict{t: t, args: []node{x}, spell: func(_ speller, args []string) string { return "(-" + args[0] + ")" }}
	switch t.Kind {
	case record.Int:
		n.partial = true
		n.apply = func(a, _ value) (value, error) {
			if a.n == math.MinInt64 {
				return value{}, errInteger
			}
			return integer(-a.n), nil
		}
	case record.Float:
		n.apply = func(a, _ value) (value, error) { return value{set: true, f: -a.f}, nil }
	case record.Decimal:
		n.apply = func(a, _ value) (value, error) { return negateDecimal(a), nil }
	default:
		return nil, false
	}
	return n, true
}

// rounded is round(x, scale): fewer digits after the point, halves away from zero.
func rounded(x node, scale int) node {
	from := x.typ()
	if scale >= from.Scale {
		return x
	}
	precision := from.Precision - from.Scale + scale + 1
	t, divisor := decimalType(precision, scale), powerOfTen(from.Scale-scale)
	return &strict{
		t: t, args: []node{x}, partial: precision > maxPrecision,
		apply: func(a, _ value) (value, error) { return fit(divideRounded(a.toBig(), divisor), t) },
		spell: func(s speller, args []string) string {
			return s.cast("round("+args[0]+", "+itoa(scale)+")", t)
		},
	}
}

// quotient is round(a / b, scale), exact before it is rounded. The digit after the
// wanted ones decides how to round, so SQL divides integers one digit further.
func quotient(a, b node, scale int) (node, bool) {
	ta, tb := a.typ(), b.typ()
	up := scale + 1 + tb.Scale - ta.Scale // powers of ten between a/b and the quotient's extra digit
	precision := ta.Precision - ta.Scale + tb.Scale + scale + 1
	numerator := ta.Precision + max(up, 0)
	if numerator > maxPrecision || tb.Precision+max(-up, 0) > maxPrecision || precision+1 > maxPrecision {
		return nil, false
	}
	t := decimalType(precision, scale)
	return &strict{
		t: t, args: []node{a, b},
		apply: func(a, b value) (value, error) {
			if b.n == 0 && b.big == nil {
				return value{}, nil
			}
			n, d := scaleUp(a, max(up-1, 0)).toBig(), scaleUp(b, max(1-up, 0)).toBig()
			return fit(divideRounded(n, d), t)
		},
		spell: func(s speller, args []string) string { return spellQuotient(s, args, ta, tb, t, up) },
	}, true
}

func spellQuotient(s speller, args []string, ta, tb, t record.Type, up int) string {
	whole := func(x string, from record.Type, extra int) string {
		power := strings.Repeat("0", from.Scale+extra)
		if from.Precision < wide {
			x = s.cast(x, record.DecimalOf(max(wide, from.Precision+extra), from.Scale))
		}
		scaled := "(" + x + " * " + s.Literal(record.DecimalValue("1"+power), record.DecimalOf(len(power)+1, 0)) + ")"
		return s.cast(scaled, record.DecimalOf(maxPrecision, 0))
	}
	n := whole(args[0], ta, max(up, 0))
	d := "NULLIF(" + whole(args[1], tb, max(-up, 0)) + ", " + s.Literal(record.DecimalValue("0"), record.DecimalOf(1, 0)) + ")"
	unit := "0." + strings.Repeat("0", t.Scale) + "1"
	tenth := s.Literal(record.DecimalValue(unit), record.DecimalOf(t.Scale+1, t.Scale+1))
	divided := s.cast(s.Dialect.TruncDiv(n, d), record.DecimalOf(t.Precision+1, 0))
	return s.cast("round(("+divided+" * "+tenth+"), "+itoa(t.Scale)+")", t)
}
