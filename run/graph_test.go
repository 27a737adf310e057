package run_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lodehq/lode/run"
)

// graph reads "b<a c<a,b": nodes with what comes before them. A node's tag is its layer.
func graph(text string) []run.Node {
	var nodes []run.Node
	for _, word := range strings.Fields(text) {
		name, before, _ := strings.Cut(word, "<")
		n := run.Node{Name: name}
		if before != "" {
			n.Inputs = strings.Split(before, ",")
		}
		if layer, _, ok := strings.Cut(name, "."); ok {
			n.Tags = []string{"in_" + layer}
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func names(nodes []run.Node) string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.Name
	}
	return strings.Join(out, " ")
}

func TestSort(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                        "",
		"a b c":                   "a b c",
		"c<b b<a a":               "a b c",
		"d<b,c b<a c<a a":         "a b c d",
		"a<outside b<a":           "a b",
		"e<d a b<a d<b c<a":       "a b d e c",
		"a<a":                     "error: steps depend on each other in a circle: [a a]",
		"x a<c b<a c<b":           "error: steps depend on each other in a circle: [a c b a]",
		"start<a a<b b<c c<a end": "error: steps depend on each other in a circle: [a b c a]",
	} {
		sorted, err := run.Sort(graph(in))
		got := names(sorted)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("sort %q: %q, want %q", in, got, want)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	nodes := graph("bronze.crm silver.items<bronze.crm silver.sales<bronze.crm gold.dim_items<silver.items gold.fact_sales<silver.sales,gold.dim_items gold.agg<gold.fact_sales")
	for selectors, want := range map[string]string{
		"":                       "bronze.crm silver.items silver.sales gold.dim_items gold.fact_sales gold.agg",
		"fact_sales":             "gold.fact_sales",
		"gold.fact_sales":        "gold.fact_sales",
		"silver.*":               "silver.items silver.sales",
		"*":                      "bronze.crm silver.items silver.sales gold.dim_items gold.fact_sales gold.agg",
		"*_*":                    "gold.dim_items gold.fact_sales",
		"tag:in_gold":            "gold.dim_items gold.fact_sales gold.agg",
		"+dim_items":             "bronze.crm silver.items gold.dim_items",
		"dim_items+":             "gold.dim_items gold.fact_sales gold.agg",
		"+dim_items+":            "bronze.crm silver.items gold.dim_items gold.fact_sales gold.agg",
		"silver.*,+gold.dim_*":   "silver.items",
		"items agg":              "silver.items gold.agg",
		"agg items":              "silver.items gold.agg",
		"+tag:in_silver":         "bronze.crm silver.items silver.sales",
		"fact_order":             `select "fact_order": `,
		"bronze.*,gold.*":        `select "bronze.*,gold.*": `,
		"+":                      `select "+": `,
		"items,":                 `select "": `,
		"[":                      `select "[": `,
		"items bronze.nothing":   `select "bronze.nothing": `,
		"tag:":                   `select "tag:": `,
		"bronze.crm,silver.sale": `select "bronze.crm,silver.sale": `,
	} {
		picked, err := run.Select(nodes, strings.Fields(selectors))
		if err == nil && names(picked) != want {
			t.Errorf("%q picks %q, want %q", selectors, names(picked), want)
		}
		if _, ours := errors.AsType[*run.SelectError](err); err != nil && (!ours || !strings.HasPrefix(err.Error(), want) || !strings.HasPrefix(want, "select")) {
			t.Errorf("%q: %v, want %q", selectors, err, want)
		}
	}
	if names(nodes) != "bronze.crm silver.items silver.sales gold.dim_items gold.fact_sales gold.agg" {
		t.Errorf("the nodes were changed to %s", names(nodes))
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	step := func(name string, s run.Status, err error) run.StepReport {
		return run.StepReport{Name: name, Status: s, Err: err}
	}
	for _, c := range []struct {
		steps []run.StepReport
		want  run.Status
	}{
		{nil, run.Done},
		{[]run.StepReport{step("a", run.Done, nil), step("b", run.Skipped, nil)}, run.Done},
		{[]run.StepReport{step("a", run.Later, broken), step("b", run.Done, nil)}, run.Later},
		{[]run.StepReport{step("a", run.Later, broken), step("b", run.Failed, broken)}, run.Failed},
	} {
		r := run.Report{Steps: c.steps}
		if r.Status() != c.want {
			t.Errorf("%v is %s, want %s", c.steps, r.Status(), c.want)
		}
	}
	err := run.Report{Steps: []run.StepReport{step("a", run.Failed, broken), step("b", run.Done, nil)}}.Err()
	if !errors.Is(err, broken) || err.Error() != "a: broken" {
		t.Errorf("the report's error is %v", err)
	}
	o := run.Outcome{Counts: []run.Count{{Name: "read", N: 7}}}
	if o.Get("read") != 7 || o.Get("written") != 0 {
		t.Errorf("counts are %d and %d", o.Get("read"), o.Get("written"))
	}
}

// TestNamesThatLookLikeSelectors: a step is found by its name, whatever is in it.
func TestNamesThatLookLikeSelectors(t *testing.T) {
	t.Parallel()
	var nodes []run.Node
	for _, name := range []string{"odd.a,b", "odd.+a+", "odd.tag:b", "odd.a[b", "odd.*", "odd.a"} {
		nodes = append(nodes, run.Node{Name: name})
	}
	nodes[5].Inputs = []string{"odd.a,b"}
	for _, n := range nodes {
		_, table, _ := strings.Cut(n.Name, ".")
		for _, selector := range []string{n.Name, table} {
			if picked, err := run.Select(nodes, []string{selector}); err != nil || names(picked) != n.Name {
				t.Errorf("%q picks %q, %v", selector, names(picked), err)
			}
		}
	}
	if picked, err := run.Following(nodes, []string{"odd.a,b", "odd.*"}); err != nil || names(picked) != "odd.a,b odd.* odd.a" {
		t.Errorf("following: %q, %v", names(picked), err)
	}
	if _, err := run.Following(nodes, []string{"a"}); err == nil || !strings.Contains(err.Error(), "is no step; there are odd.a,b,") {
		t.Errorf("following what there is not: %v", err)
	}
}
