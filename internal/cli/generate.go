package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/model/modelgen"
)

func (p *program) generateCommand() *cobra.Command {
	var pkg, out string
	c := &cobra.Command{
		Use:   "generate go [NAME...]",
		Short: "Write the Go models of the project",
		Long: `Generate writes a Go struct, a model and typed columns for each entity, dimension, fact,
aggregate and application table, or for those that are named, for use with package store.`,
		Example: "  lode generate go --out models/models.go\n  lode generate go customers fact_orders",
		Args:    cobra.MinimumNArgs(1),
		RunE: p.begin(func(_ context.Context, args []string) error {
			if args[0] != "go" {
				return usagef("generate %s: only go can be generated", args[0])
			}
			if out != "" && pkg == "" {
				abs, err := filepath.Abs(out)
				if err != nil {
					return fmt.Errorf("find the folder of %s: %w", out, err)
				}
				pkg = filepath.Base(filepath.Dir(abs))
			}
			return p.generate(out, cmp.Or(pkg, "models"), args[1:])
		}),
	}
	c.Flags().StringVar(&pkg, "package", "", "name of the Go package; default that of the folder of --out, or models")
	c.Flags().StringVar(&out, "out", "", "file to write; default standard output")
	return c
}

// generate writes the models of the project, whose sources are not asked.
func (p *program) generate(out, pkg string, names []string) error {
	p.reads = true
	m, err := p.model()
	if err != nil {
		return err
	}
	text, err := modelgen.Go(m, pkg, names...)
	if err != nil {
		return usageError{err}
	}
	if out == "" {
		p.printf("%s", text)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("write the models: %w", err)
	}
	if err := os.WriteFile(out, text, 0o644); err != nil { //nolint:gosec // source code is there to be read
		return fmt.Errorf("write the models: %w", err)
	}
	return nil
}
