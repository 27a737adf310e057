package postgres

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/lodehq/lode/record"
)

// decoder appends one field, which is not NULL, to a vector.
type decoder func(v *record.Vector, field []byte) error

// decoderOf is the decoder of a type that typeOf knows.
func decoderOf(oid uint32) decoder {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.BoolOID:
		return decodeInt(oid == pgtype.OIDOID || oid == pgtype.BoolOID)
	case pgtype.Float4OID, pgtype.Float8OID:
		return decodeFloat
	case pgtype.DateOID:
		return decodeDate
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		return decodeTimestamp
	case pgtype.JSONBOID:
		return decodeJSONB
	case pgtype.UUIDOID:
		return decodeUUID
	case pgtype.NumericOID:
		return decodeNumeric
	default:
		return decodeText
	}
}

// decodeInt reads an integer of any width.
func decodeInt(unsigned bool) decoder {
	return func(v *record.Vector, field []byte) error {
		n := uint64(0)
		for _, b := range field {
			n = n<<8 | uint64(b)
		}
		if empty := 64 - 8*len(field); !unsigned {
			v.AppendInt(int64(n<<empty) >> empty) // carries the sign up
			return nil
		}
		v.AppendInt(int64(n))
		return nil
	}
}

func decodeFloat(v *record.Vector, field []byte) error {
	if len(field) == 4 {
		v.AppendFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(field))))
		return nil
	}
	v.AppendFloat(math.Float64frombits(binary.BigEndian.Uint64(field)))
	return nil
}

func decodeDate(v *record.Vector, field []byte) error {
	days := int32(binary.BigEndian.Uint32(field))
	if days == math.MinInt32 || days == math.MaxInt32 {
		return fmt.Errorf("the date is infinite; change it in the SQL")
	}
	v.AppendInt(int64(days) + epochDays)
	return nil
}

func decodeTimestamp(v *record.Vector, field []byte) error {
	micros := int64(binary.BigEndian.Uint64(field))
	if micros == math.MinInt64 || micros == math.MaxInt64 {
		return fmt.Errorf("the timestamp is infinite; change it in the SQL")
	}
	v.AppendInt(micros + epochMicros)
	return nil
}

// decodeText repeats the string of the row before where it is the same: columns of few
// values then cost no memory.
func decodeText(v *record.Vector, field []byte) error {
	if n := len(v.Texts); n > 0 && v.Texts[n-1] == string(field) {
		v.AppendText(v.Texts[n-1])
		return nil
	}
	v.AppendText(string(field))
	return nil
}

func decodeJSONB(v *record.Vector, field []byte) error {
	if len(field) == 0 || field[0] != 1 {
		return fmt.Errorf("jsonb has a version other than 1")
	}
	return decodeText(v, field[1:])
}

func decodeUUID(v *record.Vector, field []byte) error {
	if len(field) != 16 {
		return fmt.Errorf("uuid has %d bytes", len(field))
	}
	var text [36]byte
	hex.Encode(text[:8], field[:4])
	hex.Encode(text[9:13], field[4:6])
	hex.Encode(text[14:18], field[6:8])
	hex.Encode(text[19:23], field[8:10])
	hex.Encode(text[24:], field[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	v.AppendText(string(text[:]))
	return nil
}

func decodeNumeric(v *record.Vector, field []byte) error {
	var space [48]byte
	text, err := appendDecimal(space[:0], field)
	if err != nil {
		return err
	}
	return decodeText(v, text)
}
