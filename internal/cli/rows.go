package cli

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
)

// tableRows holds the rows until the end, when the widths of the columns are known.
type tableRows struct {
	to   io.Writer
	grid grid
}

func (t *tableRows) begin(columns []record.Column) error {
	if t.grid.header != nil {
		return nil
	}
	for _, c := range columns {
		t.grid.header = append(t.grid.header, c.Name)
		k := c.Type.Kind
		t.grid.numeric = append(t.grid.numeric, k == record.Int || k == record.Float || k == record.Decimal)
	}
	return nil
}

func (t *tableRows) row(b *record.Batch, i int) error {
	cells := make([]string, len(b.Vectors))
	for c := range b.Vectors {
		cells[c] = b.Vectors[c].Value(i).String()
	}
	t.grid.add(cells...)
	return nil
}

func (t *tableRows) count() int { return len(t.grid.rows) }

func (t *tableRows) end() error {
	if t.grid.header != nil {
		t.grid.write(t.to)
	}
	_, err := fmt.Fprintf(t.to, "(%s)\n", plural(t.count(), "row"))
	return err
}

// csvRows writes RFC 4180 with a header. NULL is an empty field.
type csvRows struct {
	to *csv.Writer
	n  int
	on bool
}

func newCSVRows(to io.Writer) *csvRows { return &csvRows{to: csv.NewWriter(to)} }

func (c *csvRows) begin(columns []record.Column) error {
	if c.on {
		return nil
	}
	c.on = true
	header := make([]string, len(columns))
	for i, column := range columns {
		header[i] = column.Name
	}
	return c.to.Write(header)
}

func (c *csvRows) row(b *record.Batch, i int) error {
	cells := make([]string, len(b.Vectors))
	for j := range b.Vectors {
		if v := b.Vectors[j].Value(i); !v.IsNull() {
			cells[j] = v.String()
		}
	}
	c.n++
	return c.to.Write(cells)
}

func (c *csvRows) count() int { return c.n }

func (c *csvRows) end() error {
	c.to.Flush()
	return c.to.Error()
}

// jsonRows writes an array of objects as the rows come. Numbers keep every digit.
type jsonRows struct {
	to    *bufio.Writer
	names []string
	line  []byte
	n     int
}

func newJSONRows(to io.Writer) *jsonRows { return &jsonRows{to: bufio.NewWriter(to)} }

func (j *jsonRows) begin(columns []record.Column) error {
	if j.names == nil {
		j.names = uniqueNames(columns)
	}
	return nil
}

// uniqueNames gives columns of one name numbers: an object holds each name once.
func uniqueNames(columns []record.Column) []string {
	names := []string{}
	for _, c := range columns {
		name := c.Name
		for n := 2; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s_%d", c.Name, n)
		}
		names = append(names, name)
	}
	return names
}

func (j *jsonRows) row(b *record.Batch, i int) (err error) {
	j.line = append(j.line[:0], ",\n {"...)
	if j.n == 0 {
		j.line = append(j.line[:0], "[\n {"...)
	}
	j.n++
	for c, name := range j.names {
		if c > 0 {
			j.line = append(j.line, ", "...)
		}
		if j.line, err = quoted(j.line, name); err != nil {
			return err
		}
		j.line = append(j.line, ": "...)
		if j.line, err = appendJSON(j.line, b.Vectors[c].Value(i)); err != nil {
			return err
		}
	}
	_, err = j.to.Write(append(j.line, '}'))
	return err
}

// quoted appends a JSON string; bytes that are no UTF-8 become U+FFFD.
func quoted(to []byte, s string) ([]byte, error) {
	return jsontext.AppendQuote(to, strings.ToValidUTF8(s, "\uFFFD"))
}

// appendJSON appends a value. What JSON has no number for, such as NaN, is a text.
func appendJSON(to []byte, v record.Value) ([]byte, error) {
	text := v.String()
	switch v.Kind() {
	case record.Invalid:
		return append(to, "null"...), nil
	case record.Int, record.Bool, record.Decimal, record.JSON, record.Float:
		if jsontext.Value(text).IsValid() {
			return append(to, text...), nil
		}
	}
	return quoted(to, text)
}

func (j *jsonRows) count() int { return j.n }

func (j *jsonRows) end() error {
	text := "\n]\n"
	if j.n == 0 {
		text = "[]\n"
	}
	if _, err := j.to.WriteString(text); err != nil {
		return err
	}
	return j.to.Flush()
}
