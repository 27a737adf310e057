package migrate

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
)

// direction is what a file says of one direction.
type direction struct {
	there   bool // its mark is in the file
	dangers []Danger
	text    []string // the lines of its statements, without comments
}

// script is a file as it is read: what there is on the way up, and on the way down.
type script struct {
	warehouse string
	up, down  direction
}

// warehouseMark begins the line that names the kind of warehouse that a file is for.
const warehouseMark = "-- warehouse: "

// mark is a line that goose reads: -- +goose Up. Goose does not mind the case.
var mark = regexp.MustCompile(`(?i)^--\s*\+goose\s+(up|down)\s*$`)

// dangerous is a line that means to tell a danger, well or badly.
var dangerous = regexp.MustCompile(`(?i)^--\s*danger\b`)

// scripted reads the text of a file. A mistake in it is told with its line: a danger that is
// not understood would be taken in silence.
func scripted(text string) (s script, err error) {
	if strings.HasPrefix(text, "\ufeff") {
		return s, errors.New(":1: begins with a byte order mark; save it without")
	}
	var at *direction
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		switch parts := mark.FindStringSubmatch(line); {
		case parts != nil:
			at = &s.up
			if strings.EqualFold(parts[1], "down") {
				at = &s.down
			}
			at.there = true
		case dangerous.MatchString(line):
			d, err := parseDanger(line)
			if err == nil && at == nil {
				err = errors.New("it stands above `-- +goose Up`; write it below, where the way begins that it is about")
			}
			if err != nil {
				return s, fmt.Errorf(":%d: danger: %w", n, err)
			}
			at.dangers = append(at.dangers, d)
		case at == nil && strings.HasPrefix(line, warehouseMark):
			s.warehouse = strings.TrimSpace(strings.TrimPrefix(line, warehouseMark))
		case line == "", strings.HasPrefix(line, "--"):
		case at == nil:
			return s, fmt.Errorf(":%d: a statement stands above the line `-- +goose Up`; the way up begins with that line, the way back with `-- +goose Down`", n)
		default:
			at.text = append(at.text, line)
		}
	}
	if !s.up.there {
		return s, errors.New(":1: there is no line `-- +goose Up`; the way up begins with it, the way back with `-- +goose Down`")
	}
	return s, nil
}

const identifier = `("(?:[^"]|"")+"|[\pL_][\pL\pN_$]*)`

var (
	plainWord  = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)
	dangerLine = regexp.MustCompile(`^--\s*danger\s+(\S+)\s+` + identifier + `\.` + identifier + `\s*:\s*(.*)$`)
	plainName  = regexp.MustCompile(`^[\pL_][\pL\pN_$]*`)
	dollar     = regexp.MustCompile(`^\$(?:[\pL_][\pL\pN_]*)?\$`)
)

// parseDanger reads the line of a danger back.
func parseDanger(line string) (Danger, error) {
	parts := dangerLine.FindStringSubmatch(line)
	if parts == nil {
		return Danger{}, fmt.Errorf("write it as `-- danger NAME SCHEMA.TABLE: why`, where NAME is one of %s", strings.Join(DangerNames(), ", "))
	}
	d := Danger{parts[1], schema.Name{Schema: unquoted(parts[2]), Table: unquoted(parts[3])}, parts[4]}
	if !slices.Contains(DangerNames(), d.Name) {
		return d, fmt.Errorf("there is no danger %s, only %s", d.Name, strings.Join(DangerNames(), ", "))
	}
	return d, nil
}

// unquoted is the name that an identifier of SQL means.
func unquoted(identifier string) string {
	if inner, ok := strings.CutPrefix(identifier, `"`); ok {
		return strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
	}
	return identifier
}

// risks lists the dangers that are told, and those of statements that drop a table, its rows or
// a column of it without telling one. A table that is made anew under its name does not go.
func (w direction) risks() []Danger {
	out := slices.Clone(w.dangers)
	add := func(n schema.Name, why string) {
		told := func(d Danger) bool {
			return (d.Name == DropData || d.Name == DropBronze) && strings.EqualFold(d.Table.String(), n.String())
		}
		if !slices.ContainsFunc(out, told) {
			out = append(out, Danger{DropData, n, why})
		}
	}
	all := statements(strings.Join(w.text, "\n"))
	for i, s := range all {
		tables, columns := s.drops()
		for _, n := range tables {
			if !remade(all, i, n) {
				add(n, "a statement takes its rows, and the file tells no danger of it")
			}
		}
		for _, n := range columns {
			add(n, "a statement drops a column, and the file tells no danger of it")
		}
	}
	return out
}
