package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
)

// junk adds the combinations that new events have brought. When other columns are declared
// than before, all facts look theirs up again, in the same transaction.
func (g *goldRun) junk(ctx context.Context, m *schema.DimensionModel) error {
	scope, head, ok := g.scope(m.Entity, m.Fingerprint)
	if !ok {
		return nil
	}
	if err := g.lockKeys(ctx, append(g.factsOf(m), &schema.FactModel{Roles: []schema.RoleModel{{Dim: m}}})...); err != nil {
		return err
	}
	d := g.e.dialect()
	scope.LastKey = g.last[m.Name]
	if err := g.execute(ctx, star.Junk(d, m, scope)...); err != nil {
		return err
	}
	if g.ledger.Redefined(g.step, m.Fingerprint) {
		for i, f := range g.factsOf(m) {
			if err := g.execute(ctx, star.AllFacts(d, f, i)...); err != nil {
				return err
			}
		}
		if err := g.rekey(ctx, m, scope); err != nil {
			return err
		}
	}
	if err := g.keepLastKey(ctx, m, scope.LastKey); err != nil {
		return err
	}
	if err := g.done(ctx, m.Entity, head, m.Fingerprint); err != nil {
		return err
	}
	if err := g.remember(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s > %d", d.Quote(m.SurrogateKey), d.Table(m.Table.Name), d.Quote(m.SurrogateKey), scope.LastKey)); err != nil {
		return err
	}
	return g.checkDimension(ctx, m, false)
}
