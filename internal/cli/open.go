package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// load is the project: the one written in Go, or the one in files.
func (p *program) load() (Project, error) {
	loaded := p.app.Project
	loaded.Unread = !p.reads
	if len(loaded.Schema.Entities) == 0 {
		if err := p.loadFiles(&loaded); err != nil {
			return loaded, err
		}
	} else {
		loaded.Dir = cmp.Or(p.dir, loaded.Dir, ".")
	}
	p.secrets.hide(loaded.Secrets...)
	for _, s := range loaded.Schema.Sources {
		p.secrets.hide(project.SecretsIn(s.Config)...)
	}
	if p.warehouse != "" {
		loaded.Warehouse = p.warehouse
	}
	p.secrets.hide(project.Passwords(loaded.Warehouse)...)
	return loaded, nil
}

func (p *program) loadFiles(into *Project) error {
	dir, err := project.Find(cmp.Or(p.dir, into.Dir, "."))
	if err != nil {
		return configError{err}
	}
	read := project.LoadUnread
	if p.reads {
		read = project.Load
	}
	files, err := read(dir, into.Connectors, os.LookupEnv)
	into.Secrets = append(into.Secrets, files.Secrets...)
	p.secrets.hide(into.Secrets...)
	p.positions = files.Positions
	for _, n := range files.Notices {
		p.log.Info(n.String())
	}
	into.Schema, into.Warehouse, into.Dir = files.Schema, files.Warehouse.Reveal(), dir
	if err != nil && files.Whole {
		_, more := p.app.Check(*into)
		return p.together(err, more)
	}
	return err
}

// together joins the mistakes inside the files with those that show when the files are
// seen as one. On a line that is wrong already the latter are only its consequence.
func (p *program) together(inFiles, asOne error) error {
	var all, more settings.Problems
	if !errors.As(inFiles, &all) || !errors.As(p.positions.Locate(asOne), &more) {
		return inFiles
	}
	for _, m := range more {
		if !slices.ContainsFunc(all, func(a settings.Problem) bool { return a.File == m.File && a.Line == m.Line }) {
			all = append(all, m)
		}
	}
	all.Sort()
	return all
}

// open loads the project and connects it to its warehouse.
func (p *program) open(ctx context.Context, emit func(medallion.Event)) (Session, error) {
	loaded, err := p.load()
	if err != nil {
		return nil, err
	}
	loaded.Emit = emit
	session, err := p.app.Open(ctx, loaded)
	if err != nil {
		return nil, configError{err}
	}
	return session, nil
}

// with runs work on an opened project and closes it.
func (p *program) with(ctx context.Context, work func(Session) error) (err error) {
	session, err := p.open(ctx, p.logEvent)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	return work(session)
}

// model is the checked project, without its warehouse.
func (p *program) model() (*schema.Model, error) {
	loaded, err := p.load()
	if err != nil {
		return nil, err
	}
	model, err := p.app.Check(loaded)
	if err != nil {
		return nil, configError{err}
	}
	return model, nil
}
