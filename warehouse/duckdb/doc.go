// Package duckdb is the embedded warehouse: a DuckDB file beside the project, or
// memory. One process owns a file at a time.
//
// It has the same files in the same order as package postgres beside it:
//
//	driver.go    opens an address         lock.go      named locks
//	tx.go        transactions             dialect.go   statements of the contract
//	load.go      bulk path: appender      expr.go      pieces of expressions
//	encode.go    vectors -> chunks        trycast.go   casts that yield NULL
//	query.go     results -> batches       json.go      JSON without loss of digits
//	decode.go    chunks -> vectors        describe.go  tables back as data
//
// and, because DuckDB is reached through its C interface, conn.go: connections and
// statements. Rows are written into and read from DuckDB's own column vectors, so no
// value is boxed and nothing is called per value.
//
// The build tag noduckdb, like a build without cgo, leaves DuckDB out; Open then says so.
package duckdb
