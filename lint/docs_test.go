package lint_test

import (
	"os"
	"strings"
	"testing"

	"github.com/lodehq/lode/lint"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// docs/linting.md lists every rule with its level, and what it shows can be written.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/linting.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, r := range lint.Rules() {
		if !strings.Contains(page, "| `"+r.Name+"` | "+string(r.Level)+" | ") {
			t.Errorf("the page does not list %s as %s", r.Name, r.Level)
		}
	}
	for _, name := range schema.NameTypes() {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("the page does not say that a name can promise %s", name)
		}
	}
	blocks := strings.Split(page, "```yaml\n")[1:]
	var s project.Settings
	var e schema.Entity
	for i, into := range []any{&s, &e} {
		block, _, _ := strings.Cut(blocks[i], "```")
		d := settings.Decoder{File: "docs/linting.md"}
		if problems := d.Decode([]byte(block), into); len(problems) > 0 {
			t.Error(problems)
		}
	}
	if s.Lint.Rules.Plural != "off" || len(s.Lint.Names) != 3 || e.Columns[0].NoLint["name"] == "" {
		t.Errorf("%+v, %+v", s.Lint, e.Columns)
	}
}
