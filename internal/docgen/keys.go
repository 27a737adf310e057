package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema/coltype"
)

// node is the part of a JSON Schema that the reference speaks of.
type node struct {
	Description string          `json:"description"`
	Type        any             `json:"type"`
	Enum        []any           `json:"enum"`
	Properties  map[string]node `json:"properties"`
	Required    []string        `json:"required"`
	AnyOf       []node          `json:"anyOf"`
	Items       *node           `json:"items"`
	Additional  json.RawMessage `json:"additionalProperties"`
}

// keyReference lists the keys of every kind of file, each with what its schema says.
func keyReference(schemas map[string][]byte) (string, error) {
	var b strings.Builder
	b.WriteString("A key in **bold** must be there. `NAME` stands for a name that you choose, `[]` for the elements of a list.\n" +
		"The same as JSON Schemas, for editors: [`../schema`](../schema), or `lode schema`.\n")
	first := []string{"lode"}
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(schemas)), func(k string) bool { return k == "lode" })
	for _, kind := range append(first, rest...) {
		var n node
		if err := json.Unmarshal(schemas[kind], &n); err != nil {
			return "", fmt.Errorf("read the schema of %s: %w", kind, err)
		}
		fmt.Fprintf(&b, "\n## %s\n\n| key | value | meaning |\n|---|---|---|\n", kind)
		rows(&b, "", n)
	}
	return b.String(), nil
}

// rows writes a row for each property, the required ones first, and those inside it.
func rows(b *strings.Builder, path string, n node) {
	names := slices.Sorted(maps.Keys(n.Properties))
	slices.SortStableFunc(names, func(x, y string) int { return rank(n, x) - rank(n, y) })
	for _, name := range names {
		child := n.Properties[name]
		key := "`" + path + name + "`"
		if slices.Contains(n.Required, name) {
			key = "**" + key + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", key, value(child), strings.ReplaceAll(child.Description, "|", `\|`))
		inside(b, path+name, child)
	}
}

func rank(n node, name string) int {
	if i := slices.Index(n.Required, name); i >= 0 {
		return i - len(n.Required)
	}
	return 0
}

// inside writes the rows of what a value may consist of.
func inside(b *strings.Builder, path string, n node) {
	rows(b, path+".", n)
	for _, form := range n.AnyOf {
		inside(b, path, form)
	}
	if n.Items != nil && len(n.AnyOf) == 0 {
		inside(b, path+"[]", *n.Items)
	}
	if element, ok := n.named(); ok {
		inside(b, path+".NAME", element)
	}
}

// named is the schema of the values of a mapping whose keys are free.
func (n node) named() (node, bool) {
	var element node
	if len(n.Additional) == 0 || n.Additional[0] != '{' || json.Unmarshal(n.Additional, &element) != nil {
		return node{}, false
	}
	return element, true
}

// value says in a few words what may stand there.
func value(n node) string {
	switch {
	case len(n.Enum) > 0:
		return words(n.Enum)
	case len(n.AnyOf) > 0:
		var forms []string
		for _, form := range n.AnyOf {
			if v := value(form); !slices.Contains(forms, v) {
				forms = append(forms, v)
			}
		}
		return strings.Join(slices.DeleteFunc(forms, func(f string) bool { return f == "text" && len(forms) > 1 && isPlain(forms[0]) }), " or ")
	case n.Items != nil:
		return "list of " + value(*n.Items)
	}
	if element, ok := n.named(); ok {
		return "NAME: " + value(element)
	}
	return typeName(n.Type)
}

// isPlain tells values that may come from the environment, which as schemas also allow a text.
func isPlain(form string) bool { return form == "integer" || form == "number" || form == "yes, no" }

func words(enum []any) string {
	if slices.Contains(enum, any(true)) {
		return "yes, no"
	}
	var out []string
	for _, e := range enum {
		if word := fmt.Sprintf("`%v`", e); !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return strings.Join(out, ", ")
}

func typeName(t any) string {
	switch t {
	case "object":
		return "mapping"
	case "integer", "number":
		return t.(string)
	case nil:
		return "anything"
	}
	return "text"
}

func typeReference(types coltype.Set) string {
	var b strings.Builder
	b.WriteString("The type of a column: `columns: {email: {type: normalized_email}}`. A value that a type cannot read\nis quarantined with its reason; `null` and a field that is not there are NULL in every type.\n\n| type | written as | meaning |\n|---|---|---|\n")
	for _, t := range types.Names() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", t.Name, strings.ReplaceAll(t.Usage, ", "+t.Name, "`, `"+t.Name), strings.ReplaceAll(t.Text, "|", `\|`))
	}
	return b.String()
}
