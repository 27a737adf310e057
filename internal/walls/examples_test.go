package walls

import (
	"go/doc"
	"strings"
	"testing"
)

// TestEveryPublicPackageHasAnExample that runs, with the output that it is held to. Programs
// are no packages that anybody imports.
func TestEveryPublicPackageHasAnExample(t *testing.T) {
	t.Parallel()
	for _, f := range folders(t) {
		if first, _, _ := strings.Cut(f.path, "/"); first != "internal" && first != "cmd" && first != "examples" && !exemplified(f) {
			t.Errorf("package %s has no example with an output", f.path)
		}
	}
}

func TestAnExampleWithoutOutputIsNone(t *testing.T) {
	t.Parallel()
	if exemplified(parse(t, "package p_test\nfunc Example() {}\n")) {
		t.Error("an example that nothing holds to anything counts")
	}
	if !exemplified(parse(t, "package p_test\nfunc Example() {\n// Output: 1\n}\n")) {
		t.Error("an example with an output does not count")
	}
}

func exemplified(f folder) bool {
	for _, e := range doc.Examples(f.files...) {
		if e.Output != "" {
			return true
		}
	}
	return false
}
