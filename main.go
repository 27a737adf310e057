package lode

import (
	"context"
	"runtime/debug"

	"github.com/lodehq/lode/internal/cli"
	"github.com/lodehq/lode/schema"
)

// Main runs the command line for a project and returns the exit code: 0 done, 1 data
// or pipeline failure, 2 usage or configuration, 3 retry later, 4 another run is going.
// A project without entities is read from files, found from the working directory.
//
//	func main() { os.Exit(lode.Main(project)) }
func Main(p Project) int {
	if p.Version == "" {
		p.Version = cli.BuildVersion(debug.ReadBuildInfo())
	}
	return cli.Main(cli.App{
		Project: cli.Project{Schema: p.Project, Warehouse: p.Warehouse, Dir: p.Dir, Connectors: p.Connectors, Version: p.Version, Secrets: p.Secrets},
		Open: func(ctx context.Context, from cli.Project) (cli.Session, error) {
			p := p
			p.Project, p.Warehouse, p.Dir, p.Emit, p.Unread, p.Secrets = from.Schema, from.Warehouse, from.Dir, from.Emit, from.Unread, from.Secrets
			return Open(ctx, p)
		},
		Check: func(from cli.Project) (*schema.Model, error) {
			p := p
			p.Project, p.Warehouse, p.Dir, p.Unread = from.Schema, from.Warehouse, from.Dir, from.Unread
			return Check(p)
		},
	})
}
