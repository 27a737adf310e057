//go:build cgo && !noduckdb

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// load writes batches through DuckDB's appender, which belongs to the transaction of the
// connection. It copies what it is given, so one chunk is filled again and again.
func (t *tx) load(ctx context.Context, table schema.Name, batches record.Batches) (rows int64, err error) {
	var a *appending
	defer func() {
		if a != nil {
			a.close()
		}
	}()
	for b, err := range batches {
		if err == nil && a == nil {
			a, err = t.startAppend(table, b.Columns)
		}
		if err == nil {
			err = a.write(ctx, b)
		}
		if err != nil {
			return 0, err
		}
		rows += int64(b.Len())
	}
	if a == nil {
		return 0, nil
	}
	return rows, a.flush(ctx)
}

// appending is a load under way.
type appending struct {
	conn    *conn
	columns []record.Column
	handle  duck.Appender
	types   []duck.LogicalType
	targets []target
	chunk   duck.DataChunk
	arena   arena
	unsaved int // bytes of text since the last flush
}

// flushBytes is how much text the appender may collect before it hands its rows to the
// table. By itself it counts rows and would hold 200,000 of any width.
const flushBytes = 32 << 20

// startAppend finds the table and the types of its columns.
func (t *tx) startAppend(table schema.Name, columns []record.Column) (*appending, error) {
	if len(columns) == 0 {
		return nil, errors.New("the batch has no columns")
	}
	a := &appending{conn: t.conn, columns: columns}
	if err := a.start(table); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *appending) start(table schema.Name) error {
	in, schemaName := catalog, table.Schema
	if schemaName == "" {
		in, schemaName = "temp", "main"
	}
	if duck.AppenderCreateExt(a.conn.handle, in, schemaName, table.Table, &a.handle) == duck.StateError {
		return a.problem()
	}
	for i, c := range a.columns {
		if duck.AppenderAddColumn(a.handle, c.Name) == duck.StateError {
			return fmt.Errorf("match columns: %w", a.problem())
		}
		logical := duck.AppenderColumnType(a.handle, duck.IdxT(i))
		a.types = append(a.types, logical)
		to, err := targetOf(c.Type.Kind, logical)
		if err != nil {
			return fmt.Errorf("match columns: column %q of the table cannot take a %s: %w", c.Name, c.Type, err)
		}
		a.targets = append(a.targets, to)
	}
	a.chunk = duck.CreateDataChunk(a.types)
	return nil
}

// problem is what the appender says went wrong.
func (a *appending) problem() error {
	data := duck.AppenderErrorData(a.handle)
	defer duck.DestroyErrorData(&data)
	return errors.New(duck.ErrorDataMessage(data))
}

// chunkRows is the number of rows in a full chunk. DuckDB is built with it.
const chunkRows = 2048

// write appends a batch, chunk by chunk.
func (a *appending) write(ctx context.Context, b *record.Batch) error {
	if err := warehouse.SameColumns(a.columns, b); err != nil {
		return err
	}
	for from := 0; from < b.Len(); from += chunkRows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := a.writeChunk(b, from, min(from+chunkRows, b.Len())); err != nil {
			return err
		}
	}
	if a.unsaved < flushBytes {
		return nil
	}
	return a.flush(ctx)
}

// writeChunk appends the rows of a batch in [from, to).
func (a *appending) writeChunk(b *record.Batch, from, to int) error {
	duck.DataChunkReset(a.chunk)
	a.unsaved += a.arena.reserve(b, from, to)
	for i, fill := range a.targets {
		vector := newColumn(duck.DataChunkGetVector(a.chunk, duck.IdxT(i)), to-from)
		if err := fill(vector, &b.Vectors[i], from, &a.arena); err != nil {
			return fmt.Errorf("column %q: %w", a.columns[i].Name, err)
		}
		vector.setNulls(b.Vectors[i].Valid[from:to])
	}
	duck.DataChunkSetSize(a.chunk, duck.IdxT(to-from))
	if duck.AppendDataChunk(a.handle, a.chunk) == duck.StateError {
		return a.problem()
	}
	return nil
}

// flush hands the collected rows to the table, which finds what breaks its constraints.
func (a *appending) flush(ctx context.Context) error {
	defer a.conn.watch(ctx)()
	a.unsaved = 0
	if duck.AppenderFlush(a.handle) == duck.StateError {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return a.problem()
	}
	return nil
}

// close drops what was not flushed and lets go of everything.
func (a *appending) close() {
	if a.handle.Ptr != nil {
		duck.AppenderClear(a.handle)
	}
	duck.AppenderDestroy(&a.handle)
	duck.DestroyDataChunk(&a.chunk)
	for i := range a.types {
		duck.DestroyLogicalType(&a.types[i])
	}
	a.arena.pin.Unpin()
}

// arena holds the texts of one chunk that are too long to lie in the vector itself. It is
// pinned, because DuckDB's memory points into it.
type arena struct {
	bytes []byte
	pin   runtime.Pinner
}

// reserve empties the arena and makes room for the texts of the rows in [from, to). It
// returns their size.
func (a *arena) reserve(b *record.Batch, from, to int) int {
	size := 0
	for i := range b.Vectors {
		if texts := b.Vectors[i].Texts; len(texts) > 0 {
			for _, s := range texts[from:to] {
				size += len(s)
			}
		}
	}
	if size > cap(a.bytes) {
		a.pin.Unpin()
		a.bytes = make([]byte, 0, size+size/4)
		a.pin.Pin(&a.bytes[:1][0])
	}
	a.bytes = a.bytes[:0]
	return size
}

// add copies a text and returns where it lies.
func (a *arena) add(s string) *byte {
	at := len(a.bytes)
	a.bytes = append(a.bytes, s...) // reserve has made room: the bytes never move
	return &a.bytes[at]
}
