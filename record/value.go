package record

import (
	"strconv"
	"time"
)

// Value is one nullable scalar. The zero Value is NULL (of no particular kind).
// Values compare with == : equal kind and equal content. For Decimal this holds
// because the text is canonical for its column's scale.
type Value struct {
	kind Kind
	n    int64
	f    float64
	s    string
}

// Null is the NULL value.
var Null = Value{}

// TextValue is a Text value.
func TextValue(s string) Value { return Value{kind: Text, s: s} }

// IntValue is an Int value.
func IntValue(n int64) Value { return Value{kind: Int, n: n} }

// FloatValue is a Float value.
func FloatValue(f float64) Value { return Value{kind: Float, f: f} }

// DecimalValue is a Decimal value of plain digits, such as "-12.50": no exponent, no
// leading plus, and exactly the digits after the point that its column declares.
func DecimalValue(digits string) Value { return Value{kind: Decimal, s: digits} }

// BoolValue is a Bool value.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: Bool, n: 1}
	}
	return Value{kind: Bool}
}

// DateValue is a Date value: days since 1970-01-01.
func DateValue(days int64) Value { return Value{kind: Date, n: days} }

// TimestampValue is a Timestamp value: microseconds since 1970-01-01T00:00:00Z.
func TimestampValue(micros int64) Value { return Value{kind: Timestamp, n: micros} }

// TimeValue is a Timestamp value of t, truncated to microseconds.
func TimeValue(t time.Time) Value { return TimestampValue(t.UnixMicro()) }

// JSONValue is a JSON value of canonical JSON text.
func JSONValue(text string) Value { return Value{kind: JSON, s: text} }

// UUIDValue is a UUID value in its lower-case 36 character form.
func UUIDValue(text string) Value { return Value{kind: UUID, s: text} }

// Kind is the value's kind; Invalid for NULL.
func (v Value) Kind() Kind { return v.kind }

// IsNull tells whether v is NULL.
func (v Value) IsNull() bool { return v.kind == Invalid }

// Int is the content of an Int, Bool (0, 1), Date (days) or Timestamp (microseconds).
func (v Value) Int() int64 { return v.n }

// Float is the content of a Float.
func (v Value) Float() float64 { return v.f }

// Text is the content of a Text, Decimal, JSON or UUID.
func (v Value) Text() string { return v.s }

// Bool is the content of a Bool.
func (v Value) Bool() bool { return v.n != 0 }

// Time is the content of a Timestamp or Date, in UTC.
func (v Value) Time() time.Time {
	if v.kind == Date {
		return time.Unix(v.n*86400, 0).UTC()
	}
	return time.UnixMicro(v.n).UTC()
}

// String shows the value as a reader would write it; "NULL" for NULL.
func (v Value) String() string {
	switch v.kind {
	case Invalid:
		return "NULL"
	case Int:
		return strconv.FormatInt(v.n, 10)
	case Float:
		return strconv.FormatFloat(v.f, 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(v.n != 0)
	case Date:
		return v.Time().Format("2006-01-02")
	case Timestamp:
		return v.Time().Format("2006-01-02T15:04:05.999999Z")
	default:
		return v.s
	}
}
