package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The committed documentation says what the code says.
func TestDocumentationIsCurrent(t *testing.T) {
	t.Parallel()
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join("..", "..", "docs")
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Errorf("%v; write it with `go run ./internal/docgen`", err)
			continue
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("docs/%s is not current; run `go run ./internal/docgen` (-code +file):\n%s", name, diff)
		}
	}
	committed, err := filepath.Glob(filepath.Join(root, "schema", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range committed {
		if _, ok := files["schema/"+filepath.Base(path)]; !ok {
			t.Errorf("%s belongs to no kind of file any more; remove it", path)
		}
	}
}
