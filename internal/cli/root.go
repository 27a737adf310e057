package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lodehq/lode/settings"
)

// root is the whole command line.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "lode",
		Short: "From APIs and files to a star schema",
		Long: `Lode takes data out of APIs and files and turns it into a star schema that can be
trusted: bronze keeps what the sources said, silver is typed and checked, gold
is the star.

Exit codes: 0 done, 1 data or pipeline failure, 2 usage or configuration, 3 retry
later, 4 another run is going.`,
		Example: `  lode init shop && cd shop
  lode plan
  lode run
  lode query "SELECT count(*) FROM gold.fact_orders"`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command %q%s; `lode --help` lists them", args[0], settings.Suggest(args[0], names(cmd.Commands())))
			}
			return cmd.Help()
		},
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&p.dir, "project", "C", "", "project folder; default the nearest above with a lode.yaml")
	flags.StringVar(&p.warehouse, "warehouse", "", "address of the warehouse, instead of the project's")
	flags.StringVarP(&p.output, "output", "o", "table", "table, json, or (query) csv")
	flags.StringVar(&p.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.BoolVar(&p.noColor, "no-color", false, "no colours; so does NO_COLOR in the environment")
	flags.BoolVarP(&p.quiet, "quiet", "q", false, "no progress, only warnings and errors")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(p.initCommand(), p.planCommand(), p.runCommand(), p.statusCommand(), p.queryCommand(), p.checkCommand(), p.diffCommand(), p.traceCommand(),
		p.migrateCommand(), p.driftCommand(), p.promoteCommand(),
		p.replayCommand(), p.rebuildCommand(), p.lintCommand(), p.docsCommand(), p.envCommand(), p.generateCommand(), p.schemaCommand(), p.versionCommand())
	root.InitDefaultCompletionCmd()
	return root
}

func names(commands []*cobra.Command) []string {
	out := make([]string, len(commands))
	for i, c := range commands {
		out[i] = c.Name()
	}
	return out
}

// flagError adds to cobra's message what was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	hint := ""
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		hint = settings.Suggest(unknown.GetSpecifiedName(), known)
	}
	return usageError{fmt.Errorf("%w%s; see `%s --help`", err, hint, cmd.CommandPath())}
}

// noArguments says that a command takes flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("`%s` takes no arguments, and got %q; see `%s --help`", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}

// wants reports an output format that a command does not have.
func (p *program) wants(formats ...string) error {
	if !slices.Contains(formats, p.output) {
		return usagef("--output %s is not possible here, only %v", p.output, formats)
	}
	return nil
}
