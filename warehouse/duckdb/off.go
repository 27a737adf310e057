//go:build noduckdb || !cgo

package duckdb

import (
	"context"
	"errors"

	"github.com/lodehq/lode/warehouse"
)

// Driver stands for DuckDB in a binary that was built without it.
type Driver struct{}

// Schemes are the beginnings of addresses that belong to DuckDB.
func (Driver) Schemes() []string { return []string{scheme} }

// Dialect spells SQL for DuckDB.
func (Driver) Dialect() warehouse.Dialect { return Dialect{} }

// Open says what is missing.
func (Driver) Open(context.Context, string) (warehouse.Warehouse, error) {
	return nil, errors.New("open DuckDB: this binary was built without it (tag noduckdb or no cgo); " +
		"use a PostgreSQL address, or build with CGO_ENABLED=1 and without the tag")
}
