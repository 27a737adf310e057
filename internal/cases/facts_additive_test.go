package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// balances declares a fact of balances, which may be summed over accounts and not over
// time, with an aggregate of it.
func balances(p *lode.Project) {
	p.Facts = []schema.Fact{{
		Name: "fact_balances", Grain: "one row per account and day", From: "balances", EventAt: "balance_date",
		Dimensions: []schema.Role{
			{Name: "account", Dimension: "dim_accounts", Key: []string{"account_id"}},
			{Name: "day", Dimension: "dim_dates", Key: []string{"balance_date"}},
		},
		Measures: []schema.Measure{{Name: "balance_amount", Sum: []string{"account"}}, {Name: "interest_rate"}, {Name: "booking_count", Sum: []string{"yes"}}},
	}}
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_accounts", From: "accounts", Columns: []schema.DimColumn{{Name: "branch", SCD: "1"}}})
	p.Aggregates = []schema.Aggregate{{
		Name: "agg_branches", Grain: "one row per branch and month", From: "fact_balances",
		Group: []schema.GroupBy{{Name: "branch", By: "account.branch"}, {Name: "month", By: "day.month"}},
		Measures: []schema.AggMeasure{
			{Name: "closing_amount", Last: "balance_amount"}, {Name: "least_amount", Min: "balance_amount"}, {Name: "mean_amount", Avg: "balance_amount"},
			{Name: "last_rate", Last: "interest_rate"}, {Name: "mean_rate", Avg: "interest_rate"},
			{Name: "booking_count", Sum: "booking_count"}, {Name: "mean_booking", Avg: "booking_count"},
		},
	}, {
		Name: "agg_days", Grain: "one row per day", From: "fact_balances",
		Group:    []schema.GroupBy{{Name: "balance_date", By: "balance_date"}},
		Measures: []schema.AggMeasure{{Name: "balance_amount", Sum: "balance_amount"}},
	}}
}

var balanceEntities = []string{
	"accounts: id | branch text",
	"balances: account_id text, balance_date date | balance_amount decimal(12,2), interest_rate float, booking_count integer",
}

// TestFactsSemiAdditive: a balance is summed over accounts; over time its last, least and
// mean value is taken, never its sum.
func TestFactsSemiAdditive(t *testing.T) {
	const branches = "SELECT branch, month, closing_amount, least_amount, mean_amount, last_rate, mean_rate, booking_count, mean_booking FROM gold.agg_branches ORDER BY 1, 2"
	eachShop(t, balanceEntities, balances, func(s *shop) {
		s.send("accounts", "'id':'a','branch':'north'", "'id':'b','branch':'north'")
		s.send("balances",
			"'account_id':'a','balance_date':'2025-01-30','balance_amount':'10.00','interest_rate':1,'booking_count':1",
			"'account_id':'a','balance_date':'2025-01-31','balance_amount':'20.00','interest_rate':2,'booking_count':2",
			"'account_id':'b','balance_date':'2025-01-31','balance_amount':'5.01','interest_rate':4.5,'booking_count':2")
		s.run()
		s.equal(branches, "north | 1 | 25.01 | 5.01 | 11.670000 | 4.5 | 2.5 | 5 | 1.6667")
		s.equal("SELECT balance_date, balance_amount FROM gold.agg_days ORDER BY 1", "2025-01-30 | 10.00", "2025-01-31 | 25.01")
		s.send("balances", "'account_id':'b','balance_date':'2025-01-30','balance_amount':'-7.00','interest_rate':0,'booking_count':0")
		s.send("balances", "'account_id':'a','balance_date':'2025-01-31','balance_amount':'21.00','interest_rate':2,'booking_count':2")
		s.run()
		s.equal(branches, "north | 1 | 26.01 | -7.00 | 7.252500 | 4.5 | 1.875 | 5 | 1.2500")
		s.rebuildEquals("gold.agg_branches", "gold.agg_days")
	})
}
