//go:build cgo && !noduckdb

package duckdb_test

import (
	"testing"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/warehouse/warehousetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("file", func(t *testing.T) { t.Parallel(); warehousetest.Run(t, dbtest.DuckDB) })
	t.Run("memory", func(t *testing.T) { t.Parallel(); warehousetest.Run(t, dbtest.Memory) })
}

func Benchmark(b *testing.B) {
	b.Run("file", func(b *testing.B) { warehousetest.Benchmark(b, dbtest.DuckDB) })
	b.Run("memory", func(b *testing.B) { warehousetest.Benchmark(b, dbtest.Memory) })
}
