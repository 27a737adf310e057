package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// settable is a key of a struct that a variable of the environment can set.
type settable struct {
	name string   // SHOP_LISTEN_PORT
	path []string // listen, port
	field
}

// given is a value that stands in no file.
type given struct {
	variable string
	text     string
	err      error // why it could not be told
}

// outline is what a struct can be given from outside: its variables, and the structs
// inside it that are always there, so that what they need is asked for.
type outline struct {
	prefix    string
	variables []settable
	always    [][]string
}

// outlineOf lists the variables of a struct in the order of its keys. With a prefix each
// key that is one text, or a list of them, has a variable; without one only those that
// name theirs: nobody wants a key "path" or "user" to be read from PATH or USER.
func outlineOf(t reflect.Type, prefix string) outline {
	o := outline{prefix: prefix}
	o.add(t, nil, true, nil)
	return o
}

func (o *outline) add(t reflect.Type, path []string, always bool, outer []reflect.Type) {
	if slices.Contains(outer, t) {
		return // a type inside itself: what stands deeper is for the file to say
	}
	outer = append(slices.Clone(outer), t)
	for _, f := range fieldsOf(t) {
		at := append(slices.Clone(path), f.name)
		inner, optional := f.typ, f.typ.Kind() == reflect.Pointer
		if optional {
			inner = inner.Elem()
		}
		switch {
		case isScalar(f.typ) || isList(f):
			if name := o.name(f, at); name != "" {
				o.variables = append(o.variables, settable{name, at, f})
			}
		case inner.Kind() == reflect.Struct:
			if always && !optional {
				o.always = append(o.always, at)
			}
			o.add(inner, at, always && !optional, outer)
		}
	}
}

func (o *outline) name(f field, path []string) string {
	switch {
	case f.env == "-":
		return ""
	case f.env != "":
		return f.env
	case o.prefix == "":
		return ""
	}
	return o.prefix + strings.ToUpper(strings.ReplaceAll(strings.Join(path, "_"), "-", "_"))
}

// ambiguous finds variables that mean two things: two keys, or a key and the file or the
// command of another.
func (o *outline) ambiguous() Problems {
	var found Problems
	taken := map[string]string{}
	for _, v := range o.variables {
		path := strings.Join(v.path, ".")
		for _, suffix := range []string{"", FileSuffix, CommandSuffix} {
			if other, twice := taken[v.name+suffix]; twice {
				found = append(found, Problem{Path: path, Text: fmt.Sprintf("the variable %s also speaks of %s; name another one with the tag env", v.name+suffix, other)})
			}
			taken[v.name+suffix] = path
		}
	}
	return found
}

// overlay puts what the variables hold over a file: each stands where its key would.
func (d *Decoder) overlay(root *yaml.Node, o outline) {
	d.given, d.variables = map[*yaml.Node]given{}, map[string]string{}
	for _, path := range o.always {
		mappingAt(root, path)
	}
	for _, v := range o.variables {
		d.variables[strings.Join(v.path, ".")] = v.name
		text, _, err := d.Lookup(v.name)
		if text == "" && err == nil {
			continue // an empty variable is none, as in ${NAME:-default}
		}
		if parent := mappingAt(root, v.path[:len(v.path)-1]); parent != nil {
			d.give(parent, v, given{v.name, text, err})
		}
	}
}

// give sets a key of a mapping to the value of a variable.
func (d *Decoder) give(parent *yaml.Node, v settable, g given) {
	last := v.path[len(v.path)-1]
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: last}
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "${" + v.name + "}"}
	d.given[key], d.given[value] = g, g
	if isList(v.field) && g.err == nil {
		value = listed(g.text, value)
		for _, item := range value.Content {
			d.given[item] = given{v.name, item.Value, nil}
			item.Value = "${" + v.name + "}"
		}
		d.given[value] = g
	}
	if i := keyIndex(parent, last); i >= 0 {
		parent.Content[i], parent.Content[i+1] = key, value
		return
	}
	parent.Content = append(parent.Content, key, value)
}

// listed is a list written as one text, with commas. The items stand where like stands.
func listed(text string, like *yaml.Node) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: like.Line, Column: like.Column}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: item, Line: like.Line, Column: like.Column})
		}
	}
	return list
}

// mappingAt is the mapping under a path, made where it is missing; nil where the file
// holds something else, which the decoder will say. What an alias stands for is copied:
// it is only here that it changes.
func mappingAt(node *yaml.Node, path []string) *yaml.Node {
	for _, name := range path {
		i := keyIndex(node, name)
		if i < 0 {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: node.Line, Column: node.Column}, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: node.Line, Column: node.Column})
			i = len(node.Content) - 2
		}
		child := node.Content[i+1]
		switch {
		case isNull(child):
			child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: child.Line, Column: child.Column}
		case child.Kind == yaml.AliasNode:
			copied := *child.Alias
			copied.Content = slices.Clone(copied.Content)
			child = &copied
		}
		if child.Kind != yaml.MappingNode {
			return nil
		}
		node.Content[i+1] = child
		node = child
	}
	return node
}

func keyIndex(mapping *yaml.Node, name string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return i
		}
	}
	return -1
}
