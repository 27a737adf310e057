package file

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

type writer = func([]byte, parquet.Value) []byte

// scalarOf writes the values of a leaf column: numbers with every digit, times in ISO
// form, bytes that are no text in base64.
func scalarOf(t parquet.Type) writer {
	if logical := t.LogicalType(); logical != nil {
		if w := logicalWriter(logical.Value, t.Kind()); w != nil {
			return w
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendBool(dst, v.Boolean()) }
	case parquet.Int32, parquet.Int64:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendInt(dst, integer(v), 10) }
	case parquet.Int96:
		return appendInt96
	case parquet.Float:
		return func(dst []byte, v parquet.Value) []byte { return appendFloat(dst, float64(v.Float()), 32) }
	case parquet.Double:
		return func(dst []byte, v parquet.Value) []byte { return appendFloat(dst, v.Double(), 64) }
	}
	return appendBytes
}

func logicalWriter(logical format.LogicalTypeValue, kind parquet.Kind) writer {
	switch l := logical.(type) {
	case *format.DecimalType:
		return func(dst []byte, v parquet.Value) []byte { return appendDecimal(dst, v, int(l.Scale)) }
	case *format.DateType:
		return func(dst []byte, v parquet.Value) []byte {
			return appendText(dst, time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly))
		}
	case *format.TimestampType:
		return timestampWriter(l)
	case *format.TimeType:
		unit := l.Unit.Value.Duration()
		return func(dst []byte, v parquet.Value) []byte {
			return appendText(dst, time.Unix(0, 0).UTC().Add(time.Duration(integer(v))*unit).Format("15:04:05.999999999"))
		}
	case *format.IntType:
		if !l.IsSigned && kind == parquet.Int64 {
			return func(dst []byte, v parquet.Value) []byte { return strconv.AppendUint(dst, v.Uint64(), 10) }
		}
		if !l.IsSigned {
			return func(dst []byte, v parquet.Value) []byte { return strconv.AppendUint(dst, uint64(v.Uint32()), 10) }
		}
	case *format.JsonType:
		return appendJSON
	case *format.UUIDType:
		return func(dst []byte, v parquet.Value) []byte {
			id, err := uuid.FromBytes(v.ByteArray())
			if err != nil {
				return appendBytes(dst, v)
			}
			return appendText(dst, id.String())
		}
	}
	return nil
}

// timestampWriter writes an instant with Z, and a time that is not tied to UTC without.
func timestampWriter(l *format.TimestampType) writer {
	layout := "2006-01-02T15:04:05.999999999"
	if l.IsAdjustedToUTC {
		layout += "Z"
	}
	perSecond := int64(time.Second / l.Unit.Value.Duration())
	unit := int64(l.Unit.Value.Duration())
	return func(dst []byte, v parquet.Value) []byte {
		n := v.Int64()
		return appendText(dst, time.Unix(n/perSecond, n%perSecond*unit).UTC().Format(layout))
	}
}

func integer(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

// julianEpoch is 1970-01-01 as a Julian day, in which the old INT96 times count.
const julianEpoch = 2440588

func appendInt96(dst []byte, v parquet.Value) []byte {
	n := v.Int96()
	nanos := int64(uint64(n[1])<<32 | uint64(n[0]))
	t := time.Unix((int64(n[2])-julianEpoch)*86400, nanos).UTC()
	return appendText(dst, t.Format("2006-01-02T15:04:05.999999999Z"))
}

// appendFloat writes what JSON has no number for as a text.
func appendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return appendText(dst, strconv.FormatFloat(f, 'g', -1, bits))
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, bits)
}

func appendDecimal(dst []byte, v parquet.Value, scale int) []byte {
	unscaled := new(big.Int)
	switch v.Kind() {
	case parquet.Int32, parquet.Int64:
		unscaled.SetInt64(integer(v))
	default:
		raw := v.ByteArray()
		unscaled.SetBytes(raw)
		if len(raw) > 0 && raw[0] >= 0x80 { // two's complement, big-endian
			unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
	}
	digits := new(big.Int).Abs(unscaled).String()
	if scale > 0 {
		digits = strings.Repeat("0", max(0, scale+1-len(digits))) + digits
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if unscaled.Sign() < 0 {
		dst = append(dst, '-')
	}
	return append(dst, digits...)
}

func appendJSON(dst []byte, v parquet.Value) []byte {
	if raw := v.ByteArray(); jsontext.Value(raw).IsValid(jsontext.AllowDuplicateNames(true)) {
		return append(dst, raw...)
	}
	return appendBytes(dst, v)
}

func appendBytes(dst []byte, v parquet.Value) []byte {
	raw := v.ByteArray()
	if !utf8.Valid(raw) {
		return appendText(dst, base64.StdEncoding.EncodeToString(raw))
	}
	dst, _ = jsontext.AppendQuote(dst, raw) // valid UTF-8: cannot fail
	return dst
}

func appendText(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text) // valid UTF-8: cannot fail
	return dst
}
