package project_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lodehq/lode/project"
)

// What "lode init --go" writes is a workspace that compiles beside a checkout of Lode.
func TestInitGoCompiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := project.Init(dir, "desk_2", "go"); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"work", "use", root}, {"vet", "./helpdesk", "./models", "./app"}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
}
