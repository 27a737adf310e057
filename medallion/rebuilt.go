package medallion

import (
	"context"
	"fmt"
	"strings"

	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
)

// DiffRebuild compares the tables of steps with what a rebuild from bronze gives, with
// nothing there before. The rebuild is thrown away. Who calls it holds the project's
// lock: a run beside it would be taken for a difference.
func (e *Engine) DiffRebuild(ctx context.Context, steps []Step, limit int) ([]diff.Result, error) {
	if err := e.settled(ctx); err != nil {
		return nil, fmt.Errorf("compare with a rebuild: %w", err)
	}
	tx, err := e.Warehouse.Scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = tx.Rollback() // nothing was to be kept
	}()
	s, err := e.scratch(ctx, tx, e.Now)
	if err != nil {
		return nil, err
	}
	if err := s.rebuild(ctx); err != nil {
		return nil, fmt.Errorf("rebuild into temporary tables: %w", err)
	}
	out := []diff.Result{}
	for _, step := range steps {
		if step.Kind == LoadStep {
			continue
		}
		for _, t := range step.tables(e) {
			r, err := s.compare(ctx, t.Name, limit)
			if err != nil {
				return out, fmt.Errorf("compare %s with a rebuild: %w", t.Name, err)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// settled refuses to go on while there is work that a run would do: it would be taken
// for a difference.
func (e *Engine) settled(ctx context.Context) error {
	if err := e.ready(ctx); err != nil {
		return err
	}
	snapshot, err := e.Snapshot(ctx, false)
	if err != nil {
		return err
	}
	if err := e.due(ctx, &snapshot, nil); err != nil {
		return err
	}
	for _, w := range e.Plan(snapshot, e.Steps(), Mode{}) {
		if w.Step.Kind != LoadStep && !w.Idle {
			return fmt.Errorf("%s is not up to date (%s); run `lode run` first", w.Step.Name, w.Action)
		}
	}
	for _, a := range e.Model.Aggregates {
		n, err := scalar(ctx, e.Warehouse, "SELECT count(*) FROM "+e.dialect().Table(e.queue(a).Name))
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%s is not up to date (%d groups wait to be summed up); run `lode run` first", a.Table.Name, n)
		}
	}
	return nil
}

// rebuild maps bronze again and builds everything from it.
func (s *scratch) rebuild(ctx context.Context) error {
	for _, step := range s.Steps() {
		if step.Kind != EntityStep {
			continue
		}
		if _, err := s.Execute(ctx, step, Mode{Rebuild: true}); err != nil {
			return err
		}
	}
	return s.star(ctx, func(Step) bool { return true })
}

func (s *scratch) compare(ctx context.Context, name schema.Name, limit int) (diff.Result, error) {
	is, _ := diff.Star{Dialect: s.real.dialect()}.Of(s.Model, name)
	should, _ := diff.Star{Dialect: s.dialect()}.Of(s.Model, name)
	if dim := s.dimension(name); dim != nil {
		is.SQL += s.needed(dim)
	}
	out, err := compare(ctx, s.tx, s.real.dialect(), is, should, limit)
	out.Table, out.A, out.B = name.String(), "the warehouse", "a rebuild"
	return out, err
}

// needed leaves out rows of a dimension that only its past explains, and that nothing
// points to any more: inferred members, combinations, and days beyond the calendar, that
// facts asked for once.
func (s *scratch) needed(m *schema.DimensionModel) string {
	d, rebuilt := s.real.dialect(), s.dialect()
	sk := sqltext.Column(d, "t", m.SurrogateKey)
	switch m.Kind() {
	case schema.TimeDimension, schema.BandDimension, schema.AuditDimension:
		return ""
	case schema.CalendarDimension:
		return fmt.Sprintf(" WHERE t.date IS NULL OR t.date BETWEEN (SELECT min(date) FROM %s) AND (SELECT max(date) FROM %s)", rebuilt.Table(m.Table.Name), rebuilt.Table(m.Table.Name))
	}
	lasting := "NOT t.is_inferred"
	if m.Table.Field(schema.IsInferred) == nil {
		lasting = fmt.Sprintf("%s < 0 OR (%s IN (SELECT %s FROM %s x WHERE x.%s > 0) AND %s)", sk, sqltext.Signature(d, "t", m.NaturalKey()...),
			sqltext.Signature(d, "x", m.NaturalKey()...), rebuilt.Table(m.Table.Name), d.Quote(m.SurrogateKey), star.FirstOfItsKind(d, m, "t"))
	}
	var used []string
	for _, f := range s.Model.Facts {
		for _, r := range f.Roles {
			if r.Points() == m {
				used = append(used, fmt.Sprintf(" OR %s IN (SELECT f.%s FROM %s f)", sk, d.Quote(r.Column), d.Table(f.Table.Name)))
			}
		}
	}
	return " WHERE " + lasting + strings.Join(used, "")
}
