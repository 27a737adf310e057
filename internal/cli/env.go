package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/project"
)

func (p *program) envCommand() *cobra.Command {
	var example bool
	cmd := &cobra.Command{
		Use:   "env",
		Short: "List the variables that the project's files ask for",
		Long: `Env lists each variable that the project's files ask for as ${NAME}, where it has its
value from, and where it is asked for. It prints no value, reads no file that a variable
names and runs no command. With --example it prints an .env.example instead.

A variable comes from the environment, else from .env beside lode.yaml; in both NAME holds
the value, NAME_FILE names the file that holds it, or NAME_COMMAND the command that prints
it (10 seconds at most; what it prints is in no message).

Exit code 1 says that one is missing. With -o json: [{"name", "needed", "default", "from",
"wrong", "uses": [{"file", "line", "column", "path"}]}].`,
		Example: `  lode env
  lode env --example > .env.example`,
		Args: noArguments,
		RunE: p.begin(func(context.Context, []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			files, err := p.variables()
			switch {
			case err != nil:
				return err
			case example:
				p.printf("%s", files.EnvExample())
				return nil
			}
			return p.showVariables(files.Variables)
		}),
	}
	cmd.Flags().BoolVar(&example, "example", false, "print an .env.example")
	return cmd
}

// variables is the project as far as its variables go: that one is missing, and what else
// is wrong in files that can be read, is not asked here.
func (p *program) variables() (*project.Project, error) {
	if len(p.app.Project.Schema.Entities) > 0 {
		return nil, configError{fmt.Errorf("list variables: the project is written in Go and has no files that ask for any")}
	}
	dir, err := project.Find(cmp.Or(p.dir, p.app.Project.Dir, "."))
	if err != nil {
		return nil, configError{err}
	}
	files, err := project.LoadUnread(dir, p.app.Project.Connectors, os.LookupEnv)
	p.secrets.hide(files.Secrets...)
	if err != nil && !files.Whole {
		return nil, err
	}
	return files, nil
}

// use is a place that asks for a variable.
type use struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Path   string `json:"path"`
}

// showVariables prints where variables come from, and tells by its error whether one is missing.
func (p *program) showVariables(all []project.Variable) error {
	type row struct {
		Name    string `json:"name"`
		Needed  bool   `json:"needed"`
		Default string `json:"default,omitzero"`
		From    string `json:"from,omitzero"`
		Wrong   string `json:"wrong,omitzero"`
		Uses    []use  `json:"uses"`
	}
	rows, missing := []row{}, 0
	g := grid{header: []string{"variable", "value from", "asked for in"}}
	for _, v := range all {
		r := row{v.Name, v.Needed, v.Default, from(v), v.Wrong, nil}
		if v.Missing() {
			missing++
		}
		for i, u := range v.Uses {
			r.Uses = append(r.Uses, use{u.File, u.Line, u.Column, u.Path})
			name, origin := "", ""
			if i == 0 {
				name, origin = v.Name, cmp.Or(r.Wrong, r.From, "nowhere: set it")
			}
			g.add(name, origin, fmt.Sprintf("%s:%d:%d %s", u.File, u.Line, u.Column, u.Path))
		}
		rows = append(rows, r)
	}
	if p.output == "json" {
		if err := p.writeJSON(rows); err != nil {
			return err
		}
	} else {
		g.write(p.out)
	}
	if missing > 0 {
		return reportedError{codeFailed}
	}
	return nil
}

// from says where a variable has its value from; "" if from nowhere.
func from(v project.Variable) string {
	where := "the environment"
	if v.Origin.InFile {
		where = project.EnvFile
	}
	switch {
	case v.Origin.Variable == "" && !v.Needed:
		return strings.TrimSuffix("its default, "+v.Default, ", ")
	case v.Origin.Variable == "":
		return ""
	case v.Origin.Suffix == "":
		return where
	}
	return v.Origin.Variable + " in " + where
}
