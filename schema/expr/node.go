package expr

import (
	"errors"
	"math/big"

	"github.com/lodehq/lode/record"
)

// node is one operator, column or literal with both of its meanings.
type node interface {
	typ() record.Type
	// eval is the meaning in Go. It fails only if fails() says that it can.
	eval(row Row) (value, error)
	// sql is the meaning in SQL, parenthesised where it has to be.
	sql(s speller) string
	fails() bool
}

// speller is a dialect and the spelling of columns.
type speller struct {
	Dialect
	column func(name string) string
}

func (s speller) cast(x string, t record.Type) string {
	return "CAST(" + x + " AS " + s.TypeName(t) + ")"
}

// value is a scalar during evaluation. A decimal is an integer in units of its node's
// scale: n, or big where that is too small.
type value struct {
	set bool // false is NULL
	n   int64
	f   float64
	s   string
	big *big.Int
}

var errTooLong = errors.New("the text would become longer than 16 MiB")

func boolean(b bool) value {
	if b {
		return value{set: true, n: 1}
	}
	return value{set: true}
}

func integer(n int64) value { return value{set: true, n: n} }

func text(s string) value { return value{set: true, s: s} }

// isTrue asks a boolean; NULL is not true.
func (v value) isTrue() bool { return v.set && v.n != 0 }

// fromRecord reads a column's value of type t.
func fromRecord(v record.Value, t record.Type) value {
	switch {
	case v.IsNull():
		return value{}
	case t.Kind == record.Decimal:
		return parseDecimal(v.Text(), t.Scale)
	}
	return value{set: true, n: v.Int(), f: v.Float(), s: v.Text()}
}

// record turns the result of a node of type t into a stored value.
func (v value) record(t record.Type) record.Value {
	if !v.set {
		return record.Null
	}
	switch t.Kind {
	case record.Int:
		return record.IntValue(v.n)
	case record.Float:
		return record.FloatValue(v.f)
	case record.Decimal:
		return record.DecimalValue(formatDecimal(v, t.Scale))
	case record.Bool:
		return record.BoolValue(v.n != 0)
	case record.Date:
		return record.DateValue(v.n)
	case record.Timestamp:
		return record.TimestampValue(v.n)
	case record.JSON:
		return record.JSONValue(v.s)
	case record.UUID:
		return record.UUIDValue(v.s)
	default:
		return record.TextValue(v.s)
	}
}

// column reads a column of the row.
type column struct {
	name  string
	index int
	t     record.Type
}

func (c *column) typ() record.Type            { return c.t }
func (c *column) fails() bool                 { return false }
func (c *column) sql(s speller) string        { return s.column(c.name) }
func (c *column) eval(row Row) (value, error) { return fromRecord(row(c.index), c.t), nil }

// literal is a constant. number keeps the digits of a literal such as 12.50, which is a
// float by itself and a decimal next to decimals.
type literal struct {
	v      value
	t      record.Type
	number string
}

func (l *literal) typ() record.Type        { return l.t }
func (l *literal) fails() bool             { return false }
func (l *literal) eval(Row) (value, error) { return l.v, nil }
func (l *literal) sql(s speller) string    { return s.Literal(l.v.record(l.t), l.t) }

// strict is an operator or function that is NULL when an operand is NULL.
type strict struct {
	t       record.Type
	args    []node // one or two
	apply   func(a, b value) (value, error)
	spell   func(s speller, args []string) string
	partial bool // apply can fail
}

func (n *strict) typ() record.Type { return n.t }

func (n *strict) fails() bool { return n.partial || anyFails(n.args) }

func (n *strict) eval(row Row) (value, error) {
	var args [2]value
	for i, arg := range n.args {
		v, err := arg.eval(row)
		if err != nil {
			return value{}, err
		}
		args[i] = v
	}
	if !args[0].set || (len(n.args) == 2 && !args[1].set) {
		return value{}, nil
	}
	return n.apply(args[0], args[1])
}

func (n *strict) sql(s speller) string { return n.spell(s, spellAll(s, n.args)) }

func spellAll(s speller, nodes []node) []string {
	texts := make([]string, len(nodes))
	for i, n := range nodes {
		texts[i] = n.sql(s)
	}
	return texts
}

func anyFails(nodes []node) bool {
	for _, n := range nodes {
		if n.fails() {
			return true
		}
	}
	return false
}

// infix spells a binary operator.
func infix(operator string) func(speller, []string) string {
	return func(_ speller, args []string) string { return "(" + args[0] + " " + operator + " " + args[1] + ")" }
}
