package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a declaration. Object names the declaration ("entity
// customers"), Path the place inside it ("columns.email.type").
type Problem struct{ Object, Path, Text string }

func (p Problem) String() string {
	if p.Path == "" {
		return p.Object + ": " + p.Text
	}
	return p.Object + ": " + p.Path + ": " + p.Text
}

// Problems are all the mistakes found in a project, in the order of its declarations.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// report collects the problems of one object.
type report struct {
	object string
	found  *Problems
	before int // problems of the objects before it
}

// clean tells whether nothing wrong was found with the object.
func (r *report) clean() bool { return len(*r.found) == r.before }

// oneOf wants a value that was given to be one of the words.
func (r *report) oneOf(path, value string, words ...string) {
	if value != "" && !slices.Contains(words, value) {
		r.addf(path, "%q is not known; write %s", value, strings.Join(words, ", "))
	}
}

