package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/lodehq/lode/warehouse"
)

// OpenTrial creates a database beside that of the address, which Close drops.
func (Driver) OpenTrial(ctx context.Context, address string) (warehouse.Warehouse, error) {
	opened, err := Driver{}.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	beside := opened.(*database)
	name := "lode_trial_" + uuid.NewString()
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
