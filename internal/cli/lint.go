package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/naming"
	"github.com/lodehq/lode/settings"
)

func (p *program) lintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint",
		Short: "Check the project and its names, without a warehouse",
		Long: `Lint checks the whole project as plan does and then its names: snake_case, the prefixes
dim_, fact_, agg_, tables in the plural, and names against the types behind them: _at is
a timestamp, _date a date, is_ has_ can_ a boolean, _amount _count _rate numbers.

It ends with code 1 if there is an error; warnings alone are no failure.
With -o json: [{"file", "line", "column", "object", "path", "level", "rule", "text"}].`,
		Example: `  lode lint
  lode lint -o json`,
		Args: noArguments,
		RunE: p.begin(func(context.Context, []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			p.reads = true
			model, err := p.model()
			if err != nil {
				return err
			}
			return p.showFindings(p.findings(model))
		}),
	}
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

// linter collects findings about one model.
type linter struct {
	program *program
	found   []finding
}

func (p *program) findings(m *schema.Model) []finding {
	l := linter{program: p}
	for _, e := range m.Entities {
		l.add("entity "+e.Name, "entity", naming.Table(naming.Entity, e.Name))
		for _, c := range e.Entity.Columns {
			l.column("entity "+e.Name, "columns."+c.Name, e.Current, c.Name)
		}
		for _, c := range e.Computed {
			l.column("entity "+e.Name, "computed."+c.Name, e.Current, c.Name)
		}
	}
	for _, d := range m.Dimensions {
		l.add("dimension "+d.Name, "dimension", naming.Table(naming.Dimension, d.Name))
	}
	for _, b := range m.Bridges {
		l.add("bridge "+b.Name, "bridge", naming.Table(naming.Bridge, b.Name))
	}
	for _, f := range m.Facts {
		l.add("fact "+f.Name, "fact", naming.Table(naming.Fact, f.Name))
		for _, x := range f.Fact.Measures {
			if x.Value != "" { // the others are columns of the entity
				l.column("fact "+f.Name, "measures."+x.Name, f.Table, x.Name)
			}
		}
		for _, x := range f.Lags {
			l.column("fact "+f.Name, "lags."+x.Name, f.Table, x.Name)
		}
	}
	for _, a := range m.Aggregates {
		l.add("aggregate "+a.Name, "aggregate", naming.Table(naming.Aggregate, a.Name))
		for _, g := range a.Group {
			l.column("aggregate "+a.Name, "group."+g.Name, a.Table, g.Name)
		}
		for _, x := range a.Aggregate.Measures {
			l.column("aggregate "+a.Name, "measures."+x.Name, a.Table, x.Name)
		}
	}
	return l.found
}

// column checks a declared column against its type in the table made of it.
func (l *linter) column(object, path string, t schema.Table, name string) {
	if f := t.Field(name); f != nil {
		l.add(object, path, naming.Column(name, f.Type.Kind))
	}
}

func (l *linter) add(object, path string, found []naming.Finding) {
	for _, f := range found {
		at := l.program.positions.At(schema.Problem{Object: object, Path: path})
		l.found = append(l.found, finding{at.File, at.Line, at.Column, object, path, f.Level, f.Rule, f.Text})
	}
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
	}
	if errors > 0 {
		return reportedError{codeFailed}
	}
	return nil
}
