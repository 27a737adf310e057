package expr

import (
	"fmt"
	"slices"

	"github.com/lodehq/lode/record"
)

// Row gives the value of a column by its index in the columns passed to Compile. A
// column's value has the column's kind, or is NULL.
type Row func(column int) record.Value

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	text    string
	root    node
	columns []string
}

// Compile checks a text against typed columns. Its error lists every mistake with line
// and column of the text (see [Error]).
func Compile(text string, columns []record.Column) (*Program, error) {
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := newChecker(tree, columns)
	root := c.check(tree.tree.Expr(), 0)
	if root != nil && root.typ().Kind == record.Invalid {
		c.mistake(tree.tree.Expr(), "the expression is always NULL and has no type")
	}
	if len(c.mistakes) > 0 {
		return nil, compileError(text, c.mistakes)
	}
	return &Program{text: text, root: root, columns: slices.Sorted(c.used())}, nil
}

// Type is the type of the result.
func (p *Program) Type() record.Type { return p.root.typ() }

// Columns are the names of the columns the expression uses, sorted.
func (p *Program) Columns() []string { return slices.Clone(p.columns) }

// String is the text the program was compiled from.
func (p *Program) String() string { return p.text }

// Eval is the value of the expression on a row. It fails where the result does not fit
// its type; a NULL result is no error.
func (p *Program) Eval(row Row) (record.Value, error) {
	v, err := p.root.eval(row)
	if err != nil {
		return record.Null, fmt.Errorf("evaluate expression %q: %w", shorten(p.text), err)
	}
	return v.record(p.root.typ()), nil
}

// SQL is the expression in a warehouse's language. column spells a column's name, quoted
// and perhaps qualified.
func (p *Program) SQL(d Dialect, column func(name string) string) string {
	return p.root.sql(speller{Dialect: d, column: column})
}

// As is the program with its result converted to the type of the column that will hold
// it. It refuses a conversion that could lose digits; round does that by declaration.
func (p *Program) As(t record.Type) (*Program, error) {
	root, ok := convert(p.root, t)
	if !ok {
		return nil, fmt.Errorf("convert expression %q: its type is %s and the column's is %s%s",
			shorten(p.text), p.Type(), t, conversionHint(p.Type(), t))
	}
	return &Program{text: p.text, root: root, columns: p.columns}, nil
}

func conversionHint(from, to record.Type) string {
	switch {
	case from.Kind == record.Decimal && to.Kind == record.Decimal:
		return fmt.Sprintf("; write round(…, %d)", to.Scale)
	case to.Kind == record.Text:
		return "; write string(…)"
	}
	return ""
}
