package cli

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/migrate/runner"
)

func (p *program) migrateNewCommand() *cobra.Command {
	var q evolve.Request
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write the difference of definitions and warehouse as a migration",
		Long: `New compares the definitions with the tables of the warehouse and writes what is missing
into the folder migrations, with the way up and the way down, to be reviewed. It changes
nothing in the warehouse.

A column that gets a name is not guessed: declare renamed_from, answer with --rename, or,
on a terminal, answer the question.
A column that is never NULL, new in a table that is there, takes three files: add it,
fill it, let it hold no NULL; say in the second what the rows get. Tables that are no
longer declared are left alone, unless --drop names them.

With -o json: {"files": [path], "notes": [text]}.`,
		Example: `  lode migrate new add_tier
  lode migrate new level --rename silver.customers.tier=level
  lode migrate new tidy --drop gold.dim_regions
  lode migrate new fix_names --empty`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("`lode migrate new` takes the name of the migration: `lode migrate new add_tier`")
			}
			return nil
		},
		RunE: p.begin(func(ctx context.Context, args []string) error {
			q.Name = args[0]
			if _, err := migrate.Name(q.Name); err != nil {
				return usageError{err}
			}
			q.Ask = p.asker()
			return p.look(ctx, func(m evolve.Migrations) error {
				proposal, err := m.New(ctx, q)
				if err != nil {
					return err
				}
				return p.propose(m, proposal, "the warehouse is what the definitions say; nothing was written")
			})
		}),
	}
	cmd.Flags().StringArrayVar(&q.Renames, "rename", nil, "a column that has another name now: TABLE.OLD=NEW, or OLD=NEW in every table; repeatable")
	cmd.Flags().StringArrayVar(&q.Drops, "drop", nil, "a table that is no longer declared, or a column that looks renamed and is not; repeatable")
	cmd.Flags().BoolVar(&q.Empty, "empty", false, "write a file without statements, for a change of data")
	return cmd
}

// propose writes the files and says what they do; none is what to say where there are none.
func (p *program) propose(m evolve.Migrations, proposal evolve.Proposal, none string) error {
	paths := []string{}
	for _, f := range proposal.Files {
		path := m.Path(f.Path)
		if err := os.MkdirAll(m.Path(""), 0o755); err != nil {
			return fmt.Errorf("write migration: %w", err)
		}
		if err := writeNew(path, f.Text); err != nil {
			return fmt.Errorf("write migration: %w", err)
		}
		paths = append(paths, path)
	}
	if p.output == "json" {
		return p.writeJSON(struct {
			Files []string `json:"files"`
			Notes []string `json:"notes"`
		}{paths, listed(proposal.Notes)})
	}
	for i, f := range proposal.Files {
		p.printf("wrote %s\n", paths[i])
		p.describe(f)
	}
	if len(paths) == 0 && none != "" {
		p.printf("%s\n", none)
	}
	for _, n := range proposal.Notes {
		p.printf("note: %s\n", n)
	}
	return nil
}

// describe says what a file does and risks.
func (p *program) describe(f migrate.File) {
	head, _, _ := strings.Cut(f.Text, "-- +goose")
	for line := range strings.Lines(head) {
		if text := strings.TrimSpace(strings.TrimPrefix(line, "--")); text != "" && !strings.HasPrefix(text, "warehouse: ") {
			p.printf("  %s\n", printable(text))
		}
	}
	for _, d := range f.Dangers(true) {
		p.printf("  not safe where %s has %s: %s; up wants --allow %s\n", d.Table, plenty(d), printable(d.Why), d.Name)
	}
}

// plenty is how many rows it takes for a danger to count.
func plenty(d migrate.Danger) string {
	if d.From() > 1 {
		return strconv.FormatInt(d.From(), 10) + " rows or more"
	}
	return "rows"
}

// writeNew writes a file that is not there yet.
func writeNew(path, text string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

func (p *program) migratePlanCommand() *cobra.Command {
	var to int64
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what up would run, and change nothing",
		Long: `Plan prints the migrations that up would apply, in their order, with their text.

With -o json: [{"version", "name", "path", "state", "at", "text"}].`,
		Example: `  lode migrate plan
  lode migrate plan --to 20261123101500`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			return p.look(ctx, func(m evolve.Migrations) error {
				waiting, err := m.Waiting(ctx, to)
				if err != nil {
					return err
				}
				return p.showWaiting(waiting)
			})
		}),
	}
	cmd.Flags().Int64Var(&to, "to", 0, "plan up to this version, included; default all")
	return cmd
}

func (p *program) showWaiting(waiting []runner.Migration) error {
	type planned struct {
		runner.Migration `json:",inline"`
		Text             string `json:"text"`
	}
	if p.output == "json" {
		out := []planned{}
		for _, m := range waiting {
			out = append(out, planned{m, m.Text()})
		}
		return p.writeJSON(out)
	}
	for _, m := range waiting {
		p.printf("%s\n", m)
		text := m.Text()
		if m.Path == "" {
			text = "written in Go"
		}
		for line := range strings.Lines(text) {
			p.printf("    %s\n", strings.TrimRight(line, "\n"))
		}
	}
	if len(waiting) == 0 {
		p.printf("nothing waits: every migration is applied\n")
	}
	return nil
}

func (p *program) migrateCheckCommand() *cobra.Command {
	var trial string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "See that the migrations make what the definitions say",
		Long: `Check applies all migrations to an empty warehouse and compares what they make with the
definitions. Exit code 1 says that they differ. It changes nothing in the project's warehouse:
for DuckDB the empty one is in memory; on PostgreSQL it is a database beside the project's,
which is dropped afterwards, or the one that --trial names.

With -o json: {"missing": [text]}.`,
		Example: `  lode migrate check
  lode migrate check --trial postgres://ci@localhost/empty`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			return p.look(ctx, func(m evolve.Migrations) error {
				left, err := m.Check(ctx, trial)
				if err != nil {
					return err
				}
				return p.showLeft(left)
			})
		}),
	}
	cmd.Flags().StringVar(&trial, "trial", "", "address of an empty warehouse to apply the migrations to")
	return cmd
}

func (p *program) showLeft(left []string) error {
	if p.output == "json" {
		if err := p.writeJSON(map[string][]string{"missing": listed(left)}); err != nil {
			return err
		}
	} else {
		for _, text := range left {
			p.printf("missing: %s\n", printable(text))
		}
	}
	if len(left) > 0 {
		fmt.Fprintf(p.err, "lode: the migrations do not make what the definitions say; `lode migrate new NAME` writes what is missing\n")
		return reportedError{codeFailed}
	}
	if p.output != "json" {
		p.printf("the migrations make what the definitions say\n")
	}
	return nil
}
