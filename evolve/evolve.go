// Package evolve changes the tables of a project by migrations: it knows what the
// definitions ask for, what the warehouse holds and what the folder says, and joins
// package migrate (what differs) with package runner (what is run).
//
// A project has migrations as soon as it has a folder of that name. From then on a run
// changes none of its tables by itself.
package evolve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Migrations are those of one project that is open.
type Migrations struct {
	Engine *medallion.Engine
	// Dir is the project's folder, in which the folder of the migrations is.
	Dir string
	// Go are the migrations written in Go.
	Go []migrate.Go
	// Trial opens an empty warehouse of the project's kind: on the address, or, where it is
	// "", one that is gone afterwards.
	Trial func(ctx context.Context, address string) (warehouse.Warehouse, error)
}

// Has tells whether a project has migrations.
func Has(dir string, inGo []migrate.Go) bool {
	info, err := os.Stat(filepath.Join(dir, migrate.Folder))
	return len(inGo) > 0 || err == nil && info.IsDir()
}

// Path is that of a file in the folder.
func (m Migrations) Path(name string) string { return filepath.Join(m.Dir, migrate.Folder, name) }

func (m Migrations) runner() *runner.Runner {
	return &runner.Runner{
		Warehouse: m.Engine.Warehouse, Schema: m.Engine.Ledger.Schema, Bronze: m.Engine.Model.Layers.Bronze, Folder: os.DirFS(m.Path("")), Go: m.Go, Now: m.Engine.Now,
	}
}

// Status lists the migrations and where each stands.
func (m Migrations) Status(ctx context.Context) ([]runner.Migration, error) {
	return m.runner().Status(ctx)
}

// History lists what ever happened to them.
func (m Migrations) History(ctx context.Context) ([]runner.Event, error) {
	return m.runner().History(ctx)
}

// Waiting lists what Up would run.
func (m Migrations) Waiting(ctx context.Context, to int64) ([]runner.Migration, error) {
	return m.runner().Waiting(ctx, to)
}

// Up applies the migrations that wait, up to a version or all of them (0).
func (m Migrations) Up(ctx context.Context, to int64, allow []string) (done []runner.Migration, err error) {
	return m.alone(ctx, "migrate up", func(r *runner.Runner) ([]runner.Migration, error) { return r.Up(ctx, to, allow) })
}

// Down reverts the migrations after a version.
func (m Migrations) Down(ctx context.Context, to int64, allow []string) ([]runner.Migration, error) {
	return m.alone(ctx, "migrate down", func(r *runner.Runner) ([]runner.Migration, error) { return r.Down(ctx, to, allow) })
}

// Stamp marks migrations as applied without running them.
func (m Migrations) Stamp(ctx context.Context, to int64) ([]runner.Migration, error) {
	return m.alone(ctx, "migrate stamp", func(r *runner.Runner) ([]runner.Migration, error) { return r.Stamp(ctx, to) })
}

// alone does work while nobody else runs or migrates the project.
func (m Migrations) alone(ctx context.Context, what string, work func(*runner.Runner) ([]runner.Migration, error)) (done []runner.Migration, err error) {
	err = m.Engine.Alone(ctx, what, func() error {
		r := m.runner()
		if r.Changed, err = m.Engine.Watch(ctx); err != nil {
			return err
		}
		done, err = work(r)
		return err
	})
	return done, err
}

// held reads the tables that are there.
func (m Migrations) held(ctx context.Context, w warehouse.Warehouse) ([]schema.Table, error) {
	tx, err := w.Scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	return m.Engine.Described(ctx, tx)
}

// Check makes an empty warehouse by the migrations alone and lists in what it differs from
// the definitions, change by change. Nothing means that they agree.
func (m Migrations) Check(ctx context.Context, address string) (left []string, err error) {
	w, err := m.Trial(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open a warehouse for the trial: %w", err)
	}
	defer func() {
		if e := w.Close(); e != nil && err == nil {
			err = e
		}
	}()
	is, err := m.held(ctx, w)
	if err != nil {
		return nil, err
	}
	if len(is) > 0 {
		return nil, fmt.Errorf("the warehouse for the trial holds table %s already; name an empty one", is[0].Name)
	}
	r := m.runner()
	r.Warehouse = w
	if _, err := r.Up(ctx, 0, nil); err != nil {
		return nil, err
	}
	if is, err = m.held(ctx, w); err != nil {
		return nil, err
	}
	should, err := migrate.Spelled(ctx, w, m.Engine.Declared())
	if err != nil {
		return nil, err
	}
	for _, d := range migrate.Diff(w.Dialect(), declared(is, should), should) {
		left = append(left, d.Texts()...)
	}
	return left, nil
}

// declared are the tables of which the definitions speak.
func declared(is, should []schema.Table) []schema.Table {
	return slices.DeleteFunc(slices.Clone(is), func(t schema.Table) bool {
		return !slices.ContainsFunc(should, func(s schema.Table) bool { return s.Name == t.Name })
	})
}

// Drift lists in what the sources have moved away from the definitions. A field of it can
// be promoted.
func (m Migrations) Drift(ctx context.Context) ([]medallion.Drift, error) { return m.Engine.Drift(ctx) }
