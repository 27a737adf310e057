//go:build cgo && !noduckdb

package duckdb

// Writers is one: DuckDB takes one writing transaction at a time.
func (*database) Writers() int { return 1 }
