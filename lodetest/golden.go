package lodetest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// UpdateVariable is an environment variable that, set to anything, lets Golden and Replay write their files.
const UpdateVariable = "LODE_UPDATE"

// Golden compares a text, a statement for example, with a file below testdata. With LODE_UPDATE=1 in the
// environment it writes the file instead, and the change is seen in the commit.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if os.Getenv(UpdateVariable) != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatalf("write golden file: %v", err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // test data is there to be read
			t.Fatalf("write golden file: %v", err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read golden file: %v; write it with %s=1", err, UpdateVariable)
	}
	if string(want) != got {
		t.Errorf("it is not what %s says (write it anew with %s=1):\n%s", path, UpdateVariable, firstDifference(string(want), got))
	}
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := line(w, i), line(g, i)
		if a != b {
			return "line " + strconv.Itoa(i+1) + "\n want: " + a + "\n got:  " + b
		}
	}
	return ""
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(the end)"
}
