package file

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lodehq/lode/source"
)

// table turns the rows of a CSV file into JSON objects of texts.
type table struct {
	r     *csv.Reader
	guard *guard
	names []string // the columns, quoted as JSON
	null  []string
	row   []byte
}

// readCSV gives every row of r to b.
func readCSV(r io.Reader, name string, s *Stream, b *batch) error {
	comma, err := s.CSV.comma(name)
	if err != nil {
		return err
	}
	g := &guard{r: r, limit: int64(s.maxRecord()), keep: true}
	t := table{r: csv.NewReader(g), guard: g, null: s.CSV.Null}
	t.r.Comma, t.r.ReuseRecord, t.r.FieldsPerRecord = comma, true, -1
	if err := t.header(s.CSV); err != nil {
		if ended(err) {
			return nil // an empty file has no rows
		}
		return fmt.Errorf("read header: %w", err)
	}
	for {
		g.consumed = t.r.InputOffset()
		fields, err := t.r.Read()
		if ended(err) {
			return nil
		}
		if err := t.take(fields, err, b); err != nil {
			return err
		}
	}
}

// header reads or takes the column names.
func (t *table) header(c CSV) error {
	names := c.Columns
	if c.Header == nil || *c.Header {
		var err error
		if names, err = t.r.Read(); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for i, name := range names {
		name = strings.TrimSpace(name)
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		quoted := appendQuoted(nil, name)
		stored, _ := source.Sanitize(quoted)
		if seen[string(stored)] {
			return fmt.Errorf("column %s stands twice; name the columns under csv.columns and say csv.header: no", stored)
		}
		seen[string(stored)] = true
		t.names = append(t.names, string(quoted))
	}
	return nil
}

// take delivers a row, or a row that cannot be read as a problem.
func (t *table) take(fields []string, err error, b *batch) error {
	var bad *csv.ParseError
	switch {
	case errors.Is(err, errTooLarge):
		return tooLarge("row", b.row+1, int(t.guard.limit))
	case errors.As(err, &bad):
		return b.addBad(t.guard.since(t.r.InputOffset()), fmt.Sprintf("line %d, column %d: %v", bad.Line, bad.Column, bad.Err))
	case err != nil:
		return fmt.Errorf("read row %d: %w", b.row+1, err)
	}
	line, _ := t.r.FieldPos(0)
	if len(fields) != len(t.names) {
		return b.addBad(t.guard.since(t.r.InputOffset()), fmt.Sprintf("line %d: %d fields, but %d columns", line, len(fields), len(t.names)))
	}
	return b.addCopy(t.object(fields), "line", int64(line))
}

// object is the row as a JSON object.
func (t *table) object(fields []string) []byte {
	t.row = append(t.row[:0], '{')
	for i, field := range fields {
		if i > 0 {
			t.row = append(t.row, ',')
		}
		t.row = append(append(t.row, t.names[i]...), ':')
		t.row = t.value(t.row, field)
	}
	t.row = append(t.row, '}')
	return t.row
}

func (t *table) value(row []byte, field string) []byte {
	if slices.Contains(t.null, field) {
		return append(row, "null"...)
	}
	return appendQuoted(row, field)
}
