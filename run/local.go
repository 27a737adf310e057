package run

import (
	"context"
	"fmt"
	"time"
)

// Local executes a graph in this process. The zero value runs one step at a time and
// tries none again.
type Local struct {
	Workers  int              // steps side by side; at least 1
	Attempts int              // tries of a step whose error Retry calls passing; at least 1
	Retry    func(error) bool // nil: no error is
	Later    func(error) bool // tells errors that ask to be tried again in another run
	Now      func() time.Time // nil means time.Now
}

// local is one execution.
type local struct {
	Local
	nodes   []Node // still waiting
	inGraph map[string]bool
	status  map[string]Status // of steps that have ended
	running int
	ended   chan StepReport
	seen    func(StepReport)
	report  Report
}

// Execute runs the graph. A step that fails leaves its followers skipped and the others
// untouched. The error is about the graph itself; how the steps went is in the report.
func (l Local) Execute(ctx context.Context, nodes []Node, seen func(StepReport)) (Report, error) {
	sorted, err := Sort(nodes)
	if err != nil {
		return Report{}, err
	}
	if l.Now == nil {
		l.Now = time.Now
	}
	x := &local{Local: l, nodes: sorted, status: map[string]Status{}, inGraph: map[string]bool{}, ended: make(chan StepReport), seen: seen}
	for _, n := range sorted {
		x.inGraph[n.Name] = true
	}
	x.report.Started = l.Now()
	for len(x.nodes) > 0 || x.running > 0 {
		x.start(ctx)
		if x.running == 0 {
			continue
		}
		x.finish(<-x.ended)
	}
	x.report.Ended = l.Now()
	return x.report, nil
}

// start begins every step that is ready, as far as there are workers, and passes over
// those that cannot run any more.
func (x *local) start(ctx context.Context) {
	var waiting []Node
	for _, n := range x.nodes {
		ready, blocked := x.ready(n)
		switch {
		case blocked != "" || ctx.Err() != nil:
			x.skip(ctx, n, blocked)
		case ready && x.running < max(x.Workers, 1):
			x.running++
			x.seen(StepReport{Name: n.Name, Started: x.Now()})
			go func() { x.ended <- x.run(ctx, n) }()
		default:
			waiting = append(waiting, n)
		}
	}
	x.nodes = waiting
}

// ready tells whether all that a step waits for has ended, or which of its inputs makes it
// impossible.
func (x *local) ready(n Node) (ready bool, blocked string) {
	for _, name := range n.After {
		if x.inGraph[name] && x.status[name] == "" {
			return false, ""
		}
	}
	for _, in := range n.Inputs {
		switch x.status[in] {
		case Failed, Skipped:
			return false, in
		case "":
			if x.inGraph[in] {
				return false, ""
			}
		}
	}
	return true, ""
}

func (x *local) skip(ctx context.Context, n Node, blocked string) {
	report := StepReport{Name: n.Name, Status: Skipped, Started: x.Now(), Ended: x.Now()}
	report.Outcome.Note = "because " + blocked + " did not succeed"
	if blocked == "" {
		x.report.Stopped = context.Cause(ctx)
		report.Outcome.Note = "because the run was stopped: " + x.report.Stopped.Error()
	}
	x.end(report)
}

// run does one step, again if its error is a passing one.
func (x *local) run(ctx context.Context, n Node) StepReport {
	report := StepReport{Name: n.Name, Status: Done, Started: x.Now()}
	for attempt := 1; ; attempt++ {
		report.Outcome, report.Err = n.do(ctx)
		if report.Err == nil || attempt >= x.Attempts || x.Retry == nil || !x.Retry(report.Err) || ctx.Err() != nil {
			break
		}
	}
	report.Ended = x.Now()
	if report.Err != nil {
		report.Status = Failed
		if x.Later != nil && x.Later(report.Err) {
			report.Status = Later
		}
	}
	return report
}

// do turns a panic of a step into its error: one broken step must not take the others,
// or the record of the run, with it.
func (n Node) do(ctx context.Context) (outcome Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("step %s broke down (a bug in Lode or in a connector): %v", n.Name, p)
		}
	}()
	return n.Do(ctx)
}

func (x *local) finish(report StepReport) {
	x.running--
	x.end(report)
}

func (x *local) end(report StepReport) {
	x.status[report.Name] = report.Status
	x.report.Steps = append(x.report.Steps, report)
	x.seen(report)
}
