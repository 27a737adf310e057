package project

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ErrByHand is returned by AddColumn when the file is not written in a way that a line can
// be added to: nothing was changed.
var ErrByHand = errors.New("it is written in a way that a line cannot be added to")

// AddColumn declares one more column of an entity, as a line of its file; all else stays
// as it is. It returns the file, and what takes the line back.
func AddColumn(dir, entity, column, columnType string) (path string, undo func() error, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, "silver"))
	if err != nil {
		return "", nil, fmt.Errorf("find the file of entity %s: %w", entity, err)
	}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !isYAML(e) {
			continue
		}
		path := filepath.Join(dir, "silver", e.Name())
		src, err := readSmall(path)
		if err != nil {
			return path, nil, fmt.Errorf("%s: %w", path, err)
		}
		columns := columnsOf(src, entity)
		if columns == nil {
			continue
		}
		changed, ok := withLine(src, columns, ColumnLine(column, columnType))
		if !ok {
			return path, nil, fmt.Errorf("%s: %w", path, ErrByHand)
		}
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			return path, nil, fmt.Errorf("declare column %s: %w", column, err)
		}
		return path, func() error { return os.WriteFile(path, src, 0o644) }, nil
	}
	return filepath.Join(dir, "silver"), nil, fmt.Errorf("no file in %s declares entity %s: %w", filepath.Join(dir, "silver"), entity, ErrByHand)
}

// ColumnLine is the line that declares a column.
func ColumnLine(column, columnType string) string {
	if strings.ContainsAny(columnType, "(),: ") {
		columnType = strconv.Quote(columnType)
	}
	return column + ": {type: " + columnType + "}"
}

// columnsOf is the node of an entity's columns, nil if no document declares the entity.
func columnsOf(src []byte, entity string) *yaml.Node {
	for d := yaml.NewDecoder(bytes.NewReader(src)); ; {
		var doc yaml.Node
		if err := d.Decode(&doc); errors.Is(err, io.EOF) || err != nil || len(doc.Content) == 0 {
			return nil // a file that cannot be read is reported by Load
		}
		if name := member(doc.Content[0], "entity"); name != nil && name.Value == entity {
			return member(doc.Content[0], "columns")
		}
	}
}

// member is the value of a key of a mapping, nil if there is none.
func member(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// withLine puts a line behind the last one of a mapping that has a line for each key, or,
// where its last value takes several, before the first.
func withLine(src []byte, columns *yaml.Node, line string) ([]byte, bool) {
	if columns.Kind != yaml.MappingNode || columns.Style&yaml.FlowStyle != 0 || len(columns.Content) == 0 {
		return nil, false
	}
	first, last := columns.Content[0], columns.Content[len(columns.Content)-2]
	at := first.Line - 1
	if lastLine(columns.Content[len(columns.Content)-1]) == last.Line {
		at = last.Line
	}
	lines := strings.SplitAfter(string(src), "\n")
	if at > len(lines) || first.Line == last.Line && len(columns.Content) > 2 {
		return nil, false
	}
	added := strings.Repeat(" ", first.Column-1) + line + "\n"
	if at > 0 && !strings.HasSuffix(lines[at-1], "\n") {
		lines[at-1] += "\n"
	}
	return []byte(strings.Join(slices.Insert(lines, at, added), "")), true
}

// lastLine is the line of the last node of a value. A text of several lines is taken to
// end below its own.
func lastLine(n *yaml.Node) int {
	line := n.Line + strings.Count(strings.TrimRight(n.Value, "\n"), "\n")
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		line++
	}
	for _, c := range n.Content {
		line = max(line, lastLine(c))
	}
	return line
}
