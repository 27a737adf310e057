package evolve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/naming"
)

// Field is a field that no mapping knows, of an entity.
type Field struct{ Entity, Name string }

// Column is what the field is called as a column: a mapping finds it by that name.
func (f Field) Column() string { return naming.Snake(f.Name) }

// Promotable looks whether a field can become a column: it was seen, its column is not
// declared yet, and no migration waits.
func (m Migrations) Promotable(ctx context.Context, f Field) error {
	entity := m.Engine.Model.Entity(f.Entity)
	if entity == nil {
		return fmt.Errorf("there is no entity %q: %w", f.Entity, ErrAsk)
	}
	if entity.Column(f.Column()) != nil {
		return fmt.Errorf("entity %s has a column %s already: %w", f.Entity, f.Column(), ErrAsk)
	}
	drifts, err := m.Drift(ctx)
	if err != nil {
		return err
	}
	var known []string
	for _, d := range drifts {
		if d.Entity == f.Entity && !d.Declared {
			known = append(known, d.Field)
		}
	}
	if !slices.Contains(known, f.Name) {
		return fmt.Errorf("no record of %s has brought a field %q that no mapping knows; there are [%s]: %w", f.Entity, f.Name, strings.Join(slices.Compact(known), " "), ErrAsk)
	}
	if !m.Engine.Migrated {
		return nil
	}
	all, err := m.Status(ctx)
	if i := slices.IndexFunc(all, func(x runner.Migration) bool { return x.State == runner.Pending }); err == nil && i >= 0 {
		return fmt.Errorf("migration %s is not applied; run `lode migrate up` first: %w", all[i], ErrAsk)
	}
	return err
}

// Promote proposes the migrations of a field that the definitions now declare as a column:
// they add the column and fill it from the custom fields of the current rows. The run
// after that maps every event again, and so fills the log and the history too.
func (m Migrations) Promote(ctx context.Context, f Field) (Proposal, error) {
	name := "promote_" + f.Entity + "_" + f.Column()
	p, err := m.New(ctx, Request{Name: name})
	if err != nil || len(p.Files) == 0 {
		return p, err
	}
	table := m.Engine.Model.Entity(f.Entity).Current
	fill := migrate.Draft{Suffix: "_fill", Batches: true,
		Texts: []string{fmt.Sprintf("fill column %s.%s from the custom field %s, where it has a value of the type", table.Name, f.Column(), f.Name)},
	}
	d := m.Engine.Warehouse.Dialect()
	inner := d.JSONText(d.Quote(schema.CustomFields), f.Name)
	value := d.JSONText("CAST("+inner+" AS "+d.TypeName(record.Of(record.JSON))+")", "value")
	fill.Up.SQL = []string{migrate.BatchMark + d.FillBatch(table.Name, f.Column(), d.TryCast(value, table.Field(f.Column()).Type), migrate.Batch)}
	p.Files = append(p.Files, migrate.Files([]migrate.Draft{fill}, name, m.Engine.Now(), migrate.Latest(p.Files))...)
	return p, nil
}

// Again says what the next run does because a definition has changed.
func (m Migrations) Again(ctx context.Context, entity string) (string, error) {
	snapshot, err := m.Engine.Snapshot(ctx, false)
	if err != nil {
		return "", err
	}
	for _, w := range m.Engine.Plan(snapshot, m.Engine.Steps(), medallion.Mode{}) {
		if w.Step.Kind == medallion.EntityStep && w.Step.Entity.Name == entity {
			return w.Action, nil
		}
	}
	return "", nil
}
