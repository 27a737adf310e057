package medallion

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
)

// dimension brings a dimension up to date with the events of its entity.
func (g *goldRun) dimension(ctx context.Context, m *schema.DimensionModel) error {
	if m.Kind() == schema.JunkDimension {
		return g.junk(ctx, m)
	}
	scope, head, ok := g.scope(m.Entity, m.Fingerprint)
	if !ok && m.Current != "in_force" {
		return nil
	}
	if err := g.complete(ctx, m, &scope); err != nil {
		return err
	}
	if err := g.writeDimension(ctx, m, scope); err != nil {
		return err
	}
	if err := g.keepLatest(ctx, m, scope); err != nil {
		return err
	}
	if err := g.done(ctx, m.Entity, head, m.Fingerprint); err != nil {
		return err
	}
	return g.checkDimension(ctx, m, scope.All || scope.After == 0)
}

// complete adds to the scope of a dimension what is known of its keys so far, and keeps
// others from giving new ones.
func (g *goldRun) complete(ctx context.Context, m *schema.DimensionModel, scope *star.Scope) (err error) {
	if err := g.widen(ctx, m, scope); err != nil {
		return err
	}
	if latest, known := g.ledger.Sequences[latestOf(g.step)]; known {
		scope.Latest = time.UnixMicro(latest).UTC()
	}
	if scope.Tracking, err = g.tracking(ctx, m); err != nil {
		return err
	}
	if err := g.lockKeys(ctx, append(g.factsOf(m), &schema.FactModel{Roles: numbered(m)})...); err != nil {
		return err
	}
	if o := m.Profile(); o != nil {
		scope.LastProfile = g.last[o.Dim.Name]
	}
	used, err := scalar(ctx, g.tx, star.LastKey(g.e.dialect(), m))
	if err != nil {
		return err
	}
	scope.LastKey = max(g.last[m.Name], used)
	g.last[m.Name] = scope.LastKey
	scope.Empty = used == 0 && !g.hasFacts(m)
	return nil
}

// latestOf names the sequence that holds, in microseconds since 1970, the time of the latest
// event that a step has consumed.
func latestOf(step string) string { return step + " latest" }

// keepLatest remembers the time of the latest event.
func (g *goldRun) keepLatest(ctx context.Context, m *schema.DimensionModel, scope star.Scope) error {
	after := scope.After
	if scope.All || scope.Latest.IsZero() {
		after = 0
	}
	latest, err := scalar(ctx, g.tx, fmt.Sprintf("SELECT max(valid_at) FROM %s WHERE log_seq > %d", g.e.dialect().Table(m.Entity.Log.Name), after))
	if err != nil {
		return fmt.Errorf("find the latest event of %s: %w", m.Entity.Name, err)
	}
	if !scope.Latest.IsZero() {
		latest = max(latest, scope.Latest.UnixMicro())
	}
	return g.e.Ledger.SetSequence(ctx, g.tx, latestOf(g.step), latest)
}

// writeDimension writes the versions, and what follows from them: the rows of a bridge, the
// keys of facts.
func (g *goldRun) writeDimension(ctx context.Context, m *schema.DimensionModel, scope star.Scope) error {
	d := g.e.dialect()
	if err := g.execute(ctx, star.Dimension(d, m, scope, g.before(m, scope)...)...); err != nil {
		return err
	}
	if err := g.remember(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM %s", sqltext.List(d, "", m.NaturalKey()...), d.Quote(tmpFresh))); err != nil {
		return err
	}
	if m.Bridge != nil {
		if err := g.execute(ctx, star.BridgeRows(d, m.Bridge, scope)...); err != nil {
			return err
		}
	}
	if !scope.Empty {
		if err := g.followers(ctx, m, scope); err != nil {
			return err
		}
	}
	for _, r := range numbered(m) {
		if err := g.keepLastKey(ctx, r.Dim, g.last[r.Dim.Name]); err != nil {
			return err
		}
	}
	return nil
}

// numbered is the dimensions to which a dimension's step gives new keys: itself, and the
// profiles that it finds.
func numbered(m *schema.DimensionModel) []schema.RoleModel {
	roles := []schema.RoleModel{{Dim: m}}
	if o := m.Profile(); o != nil {
		roles = append(roles, schema.RoleModel{Dim: o.Dim})
	}
	return roles
}

// before lists what has to look at the dimension as it was: the groups of aggregates,
// the versions that move, and the facts that point to them.
func (g *goldRun) before(m *schema.DimensionModel, scope star.Scope) []sqltext.Statement {
	if scope.Empty {
		return nil
	}
	d := g.e.dialect()
	out := g.touchByDimension(m)
	out = append(out, star.Moved(d, m, scope)...)
	out = append(out, star.MovedRecords(d, m, scope)...)
	for i, f := range g.factsOf(m) {
		out = append(out, star.MovedFacts(d, f, m, g.following(f, scope), i)...)
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
	for _, o := range g.e.Model.Dimensions {
		if pointsTo(o, m) && g.ledger.Ran(o.Table.Name.String()) {
			return true
		}
	}
	for _, b := range g.bridgesOf(m) {
		if g.ledger.Ran(b.Groups.Table.Name.String()) {
			return true
		}
	}
	for _, f := range g.factsOf(m) {
		if g.ledger.Ran(f.Table.Name.String()) {
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
	for _, o := range g.e.Model.Dimensions {
		for _, x := range o.Outriggers {
			if x.Dim == m {
				if err := g.repoint(ctx, o, x); err != nil {
					return err
				}
			}
		}
	}
	for _, b := range g.bridgesOf(m) {
		if err := g.execute(ctx, star.BridgeMembers(g.e.dialect(), b)...); err != nil {
			return err
		}
	}
	return g.rekey(ctx, m, scope)
}

// repoint lets a dimension point to the members of an outrigger as they are now. Aggregates
// that group by the key are told before and after.
func (g *goldRun) repoint(ctx context.Context, m *schema.DimensionModel, o schema.OutriggerModel) error {
	d := g.e.dialect()
	var touch []sqltext.Statement
	for _, a := range g.e.Model.Aggregates {
		if s, ok := star.TouchByOutrigger(d, a, m, g.e.queue(a)); ok {
			touch = append(touch, s)
		}
	}
	statements := slices.Concat(star.Repointed(d, m, o), touch, []sqltext.Statement{star.OutriggerKeys(d, m, o)}, touch)
	return g.execute(ctx, statements...)
}

// rekey looks up the keys of the facts that have been collected, of each fact in its table.
func (g *goldRun) rekey(ctx context.Context, m *schema.DimensionModel, scope star.Scope) error {
	for i, f := range g.factsOf(m) {
		moved := star.MovedFactsTable(i)
		waiting, err := hasRows(ctx, g.tx, g.e.dialect().Quote(moved))
		if err == nil && waiting {
			err = g.factRows(ctx, f, g.following(f, scope), moved)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
