package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lodehq/lode/warehouse"
)

// OpenTrial creates a database beside that of the address, which Close drops.
func (Driver) OpenTrial(ctx context.Context, address string) (warehouse.Warehouse, error) {
	opened, err := Driver{}.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	beside := opened.(*database)
	if err := beside.dropLost(ctx); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	id, err := uuid.NewV7() // which tells when
	if err != nil {
		return nil, errors.Join(fmt.Errorf("name a database for a trial: %w", err), opened.Close())
	}
	name := trialPrefix + id.String()
	if _, err := beside.pool.Exec(ctx, "CREATE DATABASE "+Dialect{}.Quote(name)+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return nil, errors.Join(fmt.Errorf("create a database for a trial: %w; let the role do it (ALTER ROLE ... CREATEDB), or name an empty database", err), opened.Close())
	}
	t := &trial{beside: beside, name: name}
	config := beside.pool.Config()
	config.ConnConfig.Database = name
	if t.database, err = connect(ctx, config); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

const (
	trialPrefix = "lode_trial_"
	// lost is the age from which on a trial that nobody is connected to has been left behind.
	lost = time.Hour
)

// dropLost drops the databases of trials that were killed.
func (w *database) dropLost(ctx context.Context) error {
	const unused = `SELECT datname FROM pg_database d WHERE starts_with(datname, $1) AND pg_get_userbyid(datdba) = current_user
AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid)`
	rows, err := w.pool.Query(ctx, unused, trialPrefix)
	if err != nil {
		return fmt.Errorf("look for databases of lost trials: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for databases of lost trials: %w", err)
	}
	for _, name := range names {
		id, err := uuid.Parse(strings.TrimPrefix(name, trialPrefix))
		if err != nil || id.Version() != 7 {
			continue // somebody else's
		}
		if seconds, _ := id.Time().UnixTime(); time.Since(time.Unix(seconds, 0)) < lost {
			continue
		}
		if _, err := w.pool.Exec(ctx, "DROP DATABASE IF EXISTS "+Dialect{}.Quote(name)); err != nil {
			return fmt.Errorf("drop the database of a lost trial: %w", err)
		}
	}
	return nil
}

// trial is a database that goes when it is closed.
type trial struct {
	*database
	beside *database
	name   string
}

// Close ends the connections and drops the database.
func (t *trial) Close() error {
	var err error
	if t.database != nil {
		err = t.database.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
	defer cancel()
	if _, e := t.beside.pool.Exec(ctx, "DROP DATABASE IF EXISTS "+Dialect{}.Quote(t.name)); e != nil {
		err = errors.Join(err, fmt.Errorf("drop the database of a trial: %w", e))
	}
	return errors.Join(err, t.beside.Close())
}
