package source

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ParsePath splits a path into member names: "a.b" leads to b inside a, and `\.` is a dot
// that belongs to a name. The empty path has no names and means the whole value.
func ParsePath(path string) []string {
	if path == "" {
		return nil
	}
	if !strings.Contains(path, `\`) {
		return strings.Split(path, ".")
	}
	var names []string
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			name.WriteByte(path[i])
		case c == '.':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(c)
		}
	}
	return append(names, name.String())
}

// Lookup is the value at a path of a JSON value; false when there is none. A value that is
// no JSON has no values.
func Lookup(payload []byte, path string) (jsontext.Value, bool) {
	var found [1]jsontext.Value
	if err := NewExtractor(path).Extract(payload, found[:]); err != nil {
		return nil, false
	}
	return found[0], found[0] != nil
}

// Extractor reads the values at several paths in one walk over a record, which also
// checks that the record is JSON. It keeps memory between records; one goroutine at a
// time may use it.
type Extractor struct {
	root    pathNode
	decoder jsontext.Decoder
	buffer  bytes.Buffer
	options []jsontext.Options
}

// pathNode is a tree of the wanted paths. at lists the results that want the value here.
type pathNode struct {
	name     string
	at       []int
	children []*pathNode
}

// NewExtractor prepares the paths.
func NewExtractor(paths ...string) *Extractor {
	x := &Extractor{options: []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}}
	for i, path := range paths {
		n := &x.root
		for _, name := range ParsePath(path) {
			n = n.child(name)
		}
		n.at = append(n.at, i)
	}
	return x
}

func (n *pathNode) child(name string) *pathNode {
	i := slices.IndexFunc(n.children, func(c *pathNode) bool { return c.name == name })
	if i < 0 {
		i = len(n.children)
		n.children = append(n.children, &pathNode{name: name})
	}
	return n.children[i]
}

// Extract puts the raw value of each path into out, in the order of the paths; nil where
// there is none. The values lie inside payload. When an object holds a name twice the
// last one counts, as it does in the warehouses. An error says why payload is no JSON.
func (x *Extractor) Extract(payload []byte, out []jsontext.Value) error {
	clear(out)
	x.buffer = *bytes.NewBuffer(payload)
	x.decoder.Reset(&x.buffer, x.options...)
	if err := x.value(&x.root, payload, out); err != nil {
		return fmt.Errorf("parse record: %w", err)
	}
	if rest := bytes.TrimLeft(payload[x.decoder.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return errors.New("parse record: more than one JSON value")
	}
	return nil
}

// value reads one value; n says what is wanted of it.
func (x *Extractor) value(n *pathNode, payload []byte, out []jsontext.Value) error {
	if len(n.children) == 0 || x.decoder.PeekKind() != jsontext.KindBeginObject {
		v, err := x.decoder.ReadValue()
		if err != nil {
			return err
		}
		end := int(x.decoder.InputOffset())
		n.found(payload[end-len(v):end], out)
		return nil
	}
	for _, c := range n.children {
		c.found(nil, out) // an object of the same name may have stood here before
	}
	if _, err := x.decoder.ReadToken(); err != nil {
		return err
	}
	start := int(x.decoder.InputOffset()) - 1
	for x.decoder.PeekKind() != jsontext.KindEndObject {
		if err := x.member(n, payload, out); err != nil {
			return err
		}
	}
	if _, err := x.decoder.ReadToken(); err != nil {
		return err
	}
	n.foundHere(payload[start:x.decoder.InputOffset()], out)
	return nil
}

func (x *Extractor) member(n *pathNode, payload []byte, out []jsontext.Value) error {
	name, err := x.decoder.ReadValue()
	if err != nil {
		return err
	}
	for _, c := range n.children {
		if sameName(name, c.name) {
			return x.value(c, payload, out)
		}
	}
	return x.decoder.SkipValue()
}

// found notes a value that is not walked into: what lies below it is not there.
func (n *pathNode) found(v jsontext.Value, out []jsontext.Value) {
	n.foundHere(v, out)
	for _, c := range n.children {
		c.found(nil, out)
	}
}

func (n *pathNode) foundHere(v jsontext.Value, out []jsontext.Value) {
	for _, i := range n.at {
		out[i] = v
	}
}

// sameName compares a quoted JSON name with a plain one.
func sameName(quoted []byte, name string) bool {
	if len(quoted) < 2 {
		return false
	}
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == name
	}
	plain, err := jsontext.AppendUnquote(nil, quoted)
	return err == nil && string(plain) == name
}
