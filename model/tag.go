package model

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// tag is what the tag lode:"name,option,..." of a field says.
type tag struct {
	name      string
	kind      string   // type=decimal(18,2)
	key       bool     // part of the primary key
	generated bool     // the store gives the key
	unique    bool     //
	index     bool     //
	json      bool     // kept as JSON whatever the Go type
	scd       string   // scd=2: how a dimension keeps the column's history
	sum       []string // sum=yes, sum=no, sum=customer|product: what a measure may be summed over
	oneOf     []string // oneof=a|b
	initial   *string  // default=open, default='a, b'
	names     string   // references=customers
	before    string   // renamed_from=tier
	doc       string   // doc:"..."
}

// parseTag reads the tags of a field; skip is set for lode:"-".
func parseTag(f reflect.StructField) (t tag, skip bool, err error) {
	text := f.Tag.Get("lode")
	if text == "-" {
		return t, true, nil
	}
	parts := splitOptions(text)
	t.name, t.doc = parts[0], f.Tag.Get("doc")
	if t.name == "" {
		t.name = snake(f.Name)
	}
	for _, option := range parts[1:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "type":
			t.kind = value
		case "key":
			t.key = true
		case "generated":
			t.generated = true
		case "unique":
			t.unique = true
		case "index":
			t.index = true
		case "json":
			t.json = true
		case "scd":
			t.scd = value
		case "sum":
			t.sum = strings.Split(value, "|")
		case "oneof":
			t.oneOf = strings.Split(value, "|")
		case "references":
			t.names = value
		case "renamed_from":
			t.before = value
		case "default":
			t.initial = new(unquoted(value))
		default:
			return t, false, fmt.Errorf("field %s: tag option %q is not known; there are type=, key, generated, unique, index, json, default=, references=, renamed_from=, oneof=, scd=, sum=", f.Name, option)
		}
	}
	return t, false, nil
}

// unquoted is a value without the single quotes in which it may stand.
func unquoted(value string) string {
	if len(value) < 2 || value[0] != '\'' || value[len(value)-1] != '\'' {
		return value
	}
	return strings.ReplaceAll(value[1:len(value)-1], "''", "'")
}

// splitOptions splits at the commas that stand in no parentheses and in no value in single
// quotes: decimal(18,2) and default='a, b' are one option each.
func splitOptions(text string) []string {
	var parts []string
	depth, from, quoted := 0, 0, false
	for i, c := range text {
		switch {
		case c == '\'' && (quoted || depth == 0 && i > 0 && (text[i-1] == '=' || text[i-1] == '\'')):
			quoted = !quoted // a doubled one ends the value and begins it again
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			parts, from = append(parts, text[from:i]), i+1
		}
	}
	return append(parts, text[from:])
}

// snake is a Go name as a column's: CustomerID is customer_id, HTTPStatus http_status.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 {
			next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1]) || unicode.IsUpper(runes[i-1]) && next {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// rule is the check that a column holds one of its words.
func (t tag) rule() string {
	words := slices.Clone(t.oneOf)
	for i, w := range words {
		words[i] = "'" + strings.ReplaceAll(strings.ReplaceAll(w, `\`, `\\`), "'", `\'`) + "'"
	}
	return t.name + " in [" + strings.Join(words, ", ") + "]"
}
