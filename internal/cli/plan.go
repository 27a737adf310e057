package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/medallion"
)

func (p *program) planCommand() *cobra.Command {
	var o medallion.Options
	var sql bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what a run would do, and change nothing",
		Long: `Plan shows the changes of structure that a run would make in the warehouse and then
its steps, in order, with what each will find to do. It is the same plan that run carries out.

With -o json: {"changes": [{"text", "sql"}], "steps": [{"step", "kind", "action",
"rows": [{"does", "table", "rows"}], "idle", "inputs", "tags"}]}. Rows are the tables that a step
works through because a definition has changed, with the rows that each has now: it will read
them, rewrite or re-key up to so many of them, or add to them. Idle steps have nothing to do
unless a step before them brings something.`,
		Example: `  lode plan
  lode plan --select +fact_orders
  lode plan --sql
  lode plan -o json`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			p.reads = true
			return p.with(ctx, func(s Session) error {
				plan, err := s.Plan(ctx, o)
				if err != nil {
					return err
				}
				return p.showPlan(plan, sql)
			})
		}),
	}
	selectFlags(cmd, &o)
	cmd.Flags().BoolVar(&o.Mode.Full, "full", false, "plan a run that reads everything")
	cmd.Flags().BoolVar(&sql, "sql", false, "also show the SQL of the changes")
	return cmd
}

func selectFlags(cmd *cobra.Command, o *medallion.Options) { selectVar(cmd, &o.Select) }

func selectVar(cmd *cobra.Command, selectors *[]string) {
	cmd.Flags().StringArrayVarP(selectors, "select", "s", nil,
		"steps to take: fact_orders, silver.*, tag:daily, +x (and all before), x+ (and all after), a,b (both hold); repeatable")
}

// planJSON is the plan as a program reads it.
type planJSON struct {
	Changes []changeJSON `json:"changes"`
	Steps   []workJSON   `json:"steps"`
}

type changeJSON struct {
	Text string   `json:"text"`
	SQL  []string `json:"sql"`
}

type workJSON struct {
	Step   string                `json:"step"`
	Kind   medallion.Kind        `json:"kind"`
	Action string                `json:"action"`
	Rows   []medallion.TableRows `json:"rows"`
	Idle   bool                  `json:"idle"`
	Inputs []string              `json:"inputs"`
	Tags   []string              `json:"tags"`
}

func (p *program) showPlan(plan medallion.Plan, sql bool) error {
	if p.output == "json" {
		out := planJSON{}
		for _, c := range plan.Changes {
			out.Changes = append(out.Changes, changeJSON{c.Text, c.SQL})
		}
		for _, w := range plan.Work {
			out.Steps = append(out.Steps, workJSON{w.Step.Name, w.Step.Kind, w.Action, w.Rows, w.Idle, w.Step.Inputs, w.Step.Tags})
		}
		return p.writeJSON(out)
	}
	p.printf("%s of structure\n", plural(len(plan.Changes), "change"))
	for _, c := range plan.Changes {
		p.printf("  %s\n", printable(c.Text))
		if sql {
			p.printf("      %s;\n", strings.ReplaceAll(strings.Join(c.SQL, ";\n"), "\n", "\n      "))
		}
	}
	p.printf("\n%s, in this order\n", plural(len(plan.Work), "step"))
	g := grid{header: []string{"  step", "kind", "what there is to do"}}
	for _, w := range plan.Work {
		g.add("  "+w.Step.Name, string(w.Step.Kind), w.Action+reached(w.Rows))
	}
	g.write(p.out)
	return nil
}

// reached says what a step does in the tables that it works through: "read 2 rows of a,
// rewrite up to 3 rows of b, up to 1 row of c".
func reached(tables []medallion.TableRows) string {
	out, before := "", medallion.Deed("")
	for _, t := range tables {
		sep, does := ", ", ""
		if before == "" {
			sep = ": "
		}
		if t.Does != before {
			does = string(t.Does) + " "
		}
		before = t.Does
		switch t.Does {
		case medallion.Reads:
		case medallion.AddsTo:
			does += "the "
		default:
			does += "up to "
		}
		out += fmt.Sprintf("%s%s%s of %s", sep, does, plural(int(t.Rows), "row"), t.Table)
	}
	return out
}
