package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
)

// declarationInput is the input of a generated dimension's position: it reads nothing but
// its own declaration.
const declarationInput = "definition"

// generated makes the members of a dimension that follows from its declaration, once for
// each declaration. Facts whose member is no longer what it was get their new keys.
func (g *goldRun) generated(ctx context.Context, m *schema.DimensionModel) error {
	p := g.ledger.Position(g.step, declarationInput)
	if p.Fingerprint == m.Fingerprint && !g.mode.Rebuild {
		return nil
	}
	if err := g.lockKeys(ctx, append(g.factsOf(m), &schema.FactModel{Roles: []schema.RoleModel{{Dim: m}}})...); err != nil {
		return err
	}
	rows, err := g.members(ctx, m)
	if err != nil {
		return err
	}
	if err := g.writeMembers(ctx, m, rows); err != nil {
		return err
	}
	if err := g.keepLastKey(ctx, m, g.last[m.Name]); err != nil {
		return err
	}
	if err := g.checkDimension(ctx, m, true); err != nil {
		return err
	}
	return g.e.Ledger.SetPosition(ctx, g.tx, ledger.Position{Step: g.step, Input: declarationInput, Fingerprint: m.Fingerprint, At: g.e.Now()})
}

// members makes the members of a generated dimension.
func (g *goldRun) members(ctx context.Context, m *schema.DimensionModel) (*record.Batch, error) {
	switch m.Kind() {
	case schema.TimeDimension:
		return star.TimesOfDay(m), nil
	case schema.BandDimension:
		return g.bands(ctx, m)
	}
	return g.days(ctx, m)
}

// bands makes the bands. A label keeps the surrogate key that it has.
func (g *goldRun) bands(ctx context.Context, m *schema.DimensionModel) (*record.Batch, error) {
	d, held, last := g.e.dialect(), map[string]int64{}, g.last[m.Name]
	sql := fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s > 0", d.Quote(schema.BandLabel), d.Quote(m.SurrogateKey), d.Table(m.Table.Name), d.Quote(m.SurrogateKey))
	for b, err := range g.tx.Query(ctx, sql) {
		if err != nil {
			return nil, fmt.Errorf("read the bands: %w", err)
		}
		for i := range b.Len() {
			key := b.Vectors[1].Value(i).Int()
			held[b.Vectors[0].Value(i).Text()] = key
			last = max(last, key)
		}
	}
	return star.Bands(m, held, last), nil
}

// writeMembers writes the members that differ from those that are there, and what follows:
// the keys of facts, and the groups of aggregates. A calendar's keys never change their
// meaning, so that no fact has to follow it.
func (g *goldRun) writeMembers(ctx context.Context, m *schema.DimensionModel, rows *record.Batch) error {
	d, scope := g.e.dialect(), star.Scope{Now: g.e.Now()}
	for _, sql := range d.CreateTemp(tmpFresh, m.Table.Fields) {
		if _, err := g.tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("create a table for the members: %w", err)
		}
	}
	batches := func(yield func(*record.Batch, error) bool) {
		_ = yield(star.SpecialMembers(m, scope.Now), nil) && yield(rows, nil)
	}
	if _, err := g.tx.Load(ctx, schema.Name{Table: tmpFresh}, batches); err != nil {
		return fmt.Errorf("generate the members: %w", err)
	}
	write := affected.Write{Target: m.Table, Fresh: tmpFresh, Keys: m.Table.PrimaryKey, Delta: tmpDelta}
	if m.Kind() == schema.CalendarDimension || !g.hasFacts(m) {
		touch := g.touchByDimension(m)
		return g.execute(ctx, append(write.Statements(d, touch...), touch...)...)
	}
	if err := g.execute(ctx, write.Statements(d, g.before(m, scope)...)...); err != nil {
		return err
	}
	return g.followers(ctx, m, scope)
}
