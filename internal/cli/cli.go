// Package cli is the command line of lode: commands, flags, what they print and the
// codes they exit with. It asks a Session for everything and decides nothing about data.
package cli

import (
	"context"

	"github.com/lodehq/lode/check"
	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/trace"
)

// Project is what the command line knows of a project before it is opened.
type Project struct {
	Schema     schema.Project
	Warehouse  string
	Dir        string
	Connectors []source.Connector
	Version    string
	Emit       func(medallion.Event)
	// Secrets must not appear in any output, nor in what a run records.
	Secrets []string
	// Unread says that the sources will not be read: their settings may be incomplete.
	Unread bool
}

// Session is an opened project.
type Session interface {
	Model() *schema.Model
	Plan(ctx context.Context, o medallion.Options) (medallion.Plan, error)
	Run(ctx context.Context, o medallion.Options, seen func(run.StepReport)) (run.Report, error)
	Status(ctx context.Context) (medallion.Status, error)
	QueryAt(ctx context.Context, m medallion.Moment, sql string, args ...record.Value) record.Batches
	DiffTables(ctx context.Context, a, b string, key []string, limit int) (diff.Result, error)
	DiffMoments(ctx context.Context, table string, a, b medallion.Moment, limit int) (diff.Result, error)
	DiffRebuild(ctx context.Context, o medallion.Options, limit int) ([]diff.Result, error)
	Check(ctx context.Context, o medallion.CheckOptions) ([]check.Result, error)
	Trace(ctx context.Context, table, key, column string) (trace.Trace, error)
	Migrations() evolve.Migrations
	Close() error
}

// App is what a program hands to Main.
type App struct {
	// Project is complete for a project written in Go; without entities its files are
	// read from Dir, or from the nearest folder above that holds a lode.yaml.
	Project Project
	Open    func(ctx context.Context, p Project) (Session, error)
	// Check resolves a project and holds it against what its warehouse can hold, without opening it.
	Check func(p Project) (*schema.Model, error)
}
