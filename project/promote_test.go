package project_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode/project"
)

func TestAddColumn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, after string }{
		"in a .yml": {"entity: items\ncolumns:\n  name: text\n", "entity: items\ncolumns:\n  name: text\n  tier: {type: text}\n"},
		"behind the last one": {
			"entity: items\ncolumns:\n  name: text # its name\n  # the end\nfrom:\n  - stream: s.items\n",
			"entity: items\ncolumns:\n  name: text # its name\n  tier: {type: text}\n  # the end\nfrom:\n  - stream: s.items\n",
		},
		"before the first where the last takes lines": {
			"entity: items\ncolumns:\n    name:\n        type: text\nfrom: []\n",
			"entity: items\ncolumns:\n    tier: {type: text}\n    name:\n        type: text\nfrom: []\n",
		},
		"at the end of the file": {"entity: items\ncolumns:\n  name: text", "entity: items\ncolumns:\n  name: text\n  tier: {type: text}\n"},
		"in the second document": {
			"entity: others\ncolumns:\n  a: text\n---\nentity: items\ncolumns:\n  b: text\n",
			"entity: others\ncolumns:\n  a: text\n---\nentity: items\ncolumns:\n  b: text\n  tier: {type: text}\n",
		},
		"not in one line": {"entity: items\ncolumns: {name: text}\n", ""},
		"not elsewhere":   {"entity: others\ncolumns:\n  name: text\n", ""},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "silver", map[bool]string{true: "items.yml", false: "items.yaml"}[strings.HasSuffix(name, ".yml")])
		if err := errors.Join(os.Mkdir(filepath.Join(dir, "silver"), 0o755), os.WriteFile(path, []byte(c.before), 0o644)); err != nil {
			t.Fatal(err)
		}
		_, undo, err := project.AddColumn(dir, "items", "tier", "text")
		if c.after == "" {
			if !errors.Is(err, project.ErrByHand) {
				t.Errorf("%s: the error is %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, _ := os.ReadFile(path); string(got) != c.after {
			t.Errorf("%s: the file is\n%s\nwant\n%s", name, got, c.after)
		}
		if err := undo(); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != c.before {
			t.Errorf("%s: what was taken back is\n%s", name, got)
		}
	}
}
