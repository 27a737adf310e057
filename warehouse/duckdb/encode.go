//go:build cgo && !noduckdb

package duckdb

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// column is a DuckDB vector of rows rows, seen as memory.
type column struct {
	vector duck.Vector
	data   unsafe.Pointer
	rows   int
}

func newColumn(v duck.Vector, rows int) column {
	return column{vector: v, data: duck.VectorGetData(v), rows: rows}
}

// cells is the vector as a slice of its physical type.
func cells[T any](c column) []T { return unsafe.Slice((*T)(c.data), c.rows) }

// setNulls clears the bit of each row that is not valid.
func (c column) setNulls(valid []bool) {
	var mask []uint64
	for i, ok := range valid {
		if ok {
			continue
		}
		if mask == nil {
			duck.VectorEnsureValidityWritable(c.vector)
			mask = unsafe.Slice((*uint64)(duck.VectorGetValidity(c.vector)), (c.rows+63)/64)
		}
		mask[i/64] &^= 1 << (i % 64)
	}
}

// target fills a column from the rows of a vector from row `from` on. Rows that are NULL
// are filled with anything.
type target func(to column, v *record.Vector, from int, texts *arena) error

// targetOf finds how a kind is written into a column of a type.
func targetOf(k record.Kind, logical duck.LogicalType) (target, error) {
	id := duck.GetTypeId(logical)
	switch {
	case k == record.Int && id == duck.TypeBigInt:
		return fillSame[int64], nil
	case k == record.Timestamp && id == duck.TypeTimestamp, k == record.Timestamp && id == duck.TypeTimestampTZ:
		return fillTimestamps, nil
	case k == record.Int && id == duck.TypeInteger:
		return fillRange[int32], nil
	case k == record.Int && id == duck.TypeSmallInt:
		return fillRange[int16], nil
	case k == record.Date && id == duck.TypeDate:
		return fillDates, nil
	case k == record.Bool && id == duck.TypeBoolean:
		return fillRange[int8], nil
	case k == record.Float && id == duck.TypeDouble:
		return fillFloats[float64], nil
	case k == record.Float && id == duck.TypeFloat:
		return fillFloats[float32], nil
	case k == record.UUID && id == duck.TypeUUID:
		return fillUUIDs, nil
	case k == record.Decimal && id == duck.TypeDecimal:
		return decimalTarget(logical), nil
	case (k == record.Text || k == record.JSON) && id == duck.TypeVarchar:
		return fillTexts, nil
	}
	return nil, fmt.Errorf("its DuckDB type has number %d", id)
}

func fillSame[T int64](to column, v *record.Vector, from int, _ *arena) error {
	copy(cells[int64](to), v.Ints[from:])
	return nil
}

func fillRange[T int8 | int16 | int32](to column, v *record.Vector, from int, _ *arena) error {
	out := cells[T](to)
	for i, n := range v.Ints[from : from+to.rows] {
		if out[i] = T(n); int64(out[i]) != n {
			return fmt.Errorf("%d does not fit into an integer of %d bytes", n, unsafe.Sizeof(out[i]))
		}
	}
	return nil
}

func fillFloats[T float32 | float64](to column, v *record.Vector, from int, _ *arena) error {
	out := cells[T](to)
	for i, f := range v.Floats[from : from+to.rows] {
		out[i] = T(f)
	}
	return nil
}

// fillTimestamps refuses the values that mean infinity.
func fillTimestamps(to column, v *record.Vector, from int, _ *arena) error {
	out := cells[int64](to)
	for i, n := range v.Ints[from : from+to.rows] {
		if n == math.MaxInt64 || n <= -math.MaxInt64 {
			return fmt.Errorf("timestamp of %d microseconds is outside of what DuckDB holds", n)
		}
		out[i] = n
	}
	return nil
}

func fillDates(to column, v *record.Vector, from int, _ *arena) error {
	out := cells[int32](to)
	for i, n := range v.Ints[from : from+to.rows] {
		days, err := duckDate(n)
		if err != nil {
			return err
		}
		out[i] = days
	}
	return nil
}

func duckDate(days int64) (int32, error) {
	if days <= -math.MaxInt32 || days >= math.MaxInt32 {
		return 0, fmt.Errorf("date of %d days is outside of what DuckDB holds", days)
	}
	return int32(days), nil
}

func fillUUIDs(to column, v *record.Vector, from int, _ *arena) error {
	out := cells[int128](to)
	for i := range out {
		if !v.Valid[from+i] {
			continue
		}
		n, err := parseUUID(v.Texts[from+i])
		if err != nil {
			return err
		}
		n.high ^= 1 << 63
		out[i] = n
	}
	return nil
}

// decimalTarget knows the width in which DuckDB keeps a decimal of so many digits.
func decimalTarget(logical duck.LogicalType) target {
	precision, scale := int(duck.DecimalWidth(logical)), int(duck.DecimalScale(logical))
	switch duck.DecimalInternalType(logical) {
	case duck.TypeSmallInt:
		return fillDecimals(precision, scale, func(n int128) int16 { return int16(n.low) })
	case duck.TypeInteger:
		return fillDecimals(precision, scale, func(n int128) int32 { return int32(n.low) })
	case duck.TypeBigInt:
		return fillDecimals(precision, scale, func(n int128) int64 { return int64(n.low) })
	default:
		return fillDecimals(precision, scale, func(n int128) int128 { return n })
	}
}

func fillDecimals[T any](precision, scale int, narrow func(int128) T) target {
	return func(to column, v *record.Vector, from int, _ *arena) error {
		out := cells[T](to)
		for i := range out {
			if !v.Valid[from+i] {
				continue
			}
			n, err := parseDecimal(v.Texts[from+i], scale, precision)
			if err != nil {
				return err
			}
			out[i] = narrow(n)
		}
		return nil
	}
}

// textCell is how DuckDB keeps a text: its length, and then the text itself if it has up to
// 12 bytes, or its first 4 bytes and a pointer. The pointer is a number here, so that
// the garbage collector does not look at DuckDB's memory.
type textCell struct {
	length uint32
	prefix [4]byte
	rest   uint64
}

const inlined = 12

var errLongText = errors.New("the text is longer than DuckDB holds")

func fillTexts(to column, v *record.Vector, from int, texts *arena) error {
	out := cells[textCell](to)
	for i, s := range v.Texts[from : from+to.rows] {
		if err := warehouse.CheckText(s); err != nil {
			return err
		}
		if uint64(len(s)) > math.MaxUint32 {
			return errLongText
		}
		cell := textCell{length: uint32(len(s))}
		if len(s) <= inlined {
			short := (*[inlined]byte)(unsafe.Pointer(&cell.prefix))
			copy(short[:], s)
		} else {
			copy(cell.prefix[:], s)
			cell.rest = uint64(uintptr(unsafe.Pointer(texts.add(s))))
		}
		out[i] = cell
	}
	return nil
}
