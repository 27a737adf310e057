package project

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// kind is a kind of declaration: the key that tells it and the folder it stands in.
type kind struct {
	key, folder string
	read        func(l *loader, doc document) (name string)
}

func kinds() []kind {
	return []kind{
		{"source", "sources", (*loader).source},
		{"entity", "silver", func(l *loader, doc document) string {
			return add(l, doc, &l.project.Schema.Entities, func(e *schema.Entity) string { return e.Name })
		}},
		{"dimension", "gold", func(l *loader, doc document) string {
			return add(l, doc, &l.project.Schema.Dimensions, func(d *schema.Dimension) string { return d.Name })
		}},
		{"bridge", "gold", func(l *loader, doc document) string {
			return add(l, doc, &l.project.Schema.Bridges, func(b *schema.Bridge) string { return b.Name })
		}},
		{"fact", "gold", func(l *loader, doc document) string {
			return add(l, doc, &l.project.Schema.Facts, func(f *schema.Fact) string { return f.Name })
		}},
		{"aggregate", "gold", func(l *loader, doc document) string {
			return add(l, doc, &l.project.Schema.Aggregates, func(a *schema.Aggregate) string { return a.Name })
		}},
		{"table", "tables", func(l *loader, doc document) string {
			return add(l, doc, &l.project.Schema.Tables, func(t *schema.AppTable) string { return t.Name })
		}},
	}
}

// add decodes a declaration of plain data and appends it to its kind.
func add[T any](l *loader, doc document, to *[]T, nameOf func(*T) string) string {
	var x T
	l.problems = append(l.problems, doc.decoder.DecodeNode(doc.node, &x)...)
	*to = append(*to, x)
	return nameOf(&x)
}

// declare reads one document by the key that tells its kind.
func (l *loader) declare(folder string, doc document) {
	k, at := kindOf(doc.node)
	if at == nil {
		l.lost(problemAt(doc, doc.node, l.unknownKind(folder, doc.node)))
		return
	}
	if k.folder != folder {
		l.lost(problemAt(doc, at, fmt.Sprintf("%s: belongs into %s/, not into %s/; move the file", k.key, k.folder, folder)))
		return
	}
	name := k.read(l, doc)
	if name == "" {
		l.project.Whole = false // reported by the decoder
		return
	}
	object := k.key + " " + name
	if first, twice := l.project.Positions.declared[object]; twice {
		before := first.At(k.key, "")
		l.lost(problemAt(doc, at, fmt.Sprintf("%s is declared twice; first in %s:%d", object, before.File, before.Line)))
		return
	}
	l.project.Positions.declared[object] = doc.decoder
}

// kindOf finds the first key that tells a kind.
func kindOf(node *yaml.Node) (kind, *yaml.Node) {
	all := kinds()
	for key := range keysOf(node) {
		if i := slices.IndexFunc(all, func(k kind) bool { return k.key == key.Value }); i >= 0 {
			return all[i], key
		}
	}
	return kind{}, nil
}

// unknownKind says what a document of a folder should begin with.
func (l *loader) unknownKind(folder string, node *yaml.Node) string {
	var wanted []string
	for _, k := range kinds() {
		if k.folder == folder {
			wanted = append(wanted, k.key)
		}
	}
	hint := ""
	for key := range keysOf(node) {
		if hint = settings.Suggest(key.Value, wanted); hint != "" {
			hint = fmt.Sprintf("; %q is not known%s", key.Value, hint)
			break
		}
	}
	return fmt.Sprintf("declares nothing that is known in %s/; begin with %s: NAME%s", folder, strings.Join(wanted, ": NAME or "), hint)
}

// keysOf ranges over the keys and values of a mapping; other nodes have none.
func keysOf(node *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
}

func problemAt(doc document, at *yaml.Node, text string) settings.Problem {
	return settings.Problem{File: doc.decoder.File, Line: at.Line, Column: at.Column, Text: text}
}
