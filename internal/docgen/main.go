// Command docgen writes the parts of the documentation that are in the code already: the
// JSON Schemas of project files and the reference of keys, column types and commands.
//
//	go run ./internal/docgen        from the root of the repository
//
// A test holds the committed files against the code.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lodehq/lode/internal/cli"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/standard"
)

func main() {
	if err := write("docs"); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("create folder of %s: %w", name, err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// generate makes every generated file of the documentation, by its path below docs.
func generate() (map[string][]byte, error) {
	schemas := project.Schemas(standard.Connectors())
	keys, err := keyReference(schemas)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"reference/keys.md":         page("Keys of project files", keys),
		"reference/column-types.md": page("Column types", typeReference(coltype.Standard())),
		"reference/commands.md":     page("Commands", cli.Reference()),
	}
	for name, text := range schemas {
		files["schema/"+name+".json"] = text
	}
	return files, addScaffold(files)
}

func page(title, text string) []byte {
	return fmt.Appendf(nil, "# %s\n\n<!-- Written by internal/docgen out of the code; change it there. -->\n\n%s", title, text)
}
