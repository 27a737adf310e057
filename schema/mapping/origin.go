package mapping

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/schema/expr"
)

// origin says where a value comes from: the first present of some paths, a constant,
// an expression over raw members, or a built-in.
type origin struct {
	paths    []path
	constant jsontext.Value
	program  *expr.RawProgram
	names    []path // the members that program uses
	builtin  string
}

// path leads to a member of the record, or of the record around a nested one (up).
type path struct {
	up   bool
	slot int
	text string
}

// parseOrigin reads the right-hand side of a field: `a.b | c`, `'constant'`, `$seq`, or
// an expression.
func parseOrigin(text string) (origin, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return origin{}, fmt.Errorf("is empty; give a path, a quoted constant or an expression")
	case strings.HasPrefix(trimmed, "$"):
		return parseBuiltin(trimmed)
	case isConstant(trimmed):
		quoted, err := jsontext.AppendQuote(nil, trimmed[1:len(trimmed)-1])
		return origin{constant: quoted}, err
	}
	if paths, ok := parsePaths(trimmed); ok {
		return origin{paths: paths}, nil
	}
	program, err := expr.CompileRaw(trimmed)
	if err != nil {
		return origin{}, fmt.Errorf("is neither a path nor an expression: %w", err)
	}
	o := origin{program: program}
	for _, name := range program.Names() {
		if strings.HasPrefix(name, ".") {
			return origin{}, fmt.Errorf("%q begins with a dot; leave the dot out", name)
		}
		o.names = append(o.names, path{text: escape(name)})
	}
	return o, nil
}

// The built-ins say what is known of a record without looking into it.
const (
	builtinSeq    = "$seq"    // its number in bronze
	builtinIndex  = "$index"  // its place in the nested list, from 1
	builtinStream = "$stream" // SOURCE.STREAM
)

func parseBuiltin(name string) (origin, error) {
	switch name {
	case builtinSeq, builtinIndex, builtinStream:
		return origin{builtin: name}, nil
	}
	return origin{}, fmt.Errorf("%q is no built-in; there are $seq, $index and $stream", name)
}

func isConstant(s string) bool {
	return len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' && !strings.Contains(s[1:len(s)-1], "'")
}

// parsePaths reads `a.b | ^.c`; ok is false when the text is something else.
func parsePaths(text string) ([]path, bool) {
	var paths []path
	for part := range strings.SplitSeq(text, "|") {
		p := path{text: strings.TrimSpace(part)}
		p.text, p.up = strings.CutPrefix(p.text, "^.")
		if !isPath(p.text) {
			return nil, false
		}
		paths = append(paths, p)
	}
	return paths, true
}

// isPath tells whether s is dotted names. A name is letters, digits, '_', '-', '@' and
// '$', or anything behind a backslash.
func isPath(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	escaped := false
	for _, r := range s {
		plain := r == '_' || r == '.' || r == '-' || r == '@' || r == '$' || r > 127 ||
			'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		if !escaped && !plain && r != '\\' {
			return false
		}
		escaped = !escaped && r == '\\'
	}
	return !escaped && s != "true" && s != "false" && s != "null" && (s[0] < '0' || s[0] > '9')
}

// split cuts a path at its dots; a backslash takes the next character as it is.
func split(text string) []string {
	var parts []string
	var part strings.Builder
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			part.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '.':
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteRune(r)
		}
	}
	return append(parts, part.String())
}

func escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `.`, `\.`).Replace(name)
}
