package settings

import (
	"encoding"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// value decodes node into v. at is where a mistake is shown: the key, if there is one.
func (d *Decoder) value(node, at *yaml.Node, v reflect.Value, p place) {
	d.places[p.path] = at
	node, ok := d.enter(node, p)
	if !ok || isNull(node) && v.Kind() != reflect.Struct {
		return
	}
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		d.value(node, at, v.Elem(), p)
	case node.Kind == yaml.ScalarNode && isText(t):
		if !isNull(node) {
			d.text(node, v, p)
		}
	case isScalar(t) && !eitherWay(t):
		d.scalar(node, v, p)
	case t.Kind() == reflect.Struct:
		d.structure(node, at, v, p)
	case t.Kind() == reflect.Map:
		d.mapping(node, v, p)
	case t.Kind() == reflect.Slice && p.keyed:
		d.keyedList(node, v, p)
	case t.Kind() == reflect.Slice:
		d.list(node, at, v, p)
	default:
		if x := d.plain(node, p); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	}
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

// expand is the scalar's text with its variables filled in; false when one is missing.
func (d *Decoder) expand(node *yaml.Node, p place) (string, []string, bool) {
	if g, ok := d.given[node]; ok {
		if g.err != nil {
			d.problem(node, p, "%v", g.err)
		}
		return g.text, []string{g.text}, g.err == nil
	}
	d.refer(node, p)
	text, used, err := Expand(node.Value, d.Lookup)
	if err == nil {
		return text, used, true
	}
	d.found(node, p, err)
	return "", nil, false
}

// refer tells who wants to know which variables a scalar asks for.
func (d *Decoder) refer(node *yaml.Node, p place) {
	if d.Referenced == nil {
		return
	}
	for _, r := range references(node.Value) {
		r.At, r.Secret = Problem{Path: p.path, Text: p.doc}, p.secret
		r.At.File, r.At.Line, r.At.Column = d.where(node)
		d.Referenced(r)
	}
}

// found reports what is wrong with the variables of a scalar, each by itself.
func (d *Decoder) found(node *yaml.Node, p place, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			d.found(node, p, e)
		}
		return
	}
	_, unset := errors.AsType[unsetError](err)
	_, untold := errors.AsType[lookupError](err)
	if !d.Lenient || !unset && !untold {
		d.problem(node, p, "%v", err)
	}
}

// text hands the scalar to a type that parses its own text.
func (d *Decoder) text(node *yaml.Node, v reflect.Value, p place) {
	p.secret = v.Type() == secretType && d.UsedSecret != nil
	text, used, ok := d.expand(node, p)
	if !ok {
		return
	}
	if p.secret {
		for _, s := range append(used, text) {
			if s != "" {
				d.UsedSecret(s)
			}
		}
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
		d.problem(node, p, "%s", conceal(err.Error(), node.Value, text, used))
		return
	}
	d.checkOneOf(node, text, used, p)
}

func (d *Decoder) checkOneOf(node *yaml.Node, text string, used []string, p place) {
	if len(p.oneof) == 0 || slices.Contains(p.oneof, text) {
		return
	}
	shown := conceal(strconv.Quote(text), node.Value, text, used)
	d.problem(node, p, "%s is not one of %s%s", shown, strings.Join(p.oneof, ", "), Suggest(text, p.oneof))
}

// conceal puts what was written in the file in place of what variables made of it: the
// environment may hold a secret, and a message is not where it should appear.
func conceal(message, written, text string, used []string) string {
	if len(used) == 0 {
		return message
	}
	message = replaceShown(message, text, written)
	for _, value := range used {
		message = replaceShown(message, value, "${...}")
	}
	return message
}

// replaceShown replaces a text in a message, also where the message quotes it.
func replaceShown(message, text, by string) string {
	if text == "" {
		return message
	}
	quoted := strconv.Quote(text)
	message = strings.ReplaceAll(message, quoted[1:len(quoted)-1], by)
	return strings.ReplaceAll(message, text, by)
}

// structure decodes a mapping into a struct.
func (d *Decoder) structure(node, at *yaml.Node, v reflect.Value, p place) {
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	if !isNull(node) {
		if node.Kind != yaml.MappingNode {
			d.problem(node, p, "%s where a mapping is wanted (keys: %s)", describe(node), strings.Join(names(fields), ", "))
			return
		}
		d.members(node, p, func(key, value *yaml.Node, q place) {
			seen[key.Value] = true
			d.member(key, value, v, fields, q)
		})
	}
	for _, f := range fields {
		switch {
		case seen[f.name]:
		case f.need:
			d.problem(at, p, "%q is missing%s%s", f.name, d.unset(p.key(f.name)), hint(f.doc))
		case f.preset != "":
			d.preset(f, at, v.FieldByIndex(f.index), p.key(f.name))
		}
	}
}

// unset names the variable that would have set a key.
func (d *Decoder) unset(p place) string {
	if name := d.variables[p.path]; name != "" {
		return ", and " + name + " is not set"
	}
	return ""
}

// preset gives an absent key its default, unless it has a value already.
func (d *Decoder) preset(f field, at *yaml.Node, v reflect.Value, p place) {
	if !v.IsZero() {
		return
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.preset, Line: at.Line, Column: at.Column}
	if isList(f) {
		node = listed(f.preset, node)
	}
	d.value(node, node, v, p)
}

func hint(doc string) string {
	if doc == "" {
		return ""
	}
	return ": " + doc
}

// member decodes one key of a struct.
func (d *Decoder) member(key, value *yaml.Node, v reflect.Value, fields []field, p place) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == key.Value })
	if i < 0 {
		if p.depth == 1 && slices.Contains(d.Skip, key.Value) {
			return
		}
		d.problem(key, p, "unknown key%s", Suggest(key.Value, names(fields)))
		return
	}
	f := fields[i]
	p.oneof, p.keyed, p.doc = f.oneof, f.keyed, f.doc
	if f.need && isNull(value) {
		d.problem(key, p, "must have a value%s", hint(f.doc))
		return
	}
	target, before := v.FieldByIndex(f.index), len(d.problems)
	d.value(value, key, target, p)
	if f.need && isBlank(target) && len(d.problems) == before && !d.Lenient {
		d.problem(key, p, "must have a value%s", hint(f.doc))
	}
}

// isBlank tells a text, or a secret, that holds nothing.
func isBlank(v reflect.Value) bool {
	if secret, ok := v.Interface().(Secret); ok {
		return secret.IsZero()
	}
	return v.Kind() == reflect.String && strings.TrimSpace(v.String()) == ""
}

// members calls visit for each key of a mapping and reports keys that are no plain text
// or stand twice.
func (d *Decoder) members(node *yaml.Node, p place, visit func(key, value *yaml.Node, q place)) {
	lines := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		q := p.key(key.Value)
		switch line, twice := lines[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			d.problem(key, p, "%s cannot be a key; write the keys out", describe(key))
			continue
		case twice:
			d.problem(key, q, "key stands twice; first on line %d", line)
			continue
		}
		lines[key.Value] = key.Line
		visit(key, value, q)
	}
}

// mapping decodes into a map with text keys.
func (d *Decoder) mapping(node *yaml.Node, v reflect.Value, p place) {
	if node.Kind != yaml.MappingNode {
		d.problem(node, p, "%s where a mapping is wanted", describe(node))
		return
	}
	t := v.Type()
	out := reflect.MakeMap(t)
	d.members(node, p, func(key, value *yaml.Node, q place) {
		element := reflect.New(t.Elem()).Elem()
		d.value(value, key, element, q)
		out.SetMapIndex(reflect.ValueOf(key.Value).Convert(t.Key()), element)
	})
	v.Set(out)
}

// keyedList decodes a mapping into a list whose elements are named by the keys.
func (d *Decoder) keyedList(node *yaml.Node, v reflect.Value, p place) {
	if node.Kind != yaml.MappingNode {
		d.problem(node, p, "%s where a mapping of named items is wanted", describe(node))
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(node.Content)/2)
	d.members(node, p, func(key, value *yaml.Node, q place) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, key, element, q)
		element.FieldByName("Name").SetString(key.Value) // last: UnmarshalText may replace the whole
		out = reflect.Append(out, element)
	})
	v.Set(out)
}

// list decodes a sequence; a lone scalar is a list of one where scalars are wanted.
func (d *Decoder) list(node, at *yaml.Node, v reflect.Value, p place) {
	items := node.Content
	switch {
	case node.Kind == yaml.SequenceNode:
	case node.Kind == yaml.ScalarNode && isScalar(v.Type().Elem()):
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(node, at, element, p)
		v.Set(reflect.Append(reflect.MakeSlice(v.Type(), 0, 1), element))
		return
	default:
		d.problem(node, p, "%s where a list is wanted", describe(node))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(item, item, out.Index(i), p.item(i))
	}
	v.Set(out)
}
