package project_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// TestFactsOfTheDocs decodes every fact that the documentation shows.
func TestFactsOfTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/facts.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, block := range strings.Split(string(text), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.HasPrefix(block, "fact:") {
			continue
		}
		found++
		var f schema.Fact
		d := settings.Decoder{File: fmt.Sprintf("block %d", i)}
		if problems := d.Decode([]byte(block), &f); len(problems) > 0 {
			t.Error(problems)
		}
		if f.Name == "" || f.Grain == "" || f.From == "" {
			t.Errorf("block %d decodes to %+v", i, f)
		}
	}
	if found < 3 {
		t.Errorf("%d facts found", found)
	}
}
