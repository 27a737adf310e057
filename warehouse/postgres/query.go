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
		c, err := newCall(ctx, conn, sql, args)
		if err != nil {
			yield(nil, fmt.Errorf("query %s: %w", excerpt(sql), err))
			return
		}
		rows := c.send(ctx, conn, binaryFormat)
		defer func() { _, _ = rows.Close() }() // after a break; what it would report is no longer asked for
		if err := c.stream(conn, rows, reads, yield); err != nil {
			yield(nil, err)
		}
	}
}

// stream yields the batches of a result until it ends or is left.
func (c call) stream(conn *pgconn.PgConn, rows *pgconn.ResultReader, reads bool, yield func(*record.Batch, error) bool) error {
	r := reader{rows: rows, reads: reads}
	for {
		more, err := r.fill()
		if err != nil {
			_, _ = rows.Close()
			c.failed(conn, err)
			return fmt.Errorf("query %s: %w", excerpt(c.sql), explain(c.sql, err))
		}
		if r.batch != nil && r.batch.Len() > 0 && !yield(r.batch, nil) {
			return nil
		}
		if !more {
			return nil
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
