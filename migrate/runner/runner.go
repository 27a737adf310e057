package runner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Runner runs the migrations of one project on one warehouse.
type Runner struct {
	Warehouse warehouse.Warehouse
	// Schema holds Lode's own tables, and so the memory of what was applied.
	Schema string
	// Folder holds the files.
	Folder fs.FS
	// Go are the migrations written in Go.
	Go  []migrate.Go
	Now func() time.Time
	// Changed, if set, is told inside the transaction of each migration that it has run.
	Changed func(ctx context.Context, tx warehouse.Tx) error
}

// Migration is one of the project, and where it stands.
type Migration struct {
	Version int64     `json:"version"`
	Name    string    `json:"name"`
	Path    string    `json:"path,omitzero"` // "" for one written in Go
	State   string    `json:"state"`         // applied, pending or missing
	At      time.Time `json:"at"`            // when it was applied

	file migrate.File
}

// The states of a migration.
const (
	Applied = "applied"
	Pending = "pending"
	Missing = "missing" // applied, and its file is gone
)

func (m Migration) String() string { return fmt.Sprintf("%014d_%s", m.Version, m.Name) }

// Dangers lists what the migration says that it risks.
func (m Migration) Dangers(up bool) []migrate.Danger { return m.file.Dangers(up) }

// Text is the file's content, "" for a migration in Go.
func (m Migration) Text() string { return m.file.Text }

// RefusedError is returned by Up and Down: nothing has been done, because a danger was not
// allowed.
type RefusedError struct{ Dangers []Found }

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
	for _, d := range e.Dangers {
		names[d.Name] = true
		fmt.Fprintf(&b, "  %s: %s (%s): %s\n", d.Migration, d.Table, d.Name, d.Why)
	}
	b.WriteString("if that is what you want, say so:")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b.WriteString(" --allow " + name)
	}
	return b.String()
}

// Status lists the migrations, in their order.
func (r *Runner) Status(ctx context.Context) ([]Migration, error) {
	files, err := migrate.Read(r.Folder)
	if err != nil {
		return nil, err
	}
	applied, err := r.store().applied(ctx)
	if err != nil {
		return nil, err
	}
	var out []Migration
	for _, f := range files {
		out = append(out, Migration{Version: f.Version, Name: f.Name, Path: f.Path, file: f})
	}
	for _, g := range r.Go {
		out = append(out, Migration{Version: g.Version, Name: g.Name})
	}
	for i := range out {
		out[i].State = Pending
		if e, ok := applied[out[i].Version]; ok {
			out[i].State, out[i].At = Applied, e.At
			delete(applied, out[i].Version)
		}
	}
	for _, e := range applied {
		out = append(out, Migration{Version: e.Version, Name: e.Name, State: Missing, At: e.At})
	}
	slices.SortFunc(out, func(a, b Migration) int { return int(a.Version - b.Version) })
	return out, nil
}

// History lists what ever happened, the first event first.
func (r *Runner) History(ctx context.Context) ([]Event, error) { return r.store().history(ctx) }

// Waiting lists the pending migrations up to a version, 0 meaning all. One that is older
// than an applied one is an error: it was never tried in that place.
func (r *Runner) Waiting(ctx context.Context, to int64) ([]Migration, error) {
	all, err := r.Status(ctx)
	if err != nil {
		return nil, err
	}
	if to != 0 && !slices.ContainsFunc(all, func(m Migration) bool { return m.Version == to }) {
		return nil, fmt.Errorf("there is no migration %d; `lode migrate status` lists them", to)
	}
	var out []Migration
	for i, m := range all {
		if m.State != Pending || to != 0 && m.Version > to {
			continue
		}
		if later := slices.IndexFunc(all[i:], func(x Migration) bool { return x.State != Pending }); later >= 0 {
			return nil, fmt.Errorf("migration %s is pending, but %s after it is applied already; give it a later version (rename the file), and see that it still does what it should",
				m, all[i+later])
		}
		out = append(out, m)
	}
	return out, nil
}

// Up applies the pending migrations up to a version, 0 meaning all, and returns them.
// When one fails those before it stay, and are returned with the error.
func (r *Runner) Up(ctx context.Context, to int64, allow []string) ([]Migration, error) {
	waiting, err := r.Waiting(ctx, to)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	if err := r.refuse(ctx, waiting, true, allow); err != nil {
		return nil, err
	}
	return r.provide(waiting, func(p *goose.Provider) ([]*goose.MigrationResult, error) {
		return p.UpTo(ctx, waiting[len(waiting)-1].Version)
	})
}

// Down reverts the migrations after a version, the last one first, and returns them.
func (r *Runner) Down(ctx context.Context, to int64, allow []string) ([]Migration, error) {
	all, err := r.Status(ctx)
	if err != nil {
		return nil, err
	}
	var going []Migration
	for _, m := range slices.Backward(all) {
		switch {
		case m.Version <= to || m.State == Pending:
			continue
		case m.State == Missing:
			return nil, fmt.Errorf("migration %s is applied, and its file is gone; bring the file back to revert it", m)
		}
		going = append(going, m)
	}
	if len(going) == 0 {
		return nil, nil
	}
	if err := r.refuse(ctx, going, false, allow); err != nil {
		return nil, err
	}
	return r.provide(going, func(p *goose.Provider) ([]*goose.MigrationResult, error) { return p.DownTo(ctx, to) })
}

// Stamp marks the pending migrations up to a version, 0 meaning all, as applied, without
// running them.
func (r *Runner) Stamp(ctx context.Context, to int64) ([]Migration, error) {
	waiting, err := r.Waiting(ctx, to)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	s := r.store(waiting...)
	db := sql.OpenDB(s.session)
	defer func() { _ = db.Close() }() // it holds nothing that is not the warehouse's
	there, err := s.TableExists(ctx, db)
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("stamp: %w", err)
	}
	if !there {
		err = s.CreateVersionTable(ctx, tx)
	}
	for _, m := range waiting {
		if err == nil {
			err = s.write(ctx, s.session.tx, m.Version, Stamped)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("stamp: %w", err), tx.Rollback())
	}
	for i, m := range waiting {
		waiting[i] = r.now(m, true)
	}
	return waiting, tx.Commit()
}

// refuse finds the dangers of migrations in tables that have the rows for it, less those
// that are allowed.
func (r *Runner) refuse(ctx context.Context, migrations []Migration, up bool, allow []string) error {
	refused := &RefusedError{}
	for _, m := range migrations {
		for _, d := range m.Dangers(up) {
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
	tx, err := r.Warehouse.Scratch(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	there, err := tx.Describe(ctx, table.Schema)
	if err != nil || !slices.ContainsFunc(there, func(t schema.Table) bool { return t.Name == table }) {
		return 0, err
	}
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

// store is the memory of what was applied, told how the migrations that run are called.
func (r *Runner) store(running ...Migration) *store {
	names := map[int64]string{}
	for _, m := range running {
		names[m.Version] = m.Name
	}
	return &store{session: &session{warehouse: r.Warehouse}, schema: r.Schema, now: r.Now, names: names, changed: r.Changed}
}

// provide lets goose run some of the migrations and returns those that were run.
func (r *Runner) provide(some []Migration, run func(*goose.Provider) ([]*goose.MigrationResult, error)) (done []Migration, err error) {
	s := r.store(some...)
	byVersion := map[int64]Migration{}
	for _, m := range some {
		byVersion[m.Version] = m
	}
	db := sql.OpenDB(s.session)
	defer func() { _ = db.Close() }() // it holds nothing that is not the warehouse's
	provider, err := goose.NewProvider(goose.DialectCustom, db, r.Folder, goose.WithStore(s), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(r.inGo(s.session)...))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	results, err := run(provider)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = partial.Applied
		failed := byVersion[partial.Failed.Source.Version]
		err = fmt.Errorf("migration %s: %w", failed, partial.Err)
		if failed.Path != "" {
			err = fmt.Errorf("migration %s/%s: %w", migrate.Folder, failed.Path, partial.Err)
		}
	}
	for _, x := range results {
		done = append(done, r.now(byVersion[x.Source.Version], x.Direction == WentUp))
	}
	return done, err
}

// now is a migration that has just been applied, or reverted.
func (r *Runner) now(m Migration, applied bool) Migration {
	m.State, m.At = Pending, time.Time{}
	if applied {
		m.State, m.At = Applied, r.Now()
	}
	return m
}

// inGo are the migrations in Go as goose takes them.
func (r *Runner) inGo(s *session) []*goose.Migration {
	var out []*goose.Migration
	for _, g := range r.Go {
		wrap := func(do func(context.Context, warehouse.Tx) error) *goose.GoFunc {
			return &goose.GoFunc{RunTx: func(ctx context.Context, _ *sql.Tx) error {
				if do == nil {
					return nil
				}
				return do(ctx, s.tx)
			}}
		}
		out = append(out, goose.NewGoMigration(g.Version, wrap(g.Up), wrap(g.Down)))
	}
	return out
}

func descending(applied map[int64]Event) []int64 {
	versions := slices.Sorted(maps.Keys(applied))
	slices.Reverse(versions)
	return versions
}
