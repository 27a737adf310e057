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

var accountEntities = []string{
	"customers@: id | segment text",
	"accounts@: id | customer_id text, currency_code text, balance_amount decimal(12,2)",
	"rates: currency_code text, rate_date date | eur_rate decimal(12,6)",
}

// accountBalances declares the balance of each account at the end of each period.
func accountBalances(every string, open bool) func(p *lode.Project) {
	return func(p *lode.Project) {
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "segment", SCD: "2"}}})
		p.Facts = []schema.Fact{{
			Name: "fact_balances", Grain: "one row per account and " + every, From: "accounts", Snapshot: &schema.Snapshot{Every: every, Open: open},
			Joins: []schema.Join{{Name: "rate", Entity: "rates", Key: []string{"currency_code"}, AsOf: &schema.JoinAsOf{Column: "rate_date", At: "period_end"}}},
			Dimensions: []schema.Role{
				{Name: "customer", Dimension: "dim_customers", Key: []string{"customer_id"}},
				{Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}},
			},
			Measures: []schema.Measure{
				{Name: "balance_amount", Sum: []string{"customer"}},
				{Name: "balance_eur_amount", Value: "round(balance_amount * rate.eur_rate, 2)", Sum: []string{"customer"}},
			},
		}}
		p.Aggregates = []schema.Aggregate{{
			Name: "agg_segments", Grain: "one row per segment and month", From: "fact_balances",
			Group: []schema.GroupBy{{Name: "segment", By: "customer.segment"}, {Name: "year", By: "period.year"}, {Name: "month", By: "period.month"}},
			Measures: []schema.AggMeasure{
				{Name: "closing_amount", Last: "balance_amount"}, {Name: "account_count", Count: "rows"},
			},
		}}
	}
}

func account(id, customer, at, balance string) string {
	return fmt.Sprintf("'id':'%s','customer_id':'%s','currency_code':'USD','at':'%s','balance_amount':'%s'", id, customer, at, balance)
}

const balancesOf = `SELECT f.source_id, f.period_start, f.period_end, c.segment, f.period_key, f.balance_amount, f.balance_eur_amount
FROM gold.fact_balances f JOIN gold.dim_customers c ON c.customer_key = f.customer_key ORDER BY 1, 2`

// at sets the clock; the run after it is a minute later.
func (s *shop) at(text string) {
	s.t.Helper()
	to, err := time.Parse(time.RFC3339, text)
	if err != nil {
		s.t.Fatal(err)
	}
	s.clock.Add(to.Sub(s.clock.Now()))
}

// TestHistory52PeriodicSnapshot: one row for each account and month from its first event
// on, gaps filled, as of the month's end; late events replace the months from theirs on.
func TestHistory52PeriodicSnapshot(t *testing.T) {
	eachShop(t, accountEntities, accountBalances("month", false), func(s *shop) {
		s.at("2025-04-15T00:00:00Z")
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'", "'id':'c','segment':'B','at':'2025-02-15T00:00:00Z'")
		s.send("rates", rate("USD", "2025-01-31", "0.5"), rate("USD", "2025-02-28", "0.6"))
		s.send("accounts", account("1", "c", "2025-01-10T00:00:00Z", "100.00"), account("1", "c", "2025-01-20T00:00:00Z", "110.00"), account("1", "c", "2025-03-31T23:59:59Z", "130.00"))
		s.run()
		s.equal(balancesOf,
			"1 | 2025-01-01 | 2025-01-31 | A | 20250131 | 110.00 | 55.00",
			"1 | 2025-02-01 | 2025-02-28 | B | 20250228 | 110.00 | 66.00",
			"1 | 2025-03-01 | 2025-03-31 | B | 20250331 | 130.00 | 78.00")

		// An event at the boundary belongs to the month that begins; April is open still.
		s.send("accounts", account("1", "c", "2025-04-01T00:00:00Z", "140.00"))
		s.run()
		s.equal("SELECT count(*), max(balance_amount) FROM gold.fact_balances", "3 | 130.00")

		// April ends: rows for every account, though nothing new has come.
		s.at("2025-05-01T00:00:00Z")
		s.run()
		s.equal("SELECT period_end, balance_amount FROM gold.fact_balances WHERE period_end > DATE '2025-03-01' ORDER BY 1", "2025-03-31 | 130.00", "2025-04-30 | 140.00")

		// Late: a balance for February, and a change of the customer that moves the version of January.
		s.send("accounts", account("1", "c", "2025-02-10T00:00:00Z", "120.00"))
		s.send("customers", "'id':'c','segment':'Z','at':'2025-01-31T12:00:00Z'")
		s.run()
		s.equal("SELECT period_end, c.segment, balance_amount FROM gold.fact_balances f JOIN gold.dim_customers c ON c.customer_key = f.customer_key ORDER BY 1",
			"2025-01-31 | Z | 110.00", "2025-02-28 | B | 120.00", "2025-03-31 | B | 130.00", "2025-04-30 | B | 140.00")
		s.equal("SELECT segment, month, closing_amount, account_count FROM gold.agg_segments ORDER BY 2", "Z | 1 | 110.00 | 1", "B | 2 | 120.00 | 1", "B | 3 | 130.00 | 1", "B | 4 | 140.00 | 1")

		// A delete ends the rows, a return begins them again; a late delete takes months away.
		s.gone("accounts", "'id':'1','at':'2025-04-20T00:00:00Z'")
		s.at("2025-07-02T00:00:00Z")
		s.run()
		s.equal("SELECT max(period_end) FROM gold.fact_balances", "2025-03-31")
		s.send("accounts", account("1", "c", "2025-06-30T00:00:00Z", "1.00"))
		s.gone("accounts", "'id':'1','at':'2025-02-20T00:00:00Z'")
		s.run()
		s.equal("SELECT period_end, balance_amount FROM gold.fact_balances ORDER BY 1", "2025-01-31 | 110.00", "2025-03-31 | 130.00", "2025-06-30 | 1.00")
		s.rebuildEquals("gold.fact_balances", "gold.agg_segments")
		s.run()
		s.rebuildEquals("gold.fact_balances")
	})
}

// TestHistory52NothingNew: a run in the middle of a period has nothing to do, and says so.
func TestHistory52NothingNew(t *testing.T) {
	eachShop(t, accountEntities, accountBalances("week", false), func(s *shop) {
		s.send("accounts", account("1", "c", "2025-05-01T00:00:00Z", "1.00"))
		s.run()
		s.equal("SELECT period_start, period_end FROM gold.fact_balances ORDER BY 1", "2025-04-28 | 2025-05-04", "2025-05-05 | 2025-05-11", "2025-05-12 | 2025-05-18", "2025-05-19 | 2025-05-25")
		work := func() string {
			plan, err := s.Plan(t.Context(), lode.Options{Select: []string{"fact_balances"}})
			if err != nil {
				t.Fatal(err)
			}
			return plan.Work[0].Action
		}
		if got := work(); got != "what the steps before it bring" {
			t.Errorf("planned %q", got)
		}
		s.at("2025-06-02T00:00:00Z")
		if got := work(); got != "a week has ended: rows for every key" {
			t.Errorf("planned %q", got)
		}
		s.run()
		s.equal("SELECT max(period_end) FROM gold.fact_balances", "2025-06-01")
	})
}

// TestHistory52OpenPeriod: with open, the period that has not ended is there too, and
// becomes a closed one in its time.
func TestHistory52OpenPeriod(t *testing.T) {
	const rows = "SELECT source_id, period_end, is_open, balance_amount FROM gold.fact_balances ORDER BY 1, 2"
	eachShop(t, accountEntities, accountBalances("quarter", true), func(s *shop) {
		s.at("2025-05-15T00:00:00Z")
		s.send("accounts", account("1", "c", "2025-03-01T00:00:00Z", "1.00"), account("2", "c", "2025-05-01T00:00:00Z", "2.00"))
		s.run()
		s.equal(rows, "1 | 2025-03-31 | false | 1.00", "1 | 2025-06-30 | true | 1.00", "2 | 2025-06-30 | true | 2.00")
		s.send("accounts", account("1", "c", "2025-05-16T00:00:00Z", "3.00"))
		s.run()
		s.equal(rows, "1 | 2025-03-31 | false | 1.00", "1 | 2025-06-30 | true | 3.00", "2 | 2025-06-30 | true | 2.00")
		s.at("2025-07-01T00:00:00Z")
		s.run()
		s.equal(rows, "1 | 2025-03-31 | false | 1.00", "1 | 2025-06-30 | false | 3.00", "1 | 2025-09-30 | true | 3.00", "2 | 2025-06-30 | false | 2.00", "2 | 2025-09-30 | true | 2.00")
		s.rebuildEquals("gold.fact_balances")
	})
}

// TestHistory52AsOf: a snapshot as it was at a time has the periods that had ended by then.
func TestHistory52AsOf(t *testing.T) {
	eachShop(t, accountEntities, accountBalances("month", false), func(s *shop) {
		s.send("accounts", account("1", "c", "2025-03-10T00:00:00Z", "1.00"))
		s.run()
		for at, want := range map[time.Time]string{
			time.Date(2025, 4, 30, 23, 59, 59, 0, time.UTC): "2025-03-31",
			time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC):     "2025-04-30",
		} {
			got := lodetest.Rows(t, s.At(lode.AsOf(at)), "SELECT max(period_end) FROM gold.fact_balances")
			if len(got) != 1 || got[0] != want {
				t.Errorf("at %s the last period is %v, want %s", at, got, want)
			}
		}
	})
}

// TestHistory52Storm: whatever comes in which order, and whatever the clock does, each run
// leaves what a rebuild makes.
func TestHistory52Storm(t *testing.T) {
	for _, c := range []struct {
		every string
		open  bool
	}{{"day", true}, {"month", false}} {
		t.Run(c.every, func(t *testing.T) {
			declare := func(p *lode.Project) {
				accountBalances(c.every, c.open)(p)
				p.Facts[0].Late = "unknown"
			}
			eachShop(t, accountEntities, declare, func(s *shop) {
				s.at("2025-01-25T22:00:00Z")
				s.storm(2, 4, func(r *rand.Rand) {
					id, customer, day := pick(r, "1", "2"), pick(r, "c", "d"), on(r.IntN(60))+"T12:00:00Z"
					switch r.IntN(9) {
					case 0, 1, 2:
						s.send("accounts", account(id, customer, day, pick(r, "1.00", "2.50", "0.00")))
					case 3: // what is not sent stays as it was
						s.send("accounts", fmt.Sprintf("'id':'%s','at':'%s','balance_amount':'%s'", id, day, pick(r, "7.00", "8.00")))
					case 4:
						s.gone("accounts", fmt.Sprintf("'id':'%s','at':'%s'", id, day))
					case 5:
						s.send("rates", rate("USD", on(r.IntN(60)), pick(r, "0.5", "0.7", "1.3")))
					case 6:
						s.send("customers", fmt.Sprintf("'id':'%s','segment':'%s','at':'%s'", customer, pick(r, "A", "B"), day))
					case 7:
						s.gone("customers", fmt.Sprintf("'id':'%s','at':'%s'", customer, day))
					default:
						s.clock.Add(time.Duration(r.IntN(40)) * 12 * time.Hour)
					}
				}, "gold.fact_balances", "gold.agg_segments")
			})
		})
	}
}

// A daily snapshot that is new finds its periods by itself, also when a dimension that it
// points to is written before it.
func TestSnapshotThatIsNew(t *testing.T) {
	each(t, nil, func(w *world) {
		for i := range 200 {
			w.items.Send(item(fmt.Sprint(i), "A", 10))
		}
		w.run(lode.Options{})
		w.project.Facts = append(w.project.Facts, schema.Fact{
			Name: "fact_stock", Grain: "one row per item and day", From: "items", Snapshot: &schema.Snapshot{Every: "day"}, Late: "unknown",
			Dimensions: []schema.Role{{Name: "item", Dimension: "dim_items", Key: []string{"source_id"}}, {Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}}},
			Measures:   []schema.Measure{{Name: "n", Sum: []string{"item"}}},
		})
		w.project.Facts[0].Late = "unknown"
		w.reopen()
		w.items.Send(item("1", "B", 20))
		w.run(lode.Options{})
		w.holds()
		w.rebuilt(nil)
	})
}
