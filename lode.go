// Package lode takes data out of APIs and files and turns it into a star schema that
// can be trusted. This is the façade: a [Project] says what there is,
// [Open] connects it to its warehouse, and a [Lode] plans, runs and answers questions.
//
//	l, err := lode.Open(ctx, project)
//	plan, err := l.Plan(ctx, lode.Options{})
//	report, err := l.Run(ctx, lode.Options{}, nil)
//
// [Main] turns a project written in Go into a program with the whole command line.
// The façade knows no concrete database or source: a project brings its own, usually
// those of package standard.
package lode

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/holidays"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// Project is everything that Open needs.
type Project struct {
	schema.Project
	// Warehouse is the address: "duckdb:shop.duckdb", "postgres://user@host/database".
	Warehouse string
	// Dir is the project folder, to which file paths are relative; "" is the working directory.
	Dir string
	// Drivers are the warehouses that Warehouse may name.
	Drivers []warehouse.Driver
	// Connectors are the sources that project files may name.
	Connectors []source.Connector
	// Types are the column types; nil means the standard set.
	Types *coltype.Set
	// Migrations are those written in Go; those in SQL lie in the folder migrations of Dir.
	Migrations []migrate.Go
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Emit receives what happens; nil drops it. Steps run side by side, so it is called by
	// several goroutines at once, also while a step or another source waits for it.
	Emit func(medallion.Event)
	// Version is recorded with each run.
	Version string
	// Secrets are texts that sources must not show, and that no message that a run records
	// holds, beside those that the configurations of sources know to be secret.
	Secrets []string
	// Unread says that the sources will not be read, so that their settings, secrets above
	// all, may be incomplete. A step that reads one all the same fails.
	Unread bool
}

// Options choose what a plan or a run covers.
type Options = medallion.Options

// Mode says how the steps treat what they have consumed already.
type Mode = medallion.Mode

// Errors that callers ask for with errors.Is.
var (
	// ErrLocked is returned by Run when another run of the project is going.
	ErrLocked = warehouse.ErrLocked
	// ErrBusy is returned by Open when another process holds the warehouse's file.
	ErrBusy = warehouse.ErrBusy
)

// Lode is a project connected to its warehouse. It is safe for concurrent use, but for
// Run, which holds a lock of its own.
type Lode struct {
	project Project
	model   *schema.Model
	engine  *medallion.Engine
	db      warehouse.Warehouse

	mu      sync.Mutex
	sources map[string]source.Source
}

// Open checks the project and opens its warehouse. Mistakes in the project come all at
// once as schema.Problems. Nothing in the warehouse is changed.
func Open(ctx context.Context, p Project) (*Lode, error) {
	l := &Lode{project: p, sources: map[string]source.Source{}}
	if p.Now == nil {
		l.project.Now = time.Now
	}
	if p.Dir == "" {
		l.project.Dir = "."
	}
	if p.Emit == nil {
		l.project.Emit = func(medallion.Event) {}
	}
	model, streams, err := Resolve(p)
	if err != nil {
		return nil, err
	}
	l.model = model
	if l.db, err = warehouse.Open(ctx, p.Drivers, p.Warehouse, p.Dir); err != nil {
		return nil, err
	}
	hide := &source.Redactor{}
	hide.Hide(p.Secrets...)
	l.engine = &medallion.Engine{
		Model: model, Warehouse: l.db, Streams: streams, Source: l.source,
		Ledger: ledger.Ledger{Dialect: l.db.Dialect(), Schema: model.Layers.Lode, Hide: hide.Text},
		Now:    l.project.Now, Emit: l.project.Emit, Migrated: evolve.Has(l.project.Dir, p.Migrations),
	}
	return l, nil
}

// Resolve checks a project without touching its warehouse.
func Resolve(p Project) (*schema.Model, map[schema.StreamRef]source.Stream, error) {
	types := coltype.Standard()
	if p.Types != nil {
		types = *p.Types
	}
	streams := map[schema.StreamRef]source.Stream{}
	var refs []schema.StreamRef
	var problems schema.Problems
	for _, s := range p.Sources {
		config, ok := s.Config.(source.Config)
		if !ok {
			problems = append(problems, schema.Problem{Object: "source " + s.Name, Text: fmt.Sprintf("its configuration is a %T, which is no source.Config", s.Config)})
			continue
		}
		if err := source.Check(config); err != nil && !p.Unread {
			problems = append(problems, sourceProblems(s.Name, err)...)
		}
		for _, stream := range config.Streams() {
			ref := schema.StreamRef{Source: s.Name, Stream: stream.Name}
			refs = append(refs, ref)
			streams[ref] = stream
		}
	}
	var unread schema.Problems
	p.Dimensions, unread = holidays.Read(p.Dir, p.Dimensions)
	model, more := schema.Resolve(p.Project, types, refs)
	problems = append(problems, unread...)
	if problems = append(problems, more...); len(problems) > 0 {
		return nil, nil, problems
	}
	return model, streams, nil
}

// sourceProblems takes apart what a configuration found wrong with itself. Each error
// begins with the key it is about.
func sourceProblems(name string, err error) schema.Problems {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all schema.Problems
		for _, e := range joined.Unwrap() {
			all = append(all, sourceProblems(name, e)...)
		}
		return all
	}
	path, text, found := strings.Cut(err.Error(), ": ")
	if !found || strings.Contains(path, " ") {
		path, text = "", err.Error()
	}
	return schema.Problems{{Object: "source " + name, Path: path, Text: text}}
}

// Check resolves a project and holds the tables that it needs against what its warehouse
// can hold, without connecting to it.
func Check(p Project) (*schema.Model, error) {
	model, _, err := Resolve(p)
	if err != nil {
		return nil, err
	}
	driver, err := warehouse.DriverOf(p.Drivers, p.Warehouse)
	if err != nil {
		return nil, err
	}
	d := driver.Dialect()
	engine := medallion.Engine{Model: model, Ledger: ledger.Ledger{Dialect: d, Schema: model.Layers.Lode}}
	var errs []error
	for _, t := range engine.Tables() {
		errs = append(errs, d.Check(t))
	}
	return model, errors.Join(errs...)
}

// source opens a source the first time it is asked for.
func (l *Lode) source(ctx context.Context, name string) (source.Source, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.sources[name]; ok {
		return s, nil
	}
	if l.project.Unread {
		return nil, &source.Error{Kind: source.Misuse, Op: "open source " + name, Err: errors.New("the project was opened without its sources (Unread)")}
	}
	i := slices.IndexFunc(l.project.Sources, func(s schema.Source) bool { return s.Name == name })
	config := l.project.Sources[i].Config.(source.Config) // resolved before
	s, err := config.Open(ctx, source.Env{
		Name: name, Dir: l.project.Dir, Now: l.project.Now, Secrets: l.project.Secrets,
		Emit: func(e source.Event) {
			l.project.Emit(medallion.Event{Step: e.Source + "." + e.Stream, Kind: e.Kind, Text: e.Text, Rows: e.Count})
		},
	})
	if err != nil {
		return nil, err
	}
	l.sources[name] = s
	return s, nil
}

// Model is the checked project.
func (l *Lode) Model() *schema.Model { return l.model }

// Migrations are those of the project, to be written, applied and reverted.
func (l *Lode) Migrations() evolve.Migrations {
	return evolve.Migrations{Engine: l.engine, Dir: l.project.Dir, Go: l.project.Migrations, Trial: func(ctx context.Context, address string) (warehouse.Warehouse, error) {
		return warehouse.OpenTrial(ctx, l.project.Drivers, l.project.Warehouse, l.project.Dir, address)
	}}
}

// Query streams the result of a SQL query on the warehouse.
func (l *Lode) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return l.db.Query(ctx, sql, args...)
}

// Status tells where the project stands.
func (l *Lode) Status(ctx context.Context) (medallion.Status, error) { return l.engine.Status(ctx) }

// Close closes the sources and the warehouse.
func (l *Lode) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range l.sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, l.db.Close())...)
}
