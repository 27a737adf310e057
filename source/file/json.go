package file

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// document reads the records of JSON documents as a stream: the elements of a list, the
// values of an object when the path ends in *, or a single object. Several documents may
// follow each other.
type document struct {
	d      *jsontext.Decoder
	guard  *guard
	path   []string
	values bool // the path ended in *
	found  bool
	batch  *batch
}

// readJSON gives every record of r to b.
func readJSON(r io.Reader, s *Stream, b *batch) error {
	g := &guard{r: r, limit: int64(s.maxRecord())}
	d := document{d: jsontext.NewDecoder(g, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), guard: g, batch: b}
	d.path = source.ParsePath(s.Records)
	if n := len(d.path); n > 0 && d.path[n-1] == "*" {
		d.path, d.values = d.path[:n-1], true
	}
	for first := true; ; first = false {
		if d.d.PeekKind() == jsontext.KindInvalid {
			if _, err := d.d.ReadToken(); !ended(err) || first {
				return d.explain(err)
			}
			return nil
		}
		d.found = false
		if err := d.walk(d.path); err != nil {
			return d.explain(err)
		}
		if !d.found {
			return fmt.Errorf("find records: the document has nothing at %q", s.Records)
		}
	}
}

func (d *document) explain(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return tooLarge("record", d.batch.row+1, int(d.guard.limit))
	case errors.Is(err, errStopped):
		return err
	}
	return fmt.Errorf("read record %d near byte %d: %w", d.batch.row+1, d.d.InputOffset(), err)
}

// walk follows the path through the value that comes next and skips what lies beside it.
func (d *document) walk(path []string) error {
	d.guard.consumed = d.d.InputOffset()
	if len(path) == 0 {
		return d.records()
	}
	if d.d.PeekKind() != jsontext.KindBeginObject {
		return d.d.SkipValue()
	}
	return d.members(jsontext.KindEndObject, func() error {
		name, err := d.d.ReadToken()
		if err != nil {
			return err
		}
		if name.String() == path[0] {
			return d.walk(path[1:])
		}
		return d.d.SkipValue()
	})
}

// members calls each for the members of the list or object that begins here.
func (d *document) members(end jsontext.Kind, each func() error) error {
	if _, err := d.d.ReadToken(); err != nil {
		return err
	}
	for d.d.PeekKind() != end {
		d.guard.consumed = d.d.InputOffset()
		if err := each(); err != nil {
			return err
		}
	}
	_, err := d.d.ReadToken()
	return err
}

// records delivers the value that comes next, or its members.
func (d *document) records() error {
	d.found = true
	switch kind := d.d.PeekKind(); {
	case kind == jsontext.KindBeginArray && !d.values:
		return d.members(jsontext.KindEndArray, d.record)
	case kind == jsontext.KindBeginObject && d.values:
		return d.members(jsontext.KindEndObject, func() error {
			if _, err := d.d.ReadToken(); err != nil {
				return err
			}
			return d.record()
		})
	case kind == jsontext.KindNull:
		return d.d.SkipValue()
	case d.values:
		return fmt.Errorf("%s.* is no object", strings.Join(d.path, "."))
	}
	return d.record()
}

func (d *document) record() error {
	v, err := d.d.ReadValue()
	if err != nil {
		return err
	}
	return d.batch.addCopy(v, "record", d.batch.row+1)
}
