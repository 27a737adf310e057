package model

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
)

// Value is a Go type that knows how it is stored: a type of one's own. It is implemented by
// the type, and Scanner by its pointer.
type Value interface {
	// ColumnType is the column type as it is written in a file: "decimal(18,2)".
	ColumnType() string
	// Encode is the value as it is stored.
	Encode() (record.Value, error)
}

// Scanner takes a stored value, which may be NULL.
type Scanner interface {
	Decode(v record.Value) error
}

// Date is a day without a time of day.
type Date struct{ Year, Month, Day int }

// ColumnType is date.
func (Date) ColumnType() string { return "date" }

// Encode counts the days since 1970-01-01.
func (d Date) Encode() (record.Value, error) {
	return record.DateValue(d.Time().Unix() / 86400), nil
}

// Decode takes a stored day.
func (d *Date) Decode(v record.Value) error {
	*d = DateOf(v.Time())
	return nil
}

// Time is the first instant of the day in UTC.
func (d Date) Time() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// DateOf is the day of an instant in UTC.
func DateOf(t time.Time) Date {
	t = t.UTC()
	return Date{t.Year(), int(t.Month()), t.Day()}
}

// codec reads and writes the Go value at a place in memory as a stored one.
type codec struct {
	natural  string // the column type, unless the tag names one
	accepts  []record.Kind
	nullable bool
	get      func(p unsafe.Pointer) (record.Value, error)
	put      func(p unsafe.Pointer, v record.Value) error
}

var (
	valueType   = reflect.TypeFor[Value]()
	scannerType = reflect.TypeFor[Scanner]()
)

// codecOf finds how a Go type is stored.
func codecOf(t reflect.Type, asJSON bool) (codec, error) {
	if asJSON {
		return jsonCodec(t), nil
	}
	own := reflect.PointerTo(t)
	switch {
	case t.Implements(valueType) && own.Implements(scannerType):
		return ownCodec(t), nil
	case t.Kind() != reflect.Pointer && (own.Implements(valueType) || own.Implements(scannerType)):
		return codec{}, fmt.Errorf("%s stores itself only in part: ColumnType and Encode belong to the type, Decode to its pointer", t)
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return timeCodec(), nil
	case reflect.TypeFor[decimal.Decimal]():
		return decimalCodec(), nil
	case reflect.TypeFor[uuid.UUID]():
		return uuidCodec(), nil
	case reflect.TypeFor[json.RawMessage](), reflect.TypeFor[jsontext.Value]():
		return rawCodec(), nil
	}
	if inner, ok := sqlNull(t); ok {
		return inner, nil
	}
	return basicCodec(t)
}

// basicCodec is the codec of a type by its kind.
func basicCodec(t reflect.Type) (codec, error) {
	switch t.Kind() {
	case reflect.String:
		return codec{natural: "text", accepts: []record.Kind{record.Text, record.Decimal, record.UUID, record.JSON}, get: func(p unsafe.Pointer) (record.Value, error) { return record.TextValue(*(*string)(p)), nil },
			put: func(p unsafe.Pointer, v record.Value) error { *(*string)(p) = v.Text(); return nil }}, nil
	case reflect.Bool:
		return codec{natural: "boolean", accepts: []record.Kind{record.Bool}, get: func(p unsafe.Pointer) (record.Value, error) { return record.BoolValue(*(*bool)(p)), nil },
			put: func(p unsafe.Pointer, v record.Value) error { *(*bool)(p) = v.Bool(); return nil }}, nil
	case reflect.Float64:
		return codec{natural: "float", accepts: []record.Kind{record.Float}, get: func(p unsafe.Pointer) (record.Value, error) { return record.FloatValue(*(*float64)(p)), nil },
			put: func(p unsafe.Pointer, v record.Value) error { *(*float64)(p) = v.Float(); return nil }}, nil
	case reflect.Int64, reflect.Int:
		if t.Size() == 8 {
			return codec{natural: "integer", accepts: []record.Kind{record.Int}, get: func(p unsafe.Pointer) (record.Value, error) { return record.IntValue(*(*int64)(p)), nil },
				put: func(p unsafe.Pointer, v record.Value) error { *(*int64)(p) = v.Int(); return nil }}, nil
		}
	case reflect.Int32:
		return codec{natural: "integer", accepts: []record.Kind{record.Int}, get: func(p unsafe.Pointer) (record.Value, error) { return record.IntValue(int64(*(*int32)(p))), nil }, put: putInt32}, nil
	case reflect.Pointer:
		return pointerCodec(t)
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array, reflect.Interface:
		return codec{}, fmt.Errorf("a %s is no column; write the tag option json to keep it as JSON", t)
	}
	return codec{}, fmt.Errorf("a %s cannot be stored; use string, int64, int32, float64, bool, time.Time, model.Date, decimal.Decimal, uuid.UUID, a pointer to one of these, or the option json", t)
}

func putInt32(p unsafe.Pointer, v record.Value) error {
	n := int32(v.Int()) //nolint:gosec // checked below
	if int64(n) != v.Int() {
		return fmt.Errorf("%d does not fit into an int32; make the field an int64", v.Int())
	}
	*(*int32)(p) = n
	return nil
}

func timeCodec() codec {
	return codec{natural: "timestamp", accepts: []record.Kind{record.Timestamp, record.Date}, get: func(p unsafe.Pointer) (record.Value, error) { return record.TimeValue(*(*time.Time)(p)), nil },
		put: func(p unsafe.Pointer, v record.Value) error { *(*time.Time)(p) = v.Time(); return nil }}
}

func uuidCodec() codec {
	return codec{natural: "uuid", accepts: []record.Kind{record.UUID}, get: func(p unsafe.Pointer) (record.Value, error) { return record.UUIDValue((*uuid.UUID)(p).String()), nil },
		put: func(p unsafe.Pointer, v record.Value) (err error) {
			*(*uuid.UUID)(p), err = uuid.Parse(v.Text())
			return err
		}}
}

// decimalCodec hands over all digits; the column's scale is applied by fit.
func decimalCodec() codec {
	return codec{accepts: []record.Kind{record.Decimal, record.Int}, get: func(p unsafe.Pointer) (record.Value, error) {
		return record.DecimalValue((*decimal.Decimal)(p).String()), nil
	},
		put: func(p unsafe.Pointer, v record.Value) (err error) {
			if v.Kind() == record.Int {
				*(*decimal.Decimal)(p) = decimal.NewFromInt(v.Int())
				return nil
			}
			*(*decimal.Decimal)(p), err = decimal.NewFromString(v.Text())
			return err
		}}
}

func rawCodec() codec {
	return codec{natural: "json", accepts: []record.Kind{record.JSON}, nullable: true,
		get: func(p unsafe.Pointer) (record.Value, error) { return canonical(*(*[]byte)(p)) },
		put: func(p unsafe.Pointer, v record.Value) error {
			*(*[]byte)(p) = nil
			if !v.IsNull() {
				*(*[]byte)(p) = []byte(v.Text())
			}
			return nil
		}}
}

func canonical(raw []byte) (record.Value, error) {
	if len(raw) == 0 {
		return record.Null, nil
	}
	text, err := coltype.CanonicalJSON(raw)
	return record.JSONValue(text), err
}

// jsonCodec keeps any value as JSON; a nil pointer, map or slice is NULL.
func jsonCodec(t reflect.Type) codec {
	c := codec{natural: "json", accepts: []record.Kind{record.JSON}, get: func(p unsafe.Pointer) (record.Value, error) {
		x := reflect.NewAt(t, p).Elem()
		switch t.Kind() {
		case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
			if x.IsNil() {
				return record.Null, nil
			}
		}
		raw, err := json.Marshal(x.Interface())
		if err != nil {
			return record.Null, fmt.Errorf("write as JSON: %w", err)
		}
		return canonical(raw)
	}, put: func(p unsafe.Pointer, v record.Value) error {
		x := reflect.NewAt(t, p)
		x.Elem().SetZero()
		if v.IsNull() {
			return nil
		}
		return json.Unmarshal([]byte(v.Text()), x.Interface())
	}}
	k := t.Kind()
	c.nullable = k == reflect.Pointer || k == reflect.Map || k == reflect.Slice || k == reflect.Interface
	return c
}

// ownCodec is the codec of a type that knows how it is stored.
func ownCodec(t reflect.Type) codec {
	zero, _ := reflect.New(t).Elem().Interface().(Value)
	return codec{natural: zero.ColumnType(),
		get: func(p unsafe.Pointer) (record.Value, error) {
			x, _ := reflect.NewAt(t, p).Elem().Interface().(Value)
			return x.Encode()
		},
		put: func(p unsafe.Pointer, v record.Value) error {
			x, _ := reflect.NewAt(t, p).Interface().(Scanner)
			return x.Decode(v)
		}}
}

// pointerCodec stores what a pointer points to, and NULL where it is nil.
func pointerCodec(t reflect.Type) (codec, error) {
	inner, err := codecOf(t.Elem(), false)
	if err != nil || inner.nullable {
		return codec{}, errors.Join(err, errIf(inner.nullable, "a pointer to %s has two ways to say NULL; leave the pointer out", t.Elem()))
	}
	return codec{natural: inner.natural, accepts: inner.accepts, nullable: true, get: func(p unsafe.Pointer) (record.Value, error) {
		at := *(*unsafe.Pointer)(p)
		if at == nil {
			return record.Null, nil
		}
		return inner.get(at)
	}, put: func(p unsafe.Pointer, v record.Value) error {
		if v.IsNull() {
			*(*unsafe.Pointer)(p) = nil
			return nil
		}
		x := reflect.New(t.Elem())
		reflect.NewAt(t, p).Elem().Set(x)
		return inner.put(x.UnsafePointer(), v)
	}}, nil
}

func errIf(condition bool, format string, args ...any) error {
	if !condition {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// sqlNull is the codec of sql.Null[V].
func sqlNull(t reflect.Type) (codec, bool) {
	if t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[sql.Null[int]]().PkgPath() || t.NumField() != 2 || t.Field(0).Name != "V" {
		return codec{}, false
	}
	inner, err := codecOf(t.Field(0).Type, false)
	if err != nil || inner.nullable {
		return codec{}, false
	}
	valid := t.Field(1).Offset
	return codec{natural: inner.natural, accepts: inner.accepts, nullable: true, get: func(p unsafe.Pointer) (record.Value, error) {
		if !*(*bool)(unsafe.Add(p, valid)) {
			return record.Null, nil
		}
		return inner.get(p)
	}, put: func(p unsafe.Pointer, v record.Value) error {
		reflect.NewAt(t, p).Elem().SetZero()
		if v.IsNull() {
			return nil
		}
		*(*bool)(unsafe.Add(p, valid)) = true
		return inner.put(p, v)
	}}, true
}
