package standard_test

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode/standard"
)

func TestNamesAreToldApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	add := func(name string) {
		if name == "" || seen[name] {
			t.Errorf("the name %q is empty or given twice", name)
		}
		seen[name] = true
	}
	for _, d := range standard.Warehouses() {
		for _, s := range d.Schemes() {
			add("warehouse " + s)
		}
	}
	for _, c := range standard.Connectors() {
		add("connector " + c.Type())
	}
	for _, want := range []string{"warehouse duckdb", "warehouse postgres", "connector rest", "connector file"} {
		if !seen[want] {
			t.Errorf("there is no %s", want)
		}
	}
}

func ExampleWarehouses() {
	for _, d := range standard.Warehouses() {
		fmt.Println(d.Schemes()[0])
	}
	// Output:
	// duckdb
	// postgres
}
