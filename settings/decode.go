package settings

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The bounds of a file. They are far above what a person writes and keep a hostile file
// from costing more than its size.
const (
	maxFile  = 1 << 20
	maxDepth = 64
	maxNodes = 200_000 // counted through aliases, so an alias bomb ends here
)

// Decoder fills Go structs from YAML, strictly, and reports every mistake at once. The
// struct tags it reads are those of the package comment.
type Decoder struct {
	File string // named in problems
	// Lookup answers ${NAME}; nil knows no variable.
	Lookup Lookup
	// UsedSecret is told every text that went into a Secret, and every variable inside
	// it, so that output can be redacted. May be nil.
	UsedSecret func(value string)
	// Referenced is told every variable that the file asks for. May be nil.
	Referenced func(Reference)
	// Lenient leaves a key unset, as if it were not written, when a variable in its value
	// is not set or cannot be told. Otherwise that is a problem.
	Lenient bool
	// Skip names keys of the outermost mapping that belong to another type.
	Skip []string

	problems Problems
	places   map[string]*yaml.Node
	nodes    int

	given     map[*yaml.Node]given // what stands in no file
	variables map[string]string    // the variable that may set a path
}

// Parse reads src as one YAML document; nil for an empty one.
func (d *Decoder) Parse(src []byte) (*yaml.Node, Problems) {
	if len(src) > maxFile {
		return nil, Problems{{File: d.File, Text: fmt.Sprintf("file has %d bytes; at most %d are read", len(src), maxFile)}}
	}
	if len(strings.TrimSpace(string(src))) == 0 {
		return nil, nil
	}
	if p, bad := unreadable(src); bad {
		p.File = d.File
		return nil, Problems{p}
	}
	var doc yaml.Node
	if err := yaml.Load(src, &doc); err != nil {
		return nil, d.syntax(err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// syntax turns the parser's error into problems; a file of comments alone is no error.
func (d *Decoder) syntax(err error) Problems {
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	list := []*yaml.LoadError{}
	switch {
	case errors.As(err, &many):
		list = many.Errors
	case errors.As(err, &one):
		list = append(list, one)
	default:
		return Problems{{File: d.File, Text: err.Error()}}
	}
	var out Problems
	for _, e := range list {
		if strings.Contains(e.Message, "no documents in stream") {
			continue
		}
		text := strings.TrimPrefix(e.Message, "yaml: ")
		if e.ContextMsg != "" {
			text = e.ContextMsg + ": " + text
		}
		out = append(out, Problem{File: d.File, Line: e.Mark.Line, Column: e.Mark.Column, Text: text})
	}
	return out
}

// Decode fills into, a pointer to a struct, from src. What was decoded without a problem
// stays filled in; keys that are absent keep the value that into held before.
func (d *Decoder) Decode(src []byte, into any) Problems {
	node, problems := d.Parse(src)
	if len(problems) > 0 {
		return problems
	}
	return d.DecodeNode(node, into)
}

// DecodeNode is Decode for a node got from Parse: a file's "type" can be read first and
// decide what the rest is decoded into. A nil node is an empty mapping.
func (d *Decoder) DecodeNode(node *yaml.Node, into any) Problems {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		panic(fmt.Sprintf("settings: decode into %T, want a pointer", into))
	}
	if node == nil {
		node = &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	}
	d.problems, d.places, d.nodes = nil, map[string]*yaml.Node{}, 0
	d.value(node, node, target.Elem(), place{})
	d.problems.Sort()
	return d.problems
}

// Peek is the text of a scalar under a key of the outermost mapping, "" if there is none.
func Peek(node *yaml.Node, key string) string {
	if node == nil || node.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key && node.Content[i+1].Kind == yaml.ScalarNode {
			return node.Content[i+1].Value
		}
	}
	return ""
}

// At is a problem at the place of a path of the file decoded last, for mistakes that only
// show when the whole is known. A path that is not in the file stands at its nearest parent.
func (d *Decoder) At(path, text string) Problem {
	p := Problem{File: d.File, Path: path, Text: text}
	for at := path; ; at = parentPath(at) {
		if n, ok := d.places[at]; ok {
			p.File, p.Line, p.Column = d.where(n)
			return p
		}
		if at == "" {
			return p
		}
	}
}

func parentPath(path string) string {
	i := strings.LastIndexAny(path, ".[")
	if i < 0 {
		return ""
	}
	return path[:i]
}

// place is where the decoder stands.
type place struct {
	path  string
	depth int
	oneof []string
	keyed bool
	doc   string

	secret bool // what stands here is not shown
}

func (p place) key(name string) place {
	if p.path != "" {
		name = p.path + "." + name
	}
	return place{path: name, depth: p.depth + 1}
}

func (p place) item(i int) place {
	return place{path: fmt.Sprintf("%s[%d]", p.path, i), depth: p.depth + 1, oneof: p.oneof, doc: p.doc}
}

func (d *Decoder) problem(at *yaml.Node, p place, format string, args ...any) {
	found := Problem{Path: p.path, Text: fmt.Sprintf(format, args...)}
	found.File, found.Line, found.Column = d.where(at)
	d.problems = append(d.problems, found)
}

// where is the place of a node: in the file, or the variable that it comes from.
func (d *Decoder) where(node *yaml.Node) (file string, line, column int) {
	if g, ok := d.given[node]; ok {
		return g.variable, 0, 0
	}
	return d.File, node.Line, node.Column
}

// enter follows an alias and keeps the bounds; false ends the branch. A broken bound is
// reported once and ends the whole file.
func (d *Decoder) enter(node *yaml.Node, p place) (*yaml.Node, bool) {
	d.nodes++
	switch {
	case d.nodes > maxNodes+1:
		return node, false
	case d.nodes == maxNodes+1:
		d.problem(node, p, "file is too large once its aliases are followed")
		return node, false
	case p.depth > maxDepth:
		d.problem(node, p, "nested deeper than %d levels", maxDepth)
		d.nodes = maxNodes + 1
		return node, false
	case node.Kind == yaml.AliasNode:
		return node.Alias, true
	}
	return node, true
}
