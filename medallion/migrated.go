package medallion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// ErrUnmigrated is returned by Changes when the tables of a project with migrations are
// not what its definitions say.
var ErrUnmigrated = errors.New("the project has migrations, so a run changes no table by itself; " +
	"`lode migrate new NAME` writes what is missing, `lode migrate up` applies it")

// ErrAbandoned is returned by Changes when the tables were made by migrations that the
// project has no more.
var ErrAbandoned = errors.New("so its tables are changed by migrations alone, and the project has no folder `migrations`; " +
	"bring the folder back, or run in the folder that the project is in")

// Declared lists the tables that migrations make: all but Lode's own.
func (e *Engine) Declared() []schema.Table {
	return slices.DeleteFunc(e.defined(), func(t schema.Table) bool { return t.Name.Schema == e.Ledger.Schema })
}

// Forgive lets columns of gold change their type whatever they hold: the special members of
// a dimension have texts where its records have values, and the rows are computed again.
func (e *Engine) Forgive(differences []migrate.Difference) {
	silver := map[schema.Name]bool{}
	for _, x := range e.Model.Entities {
		for _, t := range x.Tables() {
			silver[t.Name] = true
		}
	}
	for _, d := range differences {
		for i, c := range d.Changes {
			d.Changes[i].Lenient = c.Kind == schema.ChangeType && c.From.Type != c.To.Type && e.computed(d.Name()) && !silver[d.Name()]
		}
	}
}

// Views lists the views of the project on each of its tables.
func (e *Engine) Views() map[schema.Name][]schema.Name {
	out := map[schema.Name][]schema.Name{}
	for _, v := range e.Model.Views {
		out[v.Of.Name] = append(out[v.Of.Name], v.Name)
	}
	return out
}

// Described reads the tables of the schemas that the project's tables are in, but for
// Lode's own.
func (e *Engine) Described(ctx context.Context, tx warehouse.Tx) ([]schema.Table, error) {
	var names []string
	for _, t := range e.Declared() {
		names = append(names, t.Name.Schema)
	}
	slices.Sort(names)
	return tx.Describe(ctx, slices.Compact(names)...)
}

// unmigrated is the error of tables that are not what they should be, nil if they all are.
func (e *Engine) unmigrated(ctx context.Context, held map[schema.Name]schema.Table) error {
	should, err := migrate.Spelled(ctx, e.Warehouse, e.Declared())
	if err != nil {
		return err
	}
	var is []schema.Table
	for _, t := range should {
		if there, ok := held[t.Name]; ok {
			is = append(is, there)
		}
	}
	var texts []string
	for _, d := range migrate.Diff(e.dialect(), is, should) {
		texts = append(texts, d.Texts()...)
	}
	if len(texts) == 0 {
		return nil
	}
	const most = 5
	more := ""
	if len(texts) > most {
		more = fmt.Sprintf(" and %d more", len(texts)-most)
	}
	return fmt.Errorf("%s%s: %w", strings.Join(texts[:min(len(texts), most)], "; "), more, ErrUnmigrated)
}

// memory is the table in which package runner remembers migrations.
const memory = "migrations"

// abandoned is the error of a project without migrations whose warehouse knows some that
// are applied, nil if it knows none.
func (e *Engine) abandoned(ctx context.Context, held map[schema.Name]schema.Table) error {
	if _, there := held[schema.Name{Schema: e.Ledger.Schema, Table: memory}]; !there {
		return nil
	}
	last := fmt.Sprintf("SELECT m.version, m.name FROM %[1]s m\nWHERE m.action <> 'down' AND m.seq = (SELECT max(x.seq) FROM %[1]s x WHERE x.version = m.version)\n"+
		"ORDER BY m.version DESC LIMIT 1", e.Ledger.Table(memory))
	for b, err := range e.Warehouse.Query(ctx, last) {
		if err != nil {
			return fmt.Errorf("look for migrations that are applied: %w", err)
		}
		if b.Len() > 0 {
			return fmt.Errorf("migration %d_%s is applied to the warehouse, %w", b.Row(0)[0].Int(), b.Row(0)[1].Text(), ErrAbandoned)
		}
	}
	return nil
}

// Watch looks at the tables and returns what has to be told, inside its transaction, of
// each migration after it has run: tables that it has made, and those with columns that it
// has added, are computed from their start, and dimensions have their special members.
func (e *Engine) Watch(ctx context.Context) (migrated func(ctx context.Context, tx warehouse.Tx) error, err error) {
	var before []schema.Table
	err = e.inTx(ctx, func(tx warehouse.Tx) error {
		before, err = e.Described(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at the tables before the migrations: %w", err)
	}
	return func(ctx context.Context, tx warehouse.Tx) error {
		after, err := e.Described(ctx, tx)
		if err != nil {
			return err
		}
		known, err := e.remembers(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range migrate.Diff(e.dialect(), before, after) {
			if err := e.follow(ctx, tx, d, known); err != nil {
				return fmt.Errorf("bring what is known of table %s up to date: %w", d.Name(), err)
			}
		}
		before = after
		return nil
	}, nil
}

// remembers tells whether Lode's own tables are there, as a transaction sees them.
func (e *Engine) remembers(ctx context.Context, tx warehouse.Tx) (bool, error) {
	held := map[schema.Name]schema.Table{}
	own, err := tx.Describe(ctx, e.Ledger.Schema)
	for _, t := range own {
		held[t.Name] = t
	}
	return e.remembered(held), err
}

// follow brings what belongs to a table up to date with what a migration did to it.
func (e *Engine) follow(ctx context.Context, tx warehouse.Tx, d migrate.Difference, known bool) error {
	c := Change{fill: e.dimension(d.Name()), of: d.Name()}
	if d.From == nil {
		c.made = d.To
	} else {
		c.anew = d.To != nil && e.computed(d.Name()) && emptied(d.Changes)
	}
	if known {
		if err := e.begun(ctx, tx, c); err != nil {
			return err
		}
	}
	if c.fill == nil || d.To == nil {
		return nil
	}
	if m := fitted(c.fill, *d.To); m != nil {
		return e.specialMembers(ctx, tx, m)
	}
	return nil
}

// emptied tells whether a table has columns now that hold nothing yet, or what was computed
// for another type: such as after a way down and up again.
func emptied(changes []schema.Change) bool {
	return slices.ContainsFunc(changes, func(c schema.Change) bool { return c.Kind == schema.AddField || c.Kind == schema.ChangeType })
}

// fitted is a dimension with the attributes of the types that its table has, which after a way
// back are not those of the definitions: so its special members fit. It is nil where the
// table cannot hold them yet.
func fitted(m *schema.DimensionModel, is schema.Table) *schema.DimensionModel {
	fit := *m
	fit.Table.Fields = slices.Clone(m.Table.Fields)
	for i, f := range fit.Table.Fields {
		there := is.Field(f.Name)
		if there == nil {
			return nil
		}
		shown := slices.ContainsFunc(m.Attributes, func(a schema.Attribute) bool { return a.Name == f.Name })
		if !sameType(there.Type, f.Type) && (!shown || there.Type.Kind == record.Invalid) {
			return nil
		}
		fit.Table.Fields[i].Type = there.Type
	}
	return &fit
}
