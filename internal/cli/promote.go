package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/project"
)

func (p *program) promoteCommand() *cobra.Command {
	var columnType string
	cmd := &cobra.Command{
		Use:   "promote ENTITY.FIELD --type TYPE",
		Short: "Make a column of a field that no mapping knows",
		Long: `Promote declares a custom field as a column of its entity, in the entity's file. The
column has the field's name in small letters with _, by which a mapping finds it.

In a project with migrations it also writes those that add the column and fill it from the
custom fields. The next run maps every event of the entity again from bronze, because only
that gives the history of the column, and quarantines the values that are not of the type.

With -o json: {"files": [path], "notes": [text]}.`,
		Example: `  lode drift
  lode promote customers.tier --type text
  lode migrate up && lode run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !strings.Contains(args[0], ".") || columnType == "" {
				return usagef("`lode promote` takes a field and a type: `lode promote customers.tier --type text`")
			}
			return nil
		},
		RunE: p.begin(func(ctx context.Context, args []string) error {
			var f evolve.Field
			f.Entity, f.Name, _ = strings.Cut(args[0], ".")
			if err := p.look(ctx, func(m evolve.Migrations) error { return m.Promotable(ctx, f) }); err != nil {
				return err
			}
			return p.promote(ctx, f, columnType)
		}),
	}
	cmd.Flags().StringVar(&columnType, "type", "", "type of the column: text, decimal(18,2), normalized_email, ...")
	return cmd
}

// promote declares the column, and writes its migrations where there are any. A line that
// the project does not stand is taken back.
func (p *program) promote(ctx context.Context, f evolve.Field, columnType string) error {
	if len(p.app.Project.Schema.Entities) > 0 {
		return usagef("the project is written in Go; add to entity %s: schema.Column{Name: %q, Type: %q}", f.Entity, f.Column(), columnType)
	}
	loaded, err := p.load()
	if err != nil {
		return err
	}
	path, undo, err := project.AddColumn(loaded.Dir, f.Entity, f.Column(), columnType)
	if errors.Is(err, project.ErrByHand) {
		return usagef("%v; add to the columns of %s yourself:\n  %s", err, f.Entity, project.ColumnLine(f.Column(), columnType))
	}
	if err != nil {
		return err
	}
	if _, err := p.model(); err != nil {
		return errors.Join(err, undo())
	}
	err = p.look(ctx, func(m evolve.Migrations) error {
		again, err := m.Again(ctx, f.Entity)
		if err != nil {
			return err
		}
		var proposal evolve.Proposal
		if m.Engine.Migrated {
			if proposal, err = m.Promote(ctx, f); err != nil {
				return err
			}
		}
		proposal.Notes = append(proposal.Notes, fmt.Sprintf("the next run: silver.%s: %s", f.Entity, again))
		if p.output != "json" {
			p.printf("declared %s in %s\n", project.ColumnLine(f.Column(), columnType), path)
		}
		return p.propose(m, proposal, "")
	})
	if err != nil {
		return errors.Join(err, undo())
	}
	return nil
}
