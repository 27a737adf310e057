package project

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lodehq/lode/settings"
)

// The bounds of a project file, far above what a person writes.
const (
	maxFile      = 1 << 20
	maxDocuments = 100
)

// document is one YAML document of a file.
type document struct {
	node    *yaml.Node
	decoder *settings.Decoder
}

// path is how messages name a file of the project.
func (l *loader) path(name string) string { return filepath.Join(l.project.Dir, name) }

// read parses a file into its documents; ok is false when that failed and was reported.
func (l *loader) read(name string) (docs []document, ok bool) {
	file := l.path(name)
	src, err := readSmall(file)
	if err != nil {
		l.lost(settings.Problem{File: file, Text: err.Error()})
		return nil, false
	}
	parts := splitDocuments(src)
	if len(parts) > maxDocuments {
		l.lost(settings.Problem{File: file, Text: fmt.Sprintf("holds %d YAML documents, at most %d are read; split the file", len(parts), maxDocuments)})
		return nil, false
	}
	ok = true
	for _, part := range parts {
		d := l.decoder(file)
		node, problems := d.Parse(part)
		if len(problems) > 0 {
			l.lost(problems...)
			ok = false
			continue
		}
		if node != nil && node.ShortTag() != "!!null" {
			docs = append(docs, document{node, d})
		}
	}
	return docs, ok
}

// readSmall reads a regular file of bounded size.
func readSmall(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case os.IsNotExist(err):
		return nil, missing(file)
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("is %s, and not a file that can be read to its end; take it out of the project", settings.FileKind(info.Mode()))
	case info.Size() > maxFile:
		return nil, fmt.Errorf("has %d bytes, at most %d are read", info.Size(), maxFile)
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return src, settings.CheckEncoding(src)
}

// missing says what is not there: the file, or what it is a link to.
func missing(file string) error {
	target, err := os.Readlink(file)
	if err != nil {
		return errors.New("is missing")
	}
	return fmt.Errorf("is a link to %s, which is not there", target)
}

// splitDocuments cuts a file at its "---" lines, which YAML allows nowhere else. Each
// part begins with as many empty lines as stand before it, so that line numbers hold.
func splitDocuments(src []byte) [][]byte {
	var parts [][]byte
	start, line := 0, 0
	cut := func(end, firstLine int) {
		if part := src[start:end]; len(bytes.TrimSpace(part)) > 0 {
			parts = append(parts, append(bytes.Repeat([]byte("\n"), firstLine), part...))
		}
	}
	first, offset := 0, 0
	for text := range bytes.Lines(src) {
		if offset > 0 && bytes.HasPrefix(text, []byte("---")) && len(bytes.TrimLeft(text[3:], " \t\r\n")) < len(text[3:]) {
			cut(offset, first)
			start, first = offset, line
		}
		offset += len(text)
		line++
	}
	cut(len(src), first)
	return parts
}

// folder reads the YAML files of one of the project's folders, in the order of names.
func (l *loader) folder(folder string) {
	entries, err := os.ReadDir(l.path(folder))
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		l.lost(settings.Problem{File: l.path(folder), Text: "cannot be read: " + err.Error()})
		return
	}
	for _, e := range entries {
		name := filepath.Join(folder, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."): // hidden files belong to editors and to git
		case e.IsDir():
			l.notice(name, "is not read: files stand directly in "+folder+"/")
		case !isYAML(e):
			l.notice(name, "is not read: only .yaml files are")
		default:
			l.file(folder, name)
		}
	}
}

func isYAML(e os.DirEntry) bool {
	ext := filepath.Ext(e.Name())
	return ext == ".yaml" || ext == ".yml"
}

func (l *loader) file(folder, name string) {
	docs, ok := l.read(name)
	if ok && len(docs) == 0 {
		l.notice(name, "is empty")
	}
	for _, doc := range docs {
		l.declare(folder, doc)
	}
}

func (l *loader) notice(name, text string) {
	l.project.Notices = append(l.project.Notices, settings.Problem{File: l.path(name), Text: text})
}

// strangers notices what lies beside lode.yaml and looks as if it were meant to be read.
func (l *loader) strangers() {
	entries, err := os.ReadDir(l.project.Dir)
	if err != nil {
		return // reading lode.yaml has failed and said why
	}
	known := []string{"sources", "silver", "gold", "tables"}
	for _, e := range entries {
		hint := settings.Suggest(e.Name(), known)
		switch {
		case strings.HasPrefix(e.Name(), ".") || e.Name() == File:
		case e.IsDir() && !slices.Contains(known, e.Name()) && hint != "" && l.holdsYAML(e.Name()):
			l.notice(e.Name(), "is not read"+hint)
		case !e.IsDir() && isYAML(e):
			l.notice(e.Name(), "is not read: declarations stand in sources/, silver/ and gold/")
		}
	}
}

func (l *loader) holdsYAML(folder string) bool {
	entries, err := os.ReadDir(l.path(folder))
	return err == nil && slices.ContainsFunc(entries, isYAML)
}
