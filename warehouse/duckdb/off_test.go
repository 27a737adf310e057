//go:build noduckdb || !cgo

package duckdb_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/warehouse/duckdb"
)

func TestOpenSaysThatDuckDBIsLeftOut(t *testing.T) {
	t.Parallel()
	_, err := duckdb.Driver{}.Open(t.Context(), "duckdb:x")
	if err == nil || !strings.Contains(err.Error(), "built without") {
		t.Errorf("got %v", err)
	}
}
