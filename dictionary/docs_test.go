package dictionary_test

import (
	"os"
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// What docs/dictionary.md shows can be written.
func TestDocumentedKeysAreKnown(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/dictionary.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```yaml\n")
	block, _, _ = strings.Cut(block, "```")
	var e schema.Entity
	d := settings.Decoder{File: "docs/dictionary.md"}
	if problems := d.Decode([]byte(block), &e); len(problems) > 0 || e.Owner != "sales" {
		t.Errorf("%+v, %v", e, problems)
	}
}
