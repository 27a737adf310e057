package record

import "fmt"

// Kind says which family of values a column holds.
type Kind uint8

// The kinds. Decorated column types (normalized e-mail, boolean string, ...) are
// stored as one of these.
const (
	Invalid   Kind = iota
	Text           // UTF-8 without NUL bytes
	Int            // 64 bit signed
	Float          // IEEE 754 double
	Decimal        // exact, Precision digits of which Scale after the point
	Bool           // true or false
	Date           // a day; days since 1970-01-01
	Timestamp      // an instant in UTC; microseconds since 1970-01-01T00:00:00Z
	JSON           // canonical JSON text
	UUID           // lower-case 36 character form
)

var kindNames = [...]string{"invalid", "text", "integer", "float", "decimal", "boolean", "date", "timestamp", "json", "uuid"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Type is the stored type of a column. Precision and Scale count decimal digits and
// matter for Decimal only.
type Type struct {
	Kind      Kind
	Precision int
	Scale     int
}

// Of is the Type of a kind that has no parameters.
func Of(k Kind) Type { return Type{Kind: k} }

// DecimalOf is the Decimal type of the given digits.
func DecimalOf(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: precision, Scale: scale}
}

func (t Type) String() string {
	if t.Kind == Decimal {
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	}
	return t.Kind.String()
}

// Column is a named typed column of a batch.
type Column struct {
	Name string
	Type Type
}
