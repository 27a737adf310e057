package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// load writes batches by binary COPY. The caller's goroutine takes the batches and
// encodes them, another one sends: a panic in the batches stays with the caller, and
// encoding goes on while the network is busy.
func (t *tx) load(ctx context.Context, table schema.Name, batches record.Batches) (rows int64, err error) {
	var c *copying
	defer func() {
		if c != nil { // also when the batches panic
			rows, err = c.finish(errAbandoned)
		}
	}()
	for b, batchErr := range batches {
		if err = batchErr; err != nil {
			break
		}
		if c == nil {
			if c, err = t.startCopy(ctx, table, b.Columns); err != nil {
				break
			}
		}
		if err = c.write(b); err != nil {
			break
		}
	}
	if c == nil {
		return 0, err
	}
	done := c
	c = nil
	return done.finish(err)
}

// errStopped ends the batches of a COPY that the server ended; finish has the reason.
var errStopped = errors.New("the server ended the COPY")

// copying is a COPY under way.
type copying struct {
	columns []record.Column
	wires   []wire
	pipe    *pipe
	buf     []byte
	result  chan copyResult
	sql     string
}

type copyResult struct {
	tag pgconn.CommandTag
	err error
}

// copyHeader begins a binary COPY: signature, flags, length of the extension.
const copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// startCopy asks for the types of the columns, and begins.
func (t *tx) startCopy(ctx context.Context, table schema.Name, columns []record.Column) (*copying, error) {
	if len(columns) == 0 {
		return nil, errors.New("the batch has no columns")
	}
	wires, err := t.wires(ctx, table, columns)
	if err != nil {
		return nil, err
	}
	c := &copying{columns: columns, wires: wires, pipe: newPipe(), result: make(chan copyResult, 1)}
	c.buf = append(c.pipe.buffer(), copyHeader...)
	c.sql = "COPY " + Dialect{}.Table(table) + " (" + quoteColumns(columns) + ") FROM STDIN BINARY"
	conn := t.pg()
	go func() {
		tag, err := conn.CopyFrom(ctx, c.pipe, c.sql)
		c.pipe.stop()
		if ended := ctx.Err(); err != nil && ended != nil && !errors.Is(err, ended) {
			err = fmt.Errorf("%w: %w", ended, err) // what breaks first may be the connection, closed because of it
		}
		c.result <- copyResult{tag, err}
	}()
	return c, nil
}

// wires matches the columns of a batch with those of the table.
func (t *tx) wires(ctx context.Context, table schema.Name, columns []record.Column) ([]wire, error) {
	sql := "SELECT " + quoteColumns(columns) + " FROM " + Dialect{}.Table(table)
	described, err := t.pg().Prepare(ctx, "", sql, nil)
	if err != nil {
		return nil, fmt.Errorf("match columns: %w", explain(sql, err))
	}
	wires := make([]wire, len(columns))
	for i, field := range described.Fields {
		wires[i] = wireOf(columns[i].Type.Kind, field.DataTypeOID)
		if wires[i] == wireNone {
			return nil, fmt.Errorf("match columns: column %q of the table cannot take a %s (its PostgreSQL type has oid %d)",
				field.Name, columns[i].Type, field.DataTypeOID)
		}
	}
	return wires, nil
}

func quoteColumns(columns []record.Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = Dialect{}.Quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// write encodes a batch, row by row as the format wants it.
func (c *copying) write(b *record.Batch) error {
	if err := warehouse.SameColumns(c.columns, b); err != nil {
		return err
	}
	if err := checkTexts(b); err != nil {
		return err
	}
	count := []byte{byte(len(c.wires) >> 8), byte(len(c.wires))}
	for i := range b.Len() {
		c.buf = append(c.buf, count...)
		for k, w := range c.wires {
			var err error
			if c.buf, err = appendField(c.buf, w, &b.Vectors[k], i); err != nil {
				return fmt.Errorf("column %q: %w", c.columns[k].Name, err)
			}
		}
		if len(c.buf) >= pipeChunk {
			if c.buf = c.pipe.send(c.buf); c.buf == nil {
				return errStopped
			}
		}
	}
	return nil
}

// checkTexts refuses what the server would refuse, with the column's name.
func checkTexts(b *record.Batch) error {
	for k, v := range b.Vectors {
		if v.Type.Kind != record.Text && v.Type.Kind != record.JSON {
			continue // decimals and UUIDs are read digit by digit
		}
		for _, s := range v.Texts {
			if err := warehouse.CheckText(s); err != nil {
				return fmt.Errorf("column %q: %w", b.Columns[k].Name, err)
			}
			if len(s) >= math.MaxInt32/2 {
				return fmt.Errorf("column %q: a text of %d bytes is longer than PostgreSQL holds", b.Columns[k].Name, len(s))
			}
		}
	}
	return nil
}

// finish ends the COPY, well or with the error that stopped the batches, and waits for
// the server's word.
func (c *copying) finish(cause error) (int64, error) {
	if cause == nil && c.buf != nil {
		c.pipe.send(append(c.buf, 0xff, 0xff))
	}
	end := cause
	if end == nil {
		end = io.EOF
	}
	c.pipe.close(end)
	result := <-c.result
	if cause != nil && !errors.Is(cause, errStopped) {
		return 0, cause
	}
	if result.err != nil {
		return 0, explain(c.sql, result.err)
	}
	return result.tag.RowsAffected(), nil
}
