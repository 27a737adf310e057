package mapping

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/naming"
)

// Meta is what is known of a record without looking into it.
type Meta struct {
	Stream string
	Seq    int64
}

// Row is one row of an entity as raw values. It is valid until the next row.
type Row struct {
	Index   int              // place in the nested list, from 1; 0 for the record itself
	Scope   bool             // speaks of a nested list as a whole, which has just ended
	Raw     []jsontext.Value // for each field of the Spec; nil: the source did not send it
	ID      string           // "" when the Spec has no ID
	ValidAt record.Value     // NULL when the Spec has no ValidAt
	Order   record.Value
	Custom  []Member // unknown fields, sorted by name
	// Problems of the row as a whole: no business time, a bad one, a bad order.
	Problems []string
	found    []string // for each field without a mapping, the member that it took
	old      []Member // fields of the names that columns had before
}

// Member is a named JSON value.
type Member struct {
	Name  string
	Value jsontext.Value
}

// state is the memory that Map reuses.
type state struct {
	scan    scanner
	inner   scanner
	record  []jsontext.Value
	element []jsontext.Value
	seq     [20]byte
	row     Row
}

// Map finds the rows of a record and hands each to emit. An error means that the record
// cannot be read at all; values that a column type refuses are not looked at here.
func (m *Mapper) Map(payload []byte, meta Meta, emit func(*Row)) error {
	s := &m.state
	s.record = clearSlots(s.record, m.recSlots)
	row := m.fresh()
	custom := m.collect(row, m.element == nil)
	if err := s.scan.scan(payload, m.record, s.record, custom); err != nil {
		return err
	}
	if m.element == nil {
		m.fill(row, meta)
		emit(row)
		return nil
	}
	return m.nested(meta, emit)
}

// nested maps each element of the nested list, and then the list as a whole. An absent
// or null list has no elements.
func (m *Mapper) nested(meta Meta, emit func(*Row)) error {
	if err := m.elements(meta, emit); err != nil {
		return err
	}
	m.state.element = clearSlots(m.state.element, m.elSlots)
	row := m.fresh()
	row.Scope = true
	m.fillEvent(row, meta)
	emit(row)
	return nil
}

func (m *Mapper) elements(meta Meta, emit func(*Row)) error {
	list := m.state.record[m.each]
	if list == nil || list.Kind() == 'n' {
		return nil
	}
	if list.Kind() != '[' {
		return fmt.Errorf("%s is no list but %s", m.spec.Each, list.Kind())
	}
	index := 0
	return eachElement(list, func(element jsontext.Value) error {
		index++
		m.state.element = clearSlots(m.state.element, m.elSlots)
		row := m.fresh()
		row.Index = index
		if err := m.state.inner.scan(element, m.element, m.state.element, m.collect(row, true)); err != nil {
			return fmt.Errorf("%s[%d]: %w", m.spec.Each, index, err)
		}
		m.fill(row, meta)
		emit(row)
		return nil
	})
}

func (m *Mapper) fresh() *Row {
	row := &m.state.row
	*row = Row{Raw: clearSlots(row.Raw, len(m.fields)), Custom: row.Custom[:0], Problems: row.Problems[:0], found: row.found, old: row.old[:0]}
	if row.found == nil {
		row.found = make([]string, len(m.fields)) // read only where Raw is there, so never cleared
	}
	return row
}

// collect receives the members that no path wants: a column without a mapping takes
// the one of its name, the rest are custom fields. Those of old names wait until all are read.
func (m *Mapper) collect(row *Row, wanted bool) func(string, jsontext.Value) {
	if !wanted || (!m.spec.Custom && len(m.byName) == 0) {
		return nil
	}
	return func(name string, value jsontext.Value) {
		if i, ok := m.byName[naming.Snake(name)]; ok && row.Raw[i] == nil {
			row.Raw[i], row.found[i] = value, name
			return
		}
		if _, ok := m.byOld[naming.Snake(name)]; ok {
			row.old = append(row.old, Member{name, value})
			return
		}
		if m.spec.Custom && !m.ignored[name] {
			row.Custom = append(row.Custom, Member{name, value})
		}
	}
}

// fill evaluates the origins of a row whose slots have been scanned.
func (m *Mapper) fill(row *Row, meta Meta) {
	for _, old := range row.old {
		if i := m.byOld[naming.Snake(old.Name)]; row.Raw[i] == nil {
			row.Raw[i], row.found[i] = old.Value, old.Name
		} else if m.spec.Custom && !m.ignored[old.Name] {
			row.Custom = append(row.Custom, old)
		}
	}
	for i := range m.fields {
		if m.spec.Fields[i].From == "" {
			continue
		}
		value, err := m.value(&m.fields[i], row, meta)
		if err != nil {
			row.Problems = append(row.Problems, fmt.Sprintf("%s: %v", m.spec.Fields[i].Column, err))
		}
		row.Raw[i] = value
	}
	m.fillEvent(row, meta)
	slices.SortFunc(row.Custom, func(a, b Member) int { return compareNames(a.Name, b.Name) })
}

func compareNames(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// fillEvent reads what places the row in time.
func (m *Mapper) fillEvent(row *Row, meta Meta) {
	if m.id != nil && !row.Scope {
		raw, err := m.value(m.id, row, meta)
		if err == nil {
			row.ID = scalarText(raw)
		}
		if row.ID == "" {
			row.Problems = append(row.Problems, "the id is missing")
		}
	}
	if m.validAt != nil {
		row.ValidAt = m.instant(row, meta)
	}
	if m.order != nil {
		raw, _ := m.value(m.order, row, meta)
		if n, err := strconv.ParseInt(scalarText(raw), 10, 64); err == nil {
			row.Order = record.IntValue(n)
		} else if raw != nil && raw.Kind() != 'n' {
			row.Problems = append(row.Problems, "the order is no integer")
		}
	}
}

// instant is the business time; a missing or unreadable one is a problem of the row.
func (m *Mapper) instant(row *Row, meta Meta) record.Value {
	raw, err := m.value(m.validAt, row, meta)
	if err != nil || raw == nil || raw.Kind() == 'n' {
		row.Problems = append(row.Problems, "the business time (valid_at) is missing")
		return record.Null
	}
	at, err := m.spec.ValidType.Decode(raw)
	if err != nil {
		row.Problems = append(row.Problems, fmt.Sprintf("the business time (valid_at): %v", err))
		return record.Null
	}
	if at.Kind() == record.Date {
		at = record.TimestampValue(at.Int() * 86400 * 1e6)
	}
	return at
}

// value evaluates an origin; nil means that the source did not send it.
func (m *Mapper) value(o *origin, row *Row, meta Meta) (jsontext.Value, error) {
	switch {
	case o.constant != nil:
		return o.constant, nil
	case o.builtin != "":
		return m.builtin(o.builtin, row, meta), nil
	case o.program != nil:
		return o.program.Eval(func(name string) jsontext.Value {
			i := slices.Index(o.program.Names(), name)
			return m.slot(o.names[i])
		})
	}
	for i := range o.paths {
		if v := m.slot(o.paths[i]); v != nil {
			return v, nil
		}
	}
	return nil, nil
}

func (m *Mapper) slot(p path) jsontext.Value {
	if m.element == nil || p.up {
		return m.state.record[p.slot]
	}
	return m.state.element[p.slot]
}

func (m *Mapper) builtin(name string, row *Row, meta Meta) jsontext.Value {
	switch name {
	case builtinSeq:
		return strconv.AppendInt(m.state.seq[:0], meta.Seq, 10)
	case builtinIndex:
		return strconv.AppendInt(nil, int64(row.Index), 10)
	}
	quoted, _ := jsontext.AppendQuote(nil, meta.Stream)
	return quoted
}
