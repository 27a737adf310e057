package source_test

import (
	"slices"
	"testing"

	"github.com/lodehq/lode/source"
)

func TestEscapes(t *testing.T) {
	t.Parallel()
	got := source.Escapes(`a"&ä`)
	for _, want := range []string{`a\"&ä`, `a\"\u0026ä`, `a\"&\u00e4`} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
}
