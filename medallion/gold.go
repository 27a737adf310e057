package medallion

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

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
	now    time.Time        // the clock of the step, read once
	last   map[string]int64 // the last surrogate key of each dimension, see lockKeys
	result Result
}

// executeGold runs a gold step: its rows, what they touch further on, and its position,
// in one transaction.
func (e *Engine) executeGold(ctx context.Context, step Step, mode Mode) (Result, error) {
	g := &goldRun{e: e, step: step.Name, mode: mode, now: e.Now()}
	err := e.inTx(ctx, func(tx warehouse.Tx) error {
		g.tx = tx
		var err error
		if g.ledger, err = e.Ledger.Read(ctx, tx); err != nil {
			return err
		}
		if err := g.mapped(step); err != nil {
			return err
		}
		if err := g.make(ctx, step); err != nil {
			return err
		}
		if g.ledger.Redefined(step.Name, step.fingerprint()) {
			return e.Ledger.Retire(ctx, tx, step.Name, step.fingerprint())
		}
		return nil
	})
	if err != nil {
		return g.result, fmt.Errorf("bring %s up to date: %w", step.Name, err)
	}
	return g.result, nil
}

// mapped refuses to go on from entities that are not what their definitions say: their
// columns may be there already, and empty.
func (g *goldRun) mapped(step Step) error {
	if name := g.e.unmapped(g.ledger, step); name != "" {
		return fmt.Errorf("%s has to be made anew first; run it too, with --select %s", name, name)
	}
	return nil
}

// unmapped names an entity of a step of gold, or of what follows it, that is not what its
// definition says, "" if there is none.
func (e *Engine) unmapped(s ledger.Snapshot, step Step) string {
	read := step.entities()
	for _, x := range e.Model.Entities {
		if slices.Contains(step.After, x.Current.Name.String()) {
			read = append(read, x)
		}
	}
	for _, x := range read {
		if name := x.Current.Name.String(); s.Redefined(name, x.Fingerprint) {
			return name
		}
	}
	return ""
}

// make makes what a step is for.
func (g *goldRun) make(ctx context.Context, step Step) error {
	switch step.Kind {
	case GeneratedStep:
		return g.generated(ctx, step.Dimension)
	case AuditStep:
		if err := g.lockKeys(ctx, &schema.FactModel{Roles: []schema.RoleModel{{Dim: step.Dimension}}}); err != nil {
			return err
		}
		return g.audit(ctx, step.Dimension, &g.result)
	case DimensionStep:
		return g.dimension(ctx, step.Dimension)
	case BridgeStep:
		return g.hierarchy(ctx, step.Bridge)
	case FactStep:
		return g.fact(ctx, step.Fact)
	default:
		return g.aggregate(ctx, step.Aggregate)
	}
}

// scope says what is new in the entity's log for this step, and ok whether there is
// anything to do.
func (g *goldRun) scope(entity *schema.EntityModel, fingerprint string) (scope star.Scope, head int64, ok bool) {
	head = g.ledger.Sequences[entity.Log.Name.String()]
	p := g.ledger.Position(g.step, entity.Current.Name.String())
	scope = star.Scope{
		After: p.Position, All: g.mode.Rebuild || g.ledger.Redefined(g.step, fingerprint), Now: g.now, Since: p.At,
		Partial: g.ledger.Sequences[partialLog(entity)] > 0, Retold: g.ledger.Sequences[retoldLog(entity)] > p.Position,
	}
	return scope, head, scope.All || head > p.Position
}

func (g *goldRun) done(ctx context.Context, entity *schema.EntityModel, head int64, fingerprint string) error {
	return g.e.Ledger.SetPosition(ctx, g.tx, ledger.Position{
		Step: g.step, Input: entity.Current.Name.String(), Position: head, Fingerprint: fingerprint, At: g.now,
	})
}

func (g *goldRun) execute(ctx context.Context, statements ...sqltext.Statement) error {
	return execute(ctx, g.tx, &g.result, statements...)
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
