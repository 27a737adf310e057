package walls

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestImports(t *testing.T) {
	t.Parallel()
	g := graphOf(packages(t))
	for _, p := range []string{"", "record", "schema", "source", "warehouse", "star", "medallion", "run", "project", "settings"} {
		if _, ok := g[p]; !ok {
			t.Errorf("the graph has no package %q: the rules would hold for nothing", p)
		}
	}
	for _, r := range rules {
		for _, b := range r.broken(g) {
			t.Errorf("%s\n\tbut %s", r.sentence, b)
		}
	}
}

func TestRulesCatchWhatTheyForbid(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			planted := graph{r.planted[0]: {r.planted[1]}, "record": {"std:iter"}, "star": {"std:strings", "record"}}
			planted[r.planted[0]] = append(planted[r.planted[0]], r.planted[1])
			if r.broken(planted) == nil {
				t.Errorf("the planted import of %q by %q is not found", r.planted[1], r.planted[0])
			}
			if b := r.broken(graph{"star": {"std:strings", "record"}, "record": nil}); b != nil {
				t.Errorf("a graph without faults is refused: %v", b)
			}
		})
	}
}

func TestDeepRuleSeesThroughPackages(t *testing.T) {
	t.Parallel()
	g := graph{"": {"run"}, "run": {"ledger"}, "ledger": {"warehouse/duckdb"}}
	r := rule{who: []string{""}, never: []string{"warehouse/duckdb"}, deep: true}
	want := []string{"lode imports run, which imports ledger, which imports warehouse/duckdb"}
	if got := r.broken(g); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	r.deep = false
	if got := r.broken(g); got != nil {
		t.Errorf("a shallow rule reports %q", got)
	}
}

func TestPackageNames(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if says := badName(p.ImportPath); says != "" {
			t.Error(says)
		}
	}
	for _, planted := range []string{module + "/internal/util", module + "/helpers", module + "/schema/common"} {
		if badName(planted) == "" {
			t.Errorf("%s is accepted", planted)
		}
	}
}

// badName says what is wrong with a package's path.
func badName(path string) string {
	for element := range strings.SplitSeq(path, "/") {
		for _, word := range []string{"util", "common", "helper", "manager", "misc"} {
			if strings.TrimSuffix(element, "s") == word {
				return fmt.Sprintf("%s: a package is called after what it provides, and %q provides nothing", path, element)
			}
		}
	}
	return ""
}

func TestFacadeIsSmall(t *testing.T) {
	t.Parallel()
	const most = 600
	root := packages(t)[0]
	if root.ImportPath != module {
		t.Fatalf("the first package is %s", root.ImportPath)
	}
	lines := 0
	for _, name := range root.GoFiles {
		src, err := os.ReadFile(filepath.Join(root.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(src), "\n")
	}
	if lines == 0 || lines >= most {
		t.Errorf("the façade has %d lines; it says what Lode can do in less than %d, and the parts do it", lines, most)
	}
}

func TestModuleStandsAlone(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile(filepath.Join(packages(t)[0].Dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(src), "module "+module+"\n") {
		t.Errorf("go.mod does not begin with the module's path %s", module)
	}
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, "replace ") || strings.HasPrefix(line, "toolchain ") {
			t.Errorf("go.mod builds from what is published, with any Go that is new enough, but says %q", line)
		}
	}
}
