package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// addScaffold makes the files of "lode init --go" out of examples/custom, which is compiled and
// tested: what a user gets is what is tested.
func addScaffold(files map[string][]byte) error {
	root := filepath.Join(moduleRoot(), "examples", "custom")
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, ".duckdb") {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		files["../project/scaffold/go/"+path+".txt"] = []byte(scaffolded(string(text)))
		return err
	})
	if err != nil {
		return fmt.Errorf("read examples/custom: %w", err)
	}
	return nil
}

// moduleRoot is where go.mod stands: here, or above the folder that a test runs in.
func moduleRoot() string {
	if _, err := os.Stat("go.mod"); err == nil {
		return "."
	}
	return filepath.Join("..", "..")
}

// scaffolded is a file of the example under a name that is still to be given, outside of this
// repository.
func scaffolded(text string) string {
	return strings.NewReplacer("custom/", "{{name}}/", `"custom"`, `"{{name}}"`, "custom.duckdb", "{{name}}.duckdb", "\t../..\n", "",
		"\n`lode init --go desk` writes these files under a name of your own.\n", "").Replace(text)
}
