//go:build cgo && !noduckdb

package duckdb

import (
	"context"

	"github.com/lodehq/lode/warehouse"
)

// OpenTrial opens an empty database in memory.
func (d Driver) OpenTrial(ctx context.Context, _ string) (warehouse.Warehouse, error) {
	return d.Open(ctx, scheme+":")
}
