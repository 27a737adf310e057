package run_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/lodehq/lode/run"
)

// FuzzSelect: whatever is asked for, what is picked are steps of the graph, each once and
// in their order, or the error says what is wrong with the selector.
func FuzzSelect(f *testing.F) {
	for _, s := range []string{"fact_sales", "silver.*", "tag:in_gold", "+dim_items+", "silver.*,+gold.dim_*", "a,b", "+a+", "[", "items,", "tag:", "+", `\`, "gold.[a-", "*,*+"} {
		f.Add(s, "fact_sales")
	}
	f.Fuzz(func(t *testing.T, selector, other string) {
		nodes := append(graph("bronze.crm silver.items<bronze.crm silver.sales<bronze.crm gold.dim_items<silver.items gold.fact_sales<silver.sales,gold.dim_items"),
			run.Node{Name: "odd." + other, Inputs: []string{"gold.dim_items"}})
		before := names(nodes)
		picked, err := run.Select(nodes, []string{selector})
		if err != nil {
			if _, ours := errors.AsType[*run.SelectError](err); !ours || len(picked) > 0 {
				t.Errorf("%q picks %q with the error %T %v", selector, names(picked), err, err)
			}
		} else {
			within(t, nodes, picked)
		}
		if names(nodes) != before {
			t.Errorf("%q changed the nodes to %s", selector, names(nodes))
		}
		if itself, err := run.Select(nodes, []string{"odd." + other}); err != nil || !slices.ContainsFunc(itself, func(n run.Node) bool { return n.Name == "odd."+other }) {
			t.Errorf("%q does not pick its own step: %s, %v", other, names(itself), err)
		}
		if followed, err := run.Following(nodes, []string{"odd." + other}); err != nil || names(followed) != "odd."+other {
			t.Errorf("%q is not followed by itself alone: %s, %v", other, names(followed), err)
		}
	})
}

// within wants some, but no others, of the nodes in their order.
func within(t *testing.T, nodes, picked []run.Node) {
	t.Helper()
	if len(picked) == 0 {
		t.Error("nothing was picked, and there is no error")
	}
	at := -1
	for _, p := range picked {
		i := slices.IndexFunc(nodes[at+1:], func(n run.Node) bool { return n.Name == p.Name })
		if i < 0 {
			t.Fatalf("%s is picked twice, out of order, or is no node", p.Name)
		}
		at += 1 + i
	}
}
