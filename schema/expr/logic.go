package expr

import (
	"strings"

	"github.com/lodehq/lode/record"
)

// junction is && or ||. SQL may evaluate its terms in any order, so a term that can fail
// is always evaluated: what passes here cannot fail there.
type junction struct {
	terms []node
	or    bool
}

func (j *junction) typ() record.Type { return record.Of(record.Bool) }
func (j *junction) fails() bool      { return anyFails(j.terms) }

func (j *junction) eval(row Row) (value, error) {
	result := boolean(!j.or)
	for _, term := range j.terms {
		decided := result.set && result.isTrue() == j.or
		if decided && !term.fails() {
			continue
		}
		v, err := term.eval(row)
		if err != nil {
			return value{}, err
		}
		if !decided && (!v.set || v.isTrue() == j.or) {
			result = v
		}
	}
	return result, nil
}

func (j *junction) sql(s speller) string {
	operator := " AND "
	if j.or {
		operator = " OR "
	}
	return "(" + strings.Join(spellAll(s, j.terms), operator) + ")"
}

// negation is !x.
func negation(x node) node {
	return &strict{
		t: record.Of(record.Bool), args: []node{x},
		apply: func(a, _ value) (value, error) { return boolean(a.n == 0), nil },
		spell: func(_ speller, args []string) string { return "(NOT " + args[0] + ")" },
	}
}

// nullTest is x == null or x != null: never NULL itself.
type nullTest struct {
	x   node
	not bool
}

func (n *nullTest) typ() record.Type { return record.Of(record.Bool) }
func (n *nullTest) fails() bool      { return n.x.fails() }

func (n *nullTest) eval(row Row) (value, error) {
	v, err := n.x.eval(row)
	return boolean(v.set == n.not), err
}

func (n *nullTest) sql(s speller) string {
	if n.not {
		return "(" + n.x.sql(s) + " IS NOT NULL)"
	}
	return "(" + n.x.sql(s) + " IS NULL)"
}

// choice is c ? a : b; NULL when c is.
type choice struct{ when, then, otherwise node }

func (c *choice) typ() record.Type { return c.then.typ() }
func (c *choice) fails() bool      { return anyFails([]node{c.when, c.then, c.otherwise}) }

func (c *choice) eval(row Row) (value, error) {
	when, err := c.when.eval(row)
	switch {
	case err != nil || !when.set:
		return value{}, err
	case when.isTrue():
		return c.then.eval(row)
	}
	return c.otherwise.eval(row)
}

func (c *choice) sql(s speller) string {
	when := c.when.sql(s)
	return "(CASE WHEN " + when + " THEN " + c.then.sql(s) + " WHEN NOT " + when + " THEN " + c.otherwise.sql(s) + " END)"
}

// coalesce is its first operand that is not NULL.
type coalesce struct{ args []node }

func (c *coalesce) typ() record.Type { return c.args[0].typ() }
func (c *coalesce) fails() bool      { return anyFails(c.args) }

func (c *coalesce) eval(row Row) (value, error) {
	for _, arg := range c.args {
		if v, err := arg.eval(row); err != nil || v.set {
			return v, err
		}
	}
	return value{}, nil
}

func (c *coalesce) sql(s speller) string {
	return "coalesce(" + strings.Join(spellAll(s, c.args), ", ") + ")"
}

// membership is x in [items]: NULL when not found among items of which one is NULL.
type membership struct {
	x       node
	items   []node
	compare func(a, b value) int
}

func (m *membership) typ() record.Type { return record.Of(record.Bool) }
func (m *membership) fails() bool      { return m.x.fails() || anyFails(m.items) }

func (m *membership) eval(row Row) (value, error) {
	x, err := m.x.eval(row)
	if err != nil {
		return value{}, err
	}
	result := boolean(false)
	for _, item := range m.items {
		v, err := item.eval(row)
		switch {
		case err != nil:
			return value{}, err
		case !x.set || !v.set:
			if !result.isTrue() {
				result = value{}
			}
		case m.compare(x, v) == 0:
			result = boolean(true)
		}
	}
	return result, nil
}

func (m *membership) sql(s speller) string {
	if len(m.items) == 0 {
		return s.Literal(record.BoolValue(false), record.Of(record.Bool))
	}
	return "(" + bytewise(s, m.x.sql(s), m.x.typ()) + " IN (" + strings.Join(spellAll(s, m.items), ", ") + "))"
}

// bytewise makes a text compare byte by byte.
func bytewise(s speller, x string, t record.Type) string {
	if t.Kind == record.Text {
		return s.Binary(x)
	}
	return x
}
