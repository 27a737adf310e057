package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/check"
	"github.com/lodehq/lode/medallion"
)

func (p *program) checkCommand() *cobra.Command {
	var o medallion.CheckOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look whether what should hold of the tables holds",
		Long: `Check looks at the tables of silver and gold, or those selected: at the versions of
dimensions (I1 to I4), at the keys of facts (I6, resolves), at keys that are there twice
(unique), at members (members), at what came in against what is there (arrived, current,
counted), and at aggregates against their facts (summed). With --full it also compares
them with a rebuild from bronze (I5), which is thrown away.

What does not hold is told with the number of keys and one of them; the results stay in
lode.checks. What a run has still to bring is no violation.

Exit code 1 says that something does not hold. With -o json: [{"check", "table", "count",
"example", "note"}]; a note says why a check was not made.`,
		Example: `  lode check
  lode check --select fact_orders
  lode check --full -o json`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			return p.with(ctx, func(s Session) error {
				results, err := s.Check(ctx, o)
				if err != nil {
					return err
				}
				return p.showChecks(results)
			})
		}),
	}
	selectVar(cmd, &o.Select)
	cmd.Flags().BoolVar(&o.Full, "full", false, "also compare with a rebuild from bronze")
	return cmd
}

// showChecks prints what was found, and tells by its error whether anything does not hold.
func (p *program) showChecks(results []check.Result) error {
	failed, left := 0, 0
	g := grid{header: []string{"check", "table", "keys", "for example"}, numeric: []bool{false, false, true}}
	for _, r := range results {
		switch {
		case r.Note != "":
			left++
			p.log.Warn(r.Check + " of " + r.Table + " was not checked: " + r.Note)
		case r.Count > 0:
			failed++
			g.add(r.Check, r.Table, grouped(r.Count), r.Example)
		}
	}
	if p.output == "json" {
		if err := p.writeJSON(results); err != nil {
			return err
		}
	} else {
		p.sayChecks(g, len(results)-left, failed)
	}
	if failed > 0 {
		return reportedError{codeFailed}
	}
	return nil
}

func (p *program) sayChecks(g grid, made, failed int) {
	if failed == 0 {
		p.printf("%s hold\n", plural(made, "check"))
		return
	}
	p.printf("%d of %s do not hold\n", failed, plural(made, "check"))
	g.write(p.out)
}
