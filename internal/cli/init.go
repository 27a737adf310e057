package cli

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/schema/naming"
)

func (p *program) initCommand() *cobra.Command {
	var name, template string
	var inGo bool
	cmd := &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Write a small working project to begin with",
		Long: `Init writes a project that runs as it is: CSV files with a few records, two entities, a
dimension with history, a date dimension and a fact table. Nothing that exists is overwritten.

With --go it writes a Go application in three packages of one workspace: a source client, the
models, and the business with a command line.`,
		Example: `  lode init shop
  cd shop && lode run
  lode init --go desk`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("init takes one folder; see `lode init --help`")
			}
			return nil
		},
		RunE: p.begin(func(_ context.Context, args []string) error {
			if inGo {
				template = "go"
			}
			dir := filepath.Join(p.dir, strings.Join(args, ""))
			if dir == "" {
				dir = "."
			}
			if name == "" {
				name = nameOf(dir)
			}
			written, err := project.Init(dir, name, template)
			if err != nil {
				return configError{err}
			}
			for _, file := range written {
				p.printf("wrote %s\n", filepath.Join(dir, file))
			}
			p.printf("\nNext:\n")
			if dir != "." {
				p.printf("  cd %s\n", dir)
			}
			p.printf("%s", nextSteps(template))
			return nil
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the project; default that of the folder")
	cmd.Flags().StringVar(&template, "template", "files", "what to begin with: "+strings.Join(project.Templates(), ", "))
	cmd.Flags().BoolVar(&inGo, "go", false, "write a Go application: --template go")
	return cmd
}

// nextSteps is what to do with a project that has been written.
func nextSteps(template string) string {
	if template == "go" {
		return `  go work use PATH/OF/LODE         a checkout of Lode; once it is released, go get it in each module instead
  go test ./helpdesk ./models ./app
  go run ./app plan
`
	}
	return "  lode plan\n  lode run\n  lode status\n"
}

var notInName = regexp.MustCompile(`[^a-z0-9_]+`)

// nameOf makes a project's name out of its folder's.
func nameOf(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		absolute = dir
	}
	name := strings.Trim(notInName.ReplaceAllString(naming.Snake(filepath.Base(absolute)), "_"), "_0123456789")
	if name == "" {
		return "project"
	}
	return name[:min(len(name), 40)]
}
