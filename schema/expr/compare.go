package expr

import (
	"cmp"
	"math"
	"strings"

	"github.com/lodehq/lode/record"
)

// relations are the comparison operators: CEL's name, SQL's, and the meaning.
var relations = map[string]struct {
	sql      string
	holds    func(order int) bool
	equality bool
}{
	"_==_": {"=", func(o int) bool { return o == 0 }, true},
	"_!=_": {"<>", func(o int) bool { return o != 0 }, true},
	"_<_":  {"<", func(o int) bool { return o < 0 }, false},
	"_<=_": {"<=", func(o int) bool { return o <= 0 }, false},
	"_>_":  {">", func(o int) bool { return o > 0 }, false},
	"_>=_": {">=", func(o int) bool { return o >= 0 }, false},
}

// comparison compares two nodes of one type.
func comparison(operator string, a, b node) node {
	relation, compare := relations[operator], comparer(a.typ())
	return &strict{
		t: record.Of(record.Bool), args: []node{a, b},
		apply: func(a, b value) (value, error) { return boolean(relation.holds(compare(a, b))), nil },
		spell: func(s speller, args []string) string {
			return "(" + bytewise(s, args[0], a.typ()) + " " + relation.sql + " " + args[1] + ")"
		},
	}
}

// comparer is the order of a type's values.
func comparer(t record.Type) func(a, b value) int {
	switch t.Kind {
	case record.Float:
		return compareFloat
	case record.Decimal:
		return compareDecimal
	case record.Text, record.UUID:
		return func(a, b value) int { return strings.Compare(a.s, b.s) }
	default:
		return compareInt
	}
}

func compareInt(a, b value) int { return cmp.Compare(a.n, b.n) }

// compareFloat is SQL's order: NaN equals itself and is above everything.
func compareFloat(a, b value) int {
	switch aNaN, bNaN := math.IsNaN(a.f), math.IsNaN(b.f); {
	case aNaN && bNaN:
		return 0
	case aNaN:
		return 1
	case bNaN:
		return -1
	}
	return cmp.Compare(a.f, b.f)
}

// ordered tells whether < means something for the values of a kind.
func ordered(k record.Kind) bool {
	return k != record.Bool && k != record.UUID && k != record.JSON
}
