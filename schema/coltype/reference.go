package coltype

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// referenceMembers are the members that may name what a reference object refers to. The
// first that is neither null nor blank counts.
var referenceMembers = []string{"refName", "name", "label", "title", "displayName", "value", "code", "id"}

func parseReference(args []string) (Type, error) {
	switch len(args) {
	case 0:
		return referenceType("reference", referenceMembers), nil
	case 1:
		return referenceType("reference("+args[0]+")", args), nil
	}
	return nil, fmt.Errorf("reference takes one member at most")
}

// referenceType is the text that a reference object names, or any other value as text.
func referenceType(name string, members []string) Type {
	return &standard{
		name: name, stored: record.Of(record.Text),
		decode: func(text []byte) (record.Value, error) {
			text, err := referenced(text, members)
			if err != nil || len(text) == 0 {
				return record.Null, err
			}
			return record.TextValue(string(text)), nil
		},
		spell: func(d expr.Dialect, x string) string { return spellReferenced(d, x, members) },
	}
}

// referenced is the text of the first of the members that an object has; any other text
// is itself. An object that names nothing is an error, as its content would be lost.
func referenced(text []byte, members []string) ([]byte, error) {
	if text[0] != '{' {
		return text, nil
	}
	best, rank := []byte(nil), len(members)
	d := jsontext.NewDecoder(bytes.NewReader(text))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() == '"' {
		token, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		at := slices.Index(members, token.String())
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		if at < 0 || at >= rank {
			continue
		}
		named, err := content(value)
		if err != nil {
			return nil, err
		}
		if named = bytes.Trim(named, blanks); len(named) > 0 {
			best, rank = bytes.Clone(named), at
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	if len(bytes.Trim(text[d.InputOffset():], blanks)) > 0 {
		return nil, fmt.Errorf("something follows the object")
	}
	if best == nil || best[0] == '{' || best[0] == '[' {
		return nil, fmt.Errorf("the object has none of the members %s", strings.Join(members, ", "))
	}
	return best, nil
}

func spellReferenced(d expr.Dialect, x string, members []string) string {
	member := named(d, "object", d.TryCast(x, record.Of(record.JSON)), func(object string) string {
		texts := make([]string, len(members))
		for i, m := range members {
			texts[i] = trimmed(d, d.JSONText(object, m))
		}
		return "coalesce(" + strings.Join(texts, ", ") + ")"
	})
	return "CASE WHEN substr(" + x + ", 1, 1) <> '{' THEN " + x + " ELSE " + named(d, "member", member, func(m string) string {
		return "CASE WHEN substr(" + m + ", 1, 1) NOT IN ('{', '[') THEN " + m + " END"
	}) + " END"
}

// listing is all names with their codes as one text, and the width of a code.
func listing(names map[string]string) (list, width string) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b.WriteString("|" + name + "=" + names[name])
		width = strconv.Itoa(len(names[name]))
	}
	return b.String() + "|", width
}
