package medallion

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// goldRun brings one gold table up to date inside one transaction.
type goldRun struct {
	e      *Engine
	tx     warehouse.Tx
	ledger ledger.Snapshot
	step   string
	mode   Mode
	last   map[string]int64 // the last surrogate key of each dimension, see lockKeys
	result Result
}

// executeGold runs a gold step: its rows, what they touch further on, and its position,
// in one transaction.
func (e *Engine) executeGold(ctx context.Context, step Step, mode Mode) (Result, error) {
	g := &goldRun{e: e, step: step.Name, mode: mode}
	err := e.inTx(ctx, func(tx warehouse.Tx) error {
		g.tx = tx
		var err error
		if g.ledger, err = e.Ledger.Read(ctx, tx); err != nil {
			return err
		}
		switch step.Kind {
		case CalendarStep:
			return g.calendar(ctx, step.Dimension)
		case DimensionStep:
			return g.dimension(ctx, step.Dimension)
		case FactStep:
			return g.fact(ctx, step.Fact)
		default:
			return g.aggregate(ctx, step.Aggregate)
		}
	})
	if err != nil {
		return g.result, fmt.Errorf("bring %s up to date: %w", step.Name, err)
	}
	return g.result, nil
}

// scope says what is new in the entity's log for this step, and ok whether there is
// anything to do.
func (g *goldRun) scope(entity *schema.EntityModel, fingerprint string) (scope star.Scope, head int64, ok bool) {
	head = g.ledger.Sequences[entity.Log.Name.String()]
	p := g.ledger.Position(g.step, entity.Current.Name.String())
	redefined := p.Fingerprint != "" && p.Fingerprint != fingerprint
	scope = star.Scope{After: p.Position, All: g.mode.Rebuild || redefined, Now: g.e.Now(), Since: p.At}
	return scope, head, scope.All || head > p.Position
}

func (g *goldRun) done(ctx context.Context, entity *schema.EntityModel, head int64, fingerprint string) error {
	return g.e.Ledger.SetPosition(ctx, g.tx, ledger.Position{
		Step: g.step, Input: entity.Current.Name.String(), Position: head, Fingerprint: fingerprint, At: g.e.Now(),
	})
}

func (g *goldRun) execute(ctx context.Context, statements ...sqltext.Statement) error {
	return execute(ctx, g.tx, &g.result, statements...)
}

func (g *goldRun) dimension(ctx context.Context, m *schema.DimensionModel) error {
	scope, head, ok := g.scope(m.Entity, m.Fingerprint)
	if !ok && m.Current != "in_force" {
		return nil
	}
	d := g.e.dialect()
	if err := g.lockKeys(ctx, append(g.factsOf(m), &schema.FactModel{Roles: []schema.RoleModel{{Dim: m}}})...); err != nil {
		return err
	}
	last := g.last[m.Name]
	used, err := scalar(ctx, g.tx, star.LastKey(d, m))
	if err != nil {
		return err
	}
	scope.LastKey = max(last, used)
	scope.Empty = used == 0 && !g.hasFacts(m)
	if err := g.execute(ctx, star.Dimension(d, m, scope, g.before(m, scope)...)...); err != nil {
		return err
	}
	if !scope.Empty {
		if err := g.followers(ctx, m, scope); err != nil {
			return err
		}
	}
	if err := g.keepLastKey(ctx, m, scope.LastKey); err != nil {
		return err
	}
	return g.done(ctx, m.Entity, head, m.Fingerprint)
}

// before lists what has to look at the dimension as it was: the groups of aggregates,
// the versions that move, and the facts that point to them.
func (g *goldRun) before(m *schema.DimensionModel, scope star.Scope) []sqltext.Statement {
	if scope.Empty {
		return nil
	}
	d := g.e.dialect()
	out := g.touchByDimension(m)
	out = append(out, star.Moved(d, m)...)
	for i, f := range g.factsOf(m) {
		out = append(out, star.MovedFacts(d, f, m, i)...)
	}
	return out
}

func (g *goldRun) touchByDimension(m *schema.DimensionModel) []sqltext.Statement {
	var out []sqltext.Statement
	for _, a := range g.e.Model.Aggregates {
		if s, ok := star.TouchByDimension(g.e.dialect(), a, m, g.e.queue(a)); ok {
			out = append(out, s)
		}
	}
	return out
}

func (g *goldRun) factsOf(m *schema.DimensionModel) []*schema.FactModel {
	var out []*schema.FactModel
	for _, f := range g.e.Model.Facts {
		for _, r := range f.Roles {
			if r.Dim == m {
				out = append(out, f)
				break
			}
		}
	}
	return out
}

func (g *goldRun) hasFacts(m *schema.DimensionModel) bool {
	for _, f := range g.factsOf(m) {
		if g.ledger.Position(f.Table.Name.String(), f.Entity.Current.Name.String()).Fingerprint != "" {
			return true
		}
	}
	return false
}

// followers gives the facts whose version moved their new keys, in the dimension's own
// transaction, so that the two never disagree for a reader.
func (g *goldRun) followers(ctx context.Context, m *schema.DimensionModel, scope star.Scope) error {
	if err := g.execute(ctx, g.touchByDimension(m)...); err != nil {
		return err
	}
	for i, f := range g.factsOf(m) {
		if err := g.factRows(ctx, f, star.Scope{Now: scope.Now}, star.MovedFactsTable(i)); err != nil {
			return err
		}
	}
	return nil
}

// lockKeys reads the last surrogate key of every dimension that the facts point to, and
// keeps other steps from adding members to them until this one ends. All steps take these
// locks at once and in the same order, so that none waits for another in a circle.
func (g *goldRun) lockKeys(ctx context.Context, facts ...*schema.FactModel) error {
	g.last = map[string]int64{}
	dims := map[string]*schema.DimensionModel{}
	for _, f := range facts {
		for _, r := range f.Roles {
			dims[r.Dim.Name] = r.Dim
		}
	}
	for _, name := range slices.Sorted(maps.Keys(dims)) {
		n, err := g.e.Ledger.Sequence(ctx, g.tx, dims[name].Table.Name.String())
		if err != nil {
			return err
		}
		g.last[name] = n
	}
	return nil
}

// keepLastKey remembers the highest surrogate key given, so that no key is given twice
// even if its row goes.
func (g *goldRun) keepLastKey(ctx context.Context, m *schema.DimensionModel, before int64) error {
	used, err := scalar(ctx, g.tx, star.LastKey(g.e.dialect(), m))
	if err != nil {
		return err
	}
	return g.e.Ledger.SetSequence(ctx, g.tx, m.Table.Name.String(), max(before, used))
}

func (g *goldRun) fact(ctx context.Context, f *schema.FactModel) error {
	scope, head, ok := g.scope(f.Entity, f.Fingerprint)
	if !ok {
		return nil
	}
	d := g.e.dialect()
	if err := g.lockKeys(ctx, f); err != nil {
		return err
	}
	p := g.ledger.Position(g.step, f.Entity.Current.Name.String())
	scope.Empty = p.Fingerprint == ""
	scope.All = scope.All || scope.Empty
	if !scope.All {
		if err := g.execute(ctx, star.FactKeys(d, f, scope)...); err != nil {
			return err
		}
	}
	if err := g.factRows(ctx, f, scope, star.FactKeysTable); err != nil {
		return err
	}
	return g.done(ctx, f.Entity, head, f.Fingerprint)
}

// factRows recomputes the facts in keys, with the calendar days, the inferred members
// and the touched groups that follow.
func (g *goldRun) factRows(ctx context.Context, f *schema.FactModel, scope star.Scope, keys string) error {
	d := g.e.dialect()
	if err := g.extendCalendars(ctx, f, scope, keys); err != nil {
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
		if r.Dim.Entity == nil {
			continue
		}
		if err := g.keepLastKey(ctx, r.Dim, g.last[r.Dim.Name]); err != nil {
			return err
		}
	}
	return nil
}

func (g *goldRun) aggregate(ctx context.Context, a *schema.AggregateModel) error {
	queue := g.e.queue(a)
	p := g.ledger.Position(g.step, a.Fact.Table.Name.String())
	redefined := p.Fingerprint != "" && p.Fingerprint != a.Fingerprint
	scope := star.Scope{All: g.mode.Rebuild || redefined || p.Fingerprint == "", Now: g.e.Now(), Empty: p.Fingerprint == ""}
	if !scope.All {
		waiting, err := scalar(ctx, g.tx, "SELECT count(*) FROM "+g.e.dialect().Table(queue.Name))
		if err != nil || waiting == 0 {
			return err
		}
	}
	if err := g.execute(ctx, star.Aggregate(g.e.dialect(), a, queue, scope)...); err != nil {
		return err
	}
	return g.e.Ledger.SetPosition(ctx, g.tx, ledger.Position{Step: g.step, Input: a.Fact.Table.Name.String(), Fingerprint: a.Fingerprint, At: g.e.Now()})
}

// queue is the table in which an aggregate's touched groups wait.
func (e *Engine) queue(a *schema.AggregateModel) schema.Table {
	return star.Queue(a, e.Model.Layers.Lode)
}
