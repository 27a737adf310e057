package medallion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/check"
	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// Check looks whether everything holds that should hold of the tables of steps, and
// remembers what it found. All tables are looked at as they are at one moment; what a run
// has still to bring is no violation, and a check that cannot be made before is noted and
// left out. With full they are also compared with a rebuild, while no run is going.
func (e *Engine) Check(ctx context.Context, steps []Step, full bool) ([]check.Result, error) {
	out, err := e.checked(ctx, steps)
	if err == nil && full {
		err = e.Alone(ctx, "compare "+e.Model.Name+" with a rebuild", func() error {
			more, err := e.checkRebuild(ctx, steps)
			out = append(out, more...)
			return err
		})
	}
	if err != nil {
		return out, err
	}
	return out, e.keepChecks(ctx, out)
}

// checked makes the checks of steps, all on one state.
func (e *Engine) checked(ctx context.Context, steps []Step) ([]check.Result, error) {
	if err := e.ready(ctx); err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	tx, err := e.Warehouse.Scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = tx.Rollback() // nothing was to be kept
	}()
	c := checker{e: e, tx: tx, writer: check.Writer{Dialect: e.dialect()}}
	if c.ledger, err = e.Ledger.Read(ctx, tx); err != nil {
		return nil, err
	}
	out := []check.Result{}
	for _, step := range steps {
		results, err := c.step(ctx, step)
		if err != nil {
			return out, err
		}
		out = append(out, results...)
	}
	return out, nil
}

// checkRebuild is I5: the tables of steps equal what a rebuild from bronze gives.
func (e *Engine) checkRebuild(ctx context.Context, steps []Step) ([]check.Result, error) {
	differences, err := e.DiffRebuild(ctx, steps, 1)
	out := []check.Result{}
	for _, d := range differences {
		r := check.Result{Check: check.I5, Table: d.Table, Count: d.Count()}
		if len(d.First) > 0 {
			r.Example = keyOfDifference(d.First[0])
		}
		out = append(out, r)
	}
	return out, err
}

func keyOfDifference(d diff.Difference) string {
	var parts []string
	for _, c := range d.Key {
		if c.Value != nil {
			parts = append(parts, *c.Value)
		}
	}
	return strings.Join(parts, "/")
}

// keepChecks remembers what checks have found.
func (e *Engine) keepChecks(ctx context.Context, results []check.Result) error {
	now := e.Now()
	kept := make([]ledger.Checked, len(results))
	for i, r := range results {
		kept[i] = ledger.Checked{Table: r.Table, Check: r.Check, Violations: r.Count, Example: r.Example, Note: r.Note, At: now}
	}
	return e.inTx(ctx, func(tx warehouse.Tx) error { return e.Ledger.PutChecks(ctx, tx, kept) })
}

// checker makes the checks of steps on one state of the warehouse.
type checker struct {
	e      *Engine
	tx     warehouse.Tx
	ledger ledger.Snapshot
	writer check.Writer
}

// step makes the checks of the tables of one step. A load's are those of the entities
// that its stream becomes.
func (c checker) step(ctx context.Context, step Step) ([]check.Result, error) {
	var checks []check.Check
	left := ""
	var leave []string // the checks that compare with what the step has not read yet
	switch step.Kind {
	case EntityStep:
		checks, left, leave = c.writer.Entity(step.Entity, c.e.Ledger.Table("quarantine"), c.inputs(step)...), c.unmatched(step), []string{check.Arrived}
	case GeneratedStep, DimensionStep:
		redefined, err := c.redefined(ctx, step.Dimension)
		if err != nil {
			return nil, err
		}
		if redefined == "" && !c.asDeclared(step.Dimension) {
			redefined = "not up to date: the definition has changed"
		}
		checks, left, leave = c.writer.Dimension(step.Dimension, false), redefined, []string{check.I4}
		if b := step.Dimension.Bridge; b != nil {
			checks = append(checks, c.writer.Bridge(b)...)
		}
	case BridgeStep:
		checks, left, leave = c.writer.Bridge(step.Bridge), c.waiting(step, step.Bridge.Fingerprint, step.Bridge.Entity), []string{check.Counted}
	case FactStep:
		checks, left, leave = c.writer.Fact(step.Fact, c.scope(step)), c.behind(step), []string{check.Counted, check.I6}
	case AggregateStep:
		n, err := scalar(ctx, c.tx, "SELECT count(*) FROM "+c.e.dialect().Table(c.e.queue(step.Aggregate).Name))
		if err != nil {
			return nil, err
		}
		checks, left, leave = c.writer.Aggregate(step.Aggregate, star.Groups(c.e.dialect(), step.Aggregate)), c.unsummed(step, n), []string{check.Summed}
	}
	return c.results(ctx, checks, left, leave)
}

// results makes checks, but for those to leave out for a reason, if there is one.
func (c checker) results(ctx context.Context, checks []check.Check, reason string, leave []string) ([]check.Result, error) {
	var out []check.Result
	for _, x := range checks {
		r := check.Result{Check: x.Name, Table: x.Table.String()}
		if reason != "" && slices.Contains(leave, x.Name) {
			r.Note = reason
			out = append(out, r)
			continue
		}
		found, err := c.made(ctx, x)
		if err != nil {
			return out, fmt.Errorf("check %s of %s: %w", x.Name, x.Table, err)
		}
		out = append(out, found)
	}
	return out, nil
}

func (c checker) made(ctx context.Context, x check.Check) (check.Result, error) {
	r := check.Result{Check: x.Name, Table: x.Table.String()}
	rows, err := rowsOf(c.tx.Query(ctx, x.SQL(c.e.dialect())))
	if err != nil {
		return r, err
	}
	r.Count = rows[0][0].Int()
	if !rows[0][1].IsNull() {
		r.Example = rows[0][1].Text()
	}
	return r, nil
}

// inputs are the bronze events that an entity has read.
func (c checker) inputs(step Step) []check.Input {
	var out []check.Input
	if step.Entity.Conformed != nil {
		return nil
	}
	for _, in := range (&entityRun{e: c.e, m: step.Entity, step: step.Name}).inputs() {
		out = append(out, check.Input{Stream: in.ref.String(), Bronze: c.e.bronze(in.ref).Name, UpTo: c.ledger.Position(step.Name, in.name).Position})
	}
	return out
}

// scope is the time at which a fact was brought up to date last.
func (c checker) scope(step Step) star.Scope {
	p := c.ledger.Position(step.Name, step.Fact.Entity.Current.Name.String())
	return star.Scope{Now: p.At, Partial: c.ledger.Sequences[partialLog(step.Fact.Entity)] > 0}
}
