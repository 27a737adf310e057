package cli

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
)

// patience is how long a migration waits while another one, or a run, is going.
const patience = time.Minute

func (p *program) migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Change the tables of the warehouse by files that can be reviewed",
		Long: `Migrate keeps the tables of a project in step with its definitions by migrations: SQL
files in the folder migrations, each with the way up and the way down.

Without that folder a run makes the changes that are safe by itself. With it a run
changes no table: it ends with code 2 where the definitions and the warehouse differ.`,
		Example: `  lode migrate new add_tier
  lode migrate plan
  lode migrate up
  lode migrate down`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no `lode migrate %s`; `lode migrate --help` lists what there is", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.migrateNewCommand(), p.migrateUpCommand(), p.migrateDownCommand(), p.migrateStatusCommand(), p.migrateHistoryCommand(),
		p.migrateCheckCommand(), p.migratePlanCommand(), p.migrateStampCommand())
	return cmd
}

// moving are the flags of what runs migrations.
type moving struct {
	to    int64
	allow []string
	wait  time.Duration
}

func (f *moving) define(cmd *cobra.Command, to string) {
	cmd.Flags().Int64Var(&f.to, "to", 0, to)
	cmd.Flags().DurationVar(&f.wait, "wait", patience, "how long to wait while another run or migration is going")
}

func (f *moving) defineAllow(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.allow, "allow", nil, "dangers to take: drop-data, drop-bronze, narrow-type, rewrite-table, long-lock; repeatable")
}

// move opens the project, lets its migrations move, and says which did.
func (p *program) move(ctx context.Context, f moving, word, none string, work func(evolve.Migrations) ([]runner.Migration, error)) error {
	if err := p.wants("table", "json"); err != nil {
		return err
	}
	if f.to < 0 {
		return usagef("--to %d: a version is the number that a file's name begins with; `lode migrate status` lists them", f.to)
	}
	for _, name := range f.allow {
		if err := knownDanger(name); err != nil {
			return err
		}
	}
	return p.patiently(ctx, f.wait, func() error {
		return p.with(ctx, func(s Session) error {
			done, err := work(s.Migrations())
			if p.output == "json" && err == nil {
				return p.writeJSON(listed(done))
			}
			for _, m := range done {
				p.printf("%s %s\n", word, m)
			}
			if len(done) == 0 && err == nil {
				p.printf("%s\n", none)
			}
			return err
		})
	})
}

// listed is a list that is never null in JSON.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (p *program) migrateUpCommand() *cobra.Command {
	var f moving
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Apply the migrations that wait",
		Long: `Up applies the migrations that are not applied yet, in their order, each in a transaction.
When one fails, it leaves nothing behind, and those before it stay.

What is not safe on the rows that are there is explained and not done, unless --allow
names it: drop-data and narrow-type where the table has rows, rewrite-table and
long-lock where it has 100,000 or more.

With -o json: [{"version", "name", "path", "state", "at"}], those that were applied.`,
		Example: `  lode migrate up
  lode migrate up --to 20261123101500
  lode migrate up --allow drop-data`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			return p.move(ctx, f, "applied", "nothing waits: every migration is applied", func(m evolve.Migrations) ([]runner.Migration, error) {
				return m.Up(ctx, f.to, f.allow)
			})
		}),
	}
	f.define(cmd, "apply up to this version, included; default all")
	f.defineAllow(cmd)
	return cmd
}

func (p *program) migrateDownCommand() *cobra.Command {
	var f moving
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Revert the last migration, or those after a version",
		Long: `Down reverts the migration that was applied last, or with --to all after a version, the
last one first. --to 0 reverts all. What that would lose needs --allow, as with up.

With -o json: [{"version", "name", "path", "state", "at"}], those that were reverted.`,
		Example: `  lode migrate down
  lode migrate down --to 20261123101500 --allow drop-data`,
		Args: noArguments,
	}
	cmd.RunE = p.begin(func(ctx context.Context, _ []string) error {
		return p.move(ctx, f, "reverted", "nothing is applied", func(m evolve.Migrations) ([]runner.Migration, error) {
			to := f.to
			if !cmd.Flags().Changed("to") {
				to = runner.Last
			}
			return m.Down(ctx, to, f.allow)
		})
	})
	f.define(cmd, "revert those after this version; default the one before the last")
	f.defineAllow(cmd)
	return cmd
}

func (p *program) migrateStampCommand() *cobra.Command {
	var f moving
	cmd := &cobra.Command{
		Use:   "stamp",
		Short: "Mark migrations as applied without running them",
		Long: `Stamp marks the migrations that wait as applied and runs nothing: for a warehouse that has
already what they make, such as one that a baseline was written from.`,
		Example: `  lode migrate stamp --to 20261123101500
  lode migrate stamp`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			return p.move(ctx, f, "marked as applied", "nothing waits: every migration is applied", func(m evolve.Migrations) ([]runner.Migration, error) {
				return m.Stamp(ctx, f.to)
			})
		}),
	}
	f.define(cmd, "mark up to this version, included; default all")
	return cmd
}

func (p *program) migrateStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show which migrations are applied and which wait",
		Long: `Status lists the migrations of the project: applied and when, pending, or missing, which is
applied and its file gone.

With -o json: [{"version", "name", "path", "state", "at"}].`,
		Example: `  lode migrate status
  lode migrate status -o json`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			return p.look(ctx, func(m evolve.Migrations) error {
				all, err := m.Status(ctx)
				if err != nil {
					return err
				}
				if p.output == "json" {
					return p.writeJSON(listed(all))
				}
				g := grid{header: []string{"version", "name", "state", "applied (UTC)"}}
				for _, x := range all {
					g.add(strconv.FormatInt(x.Version, 10), x.Name, x.State, when(x.At))
				}
				p.listing(g, "there are no migrations; `lode migrate new NAME` writes the first")
				return nil
			})
		}),
	}
}

func (p *program) migrateHistoryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "history",
		Short: "Show what was applied, reverted and marked, and when",
		Long: `History lists what ever happened to the migrations in this warehouse, the first event first.

With -o json: [{"version", "name", "action", "at"}]; an action is up, down or stamp.`,
		Example: `  lode migrate history`,
		Args:    noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			return p.look(ctx, func(m evolve.Migrations) error {
				events, err := m.History(ctx)
				if err != nil {
					return err
				}
				if p.output == "json" {
					return p.writeJSON(listed(events))
				}
				g := grid{header: []string{"at (UTC)", "action", "version", "name"}}
				for _, e := range events {
					g.add(when(e.At), e.Action, strconv.FormatInt(e.Version, 10), e.Name)
				}
				p.listing(g, "nothing was ever applied")
				return nil
			})
		}),
	}
}

// look opens the project to answer a question about its migrations.
func (p *program) look(ctx context.Context, work func(evolve.Migrations) error) error {
	if err := p.wants("table", "json"); err != nil {
		return err
	}
	return p.with(ctx, func(s Session) error { return work(s.Migrations()) })
}

// listing draws a table, or says what there is instead of it.
func (p *program) listing(g grid, none string) {
	if len(g.rows) == 0 {
		p.printf("%s\n", none)
		return
	}
	g.write(p.out)
}

func knownDanger(name string) error {
	if slices.Contains(migrate.DangerNames(), name) {
		return nil
	}
	return usagef("--allow %q: there is no such danger, only %s", name, strings.Join(migrate.DangerNames(), ", "))
}
