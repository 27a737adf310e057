package dictionary_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/dictionary"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/standard"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shop is the model of the example project.
func shop(t testing.TB) *schema.Model {
	t.Helper()
	p, err := project.Load("../examples/shop", standard.Connectors(), func(name string) (string, bool) {
		return "http://127.0.0.1:1", !strings.HasSuffix(name, settings.FileSuffix) && !strings.HasSuffix(name, settings.CommandSuffix)
	})
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := lode.Resolve(lode.Project{Project: p.Schema})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestShop(t *testing.T) {
	t.Parallel()
	d := dictionary.New(shop(t))
	golden(t, "shop.md", d.Markdown())
	page, err := d.HTML()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "shop.html", page)
	golden(t, "bank.md", dictionary.New(bank(t)).Markdown())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; write it anew with -update if that is meant (-golden +got):\n%s", path, diff)
	}
}
