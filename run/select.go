package run

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// SelectError is a selector that is wrong or picks nothing.
type SelectError struct{ Selector, Text string }

func (e *SelectError) Error() string { return fmt.Sprintf("select %q: it %s", e.Selector, e.Text) }

// Select picks nodes by selectors, in the style data people know:
//
//	fact_orders       the step of that table; gold.fact_orders names its layer too
//	silver.*          a pattern; * matches within a name
//	tag:daily         every step with the tag
//	+fact_orders      and all that comes before it
//	fact_orders+      and all that comes after it
//	silver.*,tag:x    both must hold (no space)
//
// A name that a step has is that step, whatever the characters in it mean otherwise.
// Several selectors add up. No selector picks everything. A selector that picks nothing
// is an error, so that a misspelt name does not pass as a quiet run. Errors are SelectErrors.
func Select(nodes []Node, selectors []string) ([]Node, error) {
	if len(selectors) == 0 {
		return nodes, nil
	}
	picked := map[string]bool{}
	for _, s := range selectors {
		found, err := selectAll(nodes, s)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, &SelectError{s, "picks no step; there are " + strings.Join(names(nodes), ", ")}
		}
		for _, n := range found {
			picked[n] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return !picked[n.Name] }), nil
}

// Following picks the steps that are called exactly so, and all that comes after them. A
// name that no step has is a SelectError.
func Following(nodes []Node, steps []string) ([]Node, error) {
	picked := map[string]bool{}
	for _, s := range steps {
		if !slices.ContainsFunc(nodes, func(n Node) bool { return n.Name == s }) {
			return nil, &SelectError{s, "is no step; there are " + strings.Join(names(nodes), ", ")}
		}
	}
	spread(nodes, steps, picked, func(n Node) []string { return followers(nodes, n.Name) })
	return slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return !picked[n.Name] }), nil
}

// called lists the steps with a name, with or without its layer.
func called(nodes []Node, name string) []string {
	var found []string
	for _, n := range nodes {
		if _, table, _ := strings.Cut(n.Name, "."); n.Name == name || table == name {
			found = append(found, n.Name)
		}
	}
	return found
}

// selectAll picks what all comma-separated parts of a selector pick.
func selectAll(nodes []Node, selector string) ([]string, error) {
	found := called(nodes, selector)
	if len(found) > 0 {
		return found, nil
	}
	for i, part := range strings.Split(selector, ",") {
		some, err := selectOne(nodes, part)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			found = some
			continue
		}
		found = slices.DeleteFunc(found, func(n string) bool { return !slices.Contains(some, n) })
	}
	return found, nil
}

func selectOne(nodes []Node, selector string) ([]string, error) {
	pattern, before := strings.CutPrefix(selector, "+")
	pattern, after := strings.CutSuffix(pattern, "+")
	if pattern == "" {
		return nil, &SelectError{selector, "is empty; name a step, a pattern or tag:NAME"}
	}
	found := map[string]bool{}
	for _, n := range nodes {
		hit, err := matches(n, pattern)
		if err != nil {
			return nil, err
		}
		if hit {
			found[n.Name] = true
		}
	}
	seeds := keys(found)
	if before {
		spread(nodes, seeds, found, func(n Node) []string { return n.Inputs })
	}
	if after {
		spread(nodes, seeds, found, func(n Node) []string { return followers(nodes, n.Name) })
	}
	return keys(found), nil
}

func matches(n Node, pattern string) (bool, error) {
	if tag, ok := strings.CutPrefix(pattern, "tag:"); ok {
		return slices.Contains(n.Tags, tag), nil
	}
	name := n.Name
	if !strings.Contains(pattern, ".") {
		_, name, _ = strings.Cut(name, ".")
	}
	if pattern == name { // also "+a[b", whose characters mean something in a pattern
		return true, nil
	}
	hit, err := path.Match(pattern, name)
	if err != nil {
		return false, &SelectError{pattern, "is no pattern: " + err.Error()}
	}
	return hit, nil
}

// spread adds everything that can be reached from the seeds by next.
func spread(nodes []Node, seeds []string, found map[string]bool, next func(Node) []string) {
	byName := map[string]Node{}
	for _, n := range nodes {
		byName[n.Name] = n
	}
	seen := map[string]bool{}
	for queue := slices.Clone(seeds); len(queue) > 0; queue = queue[1:] {
		n, ok := byName[queue[0]]
		if !ok || seen[n.Name] {
			continue
		}
		seen[n.Name], found[n.Name] = true, true
		queue = append(queue, next(n)...)
	}
}

func followers(nodes []Node, name string) []string {
	var out []string
	for _, n := range nodes {
		if slices.Contains(n.Inputs, name) {
			out = append(out, n.Name)
		}
	}
	return out
}

func keys(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func names(nodes []Node) []string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.Name
	}
	return out
}
