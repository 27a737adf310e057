package cases

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// visits declares a fact with two aggregates: by columns of two sides, and by the fact's own.
func visits(p *lode.Project) {
	p.Facts = []schema.Fact{{
		Name: "fact_visits", Grain: "one row per visit", From: "visits", EventAt: "visited_at",
		Dimensions: []schema.Role{
			{Name: "guest", Dimension: "dim_guests", Key: []string{"guest_id"}},
			{Name: "host", Dimension: "dim_guests", Key: []string{"host_id"}},
		},
		Degenerate: []string{"channel"},
		Measures:   []schema.Measure{{Name: "spent_amount", Sum: []string{"yes"}}},
	}}
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_guests", From: "guests", Columns: []schema.DimColumn{{Name: "town", SCD: "1"}, {Name: "tier", SCD: "1"}}})
	spent := []schema.AggMeasure{{Name: "spent_amount", Sum: "spent_amount"}, {Name: "visit_count", Count: "rows"}}
	p.Aggregates = []schema.Aggregate{
		{Name: "agg_towns", Grain: "one row per towns, tier and channel", From: "fact_visits", Measures: spent, Group: []schema.GroupBy{
			{Name: "guest_town", By: "guest.town"}, {Name: "guest_tier", By: "guest.tier"}, {Name: "host_town", By: "host.town"}, {Name: "channel", By: "channel"}}},
		{Name: "agg_channels", Grain: "one row per channel", From: "fact_visits", Measures: spent, Group: []schema.GroupBy{{Name: "channel", By: "channel"}}},
	}
}

// Groups are found by what they are grouped by, be it NULL, or longer than what an index takes.
func TestFactsGroupsOfManySides(t *testing.T) {
	var town strings.Builder // random, so that no compression makes it short
	draw := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		fmt.Fprintf(&town, "%016x", draw.Uint64())
	}
	long := town.String()
	entities := []string{
		"guests: id | town text, tier integer",
		"visits: id | guest_id text, host_id text, visited_at timestamp, channel text, spent_amount decimal(12,2)",
	}
	eachShop(t, entities, visits, func(s *shop) {
		visit := func(id, guest, host, channel, amount string) string {
			return fmt.Sprintf("'id':'%s','guest_id':'%s','host_id':'%s','visited_at':'2025-02-01T00:00:00Z','channel':%s,'spent_amount':'%s'", id, guest, host, channel, amount)
		}
		const towns = "SELECT length(guest_town), guest_tier, length(host_town), channel, spent_amount, visit_count FROM gold.agg_towns ORDER BY 5"
		const channels = "SELECT channel, spent_amount, visit_count FROM gold.agg_channels ORDER BY 2"
		s.send("guests", "'id':'a','town':'Ulm','tier':1", "'id':'b','town':null,'tier':null", "'id':'c','town':'"+long+"','tier':2", "'id':'d','town':null,'tier':2")
		s.send("visits", visit("1", "a", "b", "'web'", "1.00"), visit("2", "b", "c", "null", "2.00"), visit("3", "c", "d", "'web'", "4.00"), visit("4", "d", "a", "null", "8.00"))
		s.run()
		s.equal(towns, "3 | 1 | NULL | web | 1.00 | 1", "NULL | NULL | 9600 | NULL | 2.00 | 1", "9600 | 2 | NULL | web | 4.00 | 1", "NULL | 2 | 3 | NULL | 8.00 | 1")
		s.equal(channels, "web | 5.00 | 2", "NULL | 10.00 | 2")

		// More in two of the groups, one of them without a channel; none in the others.
		s.send("visits", visit("5", "b", "c", "null", "16.00"), visit("6", "c", "b", "'web'", "32.00"))
		s.run()
		s.equal(towns, "3 | 1 | NULL | web | 1.00 | 1", "NULL | 2 | 3 | NULL | 8.00 | 1", "NULL | NULL | 9600 | NULL | 18.00 | 2", "9600 | 2 | NULL | web | 36.00 | 2")
		s.equal(channels, "NULL | 26.00 | 3", "web | 37.00 | 3")

		// A member that changes its groups on both sides, and a fact that leaves its own.
		s.send("guests", "'id':'a','town':'"+long+"','tier':2")
		s.send("visits", visit("3", "c", "d", "null", "4.00"))
		s.run()
		s.rebuildEquals("gold.agg_towns", "gold.agg_channels")
		s.equal(channels, "NULL | 30.00 | 4", "web | 33.00 | 2")

		// Groups of another type take their queue along.
		s.project.Aggregates[1].Group[0].By = "guest.tier"
		s.reopen()
		s.run()
		s.equal(channels, "NULL | 18.00 | 2", "2 | 45.00 | 4")
		s.rebuildEquals("gold.agg_channels")
	})
}
