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
	App       Kind = "table" // of the application
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

// Role checks the name of a role, which begins those of its columns.
func Role(name string) []Finding { return snake("role", name) }

// isPlural tells plurals good enough for table names.
func isPlural(word string) bool {
	irregular := []string{"people", "children", "men", "women", "feet", "mice", "data", "criteria", "media", "staff", "inventory", "history", "equipment", "information", "feedback"}
	return word == "" || strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") || slices.Contains(irregular, word)
}

// Promise is what a part of a column's name says about its type.
type Promise struct {
	part  string // is_ begins a name, _at ends it
	kinds []record.Kind
	wants string
}

// Promised is a promise of a project's own: part begins names (was_) or ends them (_on),
// typ is the name of a kind, number for any number, or exact for those that are no float.
// An unknown type promises nothing.
func Promised(part, typ string) Promise {
	p := Promise{part: part, wants: "a " + typ}
	switch typ {
	case "number":
		p.kinds = []record.Kind{record.Decimal, record.Float, record.Int}
	case "exact":
		p.kinds, p.wants = []record.Kind{record.Decimal, record.Int}, exactNumber
	default:
		for k := record.Text; k <= record.UUID; k++ {
			if k.String() == typ {
				p.kinds = []record.Kind{k}
			}
		}
	}
	if strings.HasPrefix(typ, "i") || strings.HasPrefix(typ, "e") {
		p.wants = strings.Replace(p.wants, "a ", "an ", 1)
	}
	return p
}

const exactNumber = "an exact number (decimal or integer)"

// promises lists what the parts of names promise, where a project says nothing else.
// Amounts are exact: a float is no amount.
func promises(own []Promise) []Promise {
	flag, moment, day := []record.Kind{record.Bool}, []record.Kind{record.Timestamp}, []record.Kind{record.Date}
	all := []Promise{
		{"is_", flag, "a boolean"},
		{"has_", flag, "a boolean"},
		{"can_", flag, "a boolean"},
		{"_at", moment, "a timestamp"},
		{"_timestamp", moment, "a timestamp"},
		{"_date", day, "a date"},
		{"_amount", []record.Kind{record.Decimal, record.Int}, exactNumber},
		{"_count", []record.Kind{record.Int}, "an integer"},
		{"_rate", []record.Kind{record.Decimal, record.Float, record.Int}, "a number"},
	}
	all = slices.DeleteFunc(all, func(p Promise) bool {
		return slices.ContainsFunc(own, func(o Promise) bool { return o.part == p.part })
	})
	return append(all, own...)
}

func (p Promise) begins() bool { return strings.HasSuffix(p.part, "_") }

func (p Promise) made(name string) bool {
	if p.begins() {
		return strings.HasPrefix(name, p.part)
	}
	return strings.HasSuffix(name, p.part)
}

func (p Promise) String() string {
	if p.begins() {
		return p.part + "..."
	}
	return "..." + p.part
}

// made lists the promises of a name: of two beginnings, or two endings, the longer counts.
func made(name string, all []Promise) []Promise {
	kept := slices.DeleteFunc(slices.Clone(all), func(p Promise) bool { return !p.made(name) })
	return slices.DeleteFunc(slices.Clone(kept), func(p Promise) bool {
		return slices.ContainsFunc(kept, func(o Promise) bool { return o.begins() == p.begins() && len(o.part) > len(p.part) })
	})
}

// Column checks the name of a column against the type behind it: what the name promises
// must hold, and a boolean, timestamp or date should be told by its name. A project's own
// promises go before the general ones.
func Column(name string, kind record.Kind, own ...Promise) []Finding {
	found, all := snake("column", name), promises(own)
	promised := made(name, all)
	for _, p := range promised {
		if !slices.Contains(p.kinds, kind) {
			return append(found, Finding{Error, "type", fmt.Sprintf("%s is %s, and %s promises %s; change the type or the name", name, kind, p, p.wants)})
		}
	}
	if len(promised) == 0 && (kind == record.Bool || kind == record.Timestamp || kind == record.Date) {
		var fitting []string
		for _, p := range all {
			if slices.Contains(p.kinds, kind) {
				fitting = append(fitting, p.String())
			}
		}
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
