package warehousetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

func queries() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"arguments of every kind arrive":                testArguments,
		"arguments can be NULL":                         testNullArguments,
		"an argument too few is refused":                testArgumentCount,
		"a result streams in order and in small pieces": testStream,
		"a stream can be left early":                    testLeaveEarly,
		"a panic while reading stays a panic":           testReadPanic,
		"a cancelled stream ends with an error":         testCancelledQuery,
		"an error in the middle of a result is told":    testLateError,
		"a type that cannot be read names its column":   testUnknownType,
		"sums and counts are exact":                     testAggregates,
		"an empty result has no batches with rows":      testEmptyResult,
		"errors name the operation and the statement":   testErrorText,
	}
}

func testArguments(t *testing.T, w warehouse.Warehouse) {
	create(t, w, every)
	d := w.Dialect()
	tx := begin(t, w)
	for i, column := range extremes() {
		f := every.Fields[i+1]
		for _, v := range column {
			insert := "INSERT INTO " + d.Table(every.Name) + " (position, " + d.Quote(f.Name) + ") VALUES ($1, $2)"
			if n, err := tx.Exec(t.Context(), insert, record.IntValue(int64(i)), v); err != nil || n != 1 {
				t.Fatalf("insert %v into %s: %d rows, %v", v, f.Name, n, err)
			}
			read := "SELECT " + d.Quote(f.Name) + " FROM " + d.Table(every.Name) + " WHERE position = $1"
			got, err := collect(tx.Query(t.Context(), read, record.IntValue(int64(i))))
			if err != nil || len(got) != 1 || got[0][0] != v {
				t.Errorf("%s: %v arrived as %v, %v", f.Name, v, got, err)
			}
			exec(t, tx, "DELETE FROM "+d.Table(every.Name))
		}
	}
}

func testNullArguments(t *testing.T, w warehouse.Warehouse) {
	for _, f := range every.Fields {
		got := one(t, w, "SELECT CAST($1 AS "+w.Dialect().TypeName(f.Type)+")", record.Null)
		if !got.IsNull() {
			t.Errorf("a NULL %s arrived as %v", f.Type, got)
		}
	}
}

func testArgumentCount(t *testing.T, w warehouse.Warehouse) {
	for _, args := range [][]record.Value{nil, {record.IntValue(1)}} {
		if _, err := collect(w.Query(t.Context(), "SELECT CAST($1 AS bigint) + CAST($2 AS bigint)", args...)); err == nil {
			t.Errorf("%d arguments for two parameters went through", len(args))
		}
	}
}

func testStream(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	const n = 50_000
	load(t, w, numbers.Name, sequence(n, 1000))
	tx := begin(t, w)
	next := int64(0)
	for b, err := range tx.Query(t.Context(), "SELECT n FROM "+w.Dialect().Table(numbers.Name)+" ORDER BY n") {
		if err != nil {
			t.Fatal(err)
		}
		if b.Len() == 0 || b.Len() > 8192 {
			t.Fatalf("a batch has %d rows", b.Len())
		}
		for _, got := range b.Vectors[0].Ints {
			if got != next {
				t.Fatalf("read %d, want %d", got, next)
			}
			next++
		}
	}
	if next != n {
		t.Errorf("read %d rows, want %d", next, n)
	}
	exec(t, tx, "DELETE FROM "+w.Dialect().Table(numbers.Name)) // the Tx can be used again
}

func testLeaveEarly(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(50_000, 5000))
	sql := "SELECT n FROM " + w.Dialect().Table(numbers.Name)
	tx := begin(t, w)
	for _, read := range []record.Batches{tx.Query(t.Context(), sql), tx.Query(t.Context(), sql), w.Query(t.Context(), sql)} {
		for _, err := range read {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	exec(t, tx, "DELETE FROM "+w.Dialect().Table(numbers.Name)+" WHERE n < 100")
	if err := tx.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	if got := count(t, w); got != 49_900 {
		t.Errorf("%d rows, want 49900", got)
	}
}

func testReadPanic(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(50_000, 5000))
	sql := "SELECT n FROM " + w.Dialect().Table(numbers.Name)
	tx := begin(t, w)
	for _, read := range []record.Batches{tx.Query(t.Context(), sql), w.Query(t.Context(), sql)} {
		func() {
			defer func() {
				if recover() != "the reader panicked" {
					t.Error("the panic was lost")
				}
			}()
			for _, err := range read {
				if err != nil {
					t.Error(err)
				}
				panic("the reader panicked")
			}
		}()
	}
	exec(t, tx, sql)
	if got := count(t, w); got != 50_000 {
		t.Errorf("%d rows, want 50000", got)
	}
}

func testCancelledQuery(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(100_000, 5000))
	table := w.Dialect().Table(numbers.Name)
	tx := begin(t, w)
	for _, query := range []func(context.Context, string, ...record.Value) record.Batches{w.Query, tx.Query} {
		ctx, cancel := context.WithCancel(t.Context())
		var last error
		for _, err := range query(ctx, "SELECT a.n FROM "+table+" a CROSS JOIN "+table+" b") {
			cancel()
			last = err
		}
		cancel()
		if !errors.Is(last, context.Canceled) {
			t.Errorf("the stream ended with %v, want context.Canceled", last)
		}
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a transaction with a cancelled stream was committed")
	}
	if got := count(t, w); got != 100_000 {
		t.Errorf("%d rows, want 100000", got)
	}
}

func testLateError(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(50_000, 5000))
	table := w.Dialect().Table(numbers.Name)
	tx := begin(t, w)
	_, err := collect(tx.Query(t.Context(), "SELECT CAST(CASE WHEN n = 40000 THEN 'x' ELSE '1' END AS bigint) FROM "+table))
	if err == nil {
		t.Error("a bad row near the end was not told")
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a transaction with a failed query was committed")
	}
}

func testUnknownType(t *testing.T, w warehouse.Warehouse) {
	_, err := collect(w.Query(t.Context(), "SELECT 1 AS fine, INTERVAL '1 hour' AS strange"))
	if err == nil || !strings.Contains(err.Error(), "strange") || strings.Contains(err.Error(), "fine\"") {
		t.Errorf("got %v, want an error that names the column", err)
	}
}

func testAggregates(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(3, 3))
	got := rows(t, w, "SELECT count(*), sum(n + 9223372036854775000), sum(CAST('0.10' AS decimal(18,2))), CAST(-7 AS smallint), CAST(7 AS integer), CAST(0.5 AS real) FROM "+
		w.Dialect().Table(numbers.Name))
	want := []record.Value{record.IntValue(3), record.DecimalValue("27670116110564325003"), record.DecimalValue("0.30"),
		record.IntValue(-7), record.IntValue(7), record.FloatValue(0.5)}
	if len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func testEmptyResult(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	tx := begin(t, w)
	for _, sql := range []string{"SELECT n FROM " + w.Dialect().Table(numbers.Name), "DELETE FROM " + w.Dialect().Table(numbers.Name)} {
		if got, err := collect(tx.Query(t.Context(), sql)); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", sql, got, err)
		}
	}
}

func testErrorText(t *testing.T, w warehouse.Warehouse) {
	_, err := collect(w.Query(t.Context(), "SELECT  nothing\nFROM nowhere"))
	if err == nil || !strings.HasPrefix(err.Error(), "query SELECT nothing FROM nowhere: ") {
		t.Errorf("error is %v", err)
	}
	_, err = begin(t, w).Exec(t.Context(), "DELETE FROM nowhere")
	if err == nil || !strings.HasPrefix(err.Error(), "execute DELETE FROM nowhere: ") {
		t.Errorf("error is %v", err)
	}
}
