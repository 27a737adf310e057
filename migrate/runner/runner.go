package runner

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/warehouse"
)

// Runner runs the migrations of one project on one warehouse.
type Runner struct {
	Warehouse warehouse.Warehouse
	// Schema holds Lode's own tables, and so the memory of what was applied.
	Schema string
	// Bronze holds the records as they were received; what drops them is a danger of its own.
	Bronze string
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
	State   string    `json:"state"`         // applied, pending, missing or changed
	At      time.Time `json:"at"`            // when it was applied

	file migrate.File
}

// The states of a migration.
const (
	Applied = "applied"
	Pending = "pending"
	Missing = "missing" // applied, and its file is gone
	Changed = "changed" // applied, and its file is no longer what was applied
)

// Last stands for the version before the last that is applied: Down reverts one migration.
const Last = -1

func (m Migration) String() string { return fmt.Sprintf("%014d_%s", m.Version, m.Name) }

// Dangers lists what the migration says that it risks.
func (m Migration) Dangers(up bool) []migrate.Danger { return m.file.Dangers(up) }

// checksum tells the text of a file from any other.
func (m Migration) checksum() string {
	if m.Path == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.ReplaceAll(m.file.Text, "\r\n", "\n")))
	return hex.EncodeToString(sum[:])
}

// Text is the file's content, "" for a migration in Go.
func (m Migration) Text() string { return m.file.Text }

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
		if i := slices.IndexFunc(out, func(m Migration) bool { return m.Version == g.Version }); i >= 0 {
			return nil, fmt.Errorf("migration %s, written in Go, has the version of %s; give it another", g.Name, out[i])
		}
		out = append(out, Migration{Version: g.Version, Name: g.Name})
	}
	for i := range out {
		out[i].State = Pending
		if e, ok := applied[out[i].Version]; ok {
			out[i].State, out[i].At = Applied, e.At
			if e.checksum != out[i].checksum() {
				out[i].State = Changed
			}
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
	if err := known(all, to); err != nil {
		return nil, err
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

func known(all []Migration, version int64) error {
	if version != 0 && !slices.ContainsFunc(all, func(m Migration) bool { return m.Version == version }) {
		return fmt.Errorf("there is no migration %d; `lode migrate status` lists them", version)
	}
	return nil
}

// unchanged wants the files of applied migrations to be what was applied.
func (r *Runner) unchanged(ctx context.Context) ([]Migration, error) {
	all, err := r.Status(ctx)
	for _, m := range all {
		if m.State == Changed && err == nil {
			err = fmt.Errorf("migration %s is applied, and %s/%s is no longer what was applied: put its text back and write the change as a new migration; "+
				"where the change means nothing, mark it anew with `lode migrate stamp --to %d`", m, migrate.Folder, m.Path, m.Version)
		}
	}
	return all, err
}

// Up applies the pending migrations up to a version, 0 meaning all, and returns them.
// When one fails those before it stay, and are returned with the error.
func (r *Runner) Up(ctx context.Context, to int64, allow []string) ([]Migration, error) {
	if _, err := r.unchanged(ctx); err != nil {
		return nil, err
	}
	waiting, err := r.Waiting(ctx, to)
	if err != nil {
		return nil, err
	}
	return r.each(ctx, waiting, true, allow)
}

// Down reverts the migrations after a version, the last one first, and returns them. Version
// 0 reverts all, Last the last one.
func (r *Runner) Down(ctx context.Context, to int64, allow []string) ([]Migration, error) {
	all, err := r.unchanged(ctx)
	if err != nil {
		return nil, err
	}
	if to == Last {
		to = beforeLast(all)
	}
	if err := known(all, to); err != nil {
		return nil, err
	}
	var going []Migration
	for _, m := range slices.Backward(all) {
		switch {
		case m.Version <= to || m.State == Pending:
			continue
		case m.State == Missing:
			return nil, fmt.Errorf("migration %s is applied, and its file is gone; bring the file back to revert it", m)
		case m.Path != "" && !m.file.HasDown():
			return nil, fmt.Errorf("migration %s has no way back: %s/%s has no line `-- +goose Down`", m, migrate.Folder, m.Path)
		}
		going = append(going, m)
	}
	return r.each(ctx, going, false, allow)
}

// beforeLast is the version to go back to, to revert one migration.
func beforeLast(all []Migration) int64 {
	var last, before int64
	for _, m := range all {
		if m.State != Pending {
			last, before = m.Version, last
		}
	}
	return before
}

// Stamp marks the pending migrations up to a version as applied, without running them, and
// takes the text of applied ones that were changed for what was applied. Version 0 means
// the one that is pending; with several, which of them the warehouse has has to be said.
func (r *Runner) Stamp(ctx context.Context, to int64) ([]Migration, error) {
	waiting, err := r.Waiting(ctx, to)
	if err != nil {
		return nil, err
	}
	if to == 0 && len(waiting) > 1 {
		return nil, fmt.Errorf("%d migrations wait; say which is the last that the warehouse has already: `lode migrate stamp --to %d`", len(waiting), waiting[0].Version)
	}
	all, err := r.Status(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.State == Changed && m.Version <= to {
			waiting = append(waiting, m)
		}
	}
	if len(waiting) == 0 {
		return nil, nil
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

// store is the memory of what was applied, told how the migrations that run are called.
func (r *Runner) store(running ...Migration) *store {
	byVersion := map[int64]Migration{}
	for _, m := range running {
		byVersion[m.Version] = m
	}
	return &store{session: &session{warehouse: r.Warehouse}, schema: r.Schema, now: r.Now, running: byVersion, changed: r.Changed}
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
			return &goose.GoFunc{RunTx: func(ctx context.Context, _ *sql.Tx) (err error) {
				if do == nil {
					return nil
				}
				defer func() {
					if p := recover(); p != nil {
						err = fmt.Errorf("panic: %v", p)
					}
				}()
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
