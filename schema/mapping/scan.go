package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a member that some path leads to or through.
type node struct {
	members map[string]*node
	slot    int // where the value goes; -1 when only members of it are wanted
}

func newNode() *node { return &node{members: map[string]*node{}, slot: -1} }

// add makes the nodes of a path and returns the slot of its end, taking a new one from
// next if it has none yet.
func (n *node) add(parts []string, next *int) int {
	for _, p := range parts {
		child := n.members[p]
		if child == nil {
			child = newNode()
			n.members[p] = child
		}
		n = child
	}
	if n.slot < 0 {
		n.slot = *next
		*next++
	}
	return n.slot
}

// errNotObject is the problem of a record that is no JSON object.
var errNotObject = errors.New("the record is no JSON object")

// errMore is the problem of a record that is more than one JSON object.
var errMore = errors.New("something follows the record's JSON object")

// scanner reads the wanted members of JSON objects, keeping its memory from one to the next.
type scanner struct {
	buf    bytes.Buffer
	nested []*scanner // one for each depth, made on demand
	dec    jsontext.Decoder
}

// scan fills slots with the raw values of wanted members; values point into payload.
// custom, if not nil, is told each member that nothing wants.
func (s *scanner) scan(payload []byte, want *node, slots []jsontext.Value, custom func(name string, value jsontext.Value)) error {
	s.buf = *bytes.NewBuffer(payload)
	s.dec.Reset(&s.buf, jsontext.AllowDuplicateNames(true))
	if s.dec.PeekKind() != '{' {
		return errNotObject
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return fmt.Errorf("read record: %w", err)
	}
	for s.dec.PeekKind() != '}' {
		name, err := s.dec.ReadValue()
		if err != nil {
			return fmt.Errorf("read record: %w", err)
		}
		child, plain := lookup(want, name)
		value, err := s.dec.ReadValue()
		if err != nil {
			return fmt.Errorf("read record: %w", err)
		}
		if child == nil || child.misses(value) {
			if custom != nil {
				custom(plainName(name, plain), value)
			}
			continue
		}
		if err := s.member(value, child, slots, within(name, plain, child, custom)); err != nil {
			return err
		}
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return fmt.Errorf("read record: %w", err)
	}
	if _, err := s.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errMore
	}
	return nil
}

// misses tells that only members of the value are wanted, and it can have none. A null is
// an absent object; anything else is kept as it is.
func (n *node) misses(value jsontext.Value) bool {
	return n.slot < 0 && value.Kind() != '{' && value.Kind() != 'n'
}

// within is custom for the members of an object of which only parts are wanted: the
// rest of it is custom under dotted names.
func within(name jsontext.Value, plain bool, child *node, custom func(string, jsontext.Value)) func(string, jsontext.Value) {
	if custom == nil || child.slot >= 0 || len(child.members) == 0 {
		return nil
	}
	prefix := plainName(name, plain) + "."
	return func(n string, v jsontext.Value) { custom(prefix+n, v) }
}

// member keeps a wanted value and looks into it where paths lead further.
func (s *scanner) member(value jsontext.Value, child *node, slots []jsontext.Value, custom func(string, jsontext.Value)) error {
	if child.slot >= 0 {
		slots[child.slot] = value
	}
	if len(child.members) == 0 || value.Kind() != '{' {
		return nil
	}
	if len(s.nested) == 0 {
		s.nested = append(s.nested, &scanner{})
	}
	return s.nested[0].scan(value, child, slots, custom)
}

// lookup finds the node of a quoted member name; plain says that the name holds no
// escapes, so that it can be used without unquoting.
func lookup(want *node, quoted jsontext.Value) (child *node, plain bool) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return want.members[string(quoted[1:len(quoted)-1])], true
	}
	return want.members[plainName(quoted, false)], false
}

func plainName(quoted jsontext.Value, plain bool) string {
	if plain {
		return string(quoted[1 : len(quoted)-1])
	}
	name, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return string(quoted)
	}
	return string(name)
}
