package runner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/pressly/goose/v3"
)

// RefusedError is returned by Up and Down, because a danger was not allowed. Nothing has been
// done, but by those that are returned with it.
type RefusedError struct {
	Dangers []Found
	Before  bool // others ran before it became known
}

// Found is a danger of a migration that would run now.
type Found struct {
	migrate.Danger
	Migration string
	Rows      int64 // of the table; counted up to migrate.Large
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	names := map[string]bool{}
	b.WriteString("nothing was done, because this is not safe:\n")
	if e.Before {
		b.Reset()
		b.WriteString("stopped, because this is not safe:\n")
	}
	for _, d := range e.Dangers {
		names[d.Name] = true
		fmt.Fprintf(&b, "  %s: %s (%s): %s\n", d.Migration, strings.TrimPrefix(d.Table.String(), "."), d.Name, d.Why) // a name may stand without its schema
	}
	b.WriteString("if that is what you want, say so:")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b.WriteString(" --allow " + name)
	}
	return b.String()
}

// each runs migrations one by one. What is not safe is asked before the first, so that as a rule
// nothing has been done when it is refused, and again before each: those before it may have
// made the table that it is about.
func (r *Runner) each(ctx context.Context, migrations []Migration, up bool, allow []string) (done []Migration, err error) {
	if err := r.fits(migrations); err != nil {
		return nil, err
	}
	if err := r.refuse(ctx, migrations, up, allow); err != nil || len(migrations) == 0 {
		return nil, err
	}
	s := r.store(migrations...)
	db := sql.OpenDB(s.session)
	defer func() { _ = db.Close() }() // it holds nothing that is not the warehouse's
	provider, err := goose.NewProvider(goose.DialectCustom, db, r.Folder, goose.WithStore(s), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(r.inGo(s.session)...))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	for i, m := range migrations {
		var refused *RefusedError
		if err := r.refuse(ctx, migrations[i:i+1], up, allow); errors.As(err, &refused) {
			refused.Before = len(done) > 0
			return done, refused
		} else if err != nil {
			return done, err
		}
		if _, err := provider.ApplyVersion(ctx, m.Version, up); err != nil {
			return done, r.explained(ctx, m, err)
		}
		done = append(done, r.now(m, up))
	}
	return done, nil
}

// fits wants the files to be spelled for the warehouse: the types and the ways of altering that
// the databases know are not the same.
func (r *Runner) fits(migrations []Migration) error {
	is := r.Warehouse.Dialect().Name()
	for _, m := range migrations {
		if kind := m.file.Warehouse(); kind != "" && kind != is {
			return fmt.Errorf("migration %s/%s is spelled for %s, and the warehouse is %s; draft it for this one (`lode migrate new`), in a folder of its own, "+
				"or, where its statements mean the same here, take the line `-- warehouse: %s` out", migrate.Folder, m.Path, kind, is, kind)
		}
	}
	return nil
}

// explained is the failure of a migration, by the name of its file.
func (r *Runner) explained(ctx context.Context, m Migration, err error) error {
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		err = partial.Err
	}
	if m.Path == "" {
		return fmt.Errorf("migration %s: %w", m, err)
	}
	err = fmt.Errorf("migration %s/%s: %w", migrate.Folder, m.Path, err)
	applied, failed := r.store().applied(ctx)
	if failed == nil && len(applied) == 0 && strings.Contains(err.Error(), "already exists") {
		return fmt.Errorf("%w; where the warehouse has already what the file makes, as with a baseline, say so: `lode migrate stamp --to %d`", err, m.Version)
	}
	return err
}

// refuse finds the dangers of migrations in tables that have the rows for it, less those
// that are allowed.
func (r *Runner) refuse(ctx context.Context, migrations []Migration, up bool, allow []string) error {
	refused := &RefusedError{}
	for _, m := range migrations {
		for _, d := range m.Dangers(up) {
			if d.Name == migrate.DropData && d.Table.Schema != "" && d.Table.Schema == r.Bronze {
				d.Name = migrate.DropBronze
			}
			if slices.Contains(allow, d.Name) {
				continue
			}
			n, err := r.rows(ctx, d.Table)
			if err != nil {
				return fmt.Errorf("count the rows of %s: %w", d.Table, err)
			}
			if n >= d.From() {
				refused.Dangers = append(refused.Dangers, Found{d, m.String(), n})
			}
		}
	}
	if len(refused.Dangers) > 0 {
		return refused
	}
	return nil
}

// rows counts the rows of a table as far as it matters. One that is not there has none.
func (r *Runner) rows(ctx context.Context, table schema.Name) (n int64, err error) {
	if table.Schema == "" {
		return migrate.Large, nil // which table a bare name means is the server's to know
	}
	tx, err := r.Warehouse.Scratch(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	there, err := r.named(ctx, tx, table)
	if err != nil || len(there) == 0 {
		return 0, err
	}
	if len(there) > 1 {
		return migrate.Large, nil // names that differ in case alone; which one a statement means is the server's to know
	}
	table = there[0]
	count := fmt.Sprintf("SELECT count(*) AS n FROM (SELECT 1 AS one FROM %s LIMIT %d) AS counted", r.Warehouse.Dialect().Table(table), migrate.Large)
	for b, err := range tx.Query(ctx, count) {
		if err != nil {
			return 0, err
		}
		if b.Len() > 0 {
			n = b.Row(0)[0].Int()
		}
	}
	return n, nil
}

// named finds the tables that a name may mean: what stands in no quotes is without case.
func (r *Runner) named(ctx context.Context, tx warehouse.Tx, n schema.Name) (out []schema.Name, err error) {
	for _, in := range slices.Compact([]string{n.Schema, strings.ToLower(n.Schema)}) {
		there, err := tx.Describe(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, t := range there {
			if strings.EqualFold(t.Name.Table, n.Table) {
				out = append(out, t.Name)
			}
		}
	}
	return out, nil
}
