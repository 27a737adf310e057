package medallion

import (
	"context"
	"slices"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
)

// hierarchy brings the bridge of a hierarchy up to date. Its dimension comes before it, so
// that every member has its key.
func (g *goldRun) hierarchy(ctx context.Context, b *schema.BridgeModel) error {
	scope, head, ok := g.scope(b.Entity, b.Fingerprint)
	if !ok {
		return nil
	}
	if err := g.execute(ctx, star.Hierarchy(g.e.dialect(), b, scope)...); err != nil {
		return err
	}
	touched := tmpTouched
	if scope.All || scope.After == 0 {
		touched = ""
	}
	if err := g.holds(ctx, g.writer(touched).Bridge(b)); err != nil {
		return err
	}
	return g.done(ctx, b.Entity, head, b.Fingerprint)
}

// widen lets a dimension of groups look at every group where the log no longer tells
// which are touched.
func (g *goldRun) widen(ctx context.Context, m *schema.DimensionModel, scope *star.Scope) error {
	if m.Bridge == nil || scope.All || scope.After == 0 {
		return nil
	}
	n, err := scalar(ctx, g.tx, star.Withdrawn(g.e.dialect(), m.Bridge, *scope))
	scope.All = n > 0
	return err
}

// bridgesOf lists the bridges whose members are of a dimension and carry its durable key.
func (g *goldRun) bridgesOf(m *schema.DimensionModel) []*schema.BridgeModel {
	var out []*schema.BridgeModel
	for _, b := range g.e.Model.Bridges {
		if b.Member == m && b.Groups != nil {
			out = append(out, b)
		}
	}
	return out
}

// pointsTo tells whether a dimension has another one as an outrigger.
func pointsTo(m, other *schema.DimensionModel) bool {
	return slices.ContainsFunc(m.Outriggers, func(o schema.OutriggerModel) bool { return o.Dim == other })
}
