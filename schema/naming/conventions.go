package naming

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
)

// Level says how bad a departure from the conventions is.
type Level string

// The levels: an Error misleads the reader of the name, a Warning does not help them.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// Finding is one departure from the conventions.
type Finding struct {
	Level Level
	Rule  string // short name of the convention
	Text  string // what is wrong and what to do
}

// Kind is a kind of table, as far as names go.
type Kind string

// The kinds of tables.
const (
	Entity    Kind = "entity"
	Dimension Kind = "dimension"
	Fact      Kind = "fact"
	Bridge    Kind = "bridge"
	Aggregate Kind = "aggregate"
)

// prefixOf is the prefix that a kind of table carries; entities may carry stg_.
func prefixOf(k Kind) string {
	switch k {
	case Dimension:
		return "dim_"
	case Fact:
		return "fact_"
	case Bridge:
		return "bridge_"
	case Aggregate:
		return "agg_"
	}
	return ""
}

// Table checks the name of a table: snake_case, the prefix of its kind, a plural.
func Table(kind Kind, name string) []Finding {
	found := snake("table", name)
	prefix := prefixOf(kind)
	if !strings.HasPrefix(name, prefix) {
		found = append(found, Finding{Error, "prefix", fmt.Sprintf("%s is a %s; begin its name with %s", name, kind, prefix)})
	}
	for _, other := range []Kind{Dimension, Fact, Bridge, Aggregate} {
		if p := prefixOf(other); p != prefix && strings.HasPrefix(name, p) {
			found = append(found, Finding{Error, "prefix", fmt.Sprintf("%s is a %s, and %s promises a %s; choose another name", name, kind, p, other)})
		}
	}
	if kind != Aggregate && !isPlural(name[strings.LastIndex(name, "_")+1:]) { // an aggregate is named for what it holds
		found = append(found, Finding{Warning, "plural", fmt.Sprintf("%s holds many rows; name it in the plural", name)})
	}
	return found
}

// isPlural tells plurals good enough for table names.
func isPlural(word string) bool {
	irregular := []string{"people", "children", "men", "women", "feet", "mice", "data", "criteria", "media", "staff", "inventory", "history", "equipment", "information", "feedback"}
	return word == "" || strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") || slices.Contains(irregular, word)
}

// promise is what a part of a column's name says about its type.
type promise struct {
	part    string
	isFirst bool // a prefix, else a suffix
	kinds   []record.Kind
	wants   string
}

// promises lists what the parts of names promise. Amounts are exact: a float is no amount.
func promises() []promise {
	flag, moment, day := []record.Kind{record.Bool}, []record.Kind{record.Timestamp}, []record.Kind{record.Date}
	return []promise{
		{"is_", true, flag, "a boolean"},
		{"has_", true, flag, "a boolean"},
		{"can_", true, flag, "a boolean"},
		{"_at", false, moment, "a timestamp"},
		{"_timestamp", false, moment, "a timestamp"},
		{"_date", false, day, "a date"},
		{"_amount", false, []record.Kind{record.Decimal, record.Int}, "an exact number (decimal or integer)"},
		{"_count", false, []record.Kind{record.Int}, "an integer"},
		{"_rate", false, []record.Kind{record.Decimal, record.Float, record.Int}, "a number"},
	}
}

func (p promise) made(name string) bool {
	if p.isFirst {
		return strings.HasPrefix(name, p.part)
	}
	return strings.HasSuffix(name, p.part)
}

func (p promise) String() string {
	if p.isFirst {
		return p.part + "..."
	}
	return "..." + p.part
}

// Column checks the name of a column against the type behind it: what the name promises
// must hold, and a boolean, timestamp or date should be told by its name.
func Column(name string, kind record.Kind) []Finding {
	found := snake("column", name)
	var kept bool
	var fitting []string
	for _, p := range promises() {
		holds := slices.Contains(p.kinds, kind)
		switch {
		case p.made(name) && !holds:
			return append(found, Finding{Error, "type", fmt.Sprintf("%s is %s, and %s promises %s; change the type or the name", name, kind, p, p.wants)})
		case p.made(name):
			kept = true
		case holds:
			fitting = append(fitting, p.String())
		}
	}
	if !kept && (kind == record.Bool || kind == record.Timestamp || kind == record.Date) {
		found = append(found, Finding{Warning, "name", fmt.Sprintf("%s is %s; say so in its name: %s", name, kind, strings.Join(fitting, ", "))})
	}
	return found
}

// snake checks that a name is snake_case of ASCII letters and digits, so that it never
// has to be quoted.
func snake(what, name string) []Finding {
	if isSnake(name) {
		return nil
	}
	better := Snake(name)
	if !isSnake(better) {
		better = "small letters a-z, digits and single _"
	}
	return []Finding{{Error, "snake_case", fmt.Sprintf("%s name %q is not snake_case; write %s", what, name, better)}}
}

func isSnake(name string) bool {
	for i, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z':
		case '0' <= c && c <= '9' && i > 0:
		case c == '_' && i > 0 && i < len(name)-1 && name[i-1] != '_':
		default:
			return false
		}
	}
	return name != ""
}
