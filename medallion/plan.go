package medallion

import (
	"context"
	"fmt"
	"slices"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
)

// Work is what a step will find to do, as far as it can be known before the steps ahead
// of it have run.
type Work struct {
	Step   Step
	Action string // "first load", "12 new events", "nothing new", "definition changed: ..."
	Idle   bool   // nothing to do unless a step ahead of it brings something
	Whole  bool   // every row is looked at, and not those that changes touch
	Rows   []TableRows
}

// Execute runs one step.
func (e *Engine) Execute(ctx context.Context, step Step, mode Mode) (Result, error) {
	switch step.Kind {
	case LoadStep:
		return e.executeLoad(ctx, step, mode)
	case EntityStep:
		return e.executeEntity(ctx, step, mode)
	}
	return e.executeGold(ctx, step, mode)
}

// Snapshot reads where all steps stand. A warehouse that has never been used has an
// empty one.
func (e *Engine) Snapshot(ctx context.Context, fresh bool) (ledger.Snapshot, error) {
	if fresh {
		return ledger.Snapshot{}, nil
	}
	return e.Ledger.Read(ctx, e.Warehouse)
}

// Plan says what each of the steps will find to do.
func (e *Engine) Plan(s ledger.Snapshot, steps []Step, mode Mode) []Work {
	out := make([]Work, len(steps))
	again := map[*schema.EntityModel]bool{}
	for i, step := range steps {
		out[i] = e.work(s, step, mode)
		if name := e.unmapped(s, step); name != "" && !slices.ContainsFunc(steps, func(o Step) bool { return o.Name == name }) {
			out[i] = Work{Step: step, Action: "refused: " + name + " has to be made anew first"}
		}
		if step.Kind == EntityStep && out[i].Whole {
			again[step.Entity] = true
		}
	}
	for i, w := range out {
		read := w.Step.entities()
		if x := w.Step.Entity; x != nil && x.Conformed != nil {
			read = x.Conformed.Of
		}
		for _, of := range read {
			if again[of] && !out[i].Whole {
				out[i] = everyKey(w.Step, of)
				again[w.Step.Entity] = w.Step.Entity != nil
			}
		}
	}
	return out
}

// everyKey is the work of a step that reads the events of an entity which is made again.
func everyKey(s Step, of *schema.EntityModel) Work {
	every, made := "every key", "mapped"
	if s.Kind == EntityStep {
		every = "every record"
	}
	if of.Conformed != nil {
		made = "matched"
	}
	return Work{Step: s, Action: every + ", because " + of.Current.Name.String() + " is " + made + " again", Whole: true}
}

// entities are those whose events a step of gold reads.
func (s Step) entities() []*schema.EntityModel {
	switch s.Kind {
	case DimensionStep:
		return []*schema.EntityModel{s.Dimension.Entity}
	case BridgeStep:
		return []*schema.EntityModel{s.Bridge.Entity}
	case FactStep:
		return append([]*schema.EntityModel{s.Fact.Entity}, s.Fact.Joined()...)
	}
	return nil
}

func (e *Engine) work(s ledger.Snapshot, step Step, mode Mode) Work {
	switch step.Kind {
	case LoadStep:
		return e.loadWork(s, step, mode)
	case EntityStep:
		return e.entityWork(s, step, mode)
	case GeneratedStep:
		p := s.Position(step.Name, declarationInput)
		return generatedWork(step, p.Fingerprint, mode)
	case AuditStep:
		return e.auditWork(s, step, mode)
	case DimensionStep:
		work := logWork(s, step, step.Dimension.Fingerprint, mode, step.Dimension.Entity)
		if work.Idle && s.Due[step.Name] {
			return Work{Step: step, Action: "versions have come into force, or have ended, since the last run"}
		}
		return work
	case BridgeStep:
		return logWork(s, step, step.Bridge.Fingerprint, mode, step.Bridge.Entity)
	case FactStep:
		return e.factWork(s, step, mode)
	}
	p := s.Position(step.Name, step.Aggregate.Fact.Table.Name.String())
	switch {
	case !s.Ran(step.Name):
		return Work{Step: step, Action: "sum up for the first time"}
	case mode.Rebuild || p.Fingerprint != step.Aggregate.Fingerprint:
		return Work{Step: step, Action: "sum up every group anew", Whole: true}
	}
	return Work{Step: step, Action: "sum up the groups that changes touch", Idle: true}
}

func (e *Engine) loadWork(s ledger.Snapshot, step Step, mode Mode) Work {
	meta, known := s.Streams[step.Stream.String()]
	l := &load{e: e, stream: e.Streams[step.Stream], mode: mode, standing: standing{meta: meta}}
	action := "read what changed since the last load"
	switch pass := l.passMode(); {
	case pass == source.Backfill:
		action = fmt.Sprintf("back-fill from %q to %q; the watermark stays", mode.From, mode.To)
	case !known || meta.State == "" && l.stream.Incremental:
		action = "first load: read everything"
	case meta.Partial:
		action = "go on with the full pass that was interrupted"
	case pass == source.Full:
		action = "read everything, store what differs"
	}
	if l.sweeps() {
		action += ", and delete what is gone"
	}
	return Work{Step: step, Action: action}
}

// sweeps tells whether the load will look for what is gone: when that is due, with any
// pass that sees everything, and with each snapshot.
func (l *load) sweeps() bool {
	return l.sweepBy(source.Keys) || l.sees(l.passMode())
}

func (e *Engine) entityWork(s ledger.Snapshot, step Step, mode Mode) Work {
	if step.Entity.Conformed != nil {
		return e.matchWork(s, step, mode)
	}
	r := &entityRun{e: e, m: step.Entity, step: step.Name}
	var waiting int64
	for _, in := range r.inputs() {
		waiting += s.Streams[in.ref.String()].Published - s.Position(step.Name, in.name).Position
	}
	switch {
	case s.Redefined(step.Name, step.Entity.Fingerprint):
		return Work{Step: step, Action: "definition changed: map every event again from bronze", Whole: true}
	case mode.Rebuild:
		return Work{Step: step, Action: "map every event again from bronze", Whole: true}
	case mode.Replay:
		return Work{Step: step, Action: "map the quarantined records again"}
	}
	return newEvents(step, waiting)
}

func newEvents(step Step, n int64) Work {
	if n == 0 {
		return Work{Step: step, Action: "what the steps before it bring", Idle: true}
	}
	return Work{Step: step, Action: fmt.Sprintf("%d new events", n)}
}

func generatedWork(step Step, fingerprint string, mode Mode) Work {
	switch {
	case fingerprint == "":
		return Work{Step: step, Action: "generate"}
	case fingerprint != step.Dimension.Fingerprint && step.Dimension.Kind() != schema.CalendarDimension:
		return Work{Step: step, Action: "definition changed: generate anew, and look up the keys of the facts of members that changed", Whole: true}
	case mode.Rebuild || fingerprint != step.Dimension.Fingerprint:
		return Work{Step: step, Action: "generate anew", Whole: true}
	}
	return Work{Step: step, Action: "nothing new", Idle: true}
}

// logWork is the work of a step that reads the logs of entities, the first of which its
// rows come from.
func logWork(s ledger.Snapshot, step Step, fingerprint string, mode Mode, entities ...*schema.EntityModel) Work {
	p := s.Position(step.Name, entities[0].Current.Name.String())
	switch {
	case s.Redefined(step.Name, fingerprint) && !p.Outdated():
		return Work{Step: step, Action: "definition changed: compute every key again", Whole: true}
	case p.Outdated() || mode.Rebuild && p.Fingerprint != "":
		return Work{Step: step, Action: "compute every key again", Whole: true}
	}
	var waiting int64
	for _, e := range entities {
		waiting += s.Sequences[e.Log.Name.String()] - s.Position(step.Name, e.Current.Name.String()).Position
	}
	return newEvents(step, waiting)
}
