package coltype

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Doc describes a type to the reader of the reference.
type Doc struct {
	Name  string
	Usage string
	Text  string
}

// Set is the types a project can name. It is immutable: With makes a larger one.
type Set struct{ entries map[string]entry }

type entry struct {
	Doc
	parse func(args []string) (Type, error)
}

// With is the set with one more type, or with another meaning of a name. parse gets the
// arguments in the parentheses.
func (s Set) With(name string, parse func(args []string) (Type, error)) Set {
	return s.with(entry{Doc{Name: name, Usage: name, Text: "A type of this project."}, parse})
}

func (s Set) with(added ...entry) Set {
	entries := maps.Clone(s.entries)
	if entries == nil {
		entries = map[string]entry{}
	}
	for _, e := range added {
		entries[e.Name] = e
	}
	return Set{entries}
}

// Names describes the types, ordered by name.
func (s Set) Names() []Doc {
	docs := make([]Doc, 0, len(s.entries))
	for _, e := range s.entries {
		docs = append(docs, e.Doc)
	}
	slices.SortFunc(docs, func(a, b Doc) int { return strings.Compare(a.Name, b.Name) })
	return docs
}

// Parse makes the type that a text names: "text", "decimal(18,2)", "timestamp(Europe/Berlin, later)".
func (s Set) Parse(spec string) (Type, error) {
	name, args, err := splitSpec(spec)
	if err != nil {
		return nil, fmt.Errorf("read column type %q: %w", shorten(spec), err)
	}
	e, ok := s.entries[name]
	if !ok {
		return nil, fmt.Errorf("read column type %q: there is no such type%s", shorten(spec), s.suggest(name))
	}
	t, err := e.parse(args)
	if err != nil {
		return nil, fmt.Errorf("read column type %q: %w; write %s", shorten(spec), err, e.Usage)
	}
	return t, nil
}

const maxSpec = 400

// splitSpec splits name(a, b). An argument with a comma or parenthesis stands in quotes.
func splitSpec(spec string) (name string, args []string, err error) {
	spec = strings.TrimSpace(spec)
	if len(spec) > maxSpec {
		return "", nil, fmt.Errorf("it has more than %d bytes", maxSpec)
	}
	name, rest, hasArgs := strings.Cut(spec, "(")
	name = strings.TrimSpace(name)
	if !hasArgs {
		return name, nil, nil
	}
	rest, closed := strings.CutSuffix(rest, ")")
	if !closed {
		return "", nil, fmt.Errorf("the closing parenthesis is missing")
	}
	for {
		arg, after, more, err := nextArgument(rest)
		if err != nil {
			return "", nil, err
		}
		args = append(args, arg)
		if !more {
			return name, args, nil
		}
		rest = after
	}
}

func nextArgument(s string) (arg, rest string, more bool, err error) {
	s = strings.TrimSpace(s)
	if s == "" || (s[0] != '"' && s[0] != '\'') {
		arg, rest, more = strings.Cut(s, ",")
		if arg = strings.TrimSpace(arg); arg == "" {
			return "", "", false, fmt.Errorf("an argument is empty")
		}
		return arg, rest, more, nil
	}
	arg, rest, closed := strings.Cut(s[1:], s[:1])
	rest = strings.TrimSpace(rest)
	if !closed || (rest != "" && rest[0] != ',') {
		return "", "", false, fmt.Errorf("a quoted argument is not closed")
	}
	rest, more = strings.CutPrefix(rest, ",")
	return arg, rest, more, nil
}

func shorten(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:60], "") + "…"
}

// suggest names the type that a mistyped name may mean.
func (s Set) suggest(name string) string {
	if meant := s.closest(name); meant != "" {
		return fmt.Sprintf("; did you mean %q?", meant)
	}
	return "; the types are " + strings.Join(slices.Sorted(maps.Keys(s.entries)), ", ")
}

// closest is the type that a mistyped name may mean; "" when none is close.
func (s Set) closest(name string) string {
	name = strings.ToLower(name)
	if meant, ok := synonyms[name]; ok {
		return meant
	}
	best, distance := "", len(name)/3+2
	for _, known := range slices.Sorted(maps.Keys(s.entries)) {
		if d := editDistance(name, known); d < distance {
			best, distance = known, d
		}
	}
	return best
}

// Meant is the type that a text which Parse refuses most likely names, nil when there is
// no telling. Only messages may rest on it: with it, what uses the column is checked for
// mistakes of its own and not for those that follow from this one.
func (s Set) Meant(spec string) Type {
	name, args, _ := strings.Cut(spec, "(")
	meant := s.closest(strings.TrimSpace(name))
	usage, _, _ := strings.Cut(s.entries[meant].Usage, ", ")
	for _, guess := range []string{meant + "(" + args, meant, usage} {
		if t, err := s.Parse(guess); err == nil {
			return t
		}
	}
	return nil
}

// synonyms are the names other systems use.
var synonyms = map[string]string{
	"string": "text", "varchar": "text", "str": "text", "char": "text", "int": "integer", "bigint": "integer", "smallint": "integer", "long": "integer",
	"number": "decimal(18,2)", "numeric": "decimal(18,2)", "money": "decimal(18,2)", "double": "float", "real": "float",
	"bool": "boolean", "datetime": "timestamp", "time": "timestamp", "timestamptz": "timestamp", "jsonb": "json", "object": "json", "email": "normalized_email",
}

// editDistance counts the insertions, deletions and replacements between two names.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Standard is the set of all types of this package.
func Standard() Set {
	return Set{}.with(
		entry{Doc{"text", "text", "Any text, kept as it is. Other JSON is kept as its JSON text."}, plain(textType)},
		entry{Doc{"integer", "integer", "A whole number of 64 bits: 12, \"12\", 12.0, 1e3."}, plain(integerType)},
		entry{Doc{"decimal", "decimal(18,2)", "An exact number: precision digits, scale of them after the point. Digits are never rounded away; 1,234.50 is no number."}, parseDecimal},
		entry{Doc{"float", "float", "An inexact number (IEEE double); no NaN, no infinity."}, plain(floatType)},
		entry{Doc{"boolean", "boolean", "true or false, in any case."}, plain(booleanType())},
		entry{Doc{"boolean_string", "boolean_string", "yes/no, y/n, true/false, t/f, on/off, 1/0, in any case."}, plain(booleanStringType())},
		entry{Doc{"date", "date, date(DD.MM.YYYY, YYYYMMDD)", "A day. Without layouts 2024-12-31; layouts are made of YYYY, MM, DD, M, D and separators."}, parseDate},
		entry{Doc{"timestamp", "timestamp, timestamp(Europe/Berlin), timestamp(Europe/Berlin, later)", "An instant with Z or an offset. With a zone also local times and days of that zone; an hour that happens twice is the earlier one, or the later."}, parseTimestamp},
		entry{Doc{"epoch_seconds", "epoch_seconds", "An instant as seconds since 1970, fractions cut off below microseconds."}, plain(epoch("epoch_seconds", 6))},
		entry{Doc{"epoch_millis", "epoch_millis", "An instant as milliseconds since 1970."}, plain(epoch("epoch_millis", 3))},
		entry{Doc{"epoch_micros", "epoch_micros", "An instant as microseconds since 1970."}, plain(epoch("epoch_micros", 0))},
		entry{Doc{"json", "json", "Any JSON. A text that is JSON is taken as that JSON, any other text as a JSON string."}, plain(jsonType)},
		entry{Doc{"uuid", "uuid", "A UUID in its 36 character form."}, plain(uuidType)},
		entry{Doc{"reference", "reference, reference(id)", "The name in a reference object: its refName, name, label, title, value, code or id, or the given member; any other value as text."}, parseReference},
		entry{Doc{"normalized_email", "normalized_email", "An e-mail address, in lower case; exactly one @ between two parts."}, plain(emailType)},
		entry{Doc{"phone", "phone, phone(DE)", "A phone number as + and digits; with a country, its numbers get the country's prefix."}, parsePhone},
		entry{Doc{"country", "country", "An ISO 3166 code of two letters, out of such a code, one of three letters or the English name; also in a reference object."}, plain(countryType)},
		entry{Doc{"currency", "currency", "An ISO 4217 code of three letters; also in a reference object."}, plain(currencyType)},
	)
}

// plain is the parser of a type without arguments.
func plain(t Type) func([]string) (Type, error) {
	return func(args []string) (Type, error) {
		if len(args) > 0 {
			return nil, fmt.Errorf("%s takes no arguments", t.Name())
		}
		return t, nil
	}
}
