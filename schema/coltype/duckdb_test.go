package coltype_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/uuid"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/coltype/coltypetest"
	"github.com/lodehq/lode/schema/expr/exprtest"
)

// every is a type of each kind and form of arguments.
var every = [...]string{
	"text", "integer", "decimal(18,2)", "decimal(38,10)", "decimal(5,0)", "decimal(4,4)", "float", "boolean", "boolean_string",
	"date", "date(DD.MM.YYYY, YYYYMMDD, M/D/YYYY)", "timestamp", "timestamp(Europe/Berlin)", "timestamp(Europe/Berlin, later)", "timestamp(America/New_York)", "timestamp(UTC)",
	"epoch_seconds", "epoch_millis", "epoch_micros", "json", "uuid", "reference", "reference(id)", "normalized_email", "phone", "phone(DE)", "phone(US)", "phone(DK)", "country", "currency",
}

// TestDuckDB holds Decode and SQL against each other on a real database.
func TestDuckDB(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	for _, spec := range every {
		t.Run(spec, func(t *testing.T) {
			typ, err := coltype.Standard().Parse(spec)
			if err != nil {
				t.Fatal(err)
			}
			coltypetest.Agree(t, exprtest.DuckDB{}, typ, func(t testing.TB, query string, of record.Type) []record.Value {
				return queryDuckDB(t, db, query, of)
			})
		})
	}
}

func queryDuckDB(t testing.TB, db *sql.DB, query string, of record.Type) []record.Value {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%v\n%.1500s", err, query)
	}
	defer rows.Close()
	var values []record.Value
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		values = append(values, fromDuckDB(t, v, of))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%v\n%.1500s", err, query)
	}
	return values
}

func fromDuckDB(t testing.TB, v any, of record.Type) record.Value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return record.Null
	case int64:
		return record.IntValue(v)
	case float64:
		return record.FloatValue(v)
	case bool:
		return record.BoolValue(v)
	case []byte:
		id, err := uuid.FromBytes(v)
		if err != nil {
			t.Fatal(err)
		}
		return record.UUIDValue(id.String())
	case time.Time:
		if of.Kind == record.Date {
			return record.DateValue(v.Unix() / 86400)
		}
		return record.TimeValue(v)
	case duckdb.Decimal:
		return decimalValue(v)
	case string:
		return record.TextValue(v)
	}
	t.Fatalf("unexpected %T", v)
	return record.Null
}

func decimalValue(v duckdb.Decimal) record.Value {
	digits, sign := v.Value.String(), ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	digits = fmt.Sprintf("%0*s", int(v.Scale)+1, digits)
	at := len(digits) - int(v.Scale)
	if v.Scale == 0 {
		return record.DecimalValue(sign + digits)
	}
	return record.DecimalValue(sign + digits[:at] + "." + digits[at:])
}
