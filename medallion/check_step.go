package medallion

import (
	"context"
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/check"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// A step that checks looks at the keys that it touched, after it has written them and
// before it commits. One that breaks something fails, so that nothing of it stays.

// tmpChecked holds the keys that a step will check, where what it does further on would
// lose them.
const tmpChecked = "lode_checked"

// holds makes checks inside a step's transaction. The error names all that do not hold.
func holds(ctx context.Context, e *Engine, tx warehouse.Tx, checks []check.Check) error {
	results, err := checker{e: e, tx: tx}.results(ctx, checks, "", nil)
	if err != nil {
		return err
	}
	var broken []string
	for _, r := range results {
		if r.Count > 0 {
			broken = append(broken, r.String())
		}
	}
	if broken == nil {
		return nil
	}
	return fmt.Errorf("what it wrote does not hold, and has been taken back (%s); `lode check` tells whether it was so before", strings.Join(broken, "; "))
}

func (g *goldRun) holds(ctx context.Context, checks []check.Check) error {
	if !g.mode.Check {
		return nil
	}
	return holds(ctx, g.e, g.tx, checks)
}

func (g *goldRun) writer(keys string) check.Writer {
	return check.Writer{Dialect: g.e.dialect(), Keys: keys}
}

// remember keeps the keys that a query selects, if they will be checked.
func (g *goldRun) remember(ctx context.Context, keys string) error {
	if !g.mode.Check {
		return nil
	}
	return g.execute(ctx, affected.Create(g.e.dialect(), tmpChecked, "the keys to check", keys)...)
}

// checkDimension looks at the remembered keys of a dimension, or at all of them.
func (g *goldRun) checkDimension(ctx context.Context, m *schema.DimensionModel, all bool) error {
	if !g.mode.Check {
		return nil
	}
	redefined, err := checker{e: g.e, tx: g.tx}.redefined(ctx, m)
	if err != nil {
		return err
	}
	w := g.writer(tmpChecked)
	if all {
		w.Keys = ""
	}
	checks := w.Dimension(m, redefined != "")
	if m.Bridge != nil {
		checks = append(checks, w.Bridge(m.Bridge)...)
	}
	return g.holds(ctx, checks)
}

// checkFact looks at the facts in keys, or at all when the scope says so.
func (g *goldRun) checkFact(ctx context.Context, f *schema.FactModel, scope star.Scope, keys string) error {
	if scope.All {
		keys = ""
	}
	return g.holds(ctx, g.writer(keys).Fact(f, scope))
}

// checkAggregate looks at the groups that have just been summed up.
func (g *goldRun) checkAggregate(ctx context.Context, a *schema.AggregateModel, scope star.Scope) error {
	if scope.All {
		return g.holds(ctx, g.writer("").Aggregate(a, star.Groups(g.e.dialect(), a)))
	}
	return g.holds(ctx, g.writer(tmpTouched).Aggregate(a, star.TouchedGroups(g.e.dialect(), a)))
}

// check looks at the keys of new events, and at those that events had which were mapped
// again.
func (a *appender) check(ctx context.Context, scope currentScope, inputs ...check.Input) error {
	r, d := a.r, a.r.e.dialect()
	if !r.checks {
		return nil
	}
	w := check.Writer{Dialect: d}
	if !scope.all {
		w.Keys = tmpChecked
		key := sqltext.List(d, "", r.m.Key()...)
		query := fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope'", key, d.Table(r.m.Log.Name), a.first)
		if scope.again {
			query += fmt.Sprintf("\nUNION SELECT %s FROM %s", key, d.Quote(tmpOldKeys))
		}
		if err := execute(ctx, a.tx, &r.result, affected.Create(d, tmpChecked, "the keys to check", query)...); err != nil {
			return err
		}
	}
	return holds(ctx, r.e, a.tx, w.Entity(r.m, r.e.Ledger.Table("quarantine"), inputs...))
}
