package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lodehq/lode/record"
)

// A batch ends at the first of these, so that wide rows do not make it heavy.
const (
	batchRows  = 4096
	batchBytes = 2 << 20
)

// query streams the result of one statement as batches. One batch is filled again and
// again. A stream that is left early is read to its end, so that the connection can go on.
// With reads, a statement that wrote is an error: PostgreSQL lets a transaction that only
// reads write to temporary tables.
func query(ctx context.Context, conn *pgconn.PgConn, sql string, args []record.Value, reads bool) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		values, oids, err := arguments(args)
		if err != nil {
			yield(nil, fmt.Errorf("query %s: %w", excerpt(sql), err))
			return
		}
		rows := conn.ExecParams(ctx, sql, values, oids, binaryFormat, binaryFormat)
		defer func() { _, _ = rows.Close() }() // after a break; what it would report is no longer asked for
		r := reader{rows: rows, reads: reads}
		for more := true; more; {
			more, err = r.fill()
			if err != nil {
				_, _ = rows.Close()
				yield(nil, fmt.Errorf("query %s: %w", excerpt(sql), explain(sql, err)))
				return
			}
			if r.batch != nil && r.batch.Len() > 0 && !yield(r.batch, nil) {
				return
			}
		}
	}
}

// reader fills batches from a result.
type reader struct {
	rows   *pgconn.ResultReader
	reads  bool
	batch  *record.Batch
	decode []decoder
}

// fill reads the next batch; more is false after the last row.
func (r *reader) fill() (more bool, err error) {
	if r.batch != nil {
		r.batch.Reset()
	}
	size := 0
	for n := 0; n < batchRows && size < batchBytes; n++ {
		if !r.rows.NextRow() {
			tag, err := r.rows.Close()
			if err == nil && r.reads && (tag.Insert() || tag.Update() || tag.Delete()) {
				err = errReads
			}
			return false, err
		}
		if r.batch == nil {
			if err := r.start(); err != nil {
				return false, err
			}
		}
		for i, field := range r.rows.Values() {
			if field == nil {
				r.batch.Vectors[i].AppendNull()
				continue
			}
			size += len(field)
			if err := r.decode[i](&r.batch.Vectors[i], field); err != nil {
				return false, fmt.Errorf("column %q: %w", r.batch.Columns[i].Name, err)
			}
		}
	}
	return true, nil
}

// start reads the columns off the result.
func (r *reader) start() error {
	var errs []error
	fields := r.rows.FieldDescriptions()
	columns := make([]record.Column, len(fields))
	for i, f := range fields {
		t, ok := typeOf(f.DataTypeOID, f.TypeModifier)
		if !ok {
			errs = append(errs, fmt.Errorf("column %q has a PostgreSQL type that Lode does not read (oid %d); cast it in the SQL, for example to text",
				f.Name, f.DataTypeOID))
			continue
		}
		columns[i] = record.Column{Name: f.Name, Type: t}
		r.decode = append(r.decode, decoderOf(f.DataTypeOID))
	}
	r.batch = record.NewBatch(columns)
	return errors.Join(errs...)
}
