package medallion

import (
	"context"
	"fmt"
	"slices"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
)

func (g *goldRun) fact(ctx context.Context, f *schema.FactModel) error {
	scope, head, ok := g.scope(f.Entity, f.Fingerprint)
	heads := g.joined(g.step, f, &scope)
	if !ok && len(scope.Joined) == 0 && !star.PeriodEnded(f, scope.Since, scope.Now) {
		return nil
	}
	if err := g.lockKeys(ctx, f); err != nil {
		return err
	}
	scope.Empty = !g.ledger.Ran(g.step)
	scope.All = scope.All || scope.Empty
	if !scope.All {
		if err := g.execute(ctx, star.FactKeys(g.e.dialect(), f, scope)...); err != nil {
			return err
		}
	}
	if err := g.factRows(ctx, f, scope, star.FactKeysTable); err != nil {
		return err
	}
	for e, head := range heads {
		if err := g.done(ctx, e, head, f.Fingerprint); err != nil {
			return err
		}
	}
	return g.done(ctx, f.Entity, head, f.Fingerprint)
}

// factWork is what a fact will find to do.
func (e *Engine) factWork(s ledger.Snapshot, step Step, mode Mode) Work {
	f := step.Fact
	work := logWork(s, step, f.Fingerprint, mode, append([]*schema.EntityModel{f.Entity}, f.Joined()...)...)
	p := s.Position(step.Name, f.Entity.Current.Name.String())
	if work.Idle && p.Fingerprint != "" && star.PeriodEnded(f, p.At, e.Now()) {
		return Work{Step: step, Action: "a " + f.Snapshot.Every + " has ended: rows for every key"}
	}
	return work
}

// following is the scope of a fact that follows one of its dimensions.
func (g *goldRun) following(f *schema.FactModel, scope star.Scope) star.Scope {
	step := f.Table.Name.String()
	p := g.ledger.Position(step, f.Entity.Current.Name.String())
	out := star.Scope{Now: scope.Now, Since: p.At, After: p.Position, Partial: g.ledger.Sequences[partialLog(f.Entity)] > 0}
	g.joined(step, f, &out)
	return out
}

// joined adds to the scope the entities that the step of a fact joins and that have new
// events, and returns how far each of their logs goes.
func (g *goldRun) joined(step string, f *schema.FactModel, scope *star.Scope) map[*schema.EntityModel]int64 {
	heads := map[*schema.EntityModel]int64{}
	scope.Joined = map[string]int64{}
	for _, e := range f.Joined() {
		after := g.ledger.Position(step, e.Current.Name.String()).Position
		heads[e] = g.ledger.Sequences[e.Log.Name.String()]
		if heads[e] > after {
			scope.Joined[e.Name] = after
		}
	}
	if f.JoinsItself() && g.ledger.Sequences[f.Entity.Log.Name.String()] > scope.After {
		scope.Joined[f.Entity.Name] = scope.After
	}
	return heads
}

// factRows recomputes the facts in keys, with the calendar days, the inferred members
// and the touched groups that follow.
func (g *goldRun) factRows(ctx context.Context, f *schema.FactModel, scope star.Scope, keys string) error {
	d := g.e.dialect()
	if err := g.audited(ctx, f); err != nil {
		return err
	}
	var source []sqltext.Statement
	if !scope.All {
		source = star.Shared(d, f, keys)
	}
	if err := g.execute(ctx, append(source, star.FactSource(d, f, scope, keys)...)...); err != nil {
		return err
	}
	if err := g.extendCalendars(ctx, f, scope, keys); err != nil {
		return err
	}
	var err error
	if scope.Seek, err = g.seek(ctx, f, scope, keys); err != nil {
		return err
	}
	var before, after []sqltext.Statement
	for _, a := range g.e.Model.Aggregates {
		if a.Fact == f {
			touch := star.TouchByFact(d, a, g.e.queue(a))
			before, after = append(before, touch), append(after, touch)
		}
	}
	if scope.Empty {
		before, after = nil, nil
		for _, a := range g.e.Model.Aggregates {
			if a.Fact == f {
				after = append(after, star.TouchAll(d, a, g.e.queue(a)))
			}
		}
	}
	if err := g.execute(ctx, append(star.Fact(d, f, scope, keys, g.last, before...), after...)...); err != nil {
		return err
	}
	for _, r := range f.Roles {
		if r.Dim.Generated() {
			continue
		}
		if err := g.keepLastKey(ctx, r.Dim, g.last[r.Dim.Name]); err != nil {
			return err
		}
	}
	return g.checkFact(ctx, f, scope, keys)
}

// seek names the roles whose versions are to be sought one by one, from what can be
// counted cheaply.
func (g *goldRun) seek(ctx context.Context, f *schema.FactModel, scope star.Scope, keys string) ([]string, error) {
	d := g.e.dialect()
	touched, counted := int64(-1), d.Quote(keys)
	if scope.All {
		counted = d.Table(f.Entity.Current.Name)
	}
	if !scope.All || !d.SeeksLatest() && f.Snapshot == nil { // where it matters for all of them, a count reads no row
		var err error
		if touched, err = scalar(ctx, g.tx, "SELECT count(*) FROM "+counted); err != nil {
			return nil, fmt.Errorf("count the touched facts: %w", err)
		}
	}
	var roles []string
	for i, r := range f.Roles {
		if r.Dim.Lookup() != schema.ByVersion || r.AsOf == "current" || g.last[r.Dim.Name] < star.SmallDimension {
			continue
		}
		counts := star.Counts{Facts: touched, Dimension: g.last[r.Dim.Name]}
		for b, err := range g.tx.Query(ctx, star.Versions(d, f, i, scope, keys)) {
			if err != nil {
				return nil, fmt.Errorf("count the versions of %s: %w", r.Dim.Name, err)
			}
			counts.Looked, counts.Versions = b.Vectors[0].Value(0).Int(), b.Vectors[1].Value(0).Int()
		}
		if counts.Seeks(d) {
			roles = append(roles, r.Name)
		}
	}
	return roles, nil
}

func (g *goldRun) aggregate(ctx context.Context, a *schema.AggregateModel) error {
	queue := g.e.queue(a)
	ran := g.ledger.Ran(g.step)
	scope := star.Scope{All: g.mode.Rebuild || !ran || g.ledger.Redefined(g.step, a.Fingerprint), Now: g.now, Empty: !ran}
	if !scope.All {
		waiting, err := scalar(ctx, g.tx, "SELECT count(*) FROM "+g.e.dialect().Table(queue.Name))
		if err != nil || waiting == 0 {
			return err
		}
	}
	if err := g.execute(ctx, star.Aggregate(g.e.dialect(), a, queue, scope)...); err != nil {
		return err
	}
	if err := g.checkAggregate(ctx, a, scope); err != nil {
		return err
	}
	return g.e.Ledger.SetPosition(ctx, g.tx, ledger.Position{Step: g.step, Input: a.Fact.Table.Name.String(), Fingerprint: a.Fingerprint, At: g.now})
}

// queue is the table in which an aggregate's touched groups wait.
func (e *Engine) queue(a *schema.AggregateModel) schema.Table {
	return star.Queue(a, e.Model.Layers.Lode)
}

// isQueue tells whether a table is the queue of an aggregate.
func (e *Engine) isQueue(name schema.Name) bool {
	return slices.ContainsFunc(e.Model.Aggregates, func(a *schema.AggregateModel) bool { return e.queue(a).Name == name })
}
