package schema

import (
	"fmt"
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
}

func (r report) addf(path, format string, args ...any) {
	*r.found = append(*r.found, Problem{r.object, path, fmt.Sprintf(format, args...)})
}
