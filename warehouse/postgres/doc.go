// Package postgres is the PostgreSQL warehouse, version 13 and later. It needs no
// superuser and creates no function in the database.
//
// It has the same files in the same order as package duckdb beside it:
//
//	driver.go    opens an address         lock.go      named locks
//	tx.go        transactions             dialect.go   statements of the contract
//	load.go      bulk path: binary COPY   expr.go      pieces of expressions
//	encode.go    vectors -> wire          trycast.go   casts that yield NULL
//	query.go     results -> batches       regexp.go    RE2 -> PostgreSQL's expressions
//	decode.go    wire -> vectors          describe.go  tables back as data
//
// Rows never pass through pgx's type map: vectors are written and read in
// PostgreSQL's binary format directly.
package postgres
