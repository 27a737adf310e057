package expr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in the text of an expression, with its place in that text.
type Error struct {
	Line, Column int // from 1; columns count characters
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// compileError joins the mistakes of a text under the text itself.
func compileError(text string, mistakes []error) error {
	return fmt.Errorf("compile expression %q: %w", shorten(text), errors.Join(mistakes...))
}

// shorten keeps messages readable and free of large values.
func shorten(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// suggest is `; did you mean "x"?` for the name nearest to a mistyped one, or "".
func suggest(name string, known []string) string {
	best, distance := "", len(name)/2+2
	for _, k := range known {
		d := editDistance(strings.ToLower(name), strings.ToLower(k)) + max(len(k)-len(name), len(name)-len(k))
		if d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance counts the insertions, deletions and replacements between two names.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
