package expr

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/go-json-experiment/json/jsontext"
)

// RawProgram is an expression over the raw members of a record, as mappings use it. It is
// evaluated in Go only. It is immutable and safe for concurrent use.
//
// Members are JSON values of any kind. One that is absent is null. Numbers are exact.
// x.name and x["name"] read a member of an object and [i] an element of a list; of
// anything else they are null. == and != are never null: values of different kinds are
// different. < <= > >= with null are false, and fail for two kinds that have no common
// order. Arithmetic and text functions of null are null; of the wrong kind they fail.
type RawProgram struct {
	text  string
	root  rawNode
	names []string
}

// CompileRaw checks a text over raw members, whatever they are called.
func CompileRaw(text string) (*RawProgram, error) {
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := &rawChecker{parsed: tree, names: map[string]bool{}}
	root := c.check(tree.tree.Expr(), 0)
	if len(c.mistakes) > 0 {
		return nil, compileError(text, c.mistakes)
	}
	names := make([]string, 0, len(c.names))
	for name := range c.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return &RawProgram{text: text, root: root, names: names}, nil
}

// Names are the top-level members the expression uses, sorted.
func (p *RawProgram) Names() []string { return slices.Clone(p.names) }

// String is the text the program was compiled from.
func (p *RawProgram) String() string { return p.text }

// Eval is the value of the expression as JSON text. lookup gives a member's JSON value,
// nil for one that is absent.
func (p *RawProgram) Eval(lookup func(name string) jsontext.Value) (jsontext.Value, error) {
	v, err := p.root(lookup)
	if err != nil {
		return nil, fmt.Errorf("evaluate expression %q: %w", shorten(p.text), err)
	}
	return v.encode(), nil
}

// rawNode is a compiled part of a raw expression.
type rawNode func(lookup func(string) jsontext.Value) (rawValue, error)

type rawChecker struct {
	*parsed
	names    map[string]bool
	mistakes []error
}

func (c *rawChecker) mistake(e ast.Expr, format string, args ...any) rawNode {
	c.mistakes = append(c.mistakes, c.at(e, format, args...))
	return func(func(string) jsontext.Value) (rawValue, error) { return rawValue{}, nil }
}

func (c *rawChecker) check(e ast.Expr, depth int) rawNode {
	if depth > MaxDepth {
		return c.mistake(e, "the expression is nested deeper than %d levels", MaxDepth)
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return c.literal(e)
	case ast.IdentKind:
		name := e.AsIdent()
		c.names[name] = true
		return func(lookup func(string) jsontext.Value) (rawValue, error) { return decodeRaw(lookup(name)) }
	case ast.SelectKind:
		return c.member(e.AsSelect().Operand(), e.AsSelect().FieldName(), depth+1)
	case ast.CallKind:
		return c.call(e, depth+1)
	case ast.ListKind:
		return c.mistake(e, "a list can stand only after in")
	}
	return c.mistake(e, "maps and structures are not part of the language")
}

func (c *rawChecker) literal(e ast.Expr) rawNode {
	var v rawValue
	switch l := e.AsLiteral().(type) {
	case types.Int:
		v = rawInteger(int64(l))
	case types.Double:
		v, _ = rawNumberOf(numberOf(float64(l)))
	case types.Bool:
		v = rawBool(bool(l))
	case types.String:
		v = rawText(string(l))
	case types.Null:
	default:
		return c.mistake(e, "a literal of this kind is not part of the language; write 12, 1.5, 'text', true or null")
	}
	return func(func(string) jsontext.Value) (rawValue, error) { return v, nil }
}

func (c *rawChecker) member(of ast.Expr, name string, depth int) rawNode {
	x := c.check(of, depth)
	return func(lookup func(string) jsontext.Value) (rawValue, error) {
		v, err := x(lookup)
		if err != nil {
			return rawValue{}, err
		}
		return v.member(name)
	}
}

func (c *rawChecker) all(args []ast.Expr, depth int) []rawNode {
	nodes := make([]rawNode, len(args))
	for i, arg := range args {
		nodes[i] = c.check(arg, depth)
	}
	return nodes
}

// call checks an operator or function. A receiver is its first operand.
func (c *rawChecker) call(e ast.Expr, depth int) rawNode {
	call, args := e.AsCall(), e.AsCall().Args()
	name := call.FunctionName()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	if n := c.special(e, name, args, depth); n != nil {
		return n
	}
	f, ok := rawFunctions[name]
	if !ok {
		return c.mistake(e, "unknown function %q%s", name, suggest(name, rawNames()))
	}
	if len(args) != f.operands {
		return c.mistake(e, "%s takes %d operands, not %d", name, f.operands, len(args))
	}
	return strictRaw(c.all(args, depth), f.apply)
}

// special checks what is not a strict function of one or two operands; nil if it is.
func (c *rawChecker) special(e ast.Expr, name string, args []ast.Expr, depth int) rawNode {
	switch name {
	case operators.LogicalAnd:
		return rawJunction(c.all(args, depth), false)
	case operators.LogicalOr:
		return rawJunction(c.all(args, depth), true)
	case operators.Conditional:
		return rawChoice(c.all(args, depth))
	case operators.In:
		return c.membership(args, depth)
	case operators.Index:
		return c.element(args, depth)
	case "coalesce":
		return rawCoalesce(c.all(args, depth))
	case "has":
		return c.has(e, args, depth)
	case "matches":
		return c.matches(e, args, depth)
	}
	if relation, ok := relations[name]; ok {
		return rawRelation(c.all(args, depth), relation.equality, relation.holds)
	}
	return nil
}
