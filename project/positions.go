package project

import (
	"errors"
	"regexp"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// Positions finds declarations in a project's files. The zero value, that of a project
// written in Go, knows none.
type Positions struct {
	declared map[string]*settings.Decoder // by object: "entity customers"
}

// At is a problem at the place of a declaration's path, or of the nearest key above it
// that is written in the file.
func (p Positions) At(problem schema.Problem) settings.Problem {
	d, ok := p.declared[problem.Object]
	if !ok {
		return settings.Problem{Text: problem.String()}
	}
	at := d.At(brackets(problem.Path), problem.Text)
	if problem.Path == "" {
		at.Text = problem.Object + ": " + at.Text
	}
	return at
}

// Locate turns the schema.Problems inside an error into settings.Problems with their
// places; any other error stays what it is.
func (p Positions) Locate(err error) error {
	var found schema.Problems
	if !errors.As(err, &found) {
		return err
	}
	located := make(settings.Problems, len(found))
	for i, problem := range found {
		located[i] = p.At(problem)
	}
	located.Sort()
	return located
}

var listIndex = regexp.MustCompile(`\.(\d+)(\.|$)`)

// brackets spells a path as the decoder does: from[0].fields, not from.0.fields.
func brackets(path string) string { return listIndex.ReplaceAllString(path, "[$1]$2") }
