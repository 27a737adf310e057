package postgres

import (
	"regexp/syntax"
	"testing"
)

// FuzzTranslate checks that each pattern is translated into one that has no character left
// with a meaning of its own outside of what the translation writes. What it means is tested on the server, in
// warehousetest.
func FuzzTranslate(f *testing.F) {
	for _, pattern := range []string{``, `a|b`, `(?i)K`, `\bx\B`, `[^\x00-\x{10FFFF}]`, `a{1000}`, `(a{500}){2}`, `(?m)^$`, `\pL`, `(`, "\xff", `\Q.*\E`} {
		f.Add(pattern)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		translated := translate(pattern)
		if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
			if translated[0] != '[' {
				t.Errorf("%q does not parse and became %q", pattern, translated)
			}
			return
		}
		for _, r := range translated {
			if r >= 128 || r == '\'' || r < ' ' {
				t.Errorf("%q became %q, which holds %q", pattern, translated, r)
			}
		}
	})
}
