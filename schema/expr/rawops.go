package expr

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"github.com/go-json-experiment/json/jsontext"
)

// strictRaw is null when an operand is null.
func strictRaw(args []rawNode, apply func(a, b rawValue) (rawValue, error)) rawNode {
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		var operands [2]rawValue
		for i, arg := range args {
			v, err := arg(lookup)
			if err != nil || v.isNull() {
				return rawValue{}, err
			}
			operands[i] = v
		}
		return apply(operands[0], operands[1])
	}
}

// truth is a value as a condition: true, false or null.
func (v rawValue) truth() (value, error) {
	switch v.kind {
	case 't', 'f':
		return boolean(v.kind == 't'), nil
	case 0, 'n':
		return value{}, nil
	}
	return value{}, fmt.Errorf("a condition is needed and this is a %s; compare it with something", v.kindName())
}

func rawJunction(terms []rawNode, or bool) rawNode {
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		null := false
		for _, term := range terms {
			v, err := term(lookup)
			if err != nil {
				return rawValue{}, err
			}
			t, err := v.truth()
			switch {
			case err != nil:
				return rawValue{}, err
			case !t.set:
				null = true
			case t.isTrue() == or:
				return rawBool(or), nil
			}
		}
		if null {
			return rawValue{}, nil
		}
		return rawBool(!or), nil
	}
}

func rawChoice(args []rawNode) rawNode {
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		v, err := args[0](lookup)
		if err != nil {
			return rawValue{}, err
		}
		when, err := v.truth()
		switch {
		case err != nil || !when.set:
			return rawValue{}, err
		case when.isTrue():
			return args[1](lookup)
		}
		return args[2](lookup)
	}
}

func rawCoalesce(args []rawNode) rawNode {
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		for _, arg := range args {
			if v, err := arg(lookup); err != nil || !v.isNull() {
				return v, err
			}
		}
		return rawValue{}, nil
	}
}

func rawRelation(args []rawNode, equality bool, holds func(order int) bool) rawNode {
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		a, err := args[0](lookup)
		if err != nil {
			return rawValue{}, err
		}
		b, err := args[1](lookup)
		if err != nil {
			return rawValue{}, err
		}
		if equality {
			same := a.isNull() && b.isNull() || !a.isNull() && !b.isNull() && equalRaw(a, b)
			return rawBool(same == holds(0)), nil
		}
		if a.isNull() || b.isNull() {
			return rawBool(false), nil
		}
		order, err := orderRaw(a, b)
		return rawBool(err == nil && holds(order)), err
	}
}

func (c *rawChecker) membership(args []ast.Expr, depth int) rawNode {
	x := c.check(args[0], depth)
	if args[1].Kind() != ast.ListKind {
		return rawFind(x, c.check(args[1], depth))
	}
	tests := make([]rawNode, 0, 8)
	for _, item := range c.all(args[1].AsList().Elements(), depth) {
		tests = append(tests, rawRelation([]rawNode{x, item}, true, relations[operators.Equals].holds))
	}
	return rawJunction(tests, true)
}

// rawFind is x in a list of the record.
func rawFind(x, list rawNode) rawNode {
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		wanted, err := x(lookup)
		if err != nil {
			return rawValue{}, err
		}
		in, err := list(lookup)
		if err != nil || in.kind != '[' || wanted.isNull() {
			return rawBool(false), err
		}
		found := false
		err = in.elements(func(element jsontext.Value) bool {
			v, decodeErr := decodeRaw(element)
			found = decodeErr == nil && !v.isNull() && equalRaw(v, wanted)
			return !found
		})
		return rawBool(found), err
	}
}

// element is x["name"] or x[2].
func (c *rawChecker) element(args []ast.Expr, depth int) rawNode {
	return strictRaw(c.all(args, depth), func(of, index rawValue) (rawValue, error) {
		switch {
		case index.kind == '"':
			return of.member(index.s)
		case index.kind != '0' || index.scale != 0 || index.n.big != nil:
			return rawValue{}, fmt.Errorf("an element is named by text or a whole number, not a %s", index.kindName())
		case of.kind != '[':
			return rawValue{}, nil
		}
		var found jsontext.Value
		at := index.n.n
		err := of.elements(func(element jsontext.Value) bool {
			if at == 0 {
				found = element.Clone()
			}
			at--
			return at >= 0
		})
		if err != nil {
			return rawValue{}, err
		}
		return decodeRaw(found)
	})
}

// has tells whether a member is there and not null.
func (c *rawChecker) has(e ast.Expr, args []ast.Expr, depth int) rawNode {
	if len(args) != 1 {
		return c.mistake(e, "has takes one member: has(address.city)")
	}
	x := c.check(args[0], depth)
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		v, err := x(lookup)
		return rawBool(!v.isNull()), err
	}
}

func (c *rawChecker) matches(e ast.Expr, args []ast.Expr, depth int) rawNode {
	if len(args) != 2 || args[1].Kind() != ast.LiteralKind {
		return c.mistake(e, "matches takes a literal pattern: x.matches('^[a-z]+$')")
	}
	pattern, ok := args[1].AsLiteral().Value().(string)
	if !ok {
		return c.mistake(args[1], "a pattern is a text")
	}
	common, err := commonPattern(pattern)
	if err != nil {
		return c.mistake(args[1], "pattern %q: %v", shorten(pattern), err)
	}
	re, err := regexp.Compile(common)
	if err != nil {
		return c.mistake(args[1], "pattern %q: %v", shorten(pattern), err)
	}
	return strictRaw([]rawNode{c.check(args[0], depth)}, onText(func(s string) rawValue { return rawBool(re.MatchString(s)) }))
}

// rawFunction is a strict function of one or two operands.
type rawFunction struct {
	operands int
	apply    func(a, b rawValue) (rawValue, error)
}

func rawNames() []string {
	return append(slices.Collect(maps.Keys(rawFunctions)), "has", "coalesce", "matches")
}

var rawFunctions = map[string]rawFunction{
	operators.LogicalNot: {1, func(a, _ rawValue) (rawValue, error) {
		t, err := a.truth()
		return rawBool(!t.isTrue()), err
	}},
	operators.Negate: {1, onNumbers(func(_, b value) value { return negateDecimal(b) })},
	operators.Add: {2, func(a, b rawValue) (rawValue, error) {
		if a.kind == '"' && b.kind == '"' {
			if len(a.s)+len(b.s) > MaxResult {
				return rawValue{}, errTooLong
			}
			return rawText(a.s + b.s), nil
		}
		return onNumbers(addDecimal)(a, b)
	}},
	operators.Subtract: {2, onNumbers(func(a, b value) value { return addDecimal(a, negateDecimal(b)) })},
	operators.Multiply: {2, multiplyRaw},
	operators.Divide:   {2, onIntegers(func(a, b int64) int64 { return a / b })},
	operators.Modulo:   {2, onIntegers(func(a, b int64) int64 { return a % b })},
	"startsWith":       {2, onTexts(strings.HasPrefix)},
	"endsWith":         {2, onTexts(strings.HasSuffix)},
	"contains":         {2, onTexts(strings.Contains)},
	"lowerAscii":       {1, onText(func(s string) rawValue { return rawText(mapASCII(s, 'A', 'Z', +32)) })},
	"upperAscii":       {1, onText(func(s string) rawValue { return rawText(mapASCII(s, 'a', 'z', -32)) })},
	"trim":             {1, onText(func(s string) rawValue { return rawText(strings.Trim(s, blanks)) })},
	"string": {1, func(a, _ rawValue) (rawValue, error) {
		if a.kind == '"' {
			return a, nil
		}
		return rawText(string(a.encode())), nil
	}},
	"size": {1, func(a, _ rawValue) (rawValue, error) {
		switch a.kind {
		case '"':
			return rawInteger(int64(utf8.RuneCountInString(a.s))), nil
		case '[', '{':
			n, err := a.size()
			return rawInteger(int64(n)), err
		}
		return rawValue{}, fmt.Errorf("size needs a text, list or object, this is a %s", a.kindName())
	}},
}

func onText(f func(string) rawValue) func(a, b rawValue) (rawValue, error) {
	return func(a, _ rawValue) (rawValue, error) {
		if a.kind != '"' {
			return rawValue{}, fmt.Errorf("a text is needed, this is a %s; write string(…)", a.kindName())
		}
		return f(a.s), nil
	}
}

func onTexts(f func(a, b string) bool) func(a, b rawValue) (rawValue, error) {
	return func(a, b rawValue) (rawValue, error) {
		if a.kind != '"' || b.kind != '"' {
			return rawValue{}, fmt.Errorf("texts are needed, these are a %s and a %s", a.kindName(), b.kindName())
		}
		return rawBool(f(a.s, b.s)), nil
	}
}

// maxDigits bounds a number made by arithmetic.
const maxDigits = 1000

// onNumbers applies f at a common scale; of one operand, a is zero.
func onNumbers(f func(a, b value) value) func(a, b rawValue) (rawValue, error) {
	return func(a, b rawValue) (rawValue, error) {
		if b.kind == 0 {
			a, b = rawInteger(0), a
		}
		if a.kind != '0' || b.kind != '0' {
			return rawValue{}, fmt.Errorf("numbers are needed, these are a %s and a %s; string(…) makes texts", a.kindName(), b.kindName())
		}
		x, y, scale := sameScale(a, b)
		return rawValue{kind: '0', n: f(x, y), scale: scale}, nil
	}
}

func multiplyRaw(a, b rawValue) (rawValue, error) {
	if a.kind != '0' || b.kind != '0' {
		return onNumbers(nil)(a, b)
	}
	product := rawValue{kind: '0', n: multiplyDecimal(a.n, b.n), scale: a.scale + b.scale}
	if product.n.big != nil && product.n.big.BitLen() > maxDigits*4 || product.scale > maxDigits {
		return rawValue{}, fmt.Errorf("the product has more than %d digits", maxDigits)
	}
	return product, nil
}

// onIntegers divides whole numbers; by zero it is null.
func onIntegers(f func(a, b int64) int64) func(a, b rawValue) (rawValue, error) {
	return func(a, b rawValue) (rawValue, error) {
		whole := a.kind == '0' && b.kind == '0' && a.scale == 0 && b.scale == 0 && a.n.big == nil && b.n.big == nil
		switch {
		case !whole:
			return rawValue{}, fmt.Errorf("/ and %% are for whole numbers of 64 bits")
		case b.n.n == 0:
			return rawValue{}, nil
		case b.n.n == -1:
			if f(1, -1) == 0 { // remainder
				return rawInteger(0), nil
			}
			return rawValue{kind: '0', n: negateDecimal(a.n)}, nil
		}
		return rawInteger(f(a.n.n, b.n.n)), nil
	}
}
