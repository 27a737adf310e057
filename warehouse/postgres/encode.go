package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// binaryFormat asks for the binary format of all arguments, or of all results.
var binaryFormat = []int16{1}

// PostgreSQL counts days and microseconds from 2000-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86_400_000_000
)

// wire says how one column is written: the pair of a record kind and a PostgreSQL type.
type wire uint8

const (
	wireNone wire = iota
	wireInt8
	wireInt4
	wireInt2
	wireFloat8
	wireFloat4
	wireBool
	wireDate
	wireTimestamp
	wireNumeric
	wireUUID
	wireText  // text and json: the bytes themselves
	wireJSONB // a version byte before them
)

// wireOf finds how a kind is written into a column of a type, wireNone if it cannot be.
func wireOf(k record.Kind, oid uint32) wire {
	switch k {
	case record.Int:
		return map[uint32]wire{pgtype.Int8OID: wireInt8, pgtype.Int4OID: wireInt4, pgtype.Int2OID: wireInt2}[oid]
	case record.Float:
		return map[uint32]wire{pgtype.Float8OID: wireFloat8, pgtype.Float4OID: wireFloat4}[oid]
	case record.Bool:
		return map[uint32]wire{pgtype.BoolOID: wireBool}[oid]
	case record.Date:
		return map[uint32]wire{pgtype.DateOID: wireDate}[oid]
	case record.Timestamp:
		return map[uint32]wire{pgtype.TimestamptzOID: wireTimestamp, pgtype.TimestampOID: wireTimestamp}[oid]
	case record.Decimal:
		return map[uint32]wire{pgtype.NumericOID: wireNumeric}[oid]
	case record.UUID:
		return map[uint32]wire{pgtype.UUIDOID: wireUUID}[oid]
	case record.Text, record.JSON:
		return map[uint32]wire{pgtype.TextOID: wireText, pgtype.VarcharOID: wireText, pgtype.BPCharOID: wireText,
			pgtype.JSONOID: wireText, pgtype.JSONBOID: wireJSONB}[oid]
	}
	return wireNone
}

// appendField appends row i of a vector with its length before it.
func appendField(buf []byte, w wire, v *record.Vector, i int) ([]byte, error) {
	if !v.Valid[i] {
		return append(buf, 0xff, 0xff, 0xff, 0xff), nil
	}
	switch w {
	case wireInt8:
		buf = append(buf, 0, 0, 0, 8)
		return binary.BigEndian.AppendUint64(buf, uint64(v.Ints[i])), nil
	case wireTimestamp:
		micros, err := pgTimestamp(v.Ints[i])
		buf = append(buf, 0, 0, 0, 8)
		return binary.BigEndian.AppendUint64(buf, uint64(micros)), err
	case wireFloat8:
		buf = append(buf, 0, 0, 0, 8)
		return binary.BigEndian.AppendUint64(buf, math.Float64bits(v.Floats[i])), nil
	case wireText:
		s := v.Texts[i]
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(s)))
		return append(buf, s...), nil
	case wireJSONB:
		s := v.Texts[i]
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(s)+1))
		return append(append(buf, 1), s...), nil
	case wireNumeric:
		return appendNumeric(buf, v.Texts[i])
	case wireUUID:
		return appendUUID(buf, v.Texts[i])
	case wireBool:
		return append(buf, 0, 0, 0, 1, byte(v.Ints[i])), nil
	default:
		return appendSmall(buf, w, v, i)
	}
}

// appendSmall appends the fields of four and two bytes.
func appendSmall(buf []byte, w wire, v *record.Vector, i int) ([]byte, error) {
	switch w {
	case wireDate:
		days, err := pgDate(v.Ints[i])
		buf = append(buf, 0, 0, 0, 4)
		return binary.BigEndian.AppendUint32(buf, uint32(days)), err
	case wireFloat4:
		buf = append(buf, 0, 0, 0, 4)
		return binary.BigEndian.AppendUint32(buf, math.Float32bits(float32(v.Floats[i]))), nil
	case wireInt4:
		if n := v.Ints[i]; n != int64(int32(n)) {
			return buf, fmt.Errorf("%d does not fit into an integer of 4 bytes", n)
		}
		buf = append(buf, 0, 0, 0, 4)
		return binary.BigEndian.AppendUint32(buf, uint32(v.Ints[i])), nil
	case wireInt2:
		if n := v.Ints[i]; n != int64(int16(n)) {
			return buf, fmt.Errorf("%d does not fit into an integer of 2 bytes", n)
		}
		buf = append(buf, 0, 0, 0, 2)
		return binary.BigEndian.AppendUint16(buf, uint16(v.Ints[i])), nil
	}
	return buf, errors.New("the column cannot be written")
}

// pgTimestamp moves microseconds to PostgreSQL's epoch. The two ends of the range of
// int64 mean infinity there and are refused.
func pgTimestamp(micros int64) (int64, error) {
	if micros < math.MinInt64+1+epochMicros {
		return 0, fmt.Errorf("timestamp of %d microseconds is before what PostgreSQL holds", micros)
	}
	return micros - epochMicros, nil
}

func pgDate(days int64) (int32, error) {
	moved := days - epochDays
	if moved <= math.MinInt32 || moved >= math.MaxInt32 {
		return 0, fmt.Errorf("date of %d days is outside of what PostgreSQL holds", days)
	}
	return int32(moved), nil
}

// appendUUID appends the 16 bytes of a UUID text.
func appendUUID(buf []byte, s string) ([]byte, error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return buf, fmt.Errorf("%q is no UUID", s)
	}
	buf = append(buf, 0, 0, 0, 16)
	for i := 0; i < len(s); {
		if s[i] == '-' {
			i++
			continue
		}
		high, low := unhex(s[i]), unhex(s[i+1])
		if high > 15 || low > 15 {
			return buf, fmt.Errorf("%q is no UUID", s)
		}
		buf = append(buf, high<<4|low)
		i += 2
	}
	return buf, nil
}

// unhex is the value of a hexadecimal digit, above 15 for anything else.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// arguments encodes the arguments of a statement.
func arguments(args []record.Value) (values [][]byte, oids []uint32, err error) {
	for i, a := range args {
		oid := oidOf(a.Kind())
		oids = append(oids, oid)
		if a.IsNull() {
			values = append(values, nil)
			continue
		}
		v := record.Vector{Type: record.Of(a.Kind())}
		v.Append(a)
		if err := warehouse.CheckText(a.Text()); err != nil {
			return nil, nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		field, err := appendField(nil, wireOf(a.Kind(), oid), &v, 0)
		if err != nil {
			return nil, nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		values = append(values, field[4:])
	}
	return values, oids, nil
}
