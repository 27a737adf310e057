package postgres_test

import (
	"errors"
	"testing"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/postgres"
)

// TestALostLockEndsTheTransactionsOfItsHolder kills the session that holds the lock of a
// run: it begins no transaction any more, and nobody else gets the lock before the one
// that it had begun has ended.
func TestALostLockEndsTheTransactionsOfItsHolder(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	first, second := dbtest.Open(t, postgres.Driver{}, address), dbtest.Open(t, postgres.Driver{}, address)
	release, err := first.Lock(t.Context(), "run")
	if err != nil {
		t.Fatal(err)
	}
	open := begin(t, first)
	endOwners(t, second)
	if _, err := first.Begin(t.Context()); !errors.Is(err, warehouse.ErrLockLost) {
		t.Errorf("a transaction begins without the lock: %v", err)
	}
	if _, err := second.Lock(t.Context(), "run"); !errors.Is(err, warehouse.ErrLocked) {
		t.Errorf("the lock is given while a transaction of its last holder is open: %v", err)
	}
	if err := open.Commit(t.Context()); err != nil {
		t.Errorf("the transaction that was begun in time: %v", err)
	}
	again, err := second.Lock(t.Context(), "run")
	if err != nil {
		t.Fatalf("the lock that was lost cannot be taken: %v", err)
	}
	if _, err := first.Begin(t.Context()); !errors.Is(err, warehouse.ErrLockLost) {
		t.Errorf("a transaction begins beside another run: %v", err)
	}
	if err := errors.Join(begin(t, second).Commit(t.Context()), again()); err != nil {
		t.Fatal(err)
	}
	if err := release(); err == nil {
		t.Error("the holder of a lost lock is not told when it gives it back")
	}
	if err := begin(t, first).Rollback(); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, w warehouse.Warehouse) warehouse.Tx {
	t.Helper()
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// endOwners ends the sessions of the database that own an advisory lock, and waits until
// they are gone.
func endOwners(t *testing.T, w warehouse.Warehouse) {
	t.Helper()
	tx := begin(t, w)
	const owners = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	if _, err := tx.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM ("+owners+") o"); err != nil {
		t.Fatal(err)
	}
	for left := true; left; {
		left = false
		for b, err := range tx.Query(t.Context(), owners) {
			if err != nil {
				t.Fatal(err)
			}
			left = left || b.Len() > 0
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
