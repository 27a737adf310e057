package model

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
)

// Audit is embedded by a struct that wants to see what the system keeps for every row of an
// application table. With it, a row that somebody else has changed meanwhile is not
// overwritten: RowVersion tells.
type Audit struct {
	CreatedAt     time.Time
	UpdatedAt     time.Time
	SyncedAt      *time.Time
	SchemaVersion int64
	RowVersion    int64
}

// Record is embedded by a struct of an entity whose key is the source's own.
type Record struct {
	SourceSystem string `lode:",key"`
	SourceID     string `lode:",key"`
}

// Synced is embedded by a struct of an entity that wants to see what the system keeps for
// every row of an entity.
type Synced struct {
	IsDeleted     bool
	ValidAt       time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
	SyncedAt      time.Time
	SchemaVersion int64
}

// Place is a field of a struct that is a column.
type Place struct {
	Name   string // of the column
	Field  string // of the struct, for messages
	System bool   // kept by the system, see Audit
	tag
	codec
	column coltype.Type // what converts the values; nil when there is nothing to convert
	preset record.Value // the default; NULL is none
	offset uintptr
	goType reflect.Type
}

// typed finds the column type that the tag names.
func (p *Place) typed(types coltype.Set) (record.Type, error) {
	t, err := types.Parse(p.kind)
	if err != nil {
		return record.Type{}, fmt.Errorf("field %s: %w", p.Field, err)
	}
	if p.accepts != nil && !slices.Contains(p.accepts, t.Stored().Kind) {
		return record.Type{}, fmt.Errorf("field %s: a column of type %s cannot be held by its Go type", p.Field, p.kind)
	}
	p.column = t
	if p.initial != nil {
		if p.preset, err = coltype.Default(t, *p.initial); err != nil {
			return record.Type{}, fmt.Errorf("field %s: default: %w", p.Field, err)
		}
	}
	return t.Stored(), nil
}

// Convert is a value as the column's type stores it.
func (p *Place) Convert(v record.Value) (record.Value, error) {
	x, err := ConvertBy(p.column, v)
	if err != nil {
		return record.Null, fmt.Errorf("field %s: %w", p.Field, err)
	}
	return x, nil
}

// ConvertBy is a value as a column type stores it: an e-mail address in lower case, a decimal
// with all its digits. Without a type it stays as it is.
func ConvertBy(t coltype.Type, v record.Value) (record.Value, error) {
	if t == nil || v.IsNull() || plain(t, v) {
		return v, nil
	}
	if v.Kind() == record.Timestamp && t.Stored().Kind == record.Date {
		return dayOf(v)
	}
	raw := []byte(v.String())
	switch v.Kind() {
	case record.Text, record.UUID, record.Date, record.Timestamp:
		var err error
		if raw, err = jsontext.AppendQuote(nil, v.String()); err != nil {
			return record.Null, err
		}
	}
	return t.Decode(raw)
}

// dayOf is the date of a midnight: what else a time says would be lost.
func dayOf(v record.Value) (record.Value, error) {
	const day = 24 * 60 * 60 * 1_000_000
	days := v.Int() / day
	if v.Int()%day != 0 {
		return record.Null, fmt.Errorf("%s is not a date but a time of a day; give midnight in UTC, or make the field a model.Date", v)
	}
	return record.DateValue(days), nil
}

// plain tells whether a type leaves a value of its own kind as it is.
func plain(t coltype.Type, v record.Value) bool {
	if t.Stored().Kind != v.Kind() {
		return false
	}
	switch t.Name() {
	case "text", "integer", "boolean", "float", "timestamp", "date", "uuid", "json":
		return true
	}
	return false
}

// Encode is a Go value as it would be stored, before a column type has seen it.
func Encode(x reflect.Value) (record.Value, error) {
	c, err := codecOf(x.Type(), false)
	if err != nil {
		return record.Null, err
	}
	at := reflect.New(x.Type())
	at.Elem().Set(x)
	return c.get(at.UnsafePointer())
}

// Encode is the field of the struct at row as it is stored.
func (p *Place) Encode(row unsafe.Pointer) (record.Value, error) {
	v, err := p.Get(row)
	if err != nil {
		return record.Null, err
	}
	return p.Convert(v)
}

// Get reads the field of the struct at p as it would be stored, before its column type has
// seen it.
func (p *Place) Get(row unsafe.Pointer) (record.Value, error) {
	v, err := p.get(unsafe.Add(row, p.offset))
	if err != nil {
		return record.Null, fmt.Errorf("field %s: %w", p.Field, err)
	}
	return v, nil
}

// Put fills the field of the struct at p with a stored value.
func (p *Place) Put(row unsafe.Pointer, v record.Value) error {
	if v.IsNull() && !p.nullable {
		return fmt.Errorf("field %s: column %s is NULL; make the field a pointer", p.Field, p.Name)
	}
	if err := p.put(unsafe.Add(row, p.offset), v); err != nil {
		return fmt.Errorf("field %s: %w", p.Field, err)
	}
	return nil
}

// Nullable tells whether the field can say NULL.
func (p *Place) Nullable() bool { return p.nullable }

// Key tells whether the field is part of the key.
func (p *Place) Key() bool { return p.key }

// Generated tells whether the store gives the value when it is zero.
func (p *Place) Generated() bool { return p.generated }

// Kinds lists the stored kinds that the field can hold; nil means any.
func (p *Place) Kinds() []record.Kind { return p.accepts }

// places reads a struct type once.
func places(t reflect.Type) ([]Place, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no struct", t)
	}
	var out []Place
	err := collect(t, 0, false, &out)
	for i, p := range out {
		if slices.ContainsFunc(out[:i], func(q Place) bool { return q.Name == p.Name }) {
			err = errors.Join(err, fmt.Errorf("field %s: column %q stands twice in %s", p.Field, p.Name, t))
		}
	}
	return out, err
}

func collect(t reflect.Type, base uintptr, system bool, out *[]Place) error {
	var errs []error
	for i := range t.NumField() {
		f := t.Field(i)
		tag, skip, err := parseTag(f)
		switch {
		case skip || !f.IsExported() && !f.Anonymous:
		case f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("lode") == "":
			errs = append(errs, collect(f.Type, base+f.Offset, system || f.Type == reflect.TypeFor[Audit]() || f.Type == reflect.TypeFor[Synced](), out))
		case err != nil:
			errs = append(errs, err)
		default:
			c, err := codecOf(f.Type, tag.json)
			if err == nil && tag.kind == "" && c.natural == "" {
				err = errors.New("its column type is not known; write the tag option type=decimal(18,2)")
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("field %s: %w", f.Name, err))
				continue
			}
			if tag.kind == "" {
				tag.kind = c.natural
			}
			if tag.generated && tag.kind != "uuid" {
				errs = append(errs, fmt.Errorf("field %s: only a uuid can be generated, and it is %s", f.Name, tag.kind))
			}
			*out = append(*out, Place{Name: tag.name, Field: f.Name, System: system, tag: tag, codec: c, offset: base + f.Offset, goType: f.Type})
		}
	}
	return errors.Join(errs...)
}
