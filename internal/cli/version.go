package cli

import (
	"context"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/settings"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  lode version\n  lode version -o json",
		Args:    noArguments,
		RunE: p.begin(func(context.Context, []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			if p.output == "json" {
				return p.writeJSON(map[string]string{"version": p.app.Project.Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			p.printf("lode %s (%s, %s/%s)\n", p.app.Project.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		}),
	}
}

func (p *program) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [KIND]",
		Short: "Print the JSON Schema of a kind of project file, for editors",
		Long: `Schema prints the JSON Schema of a kind of project file, so that an editor completes and
checks it. Without a kind it lists the kinds.`,
		Example: `  lode schema
  lode schema entity > entity.schema.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: p.begin(func(_ context.Context, args []string) error {
			all := project.Schemas(p.app.Project.Connectors)
			kinds := slices.Sorted(maps.Keys(all))
			if len(args) == 0 {
				p.printf("%s\n", strings.Join(kinds, "\n"))
				return nil
			}
			text, ok := all[args[0]]
			if !ok {
				return usagef("there is no kind %q%s; there are %s", args[0], settings.Suggest(args[0], kinds), strings.Join(kinds, ", "))
			}
			p.printf("%s", text)
			return nil
		}),
	}
}

// BuildVersion is the version of a program that names none: that of its module, or the
// commit it was built from.
func BuildVersion(info *debug.BuildInfo, known bool) string {
	const unknown = "(devel)"
	if !known {
		return unknown
	}
	if v := info.Main.Version; v != "" && v != unknown {
		return v
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changed"
		}
	}
	if commit == "" {
		return unknown
	}
	return commit + changed
}
