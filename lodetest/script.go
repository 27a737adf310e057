package lodetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// section is one part of a script: "-- kind rest" and the lines below it.
type section struct {
	line   int
	kind   string
	rest   string
	header []string
	rows   []row
	notes  []string // the lines of a section that draws no table
}

type row struct {
	line  int
	cells []string
}

// kinds are the sections that there are; true for those that draw a table.
func kinds() map[string]bool {
	return map[string]bool{
		"events": true, "snapshot": true, "table": true,
		"run": false, "full": false, "rebuild": false, "replay": false, "clock": false,
	}
}

// parse reads a script. Every mistake names its line.
func parse(script string) ([]section, error) {
	var sections []section
	for i, text := range strings.Split(script, "\n") {
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if title, found := strings.CutPrefix(text, "--"); found {
			kind, rest, _ := strings.Cut(strings.TrimSpace(title), " ")
			sections = append(sections, section{line: i + 1, kind: kind, rest: strings.TrimSpace(rest)})
			continue
		}
		if len(sections) == 0 {
			return nil, fmt.Errorf("line %d: %q stands before the first section; a section begins with a line such as -- run", i+1, text)
		}
		if err := sections[len(sections)-1].add(i+1, text); err != nil {
			return nil, err
		}
	}
	for _, s := range sections {
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	return sections, nil
}

func (s *section) add(line int, text string) error {
	switch {
	case !kinds()[s.kind]:
		s.notes = append(s.notes, text)
	case s.header == nil:
		s.header = cells(text)
	default:
		r := row{line, cells(text)}
		if len(r.cells) != len(s.header) {
			return fmt.Errorf("line %d: a row of %d cells below a header of %d", line, len(r.cells), len(s.header))
		}
		s.rows = append(s.rows, r)
	}
	return nil
}

func (s *section) check() error {
	draws, known := kinds()[s.kind]
	switch {
	case !known:
		return fmt.Errorf("line %d: there is no section %q; there are events, snapshot, table, run, full, rebuild, replay, clock", s.line, s.kind)
	case draws && s.rest == "":
		return fmt.Errorf("line %d: -- %s of what? Name a %s", s.line, s.kind, map[bool]string{true: "table", false: "stream"}[s.kind == "table"])
	case draws && s.header == nil && s.kind != "snapshot":
		return fmt.Errorf("line %d: -- %s %s has no header of column names", s.line, s.kind, s.rest)
	case draws && slices.Contains(s.header, ""):
		return fmt.Errorf("line %d: a column of -- %s %s has no name", s.line, s.kind, s.rest)
	}
	for _, r := range s.rows {
		if i := slices.Index(r.cells, ""); s.kind == "table" && i >= 0 {
			return fmt.Errorf("line %d: the cell of %s is blank; write NULL, '' or * (whatever)", r.line, s.header[i])
		}
	}
	return nil
}

// cells takes a line apart at its bars; \| is a bar inside a cell.
func cells(line string) []string {
	const bar = "\x00"
	out := strings.Split(strings.ReplaceAll(line, `\|`, bar), "|")
	for i, c := range out {
		out[i] = strings.ReplaceAll(strings.TrimSpace(c), bar, "|")
	}
	return out
}

// unquoted is the text of a cell in single quotes, in which two of them are one.
func unquoted(cell string) (string, bool) {
	if len(cell) < 2 || cell[0] != '\'' || cell[len(cell)-1] != '\'' {
		return cell, false
	}
	return strings.ReplaceAll(cell[1:len(cell)-1], "''", "'"), true
}

// zero is where the drawn time line begins.
func zero() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }

// instant reads a time: a minute of the drawn time line, an end of time, or a date with
// or without a time of day, as UTC.
func instant(cell string) (time.Time, bool) {
	if n, err := strconv.Atoi(cell); err == nil {
		return zero().Add(time.Duration(n) * time.Minute), true
	}
	switch cell {
	case "-inf":
		return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), true
	case "inf":
		return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), true
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, cell); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// sent is the record of a row of events, and whether it says that its record is gone. A
// blank cell is not sent.
func (r row) sent(header []string, isTime func(field string) bool) (payload string, gone bool, err error) {
	var names, values []string
	for i, c := range r.cells {
		name, isText := unquoted(header[i])
		switch {
		case name == "op" && !isText:
			if gone = c == "delete"; !gone && c != "" && c != "upsert" {
				return "", false, fmt.Errorf("line %d: op is %q; it can be delete, upsert or blank", r.line, c)
			}
		case c != "" && c != "-":
			names, values = append(names, name), append(values, value(c, isTime(name)))
		}
	}
	return object(names, values), gone, nil
}

// value is a cell as JSON: what is JSON is sent as it is, anything else as a text.
func value(cell string, isTime bool) string {
	if n, err := strconv.Atoi(cell); err == nil && isTime {
		return At(n)
	}
	text, isText := unquoted(cell)
	switch {
	case isText:
	case cell == "NULL":
		return "null"
	case json.Valid([]byte(cell)):
		return cell
	}
	return quoted(text)
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic("lodetest: " + err.Error()) // a string is never refused
	}
	return string(b)
}

// object writes members in their order; those of one dotted beginning are an object.
func object(names, values []string) string {
	var members []string
	done := map[string]bool{}
	for i, name := range names {
		first, _, dotted := strings.Cut(name, ".")
		if !dotted {
			members = append(members, quoted(name)+":"+values[i])
			continue
		}
		if !done[first] {
			done[first] = true
			members = append(members, quoted(first)+":"+object(below(first, names, values)))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// below are the members of the object first.
func below(first string, names, values []string) (n, v []string) {
	for i, name := range names {
		if rest, ok := strings.CutPrefix(name, first+"."); ok {
			n, v = append(n, rest), append(v, values[i])
		}
	}
	return n, v
}
