//go:build cgo && !noduckdb

package duckdb

import (
	"errors"
	"math"
	"unsafe"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/lodehq/lode/record"
)

// source is a column of a chunk to read.
type source struct {
	column
	mask []uint64 // nil when no row is NULL
}

func newSource(v duck.Vector, rows int) source {
	s := source{column: newColumn(v, rows)}
	if mask := duck.VectorGetValidity(v); mask != nil {
		s.mask = unsafe.Slice((*uint64)(mask), (rows+63)/64)
	}
	return s
}

func (s source) valid(i int) bool { return s.mask == nil || s.mask[i/64]>>(i%64)&1 == 1 }

// textBytes is the length of all texts.
func (s source) textBytes() int {
	size := 0
	for i, cell := range cells[textCell](s.column) {
		if s.valid(i) {
			size += int(cell.length)
		}
	}
	return size
}

// decoder appends the rows of a column in [from, to) to a vector.
type decoder func(v *record.Vector, s source, from, to int) error

// decoderOf finds the record type of a DuckDB type and how it is read; ok is false for
// one that Lode does not read. Integers of 128 bits, which sums are, read as decimals.
func decoderOf(logical duck.LogicalType) (t record.Type, d decoder, ok bool) {
	switch id := duck.GetTypeId(logical); id {
	case duck.TypeBigInt, duck.TypeInteger, duck.TypeSmallInt, duck.TypeTinyInt, duck.TypeUInteger, duck.TypeUSmallInt, duck.TypeUTinyInt:
		return record.Of(record.Int), integers(id), true
	case duck.TypeBoolean:
		return record.Of(record.Bool), ints(func(n uint8) (int64, error) { return int64(n), nil }), true
	case duck.TypeDouble:
		return record.Of(record.Float), floats[float64], true
	case duck.TypeFloat:
		return record.Of(record.Float), floats[float32], true
	case duck.TypeDate:
		return record.Of(record.Date), ints(readDate), true
	case duck.TypeTimestamp, duck.TypeTimestampTZ, duck.TypeTimestampS, duck.TypeTimestampMS, duck.TypeTimestampNS:
		return record.Of(record.Timestamp), timestamps(id), true
	case duck.TypeVarchar, duck.TypeSQLNull:
		if duck.LogicalTypeGetAlias(logical) == "JSON" {
			return record.Of(record.JSON), readTexts, true
		}
		return record.Of(record.Text), readTexts, true
	case duck.TypeUUID:
		return record.Of(record.UUID), wide(func(n int128) string { n.high ^= 1 << 63; return uuidText(n) }), true
	case duck.TypeHugeInt:
		return record.DecimalOf(maxPrecision, 0), wide(decimalText(0)), true
	case duck.TypeUBigInt:
		return record.DecimalOf(20, 0), narrow(0, func(n uint64) int128 { return int128{low: n} }), true
	case duck.TypeDecimal:
		precision, scale := int(duck.DecimalWidth(logical)), int(duck.DecimalScale(logical))
		return record.DecimalOf(precision, scale), decimals(duck.DecimalInternalType(logical), scale), true
	}
	return record.Type{}, nil, false
}

// ints reads cells that become an int64.
func ints[T any](convert func(T) (int64, error)) decoder {
	return func(v *record.Vector, s source, from, to int) error {
		for i, cell := range cells[T](s.column)[from:to] {
			if !s.valid(from + i) {
				v.AppendNull()
				continue
			}
			n, err := convert(cell)
			if err != nil {
				return err
			}
			v.AppendInt(n)
		}
		return nil
	}
}

func integers(id duck.Type) decoder {
	switch id {
	case duck.TypeInteger:
		return ints(widen[int32])
	case duck.TypeSmallInt:
		return ints(widen[int16])
	case duck.TypeTinyInt:
		return ints(widen[int8])
	case duck.TypeUInteger:
		return ints(widen[uint32])
	case duck.TypeUSmallInt:
		return ints(widen[uint16])
	case duck.TypeUTinyInt:
		return ints(widen[uint8])
	default:
		return ints(widen[int64])
	}
}

func widen[T int64 | int32 | int16 | int8 | uint32 | uint16 | uint8](n T) (int64, error) {
	return int64(n), nil
}

func readDate(days int32) (int64, error) {
	if days == math.MaxInt32 || days == -math.MaxInt32 {
		return 0, errors.New("the date is infinite; change it in the SQL")
	}
	return int64(days), nil
}

// timestamps reads the four widths of a timestamp as microseconds, towards the past.
func timestamps(id duck.Type) decoder {
	multiply, divide := int64(1), int64(1)
	switch id {
	case duck.TypeTimestampS:
		multiply = 1_000_000
	case duck.TypeTimestampMS:
		multiply = 1_000
	case duck.TypeTimestampNS:
		divide = 1_000
	}
	return ints(func(n int64) (int64, error) {
		if n == math.MaxInt64 || n == -math.MaxInt64 {
			return 0, errors.New("the timestamp is infinite; change it in the SQL")
		}
		rest := n % divide
		if rest < 0 {
			rest += divide
		}
		return (n - rest) / divide * multiply, nil
	})
}

func floats[T float32 | float64](v *record.Vector, s source, from, to int) error {
	for i, f := range cells[T](s.column)[from:to] {
		if s.valid(from + i) {
			v.AppendFloat(float64(f))
		} else {
			v.AppendNull()
		}
	}
	return nil
}

// decimals reads a decimal in the width in which DuckDB keeps it.
func decimals(id duck.Type, scale int) decoder {
	switch id {
	case duck.TypeSmallInt:
		return narrow(scale, signExtend[int16])
	case duck.TypeInteger:
		return narrow(scale, signExtend[int32])
	case duck.TypeBigInt:
		return narrow(scale, signExtend[int64])
	default:
		return wide(decimalText(scale))
	}
}

func signExtend[T int16 | int32 | int64](n T) int128 {
	return int128{low: uint64(n), high: uint64(int64(n) >> 63)}
}

func decimalText(scale int) func(int128) string {
	var space [64]byte
	return func(n int128) string { return string(appendDecimal(space[:0], n, scale)) }
}

// narrow reads cells that become an integer of 128 bits first.
func narrow[T any](scale int, widen func(T) int128) decoder {
	text := decimalText(scale)
	return func(v *record.Vector, s source, from, to int) error {
		for i, cell := range cells[T](s.column)[from:to] {
			if s.valid(from + i) {
				v.AppendText(text(widen(cell)))
			} else {
				v.AppendNull()
			}
		}
		return nil
	}
}

func wide(text func(int128) string) decoder {
	return func(v *record.Vector, s source, from, to int) error {
		for i, cell := range cells[int128](s.column)[from:to] {
			if s.valid(from + i) {
				v.AppendText(text(cell))
			} else {
				v.AppendNull()
			}
		}
		return nil
	}
}

// readTexts repeats the string of the row before where it is the same: columns of few
// values then cost no memory.
func readTexts(v *record.Vector, s source, from, to int) error {
	column := cells[textCell](s.column)
	for i := from; i < to; i++ {
		if !s.valid(i) {
			v.AppendNull()
			continue
		}
		text := column[i].bytes()
		if n := len(v.Texts); n > 0 && v.Texts[n-1] == string(text) {
			v.AppendText(v.Texts[n-1])
			continue
		}
		v.AppendText(string(text))
	}
	return nil
}

// bytes is the text of a cell, valid as long as the chunk.
func (c *textCell) bytes() []byte {
	if c.length <= inlined {
		return unsafe.Slice(&c.prefix[0], c.length)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&c.rest)), c.length)
}
