package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/lint"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/naming"
	"github.com/lodehq/lode/settings"
)

func (p *program) lintCommand() *cobra.Command {
	var explain string
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Check the project and its names, without a warehouse",
		Long: `Lint checks the whole project as plan does and then holds it against the conventions:
snake_case, the prefixes stg_, dim_, fact_, bridge_, agg_, tables in the plural, names against
the types behind them (_at is a timestamp, _date a date, is_ has_ can_ a boolean, _amount
_count _rate numbers), and descriptions. --explain RULE says what a rule is for; lint: in
lode.yaml configures rules, nolint: at a declaration silences one with a reason.

It ends with code 1 if there is an error; warnings alone are no failure.
With -o json: [{"file", "line", "column", "object", "path", "level", "rule", "text"}].`,
		Example: `  lode lint
  lode lint --explain plural
  lode lint -o json`,
		Args: noArguments,
		RunE: p.begin(func(context.Context, []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			if explain != "" {
				return p.explainRule(explain)
			}
			p.reads = true
			model, err := p.model()
			if err != nil {
				return err
			}
			return p.showFindings(p.findings(model))
		}),
	}
	cmd.Flags().StringVar(&explain, "explain", "", "say what a rule is for: "+strings.Join(lint.Names(), ", "))
	return cmd
}

// explainRule prints what a rule is for.
func (p *program) explainRule(name string) error {
	r, known := lint.Find(name)
	if !known {
		return usagef("there is no rule %q%s", name, cmp.Or(settings.Suggest(name, lint.Names()), "; there are "+strings.Join(lint.Names(), ", ")))
	}
	if p.output == "json" {
		return p.writeJSON(r)
	}
	indented := func(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }
	p.printf("%s (%s): %s\n\n%s\n\nWrong:\n%s\nRight:\n%s\n\n", r.Name, r.Level, r.Says, r.Why, indented(r.Wrong), indented(r.Right))
	p.printf("For the whole project, in lode.yaml:\n  lint: {rules: {%s: off}}      # or warning, or error\nAt one place:\n  nolint: {%s: the reason}\n", r.Name, r.Name)
	return nil
}

// finding is one departure from the conventions, with its place.
type finding struct {
	File   string       `json:"file,omitzero"`
	Line   int          `json:"line,omitzero"`
	Column int          `json:"column,omitzero"`
	Object string       `json:"object"`
	Path   string       `json:"path"`
	Level  naming.Level `json:"level"`
	Rule   string       `json:"rule"`
	Text   string       `json:"text"`
}

// findings are the departures from the conventions, with their places in the files.
func (p *program) findings(m *schema.Model) []finding {
	var out []finding
	for _, f := range lint.Check(m) {
		at := p.positions.At(schema.Problem{Object: f.Object, Path: f.Path})
		out = append(out, finding{at.File, at.Line, at.Column, f.Object, f.Path, f.Level, f.Rule, f.Text})
	}
	slices.SortStableFunc(out, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

func (p *program) showFindings(found []finding) error {
	errors := 0
	for _, f := range found {
		if f.Level == naming.Error {
			errors++
		}
	}
	if p.output == "json" {
		if found == nil {
			found = []finding{}
		}
		if err := p.writeJSON(found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			at := settings.Problem{File: f.File, Line: f.Line, Column: f.Column, Text: string(f.Level) + ": " + f.Text + " (" + f.Rule + ")"}
			if f.File == "" {
				at.Path = f.Object
			}
			p.printf("%s\n", at)
		}
		p.printf("%s, %s\n", plural(errors, "error"), plural(len(found)-errors, "warning"))
		if len(found) > 0 {
			p.printf("lode lint --explain RULE says what a rule is for\n")
		}
	}
	if errors > 0 {
		return reportedError{codeFailed}
	}
	return nil
}
