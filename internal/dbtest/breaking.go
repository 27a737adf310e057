package dbtest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/lodehq/lode/warehouse"
)

// ErrLost is what a commit fails with that a Breaking driver lets fail.
var ErrLost = errors.New("the connection was lost")

// Breaking is a driver whose warehouse fails one commit: the one at which Left, counted
// down by each, comes to nought. What that transaction wrote is rolled back.
type Breaking struct {
	warehouse.Driver
	Left *atomic.Int64
}

// Open opens the warehouse of the driver within.
func (b Breaking) Open(ctx context.Context, address string) (warehouse.Warehouse, error) {
	w, err := b.Driver.Open(ctx, address)
	return breakingWarehouse{w, b.Left}, err
}

type breakingWarehouse struct {
	warehouse.Warehouse
	left *atomic.Int64
}

func (b breakingWarehouse) Begin(ctx context.Context) (warehouse.Tx, error) {
	tx, err := b.Warehouse.Begin(ctx)
	return breakingTx{tx, b.left}, err
}

type breakingTx struct {
	warehouse.Tx
	left *atomic.Int64
}

func (b breakingTx) Commit(ctx context.Context) error {
	if b.left.Add(-1) == 0 {
		return errors.Join(ErrLost, b.Rollback())
	}
	return b.Tx.Commit(ctx)
}
