package walls

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// graph maps each package of the module to what it imports, in the spelling of rules.
type graph map[string][]string

// listed is a package as `go list` tells of it.
type listed struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports,GoFiles", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("read the answer of go list: %v", err)
		}
		all = append(all, p)
	}
}

func graphOf(all []listed) graph {
	g := graph{}
	for _, p := range all {
		from := relative(p.ImportPath)
		g[from] = []string{}
		for _, to := range p.Imports {
			g[from] = append(g[from], relative(to))
		}
	}
	return g
}

// relative is a path in the spelling of rules.
func relative(path string) string {
	switch first, _, _ := strings.Cut(path, "/"); {
	case path == module:
		return ""
	case strings.HasPrefix(path, module+"/"):
		return strings.TrimPrefix(path, module+"/")
	case !strings.Contains(first, "."):
		return "std:" + path
	}
	return path
}

// own tells packages of this module.
func own(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && !strings.HasPrefix(path, "std:")
}

// matches tells whether a path is one of the patterns.
func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		under, all := strings.CutSuffix(pattern, "...")
		switch under, slash := strings.CutSuffix(under, "/"); {
		case !all:
			return path == pattern
		case !slash:
			return true
		default:
			return path == under || strings.HasPrefix(path, under+"/")
		}
	})
}

// broken lists the violations of a rule, each as the way from the bound package.
func (r rule) broken(g graph) []string {
	var out []string
	for from := range g {
		if matches(from, r.who) && !matches(from, r.but) {
			out = append(out, r.walk(g, []string{from}, map[string]bool{})...)
		}
	}
	slices.Sort(out)
	return out
}

func (r rule) walk(g graph, way []string, seen map[string]bool) []string {
	var out []string
	for _, to := range g[way[len(way)-1]] {
		next := append(slices.Clone(way), to)
		switch {
		case r.forbids(to):
			out = append(out, describe(next))
		case r.deep && own(to) && !seen[to]:
			seen[to] = true
			out = append(out, r.walk(g, next, seen)...)
		}
	}
	return out
}

func (r rule) forbids(to string) bool {
	if r.only != nil {
		return own(to) && !matches(to, r.only)
	}
	return matches(to, r.never)
}

func describe(way []string) string {
	names := make([]string, len(way))
	for i, p := range way {
		names[i] = p
		if p == "" {
			names[i] = "lode"
		}
	}
	return fmt.Sprintf("%s imports %s", names[0], strings.Join(names[1:], ", which imports "))
}
