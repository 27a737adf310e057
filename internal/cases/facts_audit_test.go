package cases

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// audited declares bookings whose rows point to the loads that brought them.
func audited(corrections string) func(p *lode.Project) {
	return func(p *lode.Project) {
		bookings(corrections)(p)
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_audits", Audit: true})
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "audit", Dimension: "dim_audits"})
	}
}

const (
	loadsOf = "SELECT audit_key, stream, mode, status, record_count, new_count, change_count, delete_count FROM gold.dim_audits WHERE audit_key > 0 ORDER BY stream, first_event_seq"
	// broughtBy is a row of the fact with the place of its load among those of the stream.
	broughtBy = `SELECT f.source_id, f.booked_amount, a.stream, (SELECT count(*) FROM gold.dim_audits b WHERE b.stream = a.stream AND b.first_event_seq <= a.first_event_seq)
FROM gold.fact_bookings f JOIN gold.dim_audits a ON a.audit_key = f.audit_key ORDER BY f.source_id, f.booked_amount`
)

// Case 53: what is corrected and deleted is counted in the audit dimension, and each row
// points to the load that brought the event that it is made of.
func TestHistory53CountedInTheAuditDimension(t *testing.T) {
	eachShop(t, bookingEntities, audited("in_place"), func(s *shop) {
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'")
		s.send("bookings", booking("1", "10:00", "c", "2025-05-01T00:00:00Z", "10.00", "1.00"), booking("2", "10:00", "c", "2025-05-02T00:00:00Z", "20.00", "1.00"))
		s.run()
		s.equal(broughtBy, "1 | 10.00 | s.bookings | 1", "2 | 20.00 | s.bookings | 1")

		// A correction, a new one, and a delete; a version that splits moves no row to another load.
		s.send("bookings", booking("1", "11:00", "c", "2025-05-01T00:00:00Z", "12.00", "1.00"), booking("3", "11:00", "c", "2025-05-03T00:00:00Z", "30.00", "1.00"))
		s.gone("bookings", "'id':'2','at':'2025-06-01T13:00:00Z'")
		s.send("customers", "'id':'c','segment':'B','at':'2025-04-01T00:00:00Z'")
		s.run()
		s.equal(broughtBy, "1 | 12.00 | s.bookings | 2", "3 | 30.00 | s.bookings | 2")
		s.equal("SELECT stream, record_count, new_count, change_count, delete_count, status, run_id IS NOT NULL, started_at <= ended_at FROM gold.dim_audits WHERE audit_key > 0 ORDER BY stream, first_event_seq",
			"s.bookings | 2 | 2 | 0 | 0 | done | true | true", "s.bookings | 3 | 1 | 1 | 1 | done | true | true",
			"s.customers | 1 | 1 | 0 | 0 | done | true | true", "s.customers | 1 | 0 | 1 | 0 | done | true | true")
		s.holds()

		// A run that brings nothing has no row; a rebuild gives the same ones, under the same keys.
		s.run()
		before := lodetest.Rows(t, s.world, loadsOf)
		s.rebuilt(nil)
		s.rebuildEquals("gold.dim_audits", "gold.fact_bookings")
		s.equal(loadsOf, before...)
		s.equal(broughtBy, "1 | 12.00 | s.bookings | 2", "3 | 30.00 | s.bookings | 2")
	})
}

// The rows of a periodic snapshot are made of the event in force at the period's end, and
// what a fact joins brings no row another load. Aggregates may group by the load.
func TestAuditOfSnapshots(t *testing.T) {
	declare := func(p *lode.Project) {
		accountBalances("month", false)(p)
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_audits", Audit: true})
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "audit", Dimension: "dim_audits"})
		p.Aggregates = append(p.Aggregates, schema.Aggregate{
			Name: "agg_loads", Grain: "one row per stream and number of changes", From: "fact_balances",
			Group:    []schema.GroupBy{{Name: "stream", By: "audit.stream"}, {Name: "change_count", By: "audit.change_count"}},
			Measures: []schema.AggMeasure{{Name: "row_count", Count: "rows"}},
		})
	}
	eachShop(t, accountEntities, declare, func(s *shop) {
		s.at("2025-04-15T00:00:00Z")
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'")
		s.send("rates", rate("USD", "2025-01-31", "0.5"))
		s.send("accounts", account("1", "c", "2025-01-10T00:00:00Z", "100.00"))
		s.run()
		s.equal("SELECT stream, change_count, row_count FROM gold.agg_loads", "s.accounts | 0 | 3")
		s.send("accounts", account("1", "c", "2025-03-20T00:00:00Z", "130.00"))
		s.send("rates", rate("USD", "2025-02-28", "0.6"))
		s.run()
		s.equal("SELECT stream, change_count, row_count FROM gold.agg_loads ORDER BY change_count", "s.accounts | 0 | 2", "s.accounts | 1 | 1")
		s.holds()
		s.rebuilt(nil)
		key := lodetest.Rows(t, s, "SELECT audit_key FROM gold.fact_balances WHERE period_start = DATE '2025-03-01'")[0]
		load := s.traced("dim_audits", key)
		s.saysOf(load, map[string]string{"stream": "s.accounts by ", "change_count": "1 by "})
		fact := s.traced("fact_balances", "1/2025-03-31")
		id := lodetest.Rows(t, s, "SELECT load_id FROM gold.dim_audits WHERE audit_key = "+key)[0]
		s.saysOf(fact, map[string]string{"audit_key": key + " by the load that brought its event: " + id + " of s.accounts; go on with `lode trace dim_audits " + key + "`"})
	})
}

// Rows of a fact that nobody brought up to date meanwhile, and those that follow a dimension,
// find their loads too.
func TestAuditOfFactsAlone(t *testing.T) {
	eachShop(t, bookingEntities, audited("reversal"), func(s *shop) {
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'")
		s.send("bookings", booking("1", "10:00", "c", "2025-05-01T00:00:00Z", "10.00", "1.00"))
		s.world.run(lode.Options{Select: []string{"bronze.*", "silver.*", "gold.dim_customers", "gold.dim_dates", "gold.fact_bookings"}})
		s.equal(broughtBy, "1 | 10.00 | s.bookings | 1")
		s.send("bookings", booking("1", "11:00", "c", "2025-05-01T00:00:00Z", "12.00", "1.00"))
		s.send("customers", "'id':'c','segment':'B','at':'2025-04-01T00:00:00Z'")
		s.world.run(lode.Options{Select: []string{"bronze.*", "silver.*", "gold.dim_customers"}})
		s.equal(broughtBy, "1 | -10.00 | s.bookings | 2", "1 | 10.00 | s.bookings | 1", "1 | 12.00 | s.bookings | 2")
		s.run()
		s.equal(broughtBy, "1 | -10.00 | s.bookings | 2", "1 | 10.00 | s.bookings | 1", "1 | 12.00 | s.bookings | 2")
		s.holds()
		s.rebuilt(nil)

		past := lodetest.Rows(t, s.At(lode.AsOf(time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC))), broughtBy)
		if len(past) != 3 || past[1] != "1 | 10.00 | s.bookings | 1" {
			t.Errorf("as of a time the rows have the loads %v", past)
		}

		at := s.clock.Now()
		s.clock.Add(time.Hour)
		s.send("bookings", booking("2", "12:00", "c", "2025-05-02T00:00:00Z", "20.00", "1.00"))
		s.run()
		known := lodetest.Rows(t, s.At(lode.AsKnownAt(at)), "SELECT count(*) FROM gold.dim_audits WHERE audit_key > 0 AND stream = 's.bookings'")
		if len(known) != 1 || known[0] != "2" {
			t.Errorf("known an hour ago were %v loads, want 2", known)
		}
	})
}

// Whatever comes in whatever order, each row has the load by which its event stands in bronze,
// and the loads are those of bronze.
func TestAuditStorm(t *testing.T) {
	declare := func(p *lode.Project) { audited("reversal")(p); p.Dimensions[1].Deleted = "member" }
	eachShop(t, bookingEntities, declare, func(s *shop) {
		s.storm(11, 5, func(r *rand.Rand) {
			id, customer, hour := pick(r, "1", "2", "3"), pick(r, "c", "d"), fmt.Sprintf("%02d:00", r.IntN(8))
			switch r.IntN(6) {
			case 0, 1, 2:
				s.send("bookings", booking(id, hour, customer, on(r.IntN(30))+"T00:00:00Z", pick(r, "1.00", "2.50"), pick(r, "1.00", "2.00")))
			case 3:
				s.gone("bookings", fmt.Sprintf("'id':'%s','at':'2025-06-01T%s:00Z'", id, hour))
			case 4:
				s.send("customers", fmt.Sprintf("'id':'%s','segment':'%s','at':'%sT00:00:00Z'", customer, pick(r, "A", "B"), on(r.IntN(30))))
			default:
				s.gone("customers", fmt.Sprintf("'id':'%s','at':'%sT00:00:00Z'", customer, on(r.IntN(30))))
			}
		}, "gold.fact_bookings", "gold.dim_audits")
		s.equal("SELECT count(*) FROM gold.fact_bookings f JOIN bronze.s_bookings b ON b.seq = f.event_seq LEFT JOIN gold.dim_audits a ON a.audit_key = f.audit_key WHERE a.load_id IS DISTINCT FROM b.load_id", "0")
		s.equal(`SELECT count(*) FROM gold.dim_audits a FULL JOIN (SELECT load_id, min(seq) AS low, max(seq) AS high, count(*) AS n FROM
(SELECT load_id, seq, 's.bookings' AS stream FROM bronze.s_bookings UNION ALL SELECT load_id, seq, 's.customers' FROM bronze.s_customers) e GROUP BY load_id, stream) b ON b.load_id = a.load_id
WHERE (a.audit_key > 0 OR a.audit_key IS NULL) AND (a.first_event_seq IS DISTINCT FROM b.low OR a.last_event_seq IS DISTINCT FROM b.high OR a.new_count + a.change_count + a.delete_count <> b.n)`, "0")
	})
}
