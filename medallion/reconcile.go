package medallion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lodehq/lode/migrate"
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
	anew bool                   // the table's rows do not hold all that they should, once it is made
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
	for _, t := range m.AppTables {
		tables = append(tables, t.Table)
	}
	return append(tables, e.computedTables()...)
}

// defined are the Tables with the defaults of their columns, which the warehouse spells.
func (e *Engine) defined() []schema.Table {
	tables := e.Tables()
	for _, m := range e.Model.AppTables {
		i := slices.IndexFunc(tables, func(t schema.Table) bool { return t.Name == m.Table.Name })
		tables[i] = m.Spelled(e.dialect().Literal)
	}
	return tables
}

// computedTables lists the tables of silver and gold, which can be computed again.
func (e *Engine) computedTables() []schema.Table {
	m := e.Model
	var tables []schema.Table
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
	return tables
}

// Changes compares the warehouse with what the project needs. What is missing is
// created. In a table that can be computed again a column may come and go; what would
// lose more than that is an error, and nothing is done. In a project with migrations only
// Lode's own tables, and views, are changed here.
func (e *Engine) Changes(ctx context.Context) ([]Change, error) {
	d := e.dialect()
	var changes, references []Change
	var errs []error
	held, err := e.held(ctx)
	if err != nil {
		return nil, err
	}
	judge := e.abandoned
	if e.Migrated {
		judge = e.unmigrated
	}
	if err := judge(ctx, held); err != nil {
		return nil, err
	}
	for _, t := range e.defined() {
		if err := d.Check(t); err != nil {
			errs = append(errs, err)
			continue
		}
		if e.Migrated && t.Name.Schema != e.Ledger.Schema {
			continue
		}
		is, there := held[t.Name]
		if !there {
			changes, references = append(changes, e.create(t)), append(references, e.refer(t)...)
			continue
		}
		t, err := e.spelled(ctx, is, t)
		if err != nil {
			return nil, err
		}
		more, err := e.alter(is, t)
		for i := range more {
			more[i].fill, more[i].of = e.dimension(t.Name), t.Name
		}
		changes, errs = append(changes, more...), append(errs, err)
	}
	changes = append(changes, references...)
	if err := errors.Join(errs...); err != nil {
		return changes, err
	}
	drop, create, err := e.viewChanges(ctx, changes)
	return slices.Concat(drop, changes, create), err
}

// spelled is a table with its defaults as the warehouse reads them back, if one of them is
// not what the table that is there has.
func (e *Engine) spelled(ctx context.Context, is, should schema.Table) (schema.Table, error) {
	differs := func(f schema.Field) bool {
		old := is.Field(f.Name)
		return f.Default != "" && old != nil && old.Default != f.Default
	}
	if !slices.ContainsFunc(should.Fields, differs) {
		return should, nil
	}
	tables, err := migrate.Spelled(ctx, e.Warehouse, []schema.Table{should})
	if err != nil {
		return should, err
	}
	return tables[0], nil
}

// held reads the tables that are there.
func (e *Engine) held(ctx context.Context) (map[schema.Name]schema.Table, error) {
	held := map[schema.Name]schema.Table{}
	err := e.inTx(ctx, func(tx warehouse.Tx) error {
		tables, err := tx.Describe(ctx, e.layers()...)
		for _, t := range tables {
			held[t.Name] = t
		}
		return err
	})
	return held, err
}

// layers are the schemas that the project's tables are in.
func (e *Engine) layers() []string {
	l := e.Model.Layers
	names := []string{l.Bronze, l.Silver, l.Gold, l.Lode}
	for _, t := range e.Tables() {
		names = append(names, t.Name.Schema)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// create makes a table, but for its foreign keys: what they name may come after it.
func (e *Engine) create(t schema.Table) Change {
	d := e.dialect()
	t.References = nil
	change := Change{Text: "create table " + t.Name.String(), made: &t, SQL: append([]string{d.CreateSchema(t.Name.Schema)}, d.CreateTable(t)...)}
	change.fill, change.of = e.dimension(t.Name), t.Name
	return change
}

// refer adds the foreign keys of a table that is created, where the warehouse has any.
func (e *Engine) refer(t schema.Table) (changes []Change) {
	d := e.dialect()
	bare := t
	bare.References = nil
	for _, r := range d.Kept(t).References {
		c := schema.Change{Kind: schema.AddReference, Reference: r}
		changes = append(changes, Change{Text: migrate.Text(t.Name, c), of: t.Name, SQL: d.Alter(schema.Alteration{From: bare, To: t, Changes: []schema.Change{c}})})
	}
	return changes
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

// alter lists the changes of a table that is there: of what it differs in, that which
// loses nothing, or nothing but what can be computed again. The rest is an error. The
// queue of an aggregate is made anew: it is summed up whole when its groups are redefined.
func (e *Engine) alter(is, should schema.Table) ([]Change, error) {
	d := e.dialect()
	same := func(a, b schema.Field) bool { return a.Name == b.Name && sameType(a.Type, b.Type) }
	if e.isQueue(should.Name) && !slices.EqualFunc(is.Fields, should.Fields, same) {
		return e.remake(should), nil
	}
	var changes []Change
	for _, difference := range migrate.Diff(d, []schema.Table{is}, []schema.Table{should}) {
		for _, c := range difference.Changes {
			safe, err := e.allow(is, should, c)
			if err != nil && e.keyless(should.Name) {
				return e.remake(should), nil
			}
			if err != nil {
				return nil, err
			}
			if len(safe) > 0 {
				sql := d.Alter(schema.Alteration{From: is, To: should, Changes: safe})
				changes = append(changes, Change{Text: migrate.Text(should.Name, c), SQL: sql, anew: e.computed(should.Name) && emptied(safe)})
			}
		}
	}
	return changes, nil
}

// remake makes a table anew. What was in it is computed again.
func (e *Engine) remake(t schema.Table) []Change {
	sql := append([]string{"DROP TABLE " + e.dialect().Table(t.Name)}, e.dialect().CreateTable(t)...)
	return []Change{{Text: fmt.Sprintf("make table %s anew", t.Name), SQL: sql, anew: true}}
}

// keyless tells whether a table is a fact or an aggregate: no key is given in it that others
// hold, so that nothing is lost when it is made anew.
func (e *Engine) keyless(n schema.Name) bool {
	return slices.ContainsFunc(e.Model.Facts, func(f *schema.FactModel) bool { return f.Table.Name == n }) ||
		slices.ContainsFunc(e.Model.Aggregates, func(a *schema.AggregateModel) bool { return a.Table.Name == n })
}

// computed tells whether a table can be computed again, from bronze.
func (e *Engine) computed(n schema.Name) bool {
	return slices.ContainsFunc(e.computedTables(), func(t schema.Table) bool { return t.Name == n })
}

// application tells whether a table is the application's own: nobody but it can tell what
// its rows were.
func (e *Engine) application(n schema.Name) bool {
	return n.Schema != e.Model.Layers.Bronze && n.Schema != e.Ledger.Schema && !e.computed(n)
}

// refuse is the error of a change that a run does not make by itself.
func (e *Engine) refuse(t schema.Table, why string) error {
	if e.application(t.Name) {
		return fmt.Errorf("table %s: %s; write a migration: `lode migrate new NAME`", t.Name, why)
	}
	return moveAway(t, why)
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

// Apply makes the changes, all or none, and tells which it made.
func (e *Engine) Apply(ctx context.Context, changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	err := e.inTx(ctx, func(tx warehouse.Tx) error {
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
	if err == nil {
		e.tell(changes)
	}
	return err
}

// tell says which changes were made. Tables that came are many on the first day, and are
// counted.
func (e *Engine) tell(changes []Change) {
	made := 0
	for _, c := range changes {
		if c.made != nil {
			made++
			continue
		}
		e.Emit(Event{Kind: "notice", Text: "changed the warehouse: " + c.Text})
	}
	if made > 0 {
		e.Emit(Event{Kind: "notice", Text: fmt.Sprintf("changed the warehouse: tables created: %d", made)})
	}
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
