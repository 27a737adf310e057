package cases

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

var bookingEntities = []string{
	"customers@: id | segment text",
	"bookings@: id | customer_id text, booked_at timestamp, booked_amount decimal(12,2), unit_price decimal(12,2)",
}

// bookings declares a fact that is corrected by reversal, or in place.
func bookings(corrections string) func(p *lode.Project) {
	return func(p *lode.Project) {
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "segment", SCD: "2"}}})
		p.Facts = []schema.Fact{{
			Name: "fact_bookings", Grain: "one row per booking and correction", From: "bookings", EventAt: "booked_at", Corrections: corrections,
			Dimensions: []schema.Role{{Name: "customer", Dimension: "dim_customers", Key: []string{"customer_id"}}, {Name: "booked_on", Dimension: "dim_dates", Key: []string{"booked_at"}}},
			Measures:   []schema.Measure{{Name: "booked_amount", Sum: []string{"yes"}}, {Name: "unit_price"}, {Name: "double_amount", Value: "booked_amount * 2", Sum: []string{"yes"}}},
		}}
		p.Aggregates = []schema.Aggregate{{
			Name: "agg_segments", Grain: "one row per segment", From: "fact_bookings",
			Group: []schema.GroupBy{{Name: "segment", By: "customer.segment"}},
			Measures: []schema.AggMeasure{{Name: "booked_amount", Sum: "booked_amount"}, {Name: "booking_count", Count: "rows"},
				{Name: "price_count", Count: "unit_price"}, {Name: "mean_price", Avg: "unit_price"}},
		}}
	}
}

func booking(id, at, customer, booked, amount, price string) string {
	return fmt.Sprintf("'id':'%s','at':'2025-06-01T%s:00Z','customer_id':'%s','booked_at':'%s','booked_amount':'%s','unit_price':'%s'", id, at, customer, booked, amount, price)
}

const bookingsOf = `SELECT f.source_id, f.correction, f.is_reversal, c.segment, f.booked_amount, f.unit_price, f.double_amount
FROM gold.fact_bookings f JOIN gold.dim_customers c ON c.customer_key = f.customer_key ORDER BY 1, 2`

const segmentsOf = "SELECT segment, booked_amount, booking_count, price_count, mean_price FROM gold.agg_segments WHERE booking_count <> 0 ORDER BY 1"

// TestHistory53Reversal: a change of a booking adds a row that takes the old one back and
// one with the new values; a delete takes back only.
func TestHistory53Reversal(t *testing.T) {
	eachShop(t, bookingEntities, bookings("reversal"), func(s *shop) {
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'", "'id':'d','segment':'D','at':'2025-01-01T00:00:00Z'")
		s.send("bookings", booking("1", "10:00", "c", "2025-05-01T00:00:00Z", "10.00", "1.00"))
		s.run()
		s.equal(bookingsOf, "1 | 0 | false | A | 10.00 | 1.00 | 20.00")

		// Other amount, then other customer; and an event that changes nothing that the fact reads.
		s.send("bookings", booking("1", "11:00", "c", "2025-05-01T00:00:00Z", "12.00", "1.00"))
		s.send("bookings", booking("1", "11:30", "c", "2025-05-01T00:00:00Z", "12.00", "1.00"))
		s.run()
		s.send("bookings", booking("1", "12:00", "d", "2025-05-01T00:00:00Z", "12.00", "3.00"))
		s.run()
		s.equal(bookingsOf,
			"1 | 0 | false | A | 10.00 | 1.00 | 20.00", "1 | 1 | true | A | -10.00 | 1.00 | -20.00", "1 | 2 | false | A | 12.00 | 1.00 | 24.00",
			"1 | 3 | true | A | -12.00 | 1.00 | -24.00", "1 | 4 | false | D | 12.00 | 3.00 | 24.00")
		s.equal(segmentsOf, "D | 12.00 | 1 | 1 | 3.000000")

		// Late: an older state than the one in force changes nothing.
		s.send("bookings", booking("1", "09:00", "d", "2025-05-01T00:00:00Z", "99.00", "9.00"))
		s.run()
		s.equal("SELECT count(*), max(recorded_at) < TIMESTAMP '2025-06-01 00:05:00' FROM gold.fact_bookings", "5 | true")

		// A version that moves takes all rows of its time with it, taken back or not.
		s.send("customers", "'id':'c','segment':'Z','at':'2025-04-01T00:00:00Z'")
		s.run()
		s.equal("SELECT c.segment, count(*), sum(f.booked_amount) FROM gold.fact_bookings f JOIN gold.dim_customers c ON c.customer_key = f.customer_key GROUP BY 1 ORDER BY 1",
			"D | 1 | 12.00", "Z | 4 | 0.00")

		// Deleted: taken back only. Back again: a row of its own.
		s.gone("bookings", "'id':'1','at':'2025-06-01T13:00:00Z'")
		s.run()
		s.equal("SELECT correction, is_reversal, booked_amount FROM gold.fact_bookings WHERE correction > 3 ORDER BY 1", "4 | false | 12.00", "5 | true | -12.00")
		s.equal(segmentsOf)
		s.send("bookings", booking("1", "14:00", "c", "2025-05-01T00:00:00Z", "5.00", "1.00"))
		s.run()
		s.equal("SELECT correction, is_reversal, booked_amount FROM gold.fact_bookings WHERE correction > 4 ORDER BY 1", "5 | true | -12.00", "6 | false | 5.00")
		s.equal(segmentsOf, "Z | 5.00 | 1 | 1 | 1.000000")
		s.equal("SELECT sum(booked_amount) FROM gold.fact_bookings", "5.00")
		s.rebuildEquals("gold.fact_bookings", "gold.agg_segments")
	})
}

// TestHistory53InPlace: without reversal there is one row, as it is now.
func TestHistory53InPlace(t *testing.T) {
	eachShop(t, bookingEntities, bookings("in_place"), func(s *shop) {
		s.send("bookings", booking("1", "10:00", "c", "2025-05-01T00:00:00Z", "10.00", "1.00"))
		s.run()
		s.send("bookings", booking("1", "11:00", "c", "2025-05-01T00:00:00Z", "12.00", "1.00"))
		s.run()
		s.equal("SELECT source_id, booked_amount FROM gold.fact_bookings", "1 | 12.00")
		s.gone("bookings", "'id':'1','at':'2025-06-01T13:00:00Z'")
		s.run()
		s.equal("SELECT count(*) FROM gold.fact_bookings", "0")
	})
}

// TestHistory53Storm: the rows are what a rebuild makes, and taken together what silver
// holds.
func TestHistory53Storm(t *testing.T) {
	declare := func(p *lode.Project) { bookings("reversal")(p); p.Dimensions[1].Deleted = "member" }
	eachShop(t, bookingEntities, declare, func(s *shop) {
		s.storm(4, 5, func(r *rand.Rand) {
			id, customer, hour := pick(r, "1", "2"), pick(r, "c", "d"), fmt.Sprintf("%02d:00", r.IntN(8))
			switch r.IntN(7) {
			case 3: // what is not sent stays as it was
				s.send("bookings", fmt.Sprintf("'id':'%s','at':'2025-06-01T%s:00Z','booked_amount':'%s'", id, hour, pick(r, "7.00", "8.00")))
			case 0, 1, 2:
				s.send("bookings", booking(id, hour, customer, on(r.IntN(30))+"T00:00:00Z", pick(r, "1.00", "2.50"), pick(r, "1.00", "2.00")))
			case 4:
				s.gone("bookings", fmt.Sprintf("'id':'%s','at':'2025-06-01T%s:00Z'", id, hour))
			case 5:
				s.send("customers", fmt.Sprintf("'id':'%s','segment':'%s','at':'%sT00:00:00Z'", customer, pick(r, "A", "B"), on(r.IntN(30))))
			default:
				s.gone("customers", fmt.Sprintf("'id':'%s','at':'%sT00:00:00Z'", customer, on(r.IntN(30))))
			}
		}, "gold.fact_bookings", "gold.agg_segments")
		net := lodetest.Rows(t, s.world, "SELECT source_id, sum(booked_amount) FROM gold.fact_bookings GROUP BY 1 HAVING sum(CASE WHEN is_reversal THEN -1 ELSE 1 END) > 0 ORDER BY 1")
		s.equal("SELECT source_id, booked_amount FROM silver.bookings WHERE NOT is_deleted ORDER BY 1", net...)
	})
}
