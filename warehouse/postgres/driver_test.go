package postgres_test

import (
	"encoding/binary"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/postgres"
)

func TestPasswordIsInNoError(t *testing.T) {
	t.Parallel()
	const password = "s3cr3t-W0rd"
	for _, address := range []string{
		"postgres://user:" + password + "@127.0.0.1:1/db",
		"postgres://user:" + password + "@127.0.0.1:port/db",
		"postgres://user:" + password + "@host with space/db?sslmode=nonsense",
		"postgres://user:" + password + "%zz@127.0.0.1/db",
		"postgres://user:" + password + "#@127.0.0.1/db",
		"postgres://127.0.0.1:1/db?user=u&password=" + password,
		"postgres://user:" + password + "@127.0.0.1/db?pool_max_conns=x",
		"host=127.0.0.1 port=1 user=u password=" + password,
		"host=127.0.0.1 port=1 user=u password='" + password,
	} {
		_, err := postgres.Driver{}.Open(t.Context(), address)
		if err == nil {
			t.Fatalf("%s was opened", address)
		}
		if strings.Contains(err.Error(), password) {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestLockHoldsAcrossPools(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	first, second := dbtest.Open(t, postgres.Driver{}, address), dbtest.Open(t, postgres.Driver{}, address)
	release, err := first.Lock(t.Context(), "run")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Lock(t.Context(), "run"); !errors.Is(err, warehouse.ErrLocked) {
		t.Errorf("second lock: %v, want ErrLocked", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = second.Lock(t.Context(), "run")
	if err != nil {
		t.Fatalf("a released lock cannot be taken: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

func TestLockFallsWithItsConnection(t *testing.T) {
	t.Parallel()
	w := dbtest.Postgres(t)
	if _, err := w.Lock(t.Context(), "run"); err != nil { // never released: its holder dies
		t.Fatal(err)
	}
	const kill = `SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for _, err := range w.Query(t.Context(), kill) {
		if err != nil {
			t.Fatal(err)
		}
	}
	release, err := w.Lock(t.Context(), "run")
	if err != nil {
		t.Fatalf("the lock outlived its holder: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

func TestSessionTimeZoneDoesNotMatter(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery = url.Values{"timezone": {"Asia/Kolkata"}}.Encode()
	w := dbtest.Open(t, postgres.Driver{}, u.String())
	instant := record.TimestampValue(1_700_000_000_123_456)
	sql := "SELECT " + w.Dialect().Part("hour", w.Dialect().Literal(instant, record.Of(record.Timestamp)))
	for b, err := range w.Query(t.Context(), sql) {
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Row(0)[0].Int(); got != int64(instant.Time().Hour()) {
			t.Errorf("hour is %d, want %d", got, instant.Time().Hour())
		}
	}
}

func TestServerErrorsKeepDetailAndPlace(t *testing.T) {
	t.Parallel()
	w := dbtest.Postgres(t)
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rollback(t, tx)
	for _, sql := range []string{"CREATE SCHEMA s", "CREATE TABLE s.t (a int PRIMARY KEY)", "INSERT INTO s.t VALUES (1)"} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = tx.Exec(t.Context(), "INSERT INTO s.t VALUES (1)"); err == nil || !strings.Contains(err.Error(), "Key (a)=(1) already exists") {
		t.Errorf("error is %v", err)
	}
}

func TestLostConnectionIsTemporary(t *testing.T) {
	t.Parallel()
	w := dbtest.Postgres(t)
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var pid record.Value
	for b, err := range tx.Query(t.Context(), "SELECT pg_backend_pid()") {
		if err != nil {
			t.Fatal(err)
		}
		pid = b.Row(0)[0]
	}
	for _, err := range w.Query(t.Context(), "SELECT pg_terminate_backend($1::int, 10000)", record.TextValue(pid.String())) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.Exec(t.Context(), "SELECT 1"); !warehouse.IsTemporary(err) {
		t.Errorf("%v is not temporary", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Errorf("roll back on a lost connection: %v", err)
	}
}

func TestDeadlockIsTemporaryAndASyntaxErrorIsNot(t *testing.T) {
	t.Parallel()
	w := dbtest.Postgres(t)
	first, second := deadlock(t, w)
	if !warehouse.IsTemporary(errors.Join(first, second)) {
		t.Errorf("%v, %v: no error of the two is temporary", first, second)
	}
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rollback(t, tx)
	if _, err := tx.Exec(t.Context(), "SELEC 1"); err == nil || warehouse.IsTemporary(err) {
		t.Errorf("%v is temporary", err)
	}
}

// rollback ends a transaction, if it has not ended.
func rollback(t *testing.T, tx warehouse.Tx) {
	t.Helper()
	if err := tx.Rollback(); err != nil {
		t.Errorf("roll back: %v", err)
	}
}

// deadlock lets two transactions take two locks in opposite order.
func deadlock(t *testing.T, w warehouse.Warehouse) (error, error) {
	t.Helper()
	const lock = "SELECT pg_advisory_xact_lock($1)"
	var txs [2]warehouse.Tx
	for i := range txs {
		tx, err := w.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer rollback(t, tx)
		if _, err := tx.Exec(t.Context(), lock, record.IntValue(int64(i))); err != nil {
			t.Fatal(err)
		}
		txs[i] = tx
	}
	errs := make(chan error)
	for i, tx := range txs {
		go func() {
			_, err := tx.Exec(t.Context(), lock, record.IntValue(int64(1-i)))
			_ = tx.Rollback()
			errs <- err
		}()
	}
	return <-errs, <-errs
}

// yesterday is a time-ordered UUID of a day ago.
func yesterday(t *testing.T) (id uuid.UUID) {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	var millis [8]byte
	binary.BigEndian.PutUint64(millis[:], uint64(time.Now().Add(-24*time.Hour).UnixMilli()))
	copy(id[:6], millis[2:])
	return id
}

// A warehouse for a trial is empty, beside its project's, and gone when it is closed.
func TestOpenTrial(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	beside := dbtest.Open(t, postgres.Driver{}, url)
	databases := func() int64 {
		for b, err := range beside.Query(t.Context(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'lode_trial_%' AND pg_get_userbyid(datdba) = current_user") {
			if err != nil {
				t.Fatal(err)
			}
			return b.Row(0)[0].Int()
		}
		return -1
	}
	// One of yesterday, whose process was killed; nobody is connected to it.
	lost := postgres.Dialect{}.Quote("lode_trial_" + yesterday(t).String())
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+lost); err != nil {
		t.Fatal(err)
	}
	before := databases()
	w, err := postgres.Driver{}.OpenTrial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if got := databases(); got != before {
		t.Errorf("%d databases for trials while one is open, %d before, of which one was lost", got, before)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
