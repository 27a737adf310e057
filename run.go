package lode

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// Plan says what Run would do with the same options, and of the steps that a changed
// definition sends through whole tables how many rows these have. It changes nothing.
func (l *Lode) Plan(ctx context.Context, o Options) (medallion.Plan, error) {
	plan, err := l.plan(ctx, o)
	if err != nil {
		return plan, err
	}
	if err := l.engine.Count(ctx, &plan); err != nil {
		return plan, fmt.Errorf("plan: %w", err)
	}
	return plan, nil
}

func (l *Lode) plan(ctx context.Context, o Options) (medallion.Plan, error) {
	changes, err := l.engine.Changes(ctx)
	if err != nil {
		return medallion.Plan{}, fmt.Errorf("plan: %w", err)
	}
	steps, err := l.selected(o)
	if err != nil {
		return medallion.Plan{}, err
	}
	if err := l.engine.CheckMode(steps, o.Mode); err != nil {
		return medallion.Plan{}, fmt.Errorf("plan: %w", err)
	}
	snapshot, err := l.engine.Snapshot(ctx, l.engine.NeedsLedger(changes))
	if err != nil {
		return medallion.Plan{}, fmt.Errorf("plan: %w", err)
	}
	if err := l.engine.CheckKeys(snapshot, changes); err != nil {
		return medallion.Plan{}, fmt.Errorf("plan: %w", err)
	}
	if err := l.engine.Foresee(ctx, &snapshot, changes); err != nil {
		return medallion.Plan{}, fmt.Errorf("plan: %w", err)
	}
	return medallion.Plan{Changes: changes, Work: l.engine.Plan(snapshot, steps, o.Mode), Absent: l.engine.Absent(snapshot)}, nil
}

// selected lists the chosen steps in the order of their inputs.
func (l *Lode) selected(o Options) ([]medallion.Step, error) {
	byName := map[string]medallion.Step{}
	var nodes []run.Node
	for _, s := range l.engine.Steps() {
		byName[s.Name] = s
		nodes = append(nodes, run.Node{Name: s.Name, Inputs: s.Inputs, After: s.After, Tags: s.Tags})
	}
	var err error
	if len(o.Steps) > 0 {
		nodes, err = run.Following(nodes, o.Steps)
	} else {
		nodes, err = run.Select(nodes, o.Select)
	}
	if err != nil {
		return nil, err
	}
	if nodes, err = run.Sort(nodes); err != nil {
		return nil, err
	}
	steps := make([]medallion.Step, len(nodes))
	for i, n := range nodes {
		steps[i] = byName[n.Name]
	}
	return steps, nil
}

// Run brings the warehouse up to date: it makes the changes that Plan names, then runs
// the steps. Seen, if not nil, is told of each step as it begins and ends. Another run
// of the same project makes it fail with ErrLocked. How the steps went is in the
// report; the error is about the run as a whole.
func (l *Lode) Run(ctx context.Context, o Options, seen func(run.StepReport)) (report run.Report, err error) {
	err = l.engine.Alone(ctx, "start run of "+l.model.Name, func() error {
		report, err = l.bringUp(ctx, o, seen)
		return err
	})
	return report, err
}

func (l *Lode) bringUp(ctx context.Context, o Options, seen func(run.StepReport)) (report run.Report, err error) {
	plan, err := l.plan(ctx, o)
	if err != nil {
		return report, err
	}
	if err := l.engine.Apply(ctx, plan.Changes); err != nil {
		return report, fmt.Errorf("prepare the warehouse: %w", err)
	}
	if err := l.engine.Outdate(ctx, plan.Absent); err != nil {
		return report, fmt.Errorf("prepare the warehouse: %w", err)
	}
	return l.execute(ctx, o, plan, seen)
}

func (l *Lode) execute(ctx context.Context, o Options, plan medallion.Plan, seen func(run.StepReport)) (run.Report, error) {
	o.Mode.Check = o.Mode.Check || l.model.AfterLoad
	row := ledger.Run{ID: uuid.Must(uuid.NewV7()).String(), Command: o.Command, Status: "running", Version: l.project.Version, StartedAt: l.project.Now()}
	row.Selection = fmt.Sprint(slices.Concat(o.Select, o.Steps))
	l.engine.RunID = row.ID
	if err := l.record(ctx, row, nil); err != nil {
		return run.Report{}, err
	}
	nodes := make([]run.Node, len(plan.Work))
	for i, w := range plan.Work {
		nodes[i] = run.Node{Name: w.Step.Name, Inputs: w.Step.Inputs, After: w.Step.After, Tags: w.Step.Tags, Do: func(ctx context.Context) (run.Outcome, error) {
			result, err := l.engine.Execute(ctx, w.Step, o.Mode)
			return outcome(result), err
		}}
	}
	if seen == nil {
		seen = func(run.StepReport) {}
	}
	local := run.Local{Workers: l.db.Writers(), Attempts: 3, Retry: warehouse.IsTemporary, Later: later, Now: l.project.Now}
	report, err := local.Execute(ctx, nodes, seen)
	report.RunID = row.ID
	row.Status, row.EndedAt = string(report.Status()), l.project.Now()
	if err != nil {
		row.Status = string(run.Failed)
	}
	if failed := errors.Join(err, report.Err()); failed != nil {
		row.Message = failed.Error()
	}
	return report, errors.Join(err, l.record(context.WithoutCancel(ctx), row, report.Steps))
}

// later tells whether a step may succeed in another run.
func later(err error) bool { return source.IsLater(err) || errors.Is(err, warehouse.ErrLockLost) }

func outcome(r medallion.Result) run.Outcome {
	var out run.Outcome
	for _, c := range []run.Count{
		{Name: "read", N: r.RowsIn}, {Name: "inserted", N: r.Inserted}, {Name: "updated", N: r.Updated}, {Name: "deleted", N: r.Deleted},
		{Name: "unchanged", N: r.Unchanged}, {Name: "quarantined", N: r.Quarantined}, {Name: "inferred", N: r.Inferred},
	} {
		if c.N != 0 {
			out.Counts = append(out.Counts, c)
		}
	}
	out.Note = r.Note
	return out
}

// record writes a run and its ended steps into the ledger.
func (l *Lode) record(ctx context.Context, row ledger.Run, steps []run.StepReport) error {
	rows := make([]ledger.Step, len(steps))
	for i, s := range steps {
		rows[i] = ledger.Step{
			RunID: row.ID, Step: s.Name, Status: string(s.Status), Message: s.Outcome.Note, RowsIn: s.Outcome.Get("read"), Inserted: s.Outcome.Get("inserted"),
			Updated: s.Outcome.Get("updated"), Deleted: s.Outcome.Get("deleted"), Quarantined: s.Outcome.Get("quarantined"), StartedAt: s.Started, EndedAt: s.Ended,
		}
		if s.Err != nil {
			rows[i].Message = s.Err.Error()
		}
	}
	return l.engine.Ledger.Record(ctx, l.db, row, rows)
}
