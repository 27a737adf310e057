package warehousetest

import (
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func scratches() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"a scratch transaction leaves nothing behind":           testScratch,
		"a scratch transaction sees one state to its end":       testScratchState,
		"a transaction that reads only refuses what writes":     testReadOnly,
		"an ended transaction cannot be made to read only":      testReadOnlyEnded,
		"a temporary table can be read after writing has ended": testReadOnlyTemporary,
	}
}

// scratch starts a scratch transaction that is rolled back when the test ends.
func scratch(t testing.TB, w warehouse.Warehouse) warehouse.Tx {
	t.Helper()
	tx, err := w.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Rollback(); err != nil {
			t.Errorf("roll back: %v", err)
		}
	})
	return tx
}

func testScratch(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	tx := scratch(t, w)
	if _, err := tx.Load(t.Context(), numbers.Name, sequence(3, 3)); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a scratch transaction was committed")
	}
	if got := count(t, w); got != 0 {
		t.Errorf("it left %d rows", got)
	}
}

func testScratchState(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	table := w.Dialect().Table(numbers.Name)
	tx := scratch(t, w)
	if got := rowsIn(t, tx, table); got != 0 {
		t.Fatalf("%d rows before any was written", got)
	}
	load(t, w, numbers.Name, sequence(5, 5)) // beside the open transaction, which it does not wait for
	if got := rowsIn(t, tx, table); got != 0 {
		t.Errorf("the transaction sees %d rows that were committed after it began", got)
	}
	if got := count(t, w); got != 5 {
		t.Errorf("others see %d rows, want 5", got)
	}
}

func rowsIn(t testing.TB, tx warehouse.Tx, table string) int64 {
	t.Helper()
	rows, err := collect(tx.Query(t.Context(), "SELECT count(*) FROM "+table))
	if err != nil {
		t.Fatal(err)
	}
	return rows[0][0].Int()
}

func testReadOnly(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	table := w.Dialect().Table(numbers.Name)
	for name, write := range map[string]func(warehouse.Tx) error{
		"exec": func(tx warehouse.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO "+table+" SELECT 1")
			return err
		},
		"query": func(tx warehouse.Tx) error {
			_, err := collect(tx.Query(t.Context(), "INSERT INTO "+table+" SELECT 1 RETURNING n"))
			return err
		},
		"load": func(tx warehouse.Tx) error {
			_, err := tx.Load(t.Context(), numbers.Name, sequence(1, 1))
			return err
		},
	} {
		tx := begin(t, w)
		exec(t, tx, "INSERT INTO "+table+" SELECT 7")
		if err := tx.ReadOnly(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := rowsIn(t, tx, table); got != 1 {
			t.Errorf("%s: what was written before cannot be read: %d rows", name, got)
		}
		if err := write(tx); err == nil {
			t.Errorf("%s wrote", name)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

func testReadOnlyEnded(t *testing.T, w warehouse.Warehouse) {
	tx := begin(t, w)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := tx.ReadOnly(t.Context()); err == nil {
		t.Error("an ended transaction took it")
	}
}

func testReadOnlyTemporary(t *testing.T, w warehouse.Warehouse) {
	d, temp := w.Dialect(), schema.Name{Table: "gold.numbers"}
	tx := scratch(t, w)
	exec(t, tx, d.CreateTemp(temp.Table, numbers.Fields)...)
	if _, err := tx.Load(t.Context(), temp, sequence(4, 2)); err != nil {
		t.Fatal(err)
	}
	if err := tx.ReadOnly(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := rowsIn(t, tx, d.Table(temp)); got != 4 {
		t.Errorf("%d rows, want 4", got)
	}
	if _, err := collect(tx.Query(t.Context(), "DELETE FROM "+d.Table(temp))); err == nil {
		t.Error("a query wrote to a temporary table")
	}
}
