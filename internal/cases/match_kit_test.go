package cases

import (
	"testing"

	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// parties is a project in which the customers of two sources are matched by e-mail and
// tax number. Orders name the customer by the key that it has in one of the sources.
func parties(p *schema.Project) {
	var sources []schema.Source
	for _, s := range [][]string{{"crm", "customers"}, {"billing", "customers"}, {"shop", "orders"}} {
		config := lodetest.NewSource()
		config.Stream(s[1], "id")
		sources = append(sources, schema.Source{Name: s[0], Config: config})
	}
	*p = schema.Project{
		Name: "parties", Sources: sources,
		Entities: []schema.Entity{matchedParties(), customersOf("customers", "crm.customers", "billing.customers"), {
			Name: "orders", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "system", Type: "text"}, {Name: "customer", Type: "text"}, {Name: "ordered_at", Type: "timestamp"}, {Name: "amount", Type: "integer"}},
			From: []schema.Mapping{{Stream: "shop.orders", ValidAt: schema.ValidAt{Field: "said_at"}, Ignore: []string{"id"},
				Fields: []schema.FieldMapping{{Name: "ordered_at", From: "at"}}}},
		}},
		Dimensions: []schema.Dimension{
			{Name: "dim_parties", From: "parties", Columns: []schema.DimColumn{{Name: "name", SCD: "2"}, {Name: "email", SCD: "1"}, {Name: "phone", SCD: "1"}}},
		},
		Facts: []schema.Fact{{
			Name: "fact_orders", Grain: "one row per order", From: "orders", EventAt: "ordered_at",
			Dimensions: []schema.Role{{Name: "party", Dimension: "dim_parties", Key: []string{"system", "customer"}}},
			Measures:   []schema.Measure{{Name: "amount", Sum: []string{"yes"}}},
		}},
		Aggregates: []schema.Aggregate{{
			Name: "agg_parties", Grain: "one row per name", From: "fact_orders",
			Group:    []schema.GroupBy{{Name: "name", By: "party.name"}},
			Measures: []schema.AggMeasure{{Name: "amount", Sum: "amount"}},
		}},
	}
}

func matchedParties() schema.Entity {
	return schema.Entity{
		Name: "parties", Match: &schema.Match{Of: []string{"customers"}, On: [][]string{{"email"}, {"tax"}}},
		Survive: []schema.Survivor{
			{Name: "name", Prefer: []string{"crm", "billing"}}, {Name: "email", Take: "most_recent"}, {Name: "phone", Take: "first"}, {Name: "tax", Take: "most_recent"},
		},
		Computed: []schema.Computed{{Name: "label", Value: `name + " <" + email + ">"`}},
	}
}

// customersOf is an entity of people, each stream a source of its own.
func customersOf(name string, streams ...string) schema.Entity {
	e := schema.Entity{
		Name: name, Key: []string{"source_system", "source_id"},
		Columns: []schema.Column{{Name: "name", Type: "text"}, {Name: "email", Type: "normalized_email"}, {Name: "tax", Type: "text"}, {Name: "phone", Type: "text"}},
	}
	for _, s := range streams {
		e.From = append(e.From, schema.Mapping{Stream: s, ValidAt: schema.ValidAt{Field: "at"}, Ignore: []string{"id"}})
	}
	return e
}

// changed is the project of parties, edited.
func changedParties(edit func(*schema.Project)) func(*schema.Project) {
	return func(p *schema.Project) {
		parties(p)
		edit(p)
	}
}

// playParties lets a script happen in the project of parties.
func playParties(t *testing.T, script string) {
	t.Helper()
	play(t, parties, script)
}
