package evolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/schema"
)

// ErrAsk is returned by New when it cannot know what is meant: nothing was written.
var ErrAsk = errors.New("nothing was written")

// Request is what New is asked for.
type Request struct {
	Name string
	// Renames are columns that have got another name: "silver.customers.tier=level". Without
	// the schema, or the table too, it is said of each table that has such columns.
	Renames []string
	// Drops are tables that are no longer declared, and columns that look renamed and are not.
	Drops []string
	// Ask, if set, is asked where a column that goes looks like one that comes. Without it New
	// fails with ErrAsk.
	Ask Asker
	// Empty asks for a file without statements, for a change of data.
	Empty bool
}

// Proposal is what New found: the files to write, and what a person should know.
type Proposal struct {
	Files []migrate.File
	Notes []string
}

// New compares the definitions with the warehouse and writes what is missing as migrations.
// The first ones of a warehouse that is there begin with a baseline, which makes what it holds.
func (m Migrations) New(ctx context.Context, q Request) (Proposal, error) {
	name, err := migrate.Name(q.Name)
	if err != nil {
		return Proposal{}, err
	}
	all, err := m.Status(ctx)
	if err != nil {
		return Proposal{}, err
	}
	var last int64
	for _, x := range all {
		last = max(last, x.Version)
		if x.State == runner.Pending && !q.Empty {
			return Proposal{}, fmt.Errorf("migration %s is not applied, so the warehouse does not show what is still missing; run `lode migrate up` first: %w", x, ErrAsk)
		}
	}
	if q.Empty {
		if len(q.Drops)+len(q.Renames) > 0 {
			return Proposal{}, fmt.Errorf("--empty writes a file without statements; leave out --drop and --rename: %w", ErrAsk)
		}
		return Proposal{Files: migrate.Files([]migrate.Draft{{Texts: []string{"Write what is to be done, and how it is undone."}}}, name, m.Engine.Now(), last)}, nil
	}
	held, err := m.held(ctx, m.Engine.Warehouse)
	if err != nil {
		return Proposal{}, err
	}
	should, err := migrate.Spelled(ctx, m.Engine.Warehouse, m.Engine.Declared())
	if err != nil {
		return Proposal{}, err
	}
	return m.propose(ctx, q, name, last, len(all) == 0, held, should)
}

func (m Migrations) propose(ctx context.Context, q Request, name string, last int64, first bool, held, should []schema.Table) (p Proposal, err error) {
	d := m.Engine.Warehouse.Dialect()
	for _, t := range should {
		if err := d.Check(t); err != nil {
			return p, err
		}
	}
	if should, err = rename(held, should, q.Renames); err != nil {
		return p, err
	}
	is := declared(held, should)
	if first && len(is) > 0 {
		base := migrate.Files(migrate.Drafts(d, migrate.Diff(d, nil, is), nil), "baseline", m.Engine.Now(), last)
		p.Files, last = base, migrate.Latest(base)
		p.Notes = append(p.Notes, fmt.Sprintf("the warehouse has what %s makes already: mark it as applied by `lode migrate stamp --to %d`", base[0].Path, base[0].Version))
	}
	for _, t := range held {
		switch gone := !slices.ContainsFunc(is, func(x schema.Table) bool { return x.Name == t.Name }); {
		case gone && slices.Contains(q.Drops, t.Name.String()):
			is = append(is, t)
		case gone:
			p.Notes = append(p.Notes, fmt.Sprintf("table %s is not declared, and is left alone; `--drop %s` drops it", t.Name, t.Name))
		}
	}
	if err := droppable(q.Drops, held, should); err != nil {
		return Proposal{}, err
	}
	differences := migrate.Diff(d, is, should)
	renames, drops, err := answers(ctx, q, differences)
	if err != nil {
		return Proposal{}, err
	}
	if len(renames) > 0 {
		if should, err = rename(held, should, renames); err != nil {
			return Proposal{}, err
		}
		differences = migrate.Diff(d, is, should)
	}
	m.Engine.Forgive(differences)
	if err := ask(migrate.Lookalikes(differences), drops); err != nil {
		return Proposal{}, err
	}
	p.Files = append(p.Files, migrate.Files(migrate.Drafts(d, differences, m.Engine.Views()), name, m.Engine.Now(), last)...)
	return p, nil
}

// droppable wants what is to be dropped to be there and no longer declared: a table, or a column of one.
func droppable(drops []string, held, should []schema.Table) error {
	for _, drop := range drops {
		known := slices.ContainsFunc(held, func(t schema.Table) bool {
			i := slices.IndexFunc(should, func(s schema.Table) bool { return s.Name == t.Name })
			if t.Name.String() == drop {
				return i < 0
			}
			column, ok := strings.CutPrefix(drop, t.Name.String()+".")
			return ok && i >= 0 && t.Field(column) != nil && should[i].Field(column) == nil
		})
		if !known {
			return fmt.Errorf("--drop %s: write SCHEMA.TABLE, or SCHEMA.TABLE.COLUMN, of one that the warehouse has and the definitions do not: %w", drop, ErrAsk)
		}
	}
	return nil
}

// rename lets the definitions say what the answers say.
func rename(held, should []schema.Table, answers []string) ([]schema.Table, error) {
	should = slices.Clone(should)
	for _, answer := range answers {
		path, to, ok := strings.Cut(answer, "=")
		at := strings.LastIndex(path, ".")
		table, from := path[:max(at, 0)], path[at+1:]
		found := false
		for i, t := range should {
			is := slices.IndexFunc(held, func(h schema.Table) bool { return h.Name == t.Name })
			named := table == "" || t.Name.String() == table || t.Name.Table == table
			if named && is >= 0 && held[is].Field(from) != nil && t.Field(to) != nil && t.Field(from) == nil {
				found = true
				should[i].Fields = slices.Clone(t.Fields)
				should[i].Field(to).RenamedFrom = from
			}
		}
		if !ok || !found {
			return nil, fmt.Errorf("--rename %s: write TABLE.OLD=NEW, with OLD a column of the warehouse that is no longer declared, and NEW one that is: %w", answer, ErrAsk)
		}
	}
	return should, nil
}

// ask is the error of renames that nobody has declared or denied, nil if there are none.
func ask(lookalikes []migrate.Lookalike, drops []string) error {
	var lines []string
	for _, l := range lookalikes {
		gone := l.Table.String() + "." + l.Old
		if slices.Contains(drops, gone) {
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s goes and %s of the same type comes:\n    --rename %s   if it has got another name, and keeps its values\n    --drop %s   if it is another column, and the values of the old one go", gone, l.New, l, gone))
	}
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("this looks like a rename; say which it is, here or by renamed_from in the definition:\n%s\n%w", strings.Join(lines, "\n"), ErrAsk)
}
