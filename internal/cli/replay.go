package cli

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

func (p *program) replayCommand() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "replay [ENTITY]...",
		Short: "Map quarantined records again, after their cause was mended",
		Long: `Replay takes the quarantined records of the entities (default: all) out of bronze and
maps them again with the project as it is now. What passes goes on into the star; what
does not stays in the quarantine. The sources are not called.`,
		Example: `  lode replay
  lode replay customers orders`,
		RunE: p.begin(func(ctx context.Context, args []string) error {
			return p.run(ctx, wait, func(s Session) (medallion.Options, error) {
				steps, err := choose(args, silverTables(s.Model()), "entity")
				return medallion.Options{Command: "replay", Steps: steps, Mode: medallion.Mode{Replay: true}}, err
			})
		}),
	}
	waitFlag(cmd, &wait)
	return cmd
}

func (p *program) rebuildCommand() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "rebuild [TABLE]...",
		Short: "Compute silver and gold tables again from what is in bronze",
		Long: `Rebuild computes the tables (default: all of silver and gold) and everything that
follows from them again. Surrogate keys stay. The sources are not called: the log in bronze is the
truth. The result equals that of the incremental runs; rebuild is for after a repair by hand.`,
		Example: `  lode rebuild
  lode rebuild dim_customers
  lode rebuild silver.customers 'gold.fact_*'`,
		RunE: p.begin(func(ctx context.Context, args []string) error {
			return p.run(ctx, wait, func(s Session) (medallion.Options, error) {
				steps, err := choose(args, append(silverTables(s.Model()), goldTables(s.Model())...), "table of silver or gold")
				return medallion.Options{Command: "rebuild", Steps: steps, Mode: medallion.Mode{Rebuild: true}}, err
			})
		}),
	}
	waitFlag(cmd, &wait)
	return cmd
}

func silverTables(m *schema.Model) []schema.Name {
	var names []schema.Name
	for _, e := range m.Entities {
		names = append(names, e.Current.Name)
	}
	return names
}

func goldTables(m *schema.Model) []schema.Name {
	var names []schema.Name
	for _, d := range m.Dimensions {
		names = append(names, d.Table.Name)
	}
	for _, b := range m.Bridges {
		if b.Hierarchy != nil {
			names = append(names, b.Table.Name)
		}
	}
	for _, f := range m.Facts {
		names = append(names, f.Table.Name)
	}
	for _, a := range m.Aggregates {
		names = append(names, a.Table.Name)
	}
	return names
}

// choose turns arguments, names or patterns of tables, into the steps of these tables; no
// argument means all of them.
func choose(args []string, tables []schema.Name, what string) ([]string, error) {
	var steps, known []string
	for _, t := range tables {
		known = append(known, t.Table)
		if len(args) == 0 {
			steps = append(steps, t.String())
		}
	}
	for _, arg := range args {
		found, err := matching(arg, tables)
		if err != nil {
			return nil, usagef("%q is no pattern: %w", arg, err)
		}
		if len(found) == 0 {
			return nil, usagef("there is no %s %q%s; there are %s", what, arg, settings.Suggest(arg, known), strings.Join(known, ", "))
		}
		steps = append(steps, found...)
	}
	slices.Sort(steps)
	return slices.Compact(steps), nil
}

// matching finds the tables of a name, or if there is none of a pattern.
func matching(pattern string, tables []schema.Name) ([]string, error) {
	var found []string
	for _, t := range tables {
		if pattern == t.Table || pattern == t.String() {
			found = append(found, t.String())
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	for _, t := range tables {
		name := t.Table
		if strings.Contains(pattern, ".") {
			name = t.String()
		}
		hit, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if hit {
			found = append(found, t.String())
		}
	}
	return found, nil
}
