package medallion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// writers are the steps that write a table, or sum it up.
func (e *Engine) writers(n schema.Name) []string {
	steps := []string{n.String()}
	for _, a := range e.Model.Aggregates {
		if e.queue(a).Name == n || a.Fact.Table.Name == n {
			steps = append(steps, a.Table.Name.String())
		}
	}
	for _, m := range e.Model.Dimensions {
		if o := m.Profile(); o != nil && o.Dim.Table.Name == n {
			steps = append(steps, m.Table.Name.String())
		}
	}
	for _, x := range e.Model.Entities {
		if x.Log.Name == n || matchedFrom(x, n) {
			steps = append(steps, x.Current.Name.String())
		}
	}
	return steps
}

// begins lists the steps that begin anew with a change: those of a table that is created, in
// case there was one before, with the facts of a dimension; and those of a table that has got
// a column, because their definition may be the one that they were last run with, when a
// column went and came back before they ran.
func (e *Engine) begins(c Change) []string {
	if c.anew {
		return e.writers(c.of)
	}
	if c.made == nil || c.made.Name.Schema == e.Ledger.Schema {
		return nil
	}
	steps := e.writers(c.made.Name)
	for _, x := range e.Model.Dimensions {
		if c.fill != nil && pointsTo(x, c.fill) {
			steps = append(steps, x.Table.Name.String())
		}
	}
	for _, f := range e.Model.Facts {
		for _, r := range f.Roles {
			if r.Dim == c.fill || r.Points() == c.fill {
				steps = append(steps, f.Table.Name.String())
			}
		}
	}
	return steps
}

// Foresee lets a snapshot say what it will when changes are made, and what time alone has
// brought, of steps whose definition does not say it.
func (e *Engine) Foresee(ctx context.Context, s *ledger.Snapshot, changes []Change) error {
	var begin []string
	for _, c := range changes {
		begin = append(begin, e.begins(c)...)
	}
	for _, step := range e.Steps() {
		if slices.Contains(begin, step.Name) {
			s.Outdate(step.Name, step.fingerprint())
		}
	}
	return e.due(ctx, s, begin)
}

// due finds the dimensions in which versions have come into force, or have ended, since
// they were brought up to date, where that matters.
func (e *Engine) due(ctx context.Context, s *ledger.Snapshot, but []string) error {
	s.Due = map[string]bool{}
	for _, m := range e.Model.Dimensions {
		step := m.Table.Name.String()
		if m.Current != "in_force" || m.Entity == nil || !s.Ran(step) || slices.Contains(but, step) {
			continue
		}
		since := s.Position(step, m.Entity.Current.Name.String()).At
		due, err := hasRows(ctx, e.Warehouse, "("+star.Turned(e.dialect(), m, star.Scope{Since: since, Now: e.Now()})+") t")
		if err != nil {
			return fmt.Errorf("look for versions of %s that have come into force: %w", step, err)
		}
		s.Due[step] = due
	}
	return nil
}

// begun lets the steps that begin with a change compute every key again, and a stream be
// read from its start. Numbers given before are never given again.
func (e *Engine) begun(ctx context.Context, tx warehouse.Tx, c Change) error {
	if err := e.outdate(ctx, tx, e.begins(c)...); err != nil {
		return err
	}
	if c.made == nil || c.made.Name.Schema == e.Ledger.Schema {
		return nil
	}
	for _, s := range e.Model.Streams {
		if e.bronze(s).Name == c.made.Name {
			if err := e.Ledger.ForgetState(ctx, tx, s.String()); err != nil {
				return err
			}
		}
	}
	if c.fill == nil {
		return nil
	}
	last, err := e.Ledger.Sequence(ctx, tx, c.made.Name.String())
	if err != nil {
		return err
	}
	return e.Ledger.SetSequence(ctx, tx, c.made.Name.String(), last)
}

// outdate makes steps compute every key again.
func (e *Engine) outdate(ctx context.Context, tx warehouse.Tx, steps ...string) error {
	for _, step := range steps {
		if err := e.Ledger.Outdate(ctx, tx, step); err != nil {
			return err
		}
	}
	return nil
}

// Absent lists the steps of gold that have run and are not in the project: nobody keeps
// their tables in step with what other steps do.
func (e *Engine) Absent(s ledger.Snapshot) []string {
	here := map[string]bool{}
	for _, step := range e.Steps() {
		here[step.Name] = true
	}
	var absent []string
	for _, p := range s.Positions {
		if strings.HasPrefix(p.Step, e.Model.Layers.Gold+".") && !here[p.Step] && !p.Outdated() {
			absent = append(absent, p.Step)
		}
	}
	slices.Sort(absent)
	return slices.Compact(absent)
}

// Outdate makes steps compute every key again when they are next run.
func (e *Engine) Outdate(ctx context.Context, steps []string) error {
	if len(steps) == 0 {
		return nil
	}
	return e.inTx(ctx, func(tx warehouse.Tx) error { return e.outdate(ctx, tx, steps...) })
}
