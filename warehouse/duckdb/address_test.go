package duckdb

import "testing"

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for address, path := range map[string]string{
		"duckdb:": "", "duckdb::memory:": "", "duckdb::memory:?threads=1": "", "duckdb:shop.duckdb": "shop.duckdb",
		"duckdb:///data/shop.duckdb": "/data/shop.duckdb", "duckdb:a b%20.duckdb?threads=2": "a b%20.duckdb",
	} {
		o, err := parseAddress(address)
		if err != nil || o.path != path {
			t.Errorf("%s: path %q, %v; want %q", address, o.path, err, path)
		}
	}
}
