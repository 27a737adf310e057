package evolve

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/naming"
	"github.com/lodehq/lode/warehouse"
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
	name := migrationName("promote_" + f.Entity + "_" + f.Column())
	p, err := m.New(ctx, Request{Name: name})
	if err != nil || len(p.Files) == 0 {
		return p, err
	}
	entity := m.Engine.Model.Entity(f.Entity)
	fill := migrate.Draft{Suffix: "_fill", Warehouse: m.Engine.Warehouse.Dialect().Name(), Batches: true,
		Texts: []string{fmt.Sprintf("fill column %s.%s from the custom field %s, where it has a value of the type", entity.Current.Name, f.Column(), f.Name)},
	}
	fill.Up.SQL = []string{migrate.BatchMark + fillStatement(m.Engine.Warehouse.Dialect(), entity, f)}
	p.Files = append(p.Files, migrate.Files([]migrate.Draft{fill}, name, m.Engine.Now(), migrate.Latest(p.Files))...)
	return p, nil
}

// migrationName is a text as migrations are called: letters of other languages have no place in the
// names of their files.
func migrationName(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
	return strings.Join(words, "_")
}

// fillStatement gives a column the values of a custom field in some of the rows in which it is
// NULL and there is a value of its type. What that is, the column's type says, as it does of
// records. Each step has a name, so that the statement can be read.
func fillStatement(d warehouse.Dialect, e *schema.EntityModel, f Field) string {
	table, column, field, text, value := d.Table(e.Current.Name), d.Quote(f.Column()), d.Quote("lode_field"), d.Quote("lode_text"), d.Quote("lode_value")
	var keys, same []string
	for _, name := range e.Key() {
		k := d.Quote(name)
		keys, same = append(keys, k), append(same, "filled."+k+" = lode_batch."+k)
	}
	key := strings.Join(keys, ", ")
	custom, json := d.Quote(schema.CustomFields), record.Of(record.JSON)
	of := e.Column(f.Column()).Type
	fields := "  FROM lode_fields"
	if of.Name() == "text" { // of which an object or a list is none, though it has one
		holds := func(structure string) string { return d.JSONHolds(field, d.Literal(record.JSONValue(structure), json)) }
		fields += "\n  WHERE NOT " + holds(`{"value":{}}`) + " AND NOT " + holds(`{"value":[]}`)
	}
	return strings.Join([]string{
		"WITH lode_fields AS (",
		"  SELECT " + key + ", CAST(" + d.JSONText(custom, f.Name) + " AS " + d.TypeName(json) + ") AS " + field,
		"  FROM " + table,
		"  WHERE " + column + " IS NULL AND " + d.JSONHas(custom, d.Literal(record.TextValue(f.Name), record.Of(record.Text))),
		"), lode_texts AS (",
		"  SELECT " + key + ", " + d.JSONText(field, "value") + " AS " + text,
		fields,
		"), lode_values AS (",
		"  SELECT " + key + ",",
		"    " + of.SQL(d, text) + " AS " + value,
		"  FROM lode_texts",
		"), lode_batch AS (",
		"  SELECT " + key + ", " + value,
		"  FROM lode_values",
		"  WHERE " + value + " IS NOT NULL",
		"  LIMIT " + strconv.Itoa(migrate.Batch),
		")",
		"UPDATE " + table + " AS filled",
		"SET " + column + " = lode_batch." + value,
		"FROM lode_batch",
		"WHERE " + strings.Join(same, " AND "),
	}, "\n")
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
