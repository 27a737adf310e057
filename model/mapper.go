package model

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/mapping"
)

// CustomFields are the members of records that no column knows, by name. A struct that wants
// to keep them has a field of this type: Custom model.CustomFields `lode:"custom_fields,json"`.
type CustomFields map[string]CustomField

// CustomField is a member that no column knows.
type CustomField struct {
	Value     json.RawMessage `json:"value"`
	FirstSeen time.Time       `json:"first_seen"`
	LastSeen  time.Time       `json:"last_seen"`
}

// Mapper makes rows of T from the records of one source: it finds the fields, several
// spellings of one included, splits what is known from what is custom, and hands each value
// to its column's type. It is safe for concurrent use.
type Mapper[T any] struct {
	info   *Info
	spec   mapping.Spec
	strict bool
	checks []func(*T) error
	now    func() time.Time
	wrong  []error
	places []*Place  // for each field of the spec
	plans  sync.Pool // compiled specs: each holds memory of its own for one record at a time
}

// MapperOption changes how a mapper reads.
type MapperOption[T any] func(*Mapper[T])

// From says where a column's value comes from: "companyName | name", a quoted constant, or an
// expression over the record. Without it a column takes the field of its own normalised name.
func From[T, V any](c Column[T, V], text string) MapperOption[T] {
	return func(m *Mapper[T]) {
		i := slices.IndexFunc(m.spec.Fields, func(f mapping.Field) bool { return f.Column == c.ref.Name })
		if i < 0 {
			m.wrong = append(m.wrong, cmp.Or(c.ref.err, fmt.Errorf("column %q takes no value of a record", c.ref.Name)))
			return
		}
		m.spec.Fields[i].From = text
	}
}

// Ignore names members that are known and not wanted.
func Ignore[T any](names ...string) MapperOption[T] {
	return func(m *Mapper[T]) { m.spec.Ignore = append(m.spec.Ignore, names...) }
}

// Strict refuses records with members that nothing knows, which otherwise go to the custom
// fields, or are left out by a struct that has none; and values that are not of the column's
// type in JSON but can be read as one, such as "12" for a number.
func Strict[T any]() MapperOption[T] { return func(m *Mapper[T]) { m.strict = true } }

// Validate adds a check of one's own. It may return several errors, joined.
func Validate[T any](check func(*T) error) MapperOption[T] {
	return func(m *Mapper[T]) { m.checks = append(m.checks, check) }
}

// SeenAt replaces the clock that custom fields are dated by.
func SeenAt[T any](now func() time.Time) MapperOption[T] { return func(m *Mapper[T]) { m.now = now } }

// NewMapper makes a mapper. Mistakes in the texts of From come all at once.
func NewMapper[T any](m *Model[T], options ...MapperOption[T]) (*Mapper[T], error) {
	x := &Mapper[T]{info: m.info, now: time.Now}
	if m.info.err != nil {
		return nil, m.info.err
	}
	for i := range m.info.Places {
		p := &m.info.Places[i]
		if p.System || p.Name == customColumn {
			continue
		}
		t := p.column
		if t == nil {
			var err error
			if t, err = m.info.types.Parse(p.kind); err != nil {
				return nil, fmt.Errorf("%s: field %s: %w", m.info, p.Field, err)
			}
		}
		x.spec.Fields = append(x.spec.Fields, mapping.Field{Column: p.Name, Type: t, RenamedFrom: p.before})
		x.places = append(x.places, p)
	}
	for _, o := range options {
		if o == nil {
			return nil, fmt.Errorf("map records to %s: an option is nil", m.info)
		}
		o(x)
	}
	if len(x.wrong) > 0 {
		return nil, fmt.Errorf("map records to %s: %w", m.info, errors.Join(x.wrong...))
	}
	x.spec.Custom = x.strict || m.info.Place(customColumn) != nil
	plan, err := mapping.Compile(x.spec)
	if err != nil {
		return nil, fmt.Errorf("map records to %s: %w", m.info, err)
	}
	x.plans.Put(plan)
	return x, nil
}

// customColumn is the column of the custom fields.
const customColumn = "custom_fields"

// New makes a row from a record. All that is wrong with it comes at once.
func (x *Mapper[T]) New(record []byte) (*T, error) {
	row := new(T)
	return row, x.fill(row, record, true)
}

// NewFromMap makes a row from a map.
func (x *Mapper[T]) NewFromMap(members map[string]any) (*T, error) {
	raw, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("map to %s: %w", x.info, err)
	}
	return x.New(raw)
}

// Update puts what a record carries onto a row that is there. Fields that the record does
// not carry keep their value, and a key is never overwritten. When something is wrong, the
// row is left as it was.
func (x *Mapper[T]) Update(row *T, record []byte) error {
	if row == nil {
		return fmt.Errorf("map a record to %s: the row is nil", x.info)
	}
	fresh := *row
	if err := x.fill(&fresh, record, false); err != nil {
		return err
	}
	*row = fresh
	return nil
}

func (x *Mapper[T]) fill(row *T, raw []byte, isNew bool) error {
	m, ok := x.plans.Get().(*mapping.Mapper)
	if !ok {
		var err error
		if m, err = mapping.Compile(x.spec); err != nil {
			return fmt.Errorf("map records to %s: %w", x.info, err)
		}
	}
	defer x.plans.Put(m)
	var problems []error
	path := func(column string) string { return column }
	err := m.Map(raw, mapping.Meta{}, func(r *mapping.Row) {
		path = func(column string) string { return x.path(m, r, column) }
		problems = x.take(row, r, isNew, path, func(i int) bool { return m.Stands(r, i) })
	})
	if err != nil {
		return fmt.Errorf("map a record to %s: %w", x.info, err)
	}
	if len(problems) == 0 {
		problems = append(problems, x.info.check(Pointer(row), path)...)
	}
	for _, check := range x.checks {
		problems = append(problems, check(row))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("map a record to %s: %w", x.info, err)
	}
	return nil
}

// path is where the value of a column stands in a record.
func (x *Mapper[T]) path(m *mapping.Mapper, r *mapping.Row, column string) string {
	i := slices.IndexFunc(x.spec.Fields, func(f mapping.Field) bool { return f.Column == column })
	if i < 0 {
		return column
	}
	return cmp.Or(m.Path(r, i), column)
}

// take puts the values of a record into a row and lists what is wrong with them.
// Stands tells of a field whether its value stands in the record as it is; an expression gives
// what it gives.
func (x *Mapper[T]) take(row *T, r *mapping.Row, isNew bool, path func(column string) string, stands func(i int) bool) (problems []error) {
	for i, f := range x.spec.Fields {
		p := x.places[i]
		if why := failed(r, f.Column); why != "" {
			problems = append(problems, &Invalid{Path: path(f.Column), Column: f.Column, Rule: f.From, Err: errors.New(why)})
			continue
		}
		if isNew && r.Raw[i] == nil && !p.preset.IsNull() {
			if err := p.Put(Pointer(row), p.preset); err != nil {
				problems = append(problems, err)
			}
			continue
		}
		if isNew && r.Raw[i] == nil && !p.nullable && !p.generated {
			problems = append(problems, invalid(path(f.Column), f.Column, "required", "", errors.New("is required and not there")))
		}
		if r.Raw[i] == nil || !isNew && p.key {
			continue // absent, or a key that is there
		}
		v, err := f.Type.Decode(r.Raw[i])
		if err == nil && x.strict && stands(i) {
			err = exactly(v, r.Raw[i])
		}
		if err == nil && v.IsNull() && !p.nullable {
			problems = append(problems, invalid(path(f.Column), f.Column, "required", "", errors.New("is required and has no value")))
			continue
		}
		if err == nil {
			err = p.Put(Pointer(row), v)
		}
		if err != nil {
			problems = append(problems, invalid(path(f.Column), f.Column, p.kind, string(r.Raw[i]), err))
		}
	}
	if x.strict {
		for _, c := range r.Custom {
			problems = append(problems, &Invalid{Path: c.Name, Rule: "known", Err: errors.New("the field is not known")})
		}
		return problems
	}
	if err := x.keep(row, r.Custom); err != nil {
		problems = append(problems, err)
	}
	return problems
}

// exactly refuses what a lax reading takes: "12" for a number, 1 for a boolean, 7 for a text. What
// JSON has no type for stands in texts: times, dates, and decimals that are to keep their digits.
func exactly(v record.Value, raw []byte) error {
	want := "a text"
	switch v.Kind() {
	case record.Invalid, record.JSON:
		return nil
	case record.Int, record.Float:
		want = "a number"
	case record.Bool:
		want = "a boolean"
	case record.Decimal:
		want = "a number or a text"
	}
	is := map[byte]string{'"': "a text", 't': "a boolean", 'f': "a boolean", '{': "an object", '[': "a list"}[raw[0]]
	if is == "" {
		is = "a number"
	}
	if !strings.Contains(want, is) {
		return fmt.Errorf("is %s, and strictly it is %s", is, want)
	}
	return nil
}

// failed is why the expression of a column gave nothing.
func failed(r *mapping.Row, column string) string {
	for _, p := range r.Problems {
		if why, of := strings.CutPrefix(p, column+": "); of {
			return why
		}
	}
	return ""
}

// keep adds what nothing knows to the custom fields.
func (x *Mapper[T]) keep(row *T, custom []mapping.Member) error {
	p := x.info.Place(customColumn)
	if p == nil || len(custom) == 0 {
		return nil
	}
	held, err := p.Get(Pointer(row))
	if err != nil {
		return err
	}
	fields := CustomFields{}
	if !held.IsNull() {
		if err := json.Unmarshal([]byte(held.Text()), &fields); err != nil {
			return fmt.Errorf("read the custom fields: %w", err)
		}
	}
	now := x.now().UTC().Truncate(time.Microsecond)
	for _, c := range custom {
		f, known := fields[c.Name]
		if !known {
			f.FirstSeen = now
		}
		f.Value, f.LastSeen = json.RawMessage(c.Value.Clone()), now
		fields[c.Name] = f
	}
	v, err := marshal(fields)
	if err != nil {
		return fmt.Errorf("write the custom fields: %w", err)
	}
	return p.Put(Pointer(row), v)
}

// Check asks the rules of a model of a value: what is required, and what its checks say. All
// that is broken comes at once.
func (m *Model[T]) Check(row *T) error {
	if m.info.err != nil {
		return m.info.err
	}
	if row == nil {
		return fmt.Errorf("%s: the row is nil", m.info)
	}
	if err := errors.Join(m.info.check(Pointer(row), func(column string) string { return column })...); err != nil {
		return fmt.Errorf("%s: %w", m.info, err)
	}
	return nil
}

// check lists what is wrong with a row; path finds the place of a column in its record.
func (i *Info) check(row placed, path func(column string) string) (problems []error) {
	values := make([]record.Value, 0, len(i.Places))
	names := make([]string, 0, len(i.Places))
	for n := range i.Places {
		p := &i.Places[n]
		if p.System {
			continue
		}
		v, err := p.Encode(row)
		switch {
		case err != nil:
			given, _ := p.Get(row)
			problems = append(problems, invalid(path(p.Name), p.Name, p.kind, given.String(), err))
		case v.IsNull() && !p.nullable:
			problems = append(problems, invalid(path(p.Name), p.Name, "required", "", errors.New("is required and has no value")))
		}
		values, names = append(values, v), append(names, p.Name)
	}
	if len(problems) > 0 {
		return problems // rules over values that are none say nothing
	}
	for _, c := range i.computed {
		v, err := i.value(c.name, row)
		if err != nil {
			return append(problems, err)
		}
		values, names = append(values, v), append(names, c.name)
	}
	for _, r := range i.rules {
		held, err := r.program.Eval(func(c int) record.Value { return values[c] })
		if err != nil {
			problems = append(problems, &Invalid{Rule: r.name, Err: fmt.Errorf("rule %q: %w", r.name, err)})
		} else if !held.IsNull() && !held.Bool() {
			problems = append(problems, r.broken(func(c string) record.Value { return values[slices.Index(names, c)] }, path))
		}
	}
	return problems
}
