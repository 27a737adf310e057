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

// table finds columns that a derived table cannot hold.
func (r *report) table(t Table) {
	seen := map[string]bool{}
	for _, f := range t.Fields {
		if len(f.Name) > maxNameLength {
			r.addf("", "the column name %q is longer than %d bytes; choose a shorter one", f.Name, maxNameLength)
		}
		if seen[f.Name] {
			r.addf("", "%s would have two columns %q, one of them Lode's own; choose another name", t.Name, f.Name)
		}
		seen[f.Name] = true
	}
}

func (r report) addf(path, format string, args ...any) {
	*r.found = append(*r.found, Problem{r.object, path, fmt.Sprintf(format, args...)})
}
