package warehousetest

import (
	"context"
	"errors"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func transactions() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"nothing is visible before commit and all after":      testIsolation,
		"rollback leaves nothing and undoes new tables":       testRollback,
		"rollback after commit does nothing":                  testRollbackAfterCommit,
		"a failed transaction cannot be committed":            testFailed,
		"an ended transaction refuses everything":             testEnded,
		"a read runs beside an open transaction":              testReadBeside,
		"transactions follow each other":                      testFollow,
		"begin gives up when its context ends":                testBeginCancelled,
		"exec tells the rows it touched":                      testAffected,
		"a temporary table vanishes with its transaction":     testTemporary,
		"a cancelled statement leaves the warehouse in order": testCancelledExec,
		"a warehouse is safe for concurrent use":              testConcurrent,
	}
}

func testIsolation(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	tx := begin(t, w)
	if _, err := tx.Load(t.Context(), numbers.Name, sequence(10, 4)); err != nil {
		t.Fatal(err)
	}
	if got := count(t, w); got != 0 {
		t.Errorf("before commit others see %d rows", got)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(t, w); got != 10 {
		t.Errorf("after commit others see %d rows, want 10", got)
	}
}

func testRollback(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	tx := begin(t, w)
	exec(t, tx, append([]string{d.CreateSchema("bronze")}, d.CreateTable(numbers)...)...)
	if _, err := tx.Load(t.Context(), numbers.Name, sequence(5000, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got, err := begin(t, w).Describe(t.Context(), "bronze"); err != nil || len(got) != 0 {
		t.Errorf("after rollback the schema has %v, %v", got, err)
	}
}

func testRollbackAfterCommit(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	tx := begin(t, w)
	if _, err := tx.Load(t.Context(), numbers.Name, sequence(3, 3)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Commit(t.Context()), tx.Rollback(), tx.Rollback()); err != nil {
		t.Error(err)
	}
	if got := count(t, w); got != 3 {
		t.Errorf("%d rows, want 3", got)
	}
}

func testFailed(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	tx := begin(t, w)
	if _, err := tx.Load(t.Context(), numbers.Name, sequence(3, 3)); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT nothing FROM nowhere"); err == nil {
		t.Fatal("a wrong statement ran")
	}
	if _, err := tx.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a failed transaction went on")
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a failed transaction was committed")
	}
	if got := count(t, w); got != 0 {
		t.Errorf("a failed transaction left %d rows", got)
	}
}

func testEnded(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	tx := begin(t, w)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, execErr := tx.Exec(t.Context(), "SELECT 1")
	_, loadErr := tx.Load(t.Context(), numbers.Name, sequence(1, 1))
	_, queryErr := collect(tx.Query(t.Context(), "SELECT 1"))
	_, describeErr := tx.Describe(t.Context(), "bronze")
	for i, err := range []error{execErr, loadErr, queryErr, describeErr, tx.Commit(t.Context())} {
		if err == nil {
			t.Errorf("call %d on an ended transaction went through", i)
		}
	}
}

func testReadBeside(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(20_000, 5000))
	tx := begin(t, w)
	next, read := 0, w.Query(t.Context(), "SELECT n FROM "+w.Dialect().Table(numbers.Name)+" ORDER BY n")
	for b, err := range read {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Load(t.Context(), numbers.Name, record.One(b)); err != nil {
			t.Fatal(err)
		}
		next += b.Len()
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(t, w); next != 20_000 || got != 40_000 {
		t.Errorf("read %d rows and have %d, want 20000 and 40000", next, got)
	}
}

func testFollow(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(1, 1))
	table := w.Dialect().Table(numbers.Name)
	errs := make(chan error)
	const writers = 8
	for range writers {
		go func() {
			tx, err := w.Begin(t.Context())
			if err == nil {
				_, err = tx.Exec(t.Context(), "UPDATE "+table+" SET n = n + 1")
				err = errors.Join(err, tx.Commit(t.Context()))
			}
			errs <- err
		}()
	}
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := one(t, w, "SELECT n FROM "+table); got.Int() != writers {
		t.Errorf("n = %v after %d increments", got, writers)
	}
}

func testBeginCancelled(t *testing.T, w warehouse.Warehouse) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tx, err := w.Begin(ctx)
	if err == nil {
		_ = tx.Rollback()
		t.Fatal("a transaction began under a cancelled context")
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	begin(t, w) // the warehouse still gives one
}

func testAffected(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(10, 10))
	table := w.Dialect().Table(numbers.Name)
	tx := begin(t, w)
	for _, step := range []struct {
		sql  string
		want int64
	}{
		{"UPDATE " + table + " SET n = n + 1 WHERE n < 4", 4},
		{"DELETE FROM " + table + " WHERE n < 3", 2},
		{"INSERT INTO " + table + " SELECT n FROM " + table, 8},
		{"DELETE FROM " + table + " WHERE n < 0", 0},
		{"SELECT n FROM " + table, 0},
	} {
		if got, err := tx.Exec(t.Context(), step.sql); err != nil || got != step.want {
			t.Errorf("%s: %d rows, %v; want %d", step.sql, got, err, step.want)
		}
	}
}

func testTemporary(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	d, temp := w.Dialect(), schema.Name{Table: "numbers"}
	for range 2 { // the second transaction finds no trace of the first
		tx := begin(t, w)
		for range 2 { // and a table of the same name is dropped
			exec(t, tx, d.CreateTemp(temp.Table, numbers.Fields)...)
			if n, err := tx.Load(t.Context(), temp, sequence(7, 7)); err != nil || n != 7 {
				t.Fatalf("load %d rows, %v", n, err)
			}
		}
		exec(t, tx, "INSERT INTO "+d.Table(numbers.Name)+" SELECT n FROM "+d.Table(temp))
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := collect(w.Query(t.Context(), "SELECT n FROM "+d.Table(temp))); err == nil {
			t.Error("the temporary table outlived its transaction")
		}
	}
	if got := count(t, w); got != 14 {
		t.Errorf("%d rows, want 14", got)
	}
}

func testCancelledExec(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(3000, 3000))
	table := w.Dialect().Table(numbers.Name)
	ctx, cancel := context.WithCancel(t.Context())
	tx := begin(t, w)
	exec(t, tx, "DELETE FROM "+table+" WHERE n = 0")
	running := make(chan error, 1)
	go func() {
		_, err := tx.Exec(ctx, "SELECT sum(a.n * b.n + c.n) FROM "+table+" a, "+table+" b, "+table+" c WHERE a.n + b.n + c.n > 5")
		running <- err
	}()
	cancel()
	if err := <-running; !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a cancelled transaction was committed")
	}
	if got := count(t, w); got != 3000 {
		t.Errorf("%d rows, want 3000", got)
	}
}

func testConcurrent(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	load(t, w, numbers.Name, sequence(1000, 1000))
	errs := make(chan error)
	const readers = 8
	for range readers {
		go func() {
			got, err := collect(w.Query(t.Context(), "SELECT n FROM "+w.Dialect().Table(numbers.Name)))
			if err == nil && len(got) != 1000 {
				err = errors.New("a reader missed rows")
			}
			errs <- err
		}()
	}
	for range readers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
