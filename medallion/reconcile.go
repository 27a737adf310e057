package medallion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// Change is one change of the warehouse's structure, made before the steps run.
type Change struct {
	Text string                 // for people: "create table silver.customers"
	SQL  []string               // what carries it out
	made *schema.Table          // the table that it creates
	fill *schema.DimensionModel // the dimension whose special members it needs
	of   schema.Name            // the table that it makes or changes
	view viewChange             // the view that it makes or drops
}

// Tables lists every table that the project needs, Lode's own included.
func (e *Engine) Tables() []schema.Table {
	m := e.Model
	tables := e.Ledger.Tables()
	for _, s := range m.Streams {
		tables = append(tables, e.bronze(s))
	}
	for _, x := range m.Entities {
		tables = append(tables, x.Tables()...)
	}
	for _, d := range m.Dimensions {
		tables = append(tables, d.Table)
	}
	for _, b := range m.Bridges {
		tables = append(tables, b.Table)
	}
	for _, f := range m.Facts {
		tables = append(tables, f.Table)
	}
	for _, a := range m.Aggregates {
		tables = append(tables, a.Table, e.queue(a))
	}
	for _, t := range m.AppTables {
		tables = append(tables, t.Table)
	}
	return tables
}

// Changes compares the warehouse with what the project needs. What is missing is
// created. In a table that can be computed again a column may come and go; what would
// lose more than that is an error, and nothing is done.
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
		for i := range more {
			more[i].fill, more[i].of = e.dimension(t.Name), t.Name
		}
		changes, errs = append(changes, more...), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return changes, err
	}
	drop, create, err := e.viewChanges(ctx, changes)
	return slices.Concat(drop, changes, create), err
}

func (e *Engine) layers() []string {
	l := e.Model.Layers
	names := []string{l.Bronze, l.Silver, l.Gold, l.Lode, l.App}
	slices.Sort(names)
	return slices.Compact(names)
}

func (e *Engine) create(t schema.Table) Change {
	d := e.dialect()
	change := Change{Text: "create table " + t.Name.String(), made: &t, SQL: append([]string{d.CreateSchema(t.Name.Schema)}, d.CreateTable(t)...)}
	change.fill, change.of = e.dimension(t.Name), t.Name
	return change
}

// dimension is the dimension of a table, nil if it is none.
func (e *Engine) dimension(n schema.Name) *schema.DimensionModel {
	for _, m := range e.Model.Dimensions {
		if m.Table.Name == n {
			return m
		}
	}
	return nil
}

// alter lists the changes of a table that is there. Only columns that are not part of a
// key may come, go or change their type, and only in tables that can be computed again:
// in bronze, in Lode's own tables and in those of the application columns are added, and nothing is ever taken away.
// The queue of an aggregate is made anew: it is summed up whole when its groups are redefined.
func (e *Engine) alter(is, should schema.Table) ([]Change, error) {
	if len(is.PrimaryKey) > 0 && !slices.Equal(is.PrimaryKey, should.PrimaryKey) {
		return nil, moveAway(should, fmt.Sprintf("its key is (%s) and should be (%s)", strings.Join(is.PrimaryKey, ", "), strings.Join(should.PrimaryKey, ", ")))
	}
	d := e.dialect()
	same := func(a, b schema.Field) bool { return a.Name == b.Name && sameType(a.Type, b.Type) }
	if e.isQueue(should.Name) && !slices.EqualFunc(is.Fields, should.Fields, same) {
		sql := append([]string{"DROP TABLE " + d.Table(should.Name)}, d.CreateTable(should)...)
		return []Change{{Text: fmt.Sprintf("make table %s anew", should.Name), SQL: sql}}, nil
	}
	l := e.Model.Layers
	kept := slices.Contains([]string{l.Bronze, l.Lode, l.App}, should.Name.Schema)
	var changes []Change
	for _, f := range should.Fields {
		old := is.Field(f.Name)
		switch {
		case old != nil && sameType(old.Type, f.Type):
		case f.NotNull:
			return nil, moveAway(should, fmt.Sprintf("column %s is missing or of another type, and the table cannot do without it", f.Name))
		case old == nil:
			changes = append(changes, Change{Text: fmt.Sprintf("add column %s.%s", should.Name, f.Name), SQL: []string{d.AddField(should.Name, f)}})
		case kept:
			return nil, moveAway(should, fmt.Sprintf("column %s is %s and should be %s", f.Name, old.Type, f.Type))
		default:
			changes = append(changes, Change{Text: fmt.Sprintf("change column %s.%s from %s to %s", should.Name, f.Name, old.Type, f.Type),
				SQL: []string{d.DropField(should.Name, f.Name), d.AddField(should.Name, f)}})
		}
	}
	changes = append(changes, e.indexes(is, should)...)
	for _, f := range is.Fields {
		if should.Field(f.Name) != nil || kept {
			continue
		}
		if f.NotNull {
			return nil, moveAway(should, fmt.Sprintf("column %s is no longer declared, and it was part of the key", f.Name))
		}
		changes = append(changes, Change{Text: fmt.Sprintf("drop column %s.%s", should.Name, f.Name), SQL: []string{d.DropField(should.Name, f.Name)}})
	}
	return changes, nil
}

// indexes lists the indexes that a table lacks. A unique one is part of what its table is
// made with; others come when something new is looked up by them.
func (e *Engine) indexes(is, should schema.Table) []Change {
	var changes []Change
	for _, i := range should.Indexes {
		there := func(x schema.Index) bool { return slices.Equal(x.Columns, i.Columns) }
		sql := e.dialect().AddIndex(should.Name, i)
		if i.Unique || sql == "" || slices.ContainsFunc(is.Indexes, there) {
			continue
		}
		changes = append(changes, Change{Text: fmt.Sprintf("add an index on %s (%s)", should.Name, strings.Join(i.Columns, ", ")), SQL: []string{sql}})
	}
	return changes
}

func moveAway(t schema.Table, why string) error {
	return fmt.Errorf("table %s: %s; move the table away (ALTER TABLE ... RENAME TO ...) and run again: it is made anew, from bronze or from the source", t.Name, why)
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
		changed := map[*schema.DimensionModel]bool{}
		for _, c := range changes {
			for _, sql := range c.SQL {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return fmt.Errorf("%s: %w", c.Text, err)
				}
			}
			if err := errors.Join(e.begun(ctx, tx, c), e.viewed(ctx, tx, c.view)); err != nil {
				return fmt.Errorf("%s: %w", c.Text, err)
			}
			changed[c.fill] = true
		}
		for _, m := range e.Model.Dimensions {
			if !changed[m] {
				continue
			}
			if err := e.specialMembers(ctx, tx, m); err != nil {
				return fmt.Errorf("write the special members of %s: %w", m.Table.Name, err)
			}
		}
		return nil
	})
}

// specialMembers writes the special members anew, so that they have every column.
func (e *Engine) specialMembers(ctx context.Context, tx warehouse.Tx, m *schema.DimensionModel) error {
	d := e.dialect()
	if _, err := tx.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s < 0", d.Table(m.Table.Name), d.Quote(m.SurrogateKey))); err != nil {
		return err
	}
	_, err := tx.Load(ctx, m.Table.Name, record.One(star.SpecialMembers(m, e.Now())))
	return err
}

// begun lets the steps of a table that has just been created begin anew, in case there
// was one before: they, and the facts of a dimension, compute every key again, and a
// stream is read from its start. Numbers given before are never given again.
func (e *Engine) begun(ctx context.Context, tx warehouse.Tx, c Change) error {
	if c.made == nil || c.made.Name.Schema == e.Ledger.Schema {
		return nil
	}
	steps := []string{c.made.Name.String()}
	for _, x := range e.Model.Entities {
		if x.Log.Name == c.made.Name || matchedFrom(x, c.made.Name) {
			steps = append(steps, x.Current.Name.String())
		}
	}
	for _, x := range e.Model.Dimensions {
		if c.fill != nil && pointsTo(x, c.fill) {
			steps = append(steps, x.Table.Name.String())
		}
	}
	for _, f := range e.Model.Facts {
		for _, r := range f.Roles {
			if r.Dim == c.fill || r.Points() == c.fill {
				steps = append(steps, f.Table.Name.String())
			}
		}
	}
	for _, s := range e.Model.Streams {
		if e.bronze(s).Name == c.made.Name {
			if err := e.Ledger.ForgetState(ctx, tx, s.String()); err != nil {
				return err
			}
		}
	}
	for _, step := range steps {
		if err := e.Ledger.Outdate(ctx, tx, step); err != nil {
			return err
		}
	}
	if c.fill == nil {
		return nil
	}
	last, err := e.Ledger.Sequence(ctx, tx, c.made.Name.String())
	if err != nil {
		return err
	}
	return e.Ledger.SetSequence(ctx, tx, c.made.Name.String(), last)
}
