package postgres_test

import (
	"testing"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/warehouse/warehousetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	warehousetest.Run(t, dbtest.Postgres)
}

func Benchmark(b *testing.B) { warehousetest.Benchmark(b, dbtest.Postgres) }
