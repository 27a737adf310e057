package project

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lodehq/lode/settings"
)

//go:embed all:scaffold
var scaffold embed.FS

// Templates lists the names of the projects that Init can write.
func Templates() []string { return []string{"files", "go"} }

var projectName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// Init writes a small working project into a folder, which is created if it is missing,
// and lists what it wrote. It overwrites nothing: if one of its files is there already
// it fails before it writes the first.
func Init(dir, name, template string) (written []string, err error) {
	if !projectName.MatchString(name) {
		return nil, fmt.Errorf("create project: %q is no name for one; use small letters, digits and _, beginning with a letter", name)
	}
	if !slices.Contains(Templates(), template) {
		return nil, fmt.Errorf("create project: there is no template %q, only %s%s", template, strings.Join(Templates(), ", "), settings.Suggest(template, Templates()))
	}
	files, err := templateFiles(template)
	if err != nil {
		return nil, err
	}
	var taken []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil {
			taken = append(taken, f.name)
		}
	}
	if len(taken) > 0 {
		return nil, fmt.Errorf("create project in %s: %s exists already, and nothing is overwritten; choose another folder", dir, strings.Join(taken, ", "))
	}
	for _, f := range files {
		if err := writeNew(filepath.Join(dir, f.name), strings.ReplaceAll(f.text, "{{name}}", name)); err != nil {
			return written, fmt.Errorf("create project in %s: %w", dir, err)
		}
		written = append(written, f.name)
	}
	return written, nil
}

type templateFile struct{ name, text string }

// sleeping ends the names of files that would be Go code here and now.
const sleeping = ".txt"

func templateFiles(template string) ([]templateFile, error) {
	root := "scaffold/" + template
	var files []templateFile
	err := fs.WalkDir(scaffold, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := scaffold.ReadFile(path)
		name := strings.TrimSuffix(strings.TrimPrefix(path, root+"/"), sleeping)
		files = append(files, templateFile{filepath.FromSlash(name), string(text)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read template %s: %w", template, err)
	}
	return files, nil
}

// writeNew creates a file that must not be there yet.
func writeNew(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		_ = f.Close() // the first error is the one to tell
		return err
	}
	return f.Close()
}
