// Package snippets holds the Go code in the documentation to what the code is today: each
// fenced block is put into its place in a frame, testdata/PAGE.go.txt, and compiled.
package snippets

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var block = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

func TestSnippetsCompile(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("testdata", "compiled") //nolint:usetesting // within the module, so that its imports are found
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := block.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		program, err := framed(name, found)
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		folder := filepath.Join(dir, strings.NewReplacer("-", "", "_", "").Replace(name))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "page_test.go"), []byte(program), 0o644); err != nil {
			t.Fatal(err)
		}
		n += len(found)
	}
	if out, err := exec.Command("go", "vet", "./"+dir+"/...").CombinedOutput(); err != nil {
		t.Errorf("the snippets of the documentation do not compile: %v\n%s", err, out)
	}
	if n < 10 {
		t.Errorf("only %d snippets were found", n)
	}
}

// framed puts the blocks of a page into its frame, which has the place <<N>> for the N-th.
func framed(name string, found [][]string) (string, error) {
	frame, err := os.ReadFile(filepath.Join("testdata", name+".go.txt"))
	if err != nil {
		return "", fmt.Errorf("its Go code has no frame to be compiled in: %w", err)
	}
	program := string(frame)
	for i, f := range found {
		place := fmt.Sprintf("<<%d>>", i+1)
		if strings.Count(program, place) != 1 {
			return "", fmt.Errorf("block %d has no place %s in testdata/%s.go.txt", i+1, place, name)
		}
		program = strings.Replace(program, place, "\n"+f[1], 1)
	}
	if strings.Contains(program, "<<") {
		return "", fmt.Errorf("testdata/%s.go.txt has more places than the page has blocks", name)
	}
	return program, nil
}
