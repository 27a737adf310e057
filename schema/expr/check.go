package expr

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/lodehq/lode/record"
)

// checker turns a syntax tree into nodes and collects every mistake on the way. A check
// that returns nil has reported its mistake already.
type checker struct {
	*parsed
	columns  []record.Column
	names    map[string]bool
	mistakes []error
}

func newChecker(p *parsed, columns []record.Column) *checker {
	return &checker{parsed: p, columns: columns, names: map[string]bool{}}
}

func (c *checker) used() iter.Seq[string] { return maps.Keys(c.names) }

func itoa(n int) string { return strconv.Itoa(n) }

func (c *checker) mistake(e ast.Expr, format string, args ...any) node {
	c.mistakes = append(c.mistakes, c.at(e, format, args...))
	return nil
}

func (c *checker) check(e ast.Expr, depth int) node {
	if depth > MaxDepth {
		return c.mistake(e, "the expression is nested deeper than %d levels", MaxDepth)
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return c.literal(e)
	case ast.IdentKind:
		return c.column(e, e.AsIdent())
	case ast.CallKind:
		return c.call(e, depth+1)
	case ast.SelectKind:
		return c.member(e)
	case ast.ListKind:
		return c.mistake(e, "a list can stand only after in")
	}
	return c.mistake(e, "maps and structures are not part of the language")
}

func (c *checker) literal(e ast.Expr) node {
	switch v := e.AsLiteral().(type) {
	case types.Int:
		return &literal{t: record.Of(record.Int), v: integer(int64(v)), number: strconv.FormatInt(int64(v), 10)}
	case types.Double:
		return &literal{t: record.Of(record.Float), v: value{set: true, f: float64(v)}, number: numberOf(float64(v))}
	case types.Bool:
		return &literal{t: record.Of(record.Bool), v: boolean(bool(v))}
	case types.String:
		if problem := textProblem("'" + string(v)); problem != "" {
			return c.mistake(e, "a text literal cannot hold this: %s", problem)
		}
		return &literal{t: record.Of(record.Text), v: text(string(v))}
	case types.Null:
		return &literal{}
	}
	return c.mistake(e, "a literal of this kind is not part of the language; write 12, 1.5, 'text', true or null")
}

// member reads a.b, which is a column where columns are called so.
func (c *checker) member(e ast.Expr) node {
	of, name := e.AsSelect().Operand(), e.AsSelect().FieldName()
	dotted := slices.ContainsFunc(c.columns, func(column record.Column) bool { return strings.Contains(column.Name, ".") })
	if dotted && of.Kind() == ast.IdentKind && !e.AsSelect().IsTestOnly() {
		return c.column(e, of.AsIdent()+"."+name)
	}
	return c.mistake(e, "columns have no members; .%s cannot be read here", name)
}

func (c *checker) column(e ast.Expr, name string) node {
	names := make([]string, len(c.columns))
	for i, column := range c.columns {
		if column.Name == name {
			c.names[name] = true
			return newColumn(i, column)
		}
		names[i] = column.Name
	}
	return c.mistake(e, "unknown column %q%s", name, suggest(name, names))
}

func newColumn(index int, of record.Column) node {
	return &column{name: of.Name, index: index, t: of.Type}
}

// call checks an operator or function. A receiver is its first operand.
func (c *checker) call(e ast.Expr, depth int) node {
	call, args := e.AsCall(), e.AsCall().Args()
	name := call.FunctionName()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	if form := formOf(name); form != nil {
		return form(c, e, args, depth)
	}
	if _, ok := relations[name]; ok {
		return c.relation(e, name, args, depth)
	}
	f, ok := functions[name]
	if !ok {
		return c.mistake(e, "unknown function %q%s", name, suggest(name, functionNames()))
	}
	operands := c.all(args, depth)
	if operands == nil {
		return nil
	}
	return c.apply(e, f, operands)
}

func (c *checker) all(args []ast.Expr, depth int) []node {
	nodes, failed := make([]node, len(args)), false
	for i, arg := range args {
		nodes[i] = c.check(arg, depth)
		failed = failed || nodes[i] == nil
	}
	if failed {
		return nil
	}
	return nodes
}

// apply picks the overload of a function.
func (c *checker) apply(e ast.Expr, f function, args []node) node {
	for _, o := range f.overloads {
		if n := o.accept(args); n != nil {
			return n
		}
	}
	return c.mistake(e, "%s does not take %s; write %s", f.Name, describe(args), f.Usage)
}

func describe(args []node) string {
	switch len(args) {
	case 0:
		return "no operands"
	case 1:
		return typeName(args[0])
	}
	return fmt.Sprintf("(%s, %s%s)", typeName(args[0]), typeName(args[1]), map[bool]string{true: ", …"}[len(args) > 2])
}

func typeName(n node) string {
	if n.typ().Kind == record.Invalid {
		return "null"
	}
	return n.typ().String()
}
