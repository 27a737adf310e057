package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/dictionary"
)

func (p *program) docsCommand() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "docs",
		Short: "Write the data dictionary",
		Long: `Docs describes what the warehouse holds: every table with its grain, owner, tags and keys,
every column with its type, its meaning, how it keeps history, what it may be summed over
and where it is from, and the way from the streams to each table. It reads the project
alone; no warehouse is needed.

The format is markdown, or html: one page that needs nothing else. Without --format the
end of the file's name decides. With -o json the same as data.`,
		Example: `  lode docs
  lode docs --out docs/warehouse.md
  lode docs --out warehouse.html`,
		Args: noArguments,
		RunE: p.begin(func(context.Context, []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			if format == "" && strings.HasSuffix(out, ".html") {
				format = "html"
			}
			if format = cmp.Or(format, "markdown"); format != "markdown" && format != "html" {
				return usagef("there is no format %q; write markdown or html", format)
			}
			model, err := p.model()
			if err != nil {
				return err
			}
			return p.showDictionary(dictionary.New(model), format, out)
		}),
	}
	cmd.Flags().StringVar(&format, "format", "", "markdown or html")
	cmd.Flags().StringVar(&out, "out", "", "file to write; without it the dictionary is printed")
	return cmd
}

func (p *program) showDictionary(d *dictionary.Dictionary, format, out string) error {
	if p.output == "json" {
		if out != "" {
			return usagef("-o json prints; leave out --out")
		}
		return p.writeJSON(d)
	}
	text := d.Markdown()
	if format == "html" {
		page, err := d.HTML()
		if err != nil {
			return err
		}
		text = page
	}
	if out == "" {
		p.printf("%s", text)
		return nil
	}
	if err := p.writeFile(out, text); err != nil {
		return configError{fmt.Errorf("write the dictionary: %w", err)}
	}
	p.printf("wrote %s: %s\n", out, plural(len(d.Tables), "table"))
	return nil
}

// writeFile writes a file, redacted as everything that is printed, into a folder that is
// made if it is missing.
func (p *program) writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	redacted := newRedactor(f, p.secrets)
	_, _ = redacted.Write(text) // its first error is that of Close
	if err := redacted.Close(); err != nil {
		_ = f.Close() // the first error is the one to tell
		return err
	}
	return f.Close()
}
