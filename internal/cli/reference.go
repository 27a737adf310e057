package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Reference is the description of every command as Markdown, taken from the commands
// themselves.
func Reference() string {
	root := (&program{}).root()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nFlags of every command:\n\n```\n%s```\n", root.Long, root.PersistentFlags().FlagUsages())
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			describe(&b, c)
		}
	}
	return b.String()
}

func describe(b *strings.Builder, c *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n`%s`\n\n%s\n", c.CommandPath(), c.UseLine(), strings.TrimSpace(c.Long))
	if c.Example != "" {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
	}
	if flags := c.LocalNonPersistentFlags().FlagUsages(); flags != "" {
		fmt.Fprintf(b, "\n```\n%s```\n", flags)
	}
	if c.HasSubCommands() {
		fmt.Fprintf(b, "\nFor: %s.\n", strings.Join(names(c.Commands()), ", "))
	}
	for _, below := range c.Commands() {
		if c.Name() != "completion" {
			describe(b, below)
		}
	}
}
