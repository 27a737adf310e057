package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/lodehq/lode/record"
)

// form checks an operator or function that is more than a strict function of its operands.
type form func(c *checker, e ast.Expr, args []ast.Expr, depth int) node

// formOf is the form of an operator or function, nil for a plain one.
func formOf(name string) form {
	switch name {
	case operators.LogicalAnd:
		return junctionForm(false)
	case operators.LogicalOr:
		return junctionForm(true)
	case operators.LogicalNot:
		return (*checker).negation
	case operators.Negate:
		return (*checker).minus
	case operators.Conditional:
		return (*checker).choice
	case operators.In:
		return (*checker).membership
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo:
		return arithmeticForm(name[1])
	case operators.Index:
		return (*checker).element
	case "coalesce":
		return (*checker).coalesce
	case "round":
		return (*checker).round
	case "matches":
		return (*checker).matches
	case "timestamp":
		return (*checker).instantLiteral
	}
	return nil
}

func junctionForm(or bool) form {
	return func(c *checker, _ ast.Expr, args []ast.Expr, depth int) node { return c.junction(args, or, depth) }
}

func (c *checker) element(e ast.Expr, _ []ast.Expr, _ int) node {
	return c.mistake(e, "columns have no elements; [ ] cannot be read here")
}

// truth checks an operand that has to be a boolean.
func (c *checker) truth(e ast.Expr, depth int) node {
	n := c.check(e, depth)
	if n == nil || n.typ().Kind == record.Bool {
		return n
	}
	if b, ok := convert(n, record.Of(record.Bool)); ok { // null
		return b
	}
	return c.mistake(e, "a boolean is needed here, this is %s", typeName(n))
}

func (c *checker) junction(args []ast.Expr, or bool, depth int) node {
	j := &junction{or: or, terms: make([]node, len(args))}
	failed := false
	for i, arg := range args {
		j.terms[i] = c.truth(arg, depth)
		failed = failed || j.terms[i] == nil
	}
	if failed {
		return nil
	}
	return j
}

func (c *checker) negation(_ ast.Expr, args []ast.Expr, depth int) node {
	x := c.truth(args[0], depth)
	if x == nil {
		return nil
	}
	return negation(x)
}

func (c *checker) minus(e ast.Expr, args []ast.Expr, depth int) node {
	x := c.check(args[0], depth)
	if x == nil {
		return nil
	}
	n, ok := minus(x)
	if !ok {
		return c.mistake(e, "- needs a number, this is %s", typeName(x))
	}
	return n
}

func (c *checker) choice(e ast.Expr, args []ast.Expr, depth int) node {
	when, branches := c.truth(args[0], depth), c.all(args[1:], depth)
	if when == nil || branches == nil {
		return nil
	}
	unified, ok := unify(branches)
	if !ok {
		return c.mistake(e, "the two results have different types: %s and %s", typeName(branches[0]), typeName(branches[1]))
	}
	return &choice{when: when, then: unified[0], otherwise: unified[1]}
}

func (c *checker) coalesce(e ast.Expr, args []ast.Expr, depth int) node {
	operands := c.all(args, depth)
	if len(args) == 0 {
		return c.mistake(e, "coalesce needs an operand")
	}
	if operands == nil {
		return nil
	}
	unified, ok := unify(operands)
	if !ok {
		return c.mistake(e, "the operands of coalesce have different types: %s", describe(operands))
	}
	return &coalesce{args: unified}
}

func (c *checker) membership(e ast.Expr, args []ast.Expr, depth int) node {
	if args[1].Kind() != ast.ListKind {
		return c.mistake(e, "in needs a list: x in ['a', 'b']")
	}
	x, items := c.check(args[0], depth), c.all(args[1].AsList().Elements(), depth)
	if x == nil || items == nil {
		return nil
	}
	unified, ok := unify(append([]node{x}, items...))
	if !ok || x.typ().Kind == record.JSON {
		return c.mistake(e, "%s cannot be found in this list: the elements have other types", typeName(x))
	}
	return &membership{x: unified[0], items: unified[1:], compare: comparer(unified[0].typ())}
}

// relation checks a comparison; with null it is a test that is never NULL.
func (c *checker) relation(e ast.Expr, operator string, args []ast.Expr, depth int) node {
	sides := c.all(args, depth)
	if sides == nil {
		return nil
	}
	a, b := sides[0], sides[1]
	if relations[operator].equality {
		if isNull(b) {
			return &nullTest{x: a, not: operator == operators.NotEquals}
		}
		if isNull(a) {
			return &nullTest{x: b, not: operator == operators.NotEquals}
		}
	}
	unified, ok := unify(sides)
	if !ok || a.typ().Kind == record.JSON || isNull(unified[0]) {
		return c.mistake(e, "%s cannot be compared with %s%s", typeName(a), typeName(b), comparisonHint(a.typ(), b.typ()))
	}
	if !relations[operator].equality && !ordered(unified[0].typ().Kind) {
		return c.mistake(e, "%s has no order; only == and != compare it", unified[0].typ())
	}
	return comparison(operator, unified[0], unified[1])
}

func isNull(n node) bool {
	l, ok := n.(*literal)
	return ok && l.t.Kind == record.Invalid
}

func comparisonHint(a, b record.Type) string {
	kinds := map[record.Kind]bool{a.Kind: true, b.Kind: true}
	switch {
	case kinds[record.JSON]:
		return "; a json column compares only with null"
	case kinds[record.Date] && kinds[record.Text]:
		return "; write date('2024-12-31')"
	case kinds[record.Timestamp] && kinds[record.Text]:
		return "; write timestamp('2024-12-31T00:00:00Z')"
	case kinds[record.Date] && kinds[record.Timestamp]:
		return "; write date(…) around the timestamp"
	case kinds[record.Text] && (kinds[record.Int] || kinds[record.Decimal]):
		return "; write string(…) or drop the quotes"
	case kinds[record.Decimal] && kinds[record.Float]:
		return "; exact and inexact numbers do not mix"
	}
	return ""
}

func arithmeticForm(operator byte) form {
	return func(c *checker, e ast.Expr, args []ast.Expr, depth int) node {
		operands := c.all(args, depth)
		if operands == nil {
			return nil
		}
		n, problem := arithmetic(operator, operands[0], operands[1])
		if problem != "" {
			return c.mistake(e, "%s", problem)
		}
		return n
	}
}

// round checks round(x, scale) and the only place of a decimal division, round(a / b, scale).
func (c *checker) round(e ast.Expr, args []ast.Expr, depth int) node {
	if len(args) != 2 || args[1].Kind() != ast.LiteralKind {
		return c.mistake(e, "write round(x, 2) or round(a / b, 2)")
	}
	scale, ok := args[1].AsLiteral().Value().(int64)
	if !ok || scale < 0 || scale > 18 {
		return c.mistake(args[1], "the scale of round is a literal from 0 to 18")
	}
	if args[0].Kind() == ast.CallKind && args[0].AsCall().FunctionName() == operators.Divide {
		return c.quotient(e, args[0].AsCall().Args(), int(scale), depth)
	}
	x := c.check(args[0], depth)
	if x == nil {
		return nil
	}
	d, ok := asDecimal(x)
	if !ok {
		return c.mistake(e, "round needs a decimal or an integer, this is %s", typeName(x))
	}
	return rounded(d, int(scale))
}

func (c *checker) quotient(e ast.Expr, args []ast.Expr, scale, depth int) node {
	operands := c.all(args, depth)
	if operands == nil {
		return nil
	}
	a, okA := asDecimal(operands[0])
	b, okB := asDecimal(operands[1])
	if !okA || !okB {
		return c.mistake(e, "round(a / b, %d) needs decimals or integers, these are %s", scale, describe(operands))
	}
	n, ok := quotient(a, b, scale)
	if !ok {
		return c.mistake(e, "the quotient of %s and %s does not fit 38 digits; round the operands or lower the scale", a.typ(), b.typ())
	}
	return n
}
