package expr

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lodehq/lode/record"
)

// Function describes a function to the reader of a reference.
type Function struct {
	Name  string
	Usage string
	Doc   string
}

// function is a named strict function with its overloads.
type function struct {
	Function
	overloads []overload
}

// overload makes a node of the operands, or nil if they are not of its kinds.
type overload struct{ accept func(args []node) node }

// Functions lists the functions of the language, by name.
func Functions() []Function {
	list := []Function{
		{"coalesce", "coalesce(a, b, …)", "The first operand that is not NULL."},
		{"matches", "x.matches('^[a-z]+$')", "Whether a literal pattern occurs in a text."},
		{"round", "round(x, 2), round(a / b, 2)", "A decimal with fewer digits, or a decimal quotient; halves away from zero."},
		{"timestamp", "timestamp('2024-12-31T23:59:59Z')", "A literal instant, with a zone or offset."},
	}
	for _, f := range functions {
		list = append(list, f.Function)
	}
	slices.SortFunc(list, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func functionNames() []string {
	return slices.Concat(slices.Sorted(maps.Keys(functions)), []string{"coalesce", "matches", "round", "timestamp"})
}

var functions = index(textFunctions(), conversions(), timeFunctions())

func index(groups ...[]function) map[string]function {
	m := map[string]function{}
	for _, f := range slices.Concat(groups...) {
		m[f.Name] = f
	}
	return m
}

func define(name, usage, doc string, overloads ...overload) function {
	return function{Function{name, usage, doc}, overloads}
}

// strictly is the overload of a strict function that cannot fail.
func strictly(result record.Kind, apply func(a, b value) value, spell func(s speller, args []string) string, operands ...record.Kind) overload {
	return overload{accept: func(args []node) node {
		if len(args) != len(operands) {
			return nil
		}
		typed := make([]node, len(args))
		for i, arg := range args {
			n, ok := convert(arg, record.Of(operands[i]))
			if !ok || (arg.typ().Kind != operands[i] && !isNull(arg)) {
				return nil
			}
			typed[i] = n
		}
		return &strict{
			t: record.Of(result), args: typed, spell: spell,
			apply: func(a, b value) (value, error) { return apply(a, b), nil },
		}
	}}
}

// sqlCall spells a function that SQL has under some name.
func sqlCall(name string) func(speller, []string) string {
	return func(_ speller, args []string) string { return name + "(" + strings.Join(args, ", ") + ")" }
}

const (
	lowerASCII = "abcdefghijklmnopqrstuvwxyz"
	upperASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	blanks     = " \t\n\v\f\r"
)

func textFunctions() []function {
	return []function{
		define("startsWith", "x.startsWith('a')", "Whether a text begins with another.",
			strictly(record.Bool, func(a, b value) value { return boolean(strings.HasPrefix(a.s, b.s)) },
				sqlCall("starts_with"), record.Text, record.Text)),
		define("endsWith", "x.endsWith('a')", "Whether a text ends with another.",
			strictly(record.Bool, func(a, b value) value { return boolean(strings.HasSuffix(a.s, b.s)) },
				func(s speller, args []string) string {
					return "(" + s.Binary("right("+args[0]+", length("+args[1]+"))") + " = " + args[1] + ")"
				}, record.Text, record.Text)),
		define("contains", "x.contains('a')", "Whether a text occurs in another.",
			strictly(record.Bool, func(a, b value) value { return boolean(strings.Contains(a.s, b.s)) },
				func(_ speller, args []string) string { return "(strpos(" + args[0] + ", " + args[1] + ") > 0)" },
				record.Text, record.Text)),
		define("size", "size(x)", "The number of code points of a text.",
			strictly(record.Int, func(a, _ value) value { return integer(int64(utf8.RuneCountInString(a.s))) },
				func(s speller, args []string) string { return s.cast("length("+args[0]+")", record.Of(record.Int)) },
				record.Text)),
		define("lowerAscii", "x.lowerAscii()", "The text with A-Z as a-z.",
			strictly(record.Text, func(a, _ value) value { return text(mapASCII(a.s, 'A', 'Z', +32)) },
				translate(upperASCII, lowerASCII), record.Text)),
		define("upperAscii", "x.upperAscii()", "The text with a-z as A-Z.",
			strictly(record.Text, func(a, _ value) value { return text(mapASCII(a.s, 'a', 'z', -32)) },
				translate(lowerASCII, upperASCII), record.Text)),
		define("trim", "x.trim()", "The text without blanks, tabs and line ends around it.",
			strictly(record.Text, func(a, _ value) value { return text(strings.Trim(a.s, blanks)) },
				func(s speller, args []string) string {
					return "trim(" + args[0] + ", " + s.Literal(record.TextValue(blanks), record.Of(record.Text)) + ")"
				}, record.Text)),
	}
}

func translate(from, to string) func(speller, []string) string {
	return func(_ speller, args []string) string {
		return "translate(" + args[0] + ", '" + from + "', '" + to + "')"
	}
}

// mapASCII shifts the bytes of a range; a text without any is returned as it is.
func mapASCII(s string, from, to byte, shift int) string {
	i := strings.IndexFunc(s, func(r rune) bool { return r >= rune(from) && r <= rune(to) })
	if i < 0 {
		return s
	}
	b := []byte(s)
	for ; i < len(b); i++ {
		if b[i] >= from && b[i] <= to {
			b[i] = byte(int(b[i]) + shift)
		}
	}
	return string(b)
}

func conversions() []function {
	toText := func(s speller, args []string) string { return s.cast(args[0], record.Of(record.Text)) }
	return []function{
		define("string", "string(x)", "An integer, decimal, boolean or UUID as text.",
			strictly(record.Text, func(a, _ value) value { return a }, toText, record.Text),
			strictly(record.Text, func(a, _ value) value { return text(strconv.FormatInt(a.n, 10)) }, toText, record.Int),
			strictly(record.Text, func(a, _ value) value { return text(strconv.FormatBool(a.n != 0)) }, toText, record.Bool),
			strictly(record.Text, func(a, _ value) value { return a }, toText, record.UUID),
			overload{accept: decimalText}),
		define("decimal", "decimal(x), decimal('12.50')", "An integer as decimal(19,0), or the exact digits of a literal.",
			overload{accept: decimalOf}),
		define("float", "float(x)", "An integer as a float.", overload{accept: func(args []node) node {
			if len(args) != 1 || !isReal(args[0].typ()) {
				return nil
			}
			n, _ := convert(args[0], record.Of(record.Float))
			return n
		}}),
	}
}

func decimalText(args []node) node {
	if len(args) != 1 || args[0].typ().Kind != record.Decimal {
		return nil
	}
	scale := args[0].typ().Scale
	return cast(args[0], record.Of(record.Text), func(a, _ value) (value, error) { return text(formatDecimal(a, scale)), nil })
}

func decimalOf(args []node) node {
	if len(args) != 1 {
		return nil
	}
	if l, ok := args[0].(*literal); ok && l.t.Kind == record.Text {
		if d, ok := decimalLiteral(l.v.s); ok {
			return d
		}
		return nil
	}
	if d, ok := asDecimal(args[0]); ok {
		return d
	}
	return nil
}
