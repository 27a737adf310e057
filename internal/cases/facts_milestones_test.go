package cases

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

var fulfilmentEntities = []string{
	"orders: id | ordered_at timestamp, promised_date date",
	"shipments: order_id text | shipped_at timestamp",
	"steps: order_id text, step text | happened_at timestamp",
}

// fulfilments declares one row for each order, with the dates that it reaches one after
// the other: of its own, of its shipment, and of the step called paid.
func fulfilments(p *lode.Project) {
	p.Facts = []schema.Fact{{
		Name: "fact_fulfilments", Grain: "one row per order", From: "orders", EventAt: "ordered_at",
		Joins: []schema.Join{
			{Name: "shipment", Entity: "shipments", Key: []string{"source_id"}},
			{Name: "payment", Entity: "steps", Key: []string{"source_id", "'paid'"}},
		},
		Milestones: &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{
			{Name: "placed", At: "ordered_at"}, {Name: "promised", At: "promised_date"}, {Name: "shipped", At: "shipment.shipped_at"}, {Name: "paid", At: "payment.happened_at"},
		}},
		Lags: []schema.Lag{
			{Name: "days_to_ship", From: "placed", To: "shipped", Sum: []string{"yes"}},
			{Name: "days_late", From: "promised", To: "shipped"},
			{Name: "hours_to_pay", From: "placed", To: "paid", In: "hours"},
			{Name: "minutes_to_pay", From: "placed", To: "paid", In: "minutes"},
		},
	}}
	p.Aggregates = []schema.Aggregate{{
		Name: "agg_fulfilments", Grain: "one row per month of shipment", From: "fact_fulfilments",
		Group:    []schema.GroupBy{{Name: "month", By: "shipped.month"}},
		Measures: []schema.AggMeasure{{Name: "order_count", Count: "rows"}, {Name: "ship_days", Sum: "days_to_ship"}, {Name: "mean_days", Avg: "days_to_ship"}},
	}}
}

func stepDone(order, step, at string) string {
	return fmt.Sprintf("'order_id':'%s','step':'%s','happened_at':'%s'", order, step, at)
}

const fulfilmentsOf = `SELECT source_id, placed_key, promised_key, shipped_key, paid_key, days_to_ship, days_late, hours_to_pay, minutes_to_pay FROM gold.fact_fulfilments ORDER BY 1`

// TestHistory51Milestones: a milestone that is not reached points to the member not yet;
// milestones come out of order, are corrected and taken back, and the lags follow.
func TestHistory51Milestones(t *testing.T) {
	eachShop(t, fulfilmentEntities, fulfilments, func(s *shop) {
		s.send("orders", "'id':'1','ordered_at':'2025-03-01T22:00:00.000001Z','promised_date':'2025-03-05'", "'id':'2','ordered_at':'2025-03-02T00:00:00Z'")
		s.run()
		s.equal(fulfilmentsOf, "1 | 20250301 | 20250305 | -5 | -5 | NULL | NULL | NULL | NULL", "2 | 20250302 | -5 | -5 | -5 | NULL | NULL | NULL | NULL")

		// Paid, and a step that is no milestone; one microsecond short of four hours.
		s.send("steps", stepDone("1", "paid", "2025-03-02T02:00:00Z"), stepDone("1", "packed", "2025-03-02T03:00:00Z"))
		s.run()
		s.equal(fulfilmentsOf, "1 | 20250301 | 20250305 | -5 | 20250302 | NULL | NULL | 3 | 239", "2 | 20250302 | -5 | -5 | -5 | NULL | NULL | NULL | NULL")

		// Shipped, of the other order before it was placed.
		s.send("shipments", "'order_id':'1','shipped_at':'2025-03-04T00:00:00Z'", "'order_id':'2','shipped_at':'2025-02-27T23:59:59Z'")
		s.run()
		s.equal(fulfilmentsOf, "1 | 20250301 | 20250305 | 20250304 | 20250302 | 3 | -1 | 3 | 239", "2 | 20250302 | -5 | 20250227 | -5 | -3 | NULL | NULL | NULL")
		s.equal("SELECT month, order_count, ship_days, mean_days FROM gold.agg_fulfilments ORDER BY 1", "2 | 1 | -3 | -3.0000", "3 | 1 | 3 | 3.0000")

		// Corrected, and taken back.
		s.send("shipments", "'order_id':'1','shipped_at':'2025-03-06T00:00:00Z'")
		s.gone("steps", "'order_id':'1','step':'paid'")
		s.gone("shipments", "'order_id':'2'")
		s.run()
		s.equal(fulfilmentsOf, "1 | 20250301 | 20250305 | 20250306 | -5 | 5 | 1 | NULL | NULL", "2 | 20250302 | -5 | -5 | -5 | NULL | NULL | NULL | NULL")
		s.equal("SELECT date_key FROM gold.dim_dates WHERE date_key = -5", "-5")
		s.rebuildEquals("gold.fact_fulfilments", "gold.agg_fulfilments")
	})
}

func TestHistory51Storm(t *testing.T) {
	eachShop(t, fulfilmentEntities, fulfilments, func(s *shop) {
		s.storm(3, 4, func(r *rand.Rand) {
			id, at := pick(r, "1", "2", "3"), on(r.IntN(60))+pick(r, "T00:00:00Z", "T23:59:59.999999Z")
			switch r.IntN(6) {
			case 0, 1:
				s.send("orders", fmt.Sprintf("'id':'%s','ordered_at':'%s','promised_date':'%s'", id, at, on(r.IntN(60))))
			case 2:
				s.send("shipments", fmt.Sprintf("'order_id':'%s','shipped_at':'%s'", id, at))
			case 3:
				s.gone("shipments", fmt.Sprintf("'order_id':'%s'", id))
			case 4:
				s.send("steps", stepDone(id, pick(r, "paid", "packed"), at))
			default:
				s.gone("steps", fmt.Sprintf("'order_id':'%s','step':'paid'", id))
			}
		}, "gold.fact_fulfilments", "gold.agg_fulfilments")
	})
}
