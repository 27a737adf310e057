package mapping

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/naming"
)

// Field asks for the value of a column. From is empty for a column without a mapping,
// which takes the field whose normalised name is the column's, or, where a record has none,
// that of the name which the column had before.
type Field struct {
	Column      string
	From        string
	RenamedFrom string
	Type        coltype.Type
}

// Spec is a mapping as it is declared. Paths are dotted; ^ leads to the record around
// a nested one.
type Spec struct {
	Each      string // path of the nested list; "" maps the record itself
	ID        string // path of the record's own id; "" leaves it to the stream's key
	ValidAt   string // path of the business time; "" means the time of observation
	ValidType coltype.Type
	Order     string
	Fields    []Field
	Ignore    []string
	Custom    bool // collect the fields that nothing else knows
}

// Error is a mistake in a Spec; Part says in which part of it ("fields.name", "each").
type Error struct {
	Part string
	Err  error
}

func (e *Error) Error() string { return e.Part + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Errors lists the mistakes that Compile reported together.
func Errors(err error) []*Error {
	if one, ok := errors.AsType[*Error](err); ok && one == err { //nolint:errorlint // the error itself, and not one that it wraps
		return []*Error{one}
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var out []*Error
	for _, e := range joined.Unwrap() {
		out = append(out, Errors(e)...)
	}
	return out
}

// Mapper maps records by one Spec.
type Mapper struct {
	spec     Spec
	record   *node // what is wanted of the record
	element  *node // what is wanted of a nested element; nil without Each
	each     int
	recSlots int
	elSlots  int
	fields   []origin
	id       *origin
	validAt  *origin
	order    *origin
	byName   map[string]int // normalised name -> field without a mapping
	byOld    map[string]int // normalised name that a field without a mapping had before -> field
	ignored  map[string]bool
	state    state
}

// Compile checks a Spec. The error joins one *Error for each mistake.
func Compile(spec Spec) (*Mapper, error) {
	m := &Mapper{spec: spec, record: newNode(), each: -1, byName: map[string]int{}, byOld: map[string]int{}, ignored: map[string]bool{}}
	var errs []error
	part := func(name string, err error) {
		if err != nil {
			errs = append(errs, &Error{name, err})
		}
	}
	if spec.Each != "" {
		m.element = newNode()
		if !isPath(spec.Each) {
			part("each", fmt.Errorf("%q is no path", spec.Each))
		} else {
			m.each = m.record.add(split(spec.Each), &m.recSlots)
		}
	}
	m.fields = make([]origin, len(spec.Fields))
	for i, f := range spec.Fields {
		if f.From == "" {
			m.byName[naming.Snake(f.Column)] = i
			if f.RenamedFrom != "" {
				m.byOld[naming.Snake(f.RenamedFrom)] = i
			}
			continue
		}
		var err error
		m.fields[i], err = m.origin(f.From)
		part("fields."+f.Column, err)
	}
	m.id = m.optional("id", spec.ID, part)
	m.validAt = m.optional("valid_at", spec.ValidAt, part)
	m.order = m.optional("order", spec.Order, part)
	for name, o := range map[string]*origin{"valid_at": m.validAt, "order": m.order} {
		if o != nil && m.element != nil && slices.ContainsFunc(o.paths, func(p path) bool { return !p.up }) {
			part(name, errors.New("must come from the record around the list (^.), because a list changes as a whole"))
		}
	}
	for _, name := range spec.Ignore {
		m.ignored[name] = true
	}
	return m, errors.Join(errs...)
}

func (m *Mapper) optional(name, text string, part func(string, error)) *origin {
	if text == "" {
		return nil
	}
	o, err := m.origin(text)
	part(name, err)
	return &o
}

// origin parses a right-hand side and gives each of its paths a slot.
func (m *Mapper) origin(text string) (origin, error) {
	o, err := parseOrigin(text)
	if err != nil {
		return o, err
	}
	for _, list := range [][]path{o.paths, o.names} {
		for i := range list {
			if list[i].up && m.element == nil {
				return o, errors.New("^ has no meaning without each")
			}
			m.place(&list[i])
		}
	}
	return o, nil
}

func (m *Mapper) place(p *path) {
	if m.element != nil && !p.up {
		p.slot = m.element.add(split(p.text), &m.elSlots)
		return
	}
	p.up = m.element != nil
	p.slot = m.record.add(split(p.text), &m.recSlots)
}
