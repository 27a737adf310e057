package star_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// parties is a conformed entity of the records of two entities.
func parties(t *testing.T) *schema.EntityModel {
	t.Helper()
	people := func(name string) schema.Entity {
		return schema.Entity{
			Name: name, Key: []string{"source_system", "source_id"},
			Columns: []schema.Column{{Name: "name", Type: "text"}, {Name: "email", Type: "text"}, {Name: "born_on", Type: "date"}},
			From:    []schema.Mapping{{Stream: "crm." + name}},
		}
	}
	suppliers := people("suppliers")
	suppliers.Columns = suppliers.Columns[:2]
	m, problems := schema.Resolve(schema.Project{Name: "p", Entities: []schema.Entity{people("customers"), suppliers, {
		Name: "parties", Match: &schema.Match{Of: []string{"customers", "suppliers"}, On: [][]string{{"email"}, {"name", "born_on"}}},
		Survive: []schema.Survivor{{Name: "name", Prefer: []string{"crm", "suppliers"}}, {Name: "email", Take: "most_recent"}, {Name: "born_on", Take: "first"}},
	}}}, coltype.Standard(), []schema.StreamRef{{Source: "crm", Stream: "customers"}, {Source: "crm", Stream: "suppliers"}})
	if problems != nil {
		t.Fatal(problems)
	}
	return m.Entity("parties")
}

func TestStatementsOfAMatching(t *testing.T) {
	t.Parallel()
	for _, d := range []warehouse.Dialect{duckdb.Dialect{}, postgres.Dialect{}} {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			m := parties(t)
			for name, scope := range map[string]star.MatchScope{
				"changes": {After: []int64{10, 20}, Partial: []bool{false, true}, First: 30, Keys: "lode_keys"},
				"all":     {After: []int64{0, 0}, Partial: []bool{false, false}, All: true, Keys: "lode_keys"},
			} {
				golden(t, d.Name()+"_match_"+name+".sql", phases(star.Match(d, m, scope)))
			}
		})
	}
}

func phases(list []star.Phase) string {
	var b strings.Builder
	for _, p := range list {
		if p.Repeat {
			b.WriteString("-- == until nothing changes\n")
		} else {
			b.WriteString("-- == once\n")
		}
		for _, s := range p.Statements {
			if s.SQL != "" {
				fmt.Fprintf(&b, "-- %s [%s]\n%s;\n\n", s.Note, s.Count, s.SQL)
			}
		}
	}
	return b.String()
}
