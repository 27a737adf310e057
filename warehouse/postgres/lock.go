package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/zeebo/xxh3"

	"github.com/lodehq/lode/warehouse"
)

// Lock takes an advisory lock on a connection of its own: the server gives it back when
// that connection ends, however the process ended.
func (w *database) Lock(ctx context.Context, name string) (func() error, error) {
	conn, err := pgx.ConnectConfig(ctx, w.pool.Config().ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("lock %q: connect to PostgreSQL: %w", name, err)
	}
	taken, err := tryLock(ctx, conn, name)
	if err != nil || !taken {
		closeErr := conn.Close(context.WithoutCancel(ctx))
		if err == nil {
			err = warehouse.ErrLocked
		}
		return nil, errors.Join(fmt.Errorf("lock %q: %w", name, err), closeErr)
	}
	return func() error { return unlock(conn, name) }, nil
}

// unlock waits until the server has given the lock back, so that whoever is told next
// finds it free.
func unlock(conn *pgx.Conn, name string) error {
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
func tryLock(ctx context.Context, conn *pgx.Conn, name string) (taken bool, err error) {
	const patient = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`
	if _, err := conn.Exec(ctx, patient); err != nil {
		return false, err
	}
	key := int64(xxh3.HashString("lode:" + name))
	err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&taken)
	return taken, err
}
