package project

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// TestDimensionsOfTheDocs decodes every dimension that the documentation shows, and holds it
// against the JSON Schema.
func TestDimensionsOfTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/dimensions.md")
	if err != nil {
		t.Fatal(err)
	}
	shape := compile(t, "dimension", Schemas(nil)["dimension"])
	var found []string
	for i, block := range strings.Split(string(text), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.HasPrefix(block, "dimension:") {
			continue
		}
		var m schema.Dimension
		var doc map[string]any
		d := settings.Decoder{File: fmt.Sprintf("block %d", i)}
		for _, into := range []any{&m, &doc} {
			if problems := d.Decode([]byte(block), into); len(problems) > 0 {
				t.Error(problems)
			}
		}
		if err := shape.Validate(doc); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		found = append(found, m.Name)
	}
	if len(found) < 5 {
		t.Errorf("only %v found", found)
	}
}

// A mini-dimension is declared in the files of its dimension and of the fact; what is wrong
// with it has its place there.
func TestMiniDimensionInFiles(t *testing.T) {
	t.Parallel()
	files := func(dim, role string) map[string]string {
		return goodFiles(map[string]string{
			"silver/visits.yaml":    "entity: visits\nkey: [source_system, source_id]\ncolumns:\n  customer: text\n  at: timestamp\nfrom:\n  - stream: crm.customers\n    fields: {customer: id, at: at}\n",
			"silver/customers.yaml": strings.Replace(goodEntity, "  name: text\n", "  name: text\n  age: text\n", 1),
			"gold/dim.yaml":         "dimension: dim_customers\nfrom: customers\ncolumns:\n  name: 1\n  age: " + dim + "\n",
			"gold/fact.yaml": "fact: fact_visits\ngrain: one row per visit\nfrom: visits\nevent_at: at\nlate: unknown\ndimensions:\n" +
				"  customer: {dimension: dim_customers, key: [source_system, customer]}\n  profile: " + role + "\n",
		})
	}
	for _, c := range []struct{ dim, role, want string }{
		{"{scd: 5, mini: dim_profiles}", "{dimension: dim_profiles, of: customer}", ""},
		{"{scd: 5}", "{dimension: dim_customers, key: [source_system, customer]}", "gold/dim.yaml:5:3: columns.age.mini: is missing; name the mini-dimension that holds the column, as dim_profiles"},
		{
			"{scd: 4, mini: dim_profiles}", "{dimension: dim_profiles, of: costumer}",
			`gold/fact.yaml:8:38: dimensions.profile.of: the fact has no role "costumer" (did you mean "customer"?)`,
		},
	} {
		dir := folder(t, files(c.dim, c.role))
		p, err := Load(dir, testConnectors(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if _, problems := resolve(p); problems != nil {
			got = shown(dir, p.Positions.Locate(problems))
		}
		if got != c.want {
			t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
		}
	}
}
