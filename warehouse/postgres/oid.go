package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/lodehq/lode/record"
)

// typeModNone is the type modifier of a column that has none.
const typeModNone = -1

// typeOf is the record type of a PostgreSQL type; ok is false for one that Lode does not
// read. A numeric without declared digits has precision 0: each value has the
// digits that it has.
func typeOf(oid uint32, typmod int32) (t record.Type, ok bool) {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID:
		return record.Of(record.Int), true
	case pgtype.Float4OID, pgtype.Float8OID:
		return record.Of(record.Float), true
	case pgtype.BoolOID:
		return record.Of(record.Bool), true
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.UnknownOID, pgtype.QCharOID:
		return record.Of(record.Text), true
	case pgtype.DateOID:
		return record.Of(record.Date), true
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		return record.Of(record.Timestamp), true
	case pgtype.JSONOID, pgtype.JSONBOID:
		return record.Of(record.JSON), true
	case pgtype.UUIDOID:
		return record.Of(record.UUID), true
	case pgtype.NumericOID:
		return numericType(typmod), true
	}
	return record.Type{}, false
}

// numericType unpacks the precision and scale that PostgreSQL keeps in one number.
func numericType(typmod int32) record.Type {
	if typmod == typeModNone {
		return record.DecimalOf(0, 0)
	}
	packed := typmod - 4
	return record.DecimalOf(int(packed>>16&0xffff), int(packed&0x7ff))
}

// oidOf is the PostgreSQL type of an argument. JSON goes as json, so that its text survives on the
// way into either of the two JSON types.
func oidOf(k record.Kind) uint32 {
	switch k {
	case record.Int:
		return pgtype.Int8OID
	case record.Float:
		return pgtype.Float8OID
	case record.Decimal:
		return pgtype.NumericOID
	case record.Bool:
		return pgtype.BoolOID
	case record.Date:
		return pgtype.DateOID
	case record.Timestamp:
		return pgtype.TimestamptzOID
	case record.JSON:
		return pgtype.JSONOID
	case record.UUID:
		return pgtype.UUIDOID
	case record.Text:
		return pgtype.TextOID
	}
	return 0 // NULL: the server infers what it is a NULL of
}
