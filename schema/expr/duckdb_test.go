package expr_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/google/uuid"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr/exprtest"
)

// TestDuckDB holds Go and SQL against each other on a real database (rule 7).
func TestDuckDB(t *testing.T) {
	t.Parallel()
	db := openDuckDB(t)
	exprtest.Agree(t, exprtest.DuckDB{}, 200, func(t testing.TB, query string, of record.Type) []record.Value {
		return queryDuckDB(t, db, query, of)
	})
}

func openDuckDB(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	return db
}

func queryDuckDB(t testing.TB, db *sql.DB, query string, of record.Type) []record.Value {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%v\n%.400s", err, query)
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
		t.Fatalf("%v\n%.400s", err, query)
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
	case string:
		return record.TextValue(v)
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
		if int(v.Scale) != of.Scale {
			t.Fatalf("the scale is %d, want %s", v.Scale, of)
		}
		return record.DecimalValue(decimalDigits(v))
	}
	t.Fatalf("unexpected %T", v)
	return record.Null
}

func decimalDigits(v duckdb.Decimal) string {
	if v.Scale == 0 {
		return v.Value.String()
	}
	digits, sign := v.Value.String(), ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	digits = fmt.Sprintf("%0*s", int(v.Scale)+1, digits)
	return sign + digits[:len(digits)-int(v.Scale)] + "." + digits[len(digits)-int(v.Scale):]
}
