package star_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// members is a dimension with a mini-dimension, and a fact that points to both.
func members(t *testing.T) *schema.Model {
	t.Helper()
	m, problems := schema.Resolve(schema.Project{
		Name: "p",
		Entities: []schema.Entity{
			{Name: "members", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "town", Type: "text"}, {Name: "age", Type: "text"}, {Name: "income", Type: "decimal(9,2)"}}, From: []schema.Mapping{{Stream: "crm.members"}}},
			{Name: "visits", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "member_id", Type: "text"}, {Name: "visited_at", Type: "timestamp"}}, From: []schema.Mapping{{Stream: "crm.visits"}}},
		},
		Dimensions: []schema.Dimension{{Name: "dim_members", From: "members", Columns: []schema.DimColumn{
			{Name: "town", SCD: "2"}, {Name: "age", SCD: "4", Mini: "dim_profiles"}, {Name: "income", SCD: "5", Mini: "dim_profiles"},
		}}},
		Facts: []schema.Fact{{Name: "fact_visits", Grain: "one row per visit", From: "visits", EventAt: "visited_at", Dimensions: []schema.Role{
			{Name: "member", Dimension: "dim_members", Key: []string{"member_id"}}, {Name: "profile", Dimension: "dim_profiles", Of: "member"},
		}}},
	}, coltype.Standard(), []schema.StreamRef{{Source: "crm", Stream: "members"}, {Source: "crm", Stream: "visits"}})
	if problems != nil {
		t.Fatal(problems)
	}
	return m
}

func TestStatementsOfAMiniDimension(t *testing.T) {
	t.Parallel()
	for _, d := range []warehouse.Dialect{duckdb.Dialect{}, postgres.Dialect{}} {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			m := members(t)
			scope := star.Scope{After: 100, LastKey: 7, LastProfile: 3, Now: now}
			base, history, fact := m.Dimension("dim_members"), m.Dimension("dim_profile_history"), m.Fact("fact_visits")
			var b strings.Builder
			for _, part := range []struct {
				title string
				list  []sqltext.Statement
			}{
				{history.Name, star.Dimension(d, history, scope)},
				{"what moves with it", append(star.Moved(d, history, scope), star.MovedFacts(d, fact, history, scope, 0)...)},
				{"the current profile of members", []sqltext.Statement{star.OutriggerKeys(d, base, base.Outriggers[0])}},
				{base.Name, star.Dimension(d, base, scope)},
				{fact.Name, star.Fact(d, fact, scope, star.FactKeysTable, map[string]int64{base.Name: 7})},
			} {
				fmt.Fprintf(&b, "-- == %s\n", part.title)
				for _, x := range part.list {
					if x.SQL != "" {
						fmt.Fprintf(&b, "-- %s [%s]\n%s;\n\n", x.Note, x.Count, x.SQL)
					}
				}
			}
			golden(t, d.Name()+"_mini.sql", b.String())
		})
	}
}
