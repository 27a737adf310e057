package medallion

import (
	"context"
	"fmt"
	"slices"

	"github.com/lodehq/lode/schema"
)

// Count says of the steps that work through whole tables how many rows these have, so
// that whoever reads a plan knows what a definition that changed will cost. Tables that one
// of the changes has still to make are left out.
func (e *Engine) Count(ctx context.Context, p *Plan) error {
	counted := map[schema.Name]int64{}
	for i := range p.Work {
		w := &p.Work[i]
		if !w.Whole {
			continue
		}
		for _, t := range e.reach(w.Step) {
			if slices.ContainsFunc(p.Changes, func(c Change) bool { return c.made != nil && c.made.Name == t.Name }) {
				continue
			}
			n, known := counted[t.Name]
			if !known {
				var err error
				if n, err = scalar(ctx, e.Warehouse, "SELECT count(*) FROM "+e.dialect().Table(t.Name)); err != nil {
					return fmt.Errorf("count the rows of %s: %w", t.Name, err)
				}
				counted[t.Name] = n
			}
			w.Rows = append(w.Rows, TableRows{t.Name.String(), n})
		}
	}
	return nil
}

// reach lists the tables that a step works through when it looks at every row: those it
// reads, its own, and the facts whose keys it looks up again.
func (e *Engine) reach(s Step) []schema.Table {
	switch s.Kind {
	case EntityStep:
		if s.Entity.Conformed != nil {
			return []schema.Table{s.Entity.Log}
		}
		r := &entityRun{e: e, m: s.Entity, step: s.Name}
		var out []schema.Table
		for _, in := range r.inputs() {
			out = append(out, e.bronze(in.ref))
		}
		return append(out, s.Entity.Log)
	case AggregateStep:
		return []schema.Table{s.Aggregate.Fact.Table, s.Aggregate.Table}
	}
	var out []schema.Table
	for _, of := range s.entities() {
		if of != nil {
			out = append(out, of.Log)
		}
	}
	out = append(out, s.table(e))
	if s.Dimension != nil {
		for _, f := range (&goldRun{e: e}).factsOf(s.Dimension) {
			out = append(out, f.Table)
		}
	}
	return out
}
