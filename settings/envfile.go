package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

// readEnv parses a file of NAME=value lines.
func readEnv(path string) (map[string]string, Problems) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := brokenLink(path); err != nil {
			return nil, Problems{{File: path, Text: err.Error()}}
		}
		return nil, nil
	case err != nil:
		return nil, Problems{{File: path, Text: "cannot be read: " + err.Error()}}
	case !info.Mode().IsRegular():
		return nil, Problems{{File: path, Text: "is " + FileKind(info.Mode()) + ", and not a file that can be read to its end"}}
	case info.Size() > maxEnv:
		return nil, Problems{{File: path, Text: fmt.Sprintf("has %d bytes, at most %d are read", info.Size(), maxEnv)}}
	}
	src, err := os.ReadFile(path)
	if err == nil {
		err = CheckEncoding(src)
	}
	if err != nil {
		return nil, Problems{{File: path, Text: err.Error()}}
	}
	src = bytes.TrimPrefix(src, byteOrderMark)
	values, err := godotenv.UnmarshalBytes(src)
	if err != nil {
		// The parser's own message quotes the text around the mistake, which may be a secret.
		return nil, Problems{{File: path, Line: brokenLine(string(src)), Column: 1, Text: notAssigned}}
	}
	if problems := checkNames(path, string(src)); len(problems) > 0 {
		return nil, problems
	}
	return values, nil
}

const notAssigned = "cannot be read; write NAME=value, one a line, values with spaces in quotes"

// brokenLink tells a link to nothing from a file that is not there, which is none.
func brokenLink(path string) error {
	target, err := os.Readlink(path)
	if err != nil {
		return nil //nolint:nilerr // it is no link: the file is missing, as it may be
	}
	return errors.New("is a link to " + target + ", which is not there")
}

// brokenLine is the line after the longest beginning that can be read.
func brokenLine(src string) int {
	lines := strings.SplitAfter(src, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:n], "")); err == nil {
			return n + 1
		}
	}
	return 1
}

// checkNames finds what the parser takes in silence: names that are none, and those that
// stand twice. A name that is none is not shown, because it may be a part of a secret.
func checkNames(path, src string) Problems {
	var found Problems
	first := map[string]int{}
	lines := strings.SplitAfter(src, "\n")
	for from, next := 0, 0; from < len(lines); from = next {
		var names map[string]string
		names, next = statement(lines, from)
		for name := range names {
			p := Problem{File: path, Line: from + 1, Column: 1}
			switch line, twice := first[name]; {
			case !isVariableName(strings.ReplaceAll(name, ".", "_")): // other programs have names with dots
				p.Text = notAssigned + "; a name has letters, digits and _"
			case twice:
				p.Text = fmt.Sprintf("%s stands twice, first on line %d; keep one of them", name, line)
			default:
				first[name] = from + 1
				continue
			}
			found = append(found, p)
		}
	}
	found.Sort()
	return found
}

// statement reads the fewest lines from one on that can be read by themselves: one, or as many as
// the value in quotes has. It tells which variables they set and where the next statement begins.
func statement(lines []string, from int) (names map[string]string, next int) {
	for next = from + 1; next <= len(lines); next++ {
		names, err := godotenv.Unmarshal(strings.Join(lines[from:next], ""))
		if err == nil {
			return names, next
		}
	}
	return nil, from + 1
}
