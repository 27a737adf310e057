package medallion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// Change is one change of the warehouse's structure, made before the steps run.
type Change struct {
	Text string   // for people: "create table silver.customers"
	SQL  []string // what carries it out
	fill *schema.DimensionModel
}

// Tables lists every table that the project needs, Lode's own included.
func (e *Engine) Tables() []schema.Table {
	m := e.Model
	tables := e.Ledger.Tables()
	for _, s := range m.Streams {
		tables = append(tables, e.bronze(s))
	}
	for _, x := range m.Entities {
		tables = append(tables, x.Log, x.Current)
	}
	for _, d := range m.Dimensions {
		tables = append(tables, d.Table)
	}
	for _, f := range m.Facts {
		tables = append(tables, f.Table)
	}
	for _, a := range m.Aggregates {
		tables = append(tables, a.Table, e.queue(a))
	}
	return tables
}

// Changes compares the warehouse with what the project needs. What is missing is
// created. In a table that can be computed again from bronze a column may come and go;
// a difference that would lose more than that is an error, and nothing is done.
func (e *Engine) Changes(ctx context.Context) ([]Change, error) {
	d := e.dialect()
	var changes []Change
	var errs []error
	held := map[schema.Name]schema.Table{}
	err := e.inTx(ctx, func(tx warehouse.Tx) error {
		for _, layer := range e.layers() {
			tables, err := tx.Describe(ctx, layer)
			if err != nil {
				return fmt.Errorf("read the tables of schema %s: %w", layer, err)
			}
			for _, t := range tables {
				held[t.Name] = t
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range e.Tables() {
		if err := d.Check(t); err != nil {
			errs = append(errs, err)
			continue
		}
		is, there := held[t.Name]
		if !there {
			changes = append(changes, e.create(t))
			continue
		}
		more, err := e.alter(is, t)
		changes, errs = append(changes, more...), append(errs, err)
	}
	return changes, errors.Join(errs...)
}

func (e *Engine) layers() []string {
	l := e.Model.Layers
	names := []string{l.Bronze, l.Silver, l.Gold, l.Lode}
	slices.Sort(names)
	return slices.Compact(names)
}

func (e *Engine) create(t schema.Table) Change {
	d := e.dialect()
	change := Change{Text: "create table " + t.Name.String(), SQL: append([]string{d.CreateSchema(t.Name.Schema)}, d.CreateTable(t)...)}
	for _, m := range e.Model.Dimensions {
		if m.Table.Name == t.Name {
			change.fill = m
		}
	}
	return change
}

// alter lists the changes of a table that is there. Only columns that are not part of a
// key may come, go or change their type.
func (e *Engine) alter(is, should schema.Table) ([]Change, error) {
	d := e.dialect()
	var changes []Change
	for _, f := range should.Fields {
		old := is.Field(f.Name)
		if old != nil && sameType(old.Type, f.Type) {
			continue
		}
		if f.NotNull {
			return nil, fmt.Errorf("table %s: column %s is missing or of another type, and it is part of a key or of Lode's own columns; "+
				"move the table away (ALTER TABLE ... RENAME) and run again, it is computed anew from bronze", should.Name, f.Name)
		}
		if old != nil {
			changes = append(changes, Change{Text: fmt.Sprintf("change column %s.%s from %s to %s", should.Name, f.Name, old.Type, f.Type),
				SQL: []string{d.DropField(should.Name, f.Name), d.AddField(should.Name, f)}})
			continue
		}
		changes = append(changes, Change{Text: fmt.Sprintf("add column %s.%s", should.Name, f.Name), SQL: []string{d.AddField(should.Name, f)}})
	}
	for _, f := range is.Fields {
		if should.Field(f.Name) != nil {
			continue
		}
		if f.NotNull {
			return nil, fmt.Errorf("table %s: column %s is no longer declared, and it was part of the key; "+
				"move the table away (ALTER TABLE ... RENAME) and run again, it is computed anew from bronze", should.Name, f.Name)
		}
		changes = append(changes, Change{Text: fmt.Sprintf("drop column %s.%s", should.Name, f.Name), SQL: []string{d.DropField(should.Name, f.Name)}})
	}
	return changes, nil
}

func sameType(a, b record.Type) bool {
	if a.Kind != b.Kind {
		return false
	}
	return a.Kind != record.Decimal || a == b
}

// Apply makes the changes, all or none.
func (e *Engine) Apply(ctx context.Context, changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	return e.inTx(ctx, func(tx warehouse.Tx) error {
		for _, c := range changes {
			for _, sql := range c.SQL {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return fmt.Errorf("%s: %w", c.Text, err)
				}
			}
			if c.fill == nil {
				continue
			}
			if _, err := tx.Load(ctx, c.fill.Table.Name, record.One(star.SpecialMembers(c.fill, e.Now()))); err != nil {
				return fmt.Errorf("%s: write the special members: %w", c.Text, err)
			}
			if err := e.Ledger.SetSequence(ctx, tx, c.fill.Table.Name.String(), 0); err != nil {
				return err
			}
		}
		return nil
	})
}
