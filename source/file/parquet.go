package file

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// rowsAtOnce is how many Parquet rows are decoded together.
const rowsAtOnce = 512

// readParquet gives every row of a Parquet file to b, as a JSON object in the order of
// the file's columns.
func readParquet(in *input, b *batch) error {
	f, err := openParquet(in)
	if err != nil {
		return err
	}
	table, err := tableOf(f)
	if err != nil {
		return err
	}
	leaves := make([][]parquet.Value, len(f.Schema().Columns()))
	rows := make([]parquet.Row, rowsAtOnce)
	var text []byte
	for _, group := range f.RowGroups() {
		reader := group.Rows()
		err := eachRow(reader, rows, func(row parquet.Row) error {
			if text, err = table.row(text[:0], leaves, row); err != nil {
				return err
			}
			return b.addCopy(text, "row", b.row+1)
		})
		if err := errors.Join(err, reader.Close()); err != nil {
			return err
		}
	}
	return nil
}

// openParquet reads the file's footer. The library panics on some broken files; a broken
// file must end the stream, not the program.
func openParquet(in *input) (f *parquet.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read Parquet schema: %v", r)
		}
	}()
	if err := checkFooter(in); err != nil {
		return nil, err
	}
	f, err = parquet.OpenFile(io.NewSectionReader(in.file, 0, in.info.Size()), in.info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(1<<18))
	if err != nil {
		return nil, fmt.Errorf("read Parquet file: %w", err)
	}
	return f, checkPages(in, f)
}

// tableOf describes the rows of a file; see openParquet for the recover.
func tableOf(f *parquet.File) (table *column, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read Parquet schema: %w: %v", errBroken, r)
		}
	}()
	return newColumn(f.Root()), nil
}

// row writes a row, whose values may be others than the schema says in a broken file.
func (c *column) row(dst []byte, leaves [][]parquet.Value, row parquet.Row) (text []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read Parquet row: %w: %v", errBroken, r)
		}
	}()
	row.Range(func(i int, values []parquet.Value) bool { leaves[i] = values; return true })
	return c.object(dst, leaves), nil
}

func eachRow(reader parquet.Rows, rows []parquet.Row, each func(parquet.Row) error) error {
	for {
		n, err := readRows(reader, rows)
		for _, row := range rows[:n] {
			if err := each(row); err != nil {
				return err
			}
		}
		switch {
		case ended(err):
			return nil
		case err != nil:
			return fmt.Errorf("read Parquet rows: %w", err)
		case n == 0:
			return errors.New("read Parquet rows: the file ends early")
		}
	}
}

// readRows decodes rows; see openParquet for the recover.
func readRows(reader parquet.Rows, rows []parquet.Row) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, fmt.Errorf("%w: %v", errBroken, r)
		}
	}()
	return reader.ReadRows(rows)
}

// column writes one column of a row, or a group of them, as JSON.
type column struct {
	name       string // quoted, with its colon
	children   []*column
	optional   bool
	repeated   bool
	isList     bool // a group that only wraps a repeated child
	definition int
	repetition int
	first, end int // the leaves below
	scalar     func([]byte, parquet.Value) []byte
}

func newColumn(c *parquet.Column) *column {
	name := appendQuoted(nil, c.Name())
	out := &column{
		name: string(name) + ":", optional: c.Optional(), repeated: c.Repeated(),
		definition: c.MaxDefinitionLevel(), repetition: c.MaxRepetitionLevel(),
	}
	if c.Leaf() {
		out.first, out.end, out.scalar = c.Index(), c.Index()+1, scalarOf(c.Type())
		return out
	}
	for _, child := range c.Columns() {
		out.children = append(out.children, newColumn(child))
	}
	if n := len(out.children); n > 0 {
		out.first, out.end = out.children[0].first, out.children[n-1].end
	}
	if t := c.Type().LogicalType(); t != nil && len(out.children) == 1 && out.children[0].repeated {
		_, out.isList = t.Value.(*format.ListType)
	}
	return out
}

// value writes the column's value; leaves holds the values of every leaf for one
// instance of what is around the column.
func (c *column) value(dst []byte, leaves [][]parquet.Value) []byte {
	absent := c.first < c.end && leaves[c.first][0].DefinitionLevel() < c.definition
	switch {
	case c.repeated && absent:
		return append(dst, "[]"...)
	case c.repeated:
		return c.elements(dst, leaves, c.one)
	case c.optional && absent:
		return append(dst, "null"...)
	}
	return c.one(dst, leaves)
}

// one writes a value that is there.
func (c *column) one(dst []byte, leaves [][]parquet.Value) []byte {
	switch {
	case c.scalar != nil:
		return c.scalar(dst, leaves[c.first][0])
	case c.isList:
		return c.list(dst, leaves)
	}
	return c.object(dst, leaves)
}

// list unwraps the two helper groups that Parquet puts around the elements of a list.
func (c *column) list(dst []byte, leaves [][]parquet.Value) []byte {
	inner := c.children[0]
	if len(inner.children) != 1 || leaves[inner.first][0].DefinitionLevel() < inner.definition {
		return inner.value(dst, leaves)
	}
	return inner.elements(dst, leaves, inner.children[0].value)
}

func (c *column) object(dst []byte, leaves [][]parquet.Value) []byte {
	dst = append(dst, '{')
	for i, child := range c.children {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = child.value(append(dst, child.name...), leaves)
	}
	return append(dst, '}')
}

// elements splits the leaves at the repetitions of the column and writes each part.
func (c *column) elements(dst []byte, leaves [][]parquet.Value, write func([]byte, [][]parquet.Value) []byte) []byte {
	rest := append([][]parquet.Value(nil), leaves...)
	part := append([][]parquet.Value(nil), leaves...)
	dst = append(dst, '[')
	for n := 0; len(rest[c.first]) > 0; n++ {
		for i := c.first; i < c.end; i++ {
			part[i], rest[i] = cutElement(rest[i], c.repetition)
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = write(dst, part)
	}
	return append(dst, ']')
}

// cutElement parts the first element off: it ends where the level repeats.
func cutElement(values []parquet.Value, level int) (first, rest []parquet.Value) {
	for i := 1; i < len(values); i++ {
		if values[i].RepetitionLevel() <= level {
			return values[:i], values[i:]
		}
	}
	return values, nil
}
