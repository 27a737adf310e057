package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/zeebo/xxh3"

	"github.com/lodehq/lode/warehouse"
)

// lockKeys are the two advisory locks behind the lock of a name. The holder's session has
// owner. Its transactions share inside, and begin by making sure that owner is still
// held: the session may have ended without anybody noticing. Who takes owner after such a
// holder must also be able to take inside, which is not possible before the transactions
// that the holder had begun have ended.
type lockKeys struct{ owner, inside int64 }

func keysOf(name string) lockKeys {
	return lockKeys{int64(xxh3.HashString("lode:" + name)), int64(xxh3.HashString("lode inside:" + name))}
}

// held is a lock that this process has taken.
type held struct {
	lockKeys
	session uint32 // the server's process that holds it
}

// Lock takes an advisory lock on a connection of its own: the server gives it back when
// that connection ends, however the process ended.
func (w *database) Lock(ctx context.Context, name string) (func() error, error) {
	conn, err := pgx.ConnectConfig(ctx, w.pool.Config().ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("lock %q: connect to PostgreSQL: %w", name, err)
	}
	taken, err := tryLock(ctx, conn, keysOf(name))
	if err != nil || !taken {
		closeErr := conn.Close(context.WithoutCancel(ctx))
		if err == nil {
			err = warehouse.ErrLocked
		}
		return nil, errors.Join(fmt.Errorf("lock %q: %w", name, err), closeErr)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.locks == nil {
		w.locks = map[string]held{}
	}
	w.locks[name] = held{keysOf(name), conn.PgConn().PID()}
	return func() error { return w.unlock(conn, name) }, nil
}

// unlock waits until the server has given the lock back, so that whoever is told next
// finds it free.
func (w *database) unlock(conn *pgx.Conn, name string) error {
	w.mutex.Lock()
	delete(w.locks, name)
	w.mutex.Unlock()
	if conn.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
	defer cancel()
	_, err := conn.Exec(ctx, "SELECT pg_advisory_unlock_all()")
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("unlock %q: %w", name, err)
	}
	return nil
}

// tryLock asks for the lock, after telling the server not to end a session for being
// idle: this one is idle by design. The setting exists from version 14 on.
func tryLock(ctx context.Context, conn *pgx.Conn, keys lockKeys) (taken bool, err error) {
	const patient = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`
	if _, err := conn.Exec(ctx, patient); err != nil {
		return false, err
	}
	for _, key := range []int64{keys.owner, keys.inside} {
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&taken); err != nil {
			return false, err
		}
		if !taken { // the server ends a session some time after it is told to; whoever asks until then is not to find the first lock taken
			_, err := conn.Exec(ctx, "SELECT pg_advisory_unlock_all()")
			return false, err
		}
	}
	_, err = conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", keys.inside)
	return true, err
}

// enter makes a transaction that has just begun one of those inside the locks that this
// process has taken. It fails with ErrLockLost when one of them is not held any more.
func (w *database) enter(ctx context.Context, conn *pgconn.PgConn) error {
	w.mutex.Lock()
	locks := maps.Clone(w.locks)
	w.mutex.Unlock()
	for name, l := range locks {
		results, err := conn.Exec(ctx, fmt.Sprintf("SELECT pg_advisory_xact_lock_shared(%d); SELECT 'held' FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = %d"+
			" AND classid::bigint = %d AND objid::bigint = %d AND objsubid = 1", l.inside, l.session, uint64(l.owner)>>32, uint32(l.owner))).ReadAll()
		if err != nil {
			return err
		}
		if len(results[1].Rows) == 0 {
			return fmt.Errorf("lock %q: %w", name, warehouse.ErrLockLost)
		}
	}
	return nil
}
