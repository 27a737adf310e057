package evolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/schema"
)

// Question is whether a column that comes is one that goes, under another name.
type Question struct {
	Tables   []schema.Name // those in which it is so: an entity has its log beside it
	Old, New string
}

// String is the question as a person reads it.
func (q Question) String() string {
	names := make([]string, len(q.Tables))
	for i, t := range q.Tables {
		names[i] = t.String()
	}
	return fmt.Sprintf("%s: is %s the new name of %s? its values are kept", strings.Join(names, ", "), q.New, q.Old)
}

// Asker asks a person. An error means that nobody answered.
type Asker interface {
	Renamed(ctx context.Context, q Question) (bool, error)
}

// answers puts what looks like a rename to a person and adds the answers to the request: a
// column that is no new name of any other is dropped, and the other one added.
func answers(ctx context.Context, q Request, differences []migrate.Difference) (renames, drops []string, err error) {
	drops = slices.Clone(q.Drops)
	if q.Ask == nil {
		return nil, drops, nil
	}
	questions := questionsOf(migrate.Lookalikes(differences), q.Drops)
	gone := map[string]bool{} // columns whose new name is known, and those that are one
	is := func(t schema.Name, column string) string { return t.String() + "." + column }
	for _, x := range questions {
		x.Tables = slices.DeleteFunc(x.Tables, func(t schema.Name) bool { return gone[is(t, x.Old)] || gone[is(t, x.New)] })
		if len(x.Tables) == 0 {
			continue
		}
		yes, err := q.Ask.Renamed(ctx, x)
		if err != nil {
			return nil, nil, fmt.Errorf("ask whether %s is the new name of %s: %w", x.New, x.Old, errors.Join(err, ErrAsk))
		}
		for _, t := range x.Tables {
			if yes {
				gone[is(t, x.Old)], gone[is(t, x.New)] = true, true
				renames = append(renames, migrate.Lookalike{Table: t, Old: x.Old, New: x.New}.String())
			}
		}
	}
	for _, x := range questions {
		for _, t := range x.Tables {
			if !gone[is(t, x.Old)] {
				drops = append(drops, is(t, x.Old)) // every answer was no
			}
		}
	}
	return renames, drops, nil
}

// questionsOf joins the lookalikes of several tables that have the same names, and leaves out
// what was answered.
func questionsOf(lookalikes []migrate.Lookalike, drops []string) (out []Question) {
	for _, l := range lookalikes {
		if slices.Contains(drops, l.Table.String()+"."+l.Old) {
			continue
		}
		i := slices.IndexFunc(out, func(q Question) bool { return q.Old == l.Old && q.New == l.New })
		if i < 0 {
			out = append(out, Question{Old: l.Old, New: l.New})
			i = len(out) - 1
		}
		out[i].Tables = append(out[i].Tables, l.Table)
	}
	return out
}
