//go:build cgo && !noduckdb

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/lodehq/lode/record"
)

// batchBytes bounds the text in a batch, so that wide rows do not make it heavy. Its rows are
// those of one of DuckDB's chunks, 2048 at most.
const batchBytes = 2 << 20

// query streams the result of one statement, of one of the types only if any are given, as
// batches. One batch is filled again and
// again. DuckDB computes the result as it is read.
func query(ctx context.Context, c *conn, sql string, args []record.Value, only ...duck.StatementType) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		r := reader{conn: c, only: only}
		defer r.close()
		if err := r.start(ctx, sql, args); err != nil {
			yield(nil, fmt.Errorf("query %s: %w", excerpt(sql), err))
			return
		}
		defer c.watch(ctx)()
		for {
			more, err := r.next(ctx)
			if err != nil {
				yield(nil, fmt.Errorf("query %s: %w", excerpt(sql), err))
				return
			}
			if !more || !r.each(yield) {
				return
			}
		}
	}
}

// reader fills batches from a result.
type reader struct {
	conn      *conn
	only      []duck.StatementType
	statement duck.PreparedStatement
	pending   duck.PendingResult
	result    duck.Result
	chunk     duck.DataChunk
	batch     *record.Batch
	decode    []decoder
	texts     []int // the columns whose cells are texts
}

// start runs the statement up to its first rows.
func (r *reader) start(ctx context.Context, sql string, args []record.Value) (err error) {
	if r.statement, err = r.conn.prepare(ctx, sql, args); err != nil {
		return err
	}
	if len(r.only) > 0 && !slices.Contains(r.only, duck.PreparedStatementType(r.statement)) {
		return errors.New("a query only reads; this statement would write, or is no SELECT")
	}
	defer r.conn.watch(ctx)()
	if duck.PendingPreparedStreaming(r.statement, &r.pending) == duck.StateError {
		return failure(ctx, duck.PendingError(r.pending))
	}
	if duck.ExecutePending(r.pending, &r.result) == duck.StateError {
		return failure(ctx, duck.ResultError(&r.result))
	}
	if duck.ResultReturnType(r.result) != duck.ResultTypeQueryResult {
		return nil
	}
	return r.columns()
}

// columns reads the columns off the result.
func (r *reader) columns() error {
	var errs []error
	columns := make([]record.Column, duck.ColumnCount(&r.result))
	for i := range columns {
		logical := duck.ColumnLogicalType(&r.result, duck.IdxT(i))
		name := duck.ColumnName(&r.result, duck.IdxT(i))
		t, decode, ok := decoderOf(logical)
		if !ok {
			errs = append(errs, fmt.Errorf("column %q has a DuckDB type that Lode does not read (number %d); cast it in the SQL, for example to text",
				name, duck.GetTypeId(logical)))
		}
		if duck.GetTypeId(logical) == duck.TypeVarchar {
			r.texts = append(r.texts, i)
		}
		duck.DestroyLogicalType(&logical)
		columns[i] = record.Column{Name: name, Type: t}
		r.decode = append(r.decode, decode)
	}
	r.batch = record.NewBatch(columns)
	return errors.Join(errs...)
}

// next fetches the next chunk; more is false after the last one.
func (r *reader) next(ctx context.Context) (more bool, err error) {
	if r.batch == nil {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	duck.DestroyDataChunk(&r.chunk)
	if r.chunk = duck.FetchChunk(r.result); r.chunk.Ptr != nil {
		return true, nil
	}
	if message := duck.ResultError(&r.result); message != "" {
		return false, failure(ctx, message)
	}
	return false, nil
}

// each yields the chunk as one batch, or as several if its texts are large.
func (r *reader) each(yield func(*record.Batch, error) bool) bool {
	rows := int(duck.DataChunkGetSize(r.chunk))
	columns := make([]source, len(r.decode))
	for i := range columns {
		columns[i] = newSource(duck.DataChunkGetVector(r.chunk, duck.IdxT(i)), rows)
	}
	size := 0
	for _, i := range r.texts {
		size += columns[i].textBytes()
	}
	step := max(1, rows/(1+size/batchBytes))
	for from := 0; from < rows; from += step {
		to := min(from+step, rows)
		r.batch.Reset()
		for i, decode := range r.decode {
			if err := decode(&r.batch.Vectors[i], columns[i], from, to); err != nil {
				yield(nil, fmt.Errorf("query: column %q: %w", r.batch.Columns[i].Name, err))
				return false
			}
		}
		if !yield(r.batch, nil) {
			return false
		}
	}
	return true
}

func (r *reader) close() {
	duck.DestroyDataChunk(&r.chunk)
	duck.DestroyResult(&r.result)
	duck.DestroyPending(&r.pending)
	duck.DestroyPrepare(&r.statement)
}
