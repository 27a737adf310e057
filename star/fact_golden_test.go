package star_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// trade is a project with a fact of each kind.
func trade(t testing.TB) *schema.Model {
	t.Helper()
	column := func(name, kind string) schema.Column { return schema.Column{Name: name, Type: kind} }
	from := []schema.Mapping{{Stream: "s.s"}}
	m, problems := schema.Resolve(schema.Project{
		Name: "trade",
		Entities: []schema.Entity{
			{Name: "customers", Key: []string{"source_id"}, From: from, Columns: []schema.Column{column("segment", "text")}},
			{Name: "orders", Key: []string{"source_id"}, From: from, Columns: []schema.Column{
				column("customer_id", "text"), column("ordered_at", "timestamp"), column("currency_code", "text"), column("freight_amount", "decimal(12,2)"),
			}},
			{Name: "lines", Key: []string{"order_id", "line_number"}, From: from, Columns: []schema.Column{
				column("order_id", "text"), column("line_number", "integer"), column("line_amount", "decimal(12,2)"),
			}},
			{Name: "rates", Key: []string{"currency_code", "rate_date"}, From: from, Columns: []schema.Column{
				column("currency_code", "text"), column("rate_date", "date"), column("eur_rate", "decimal(12,6)"),
			}},
			{Name: "steps", Key: []string{"order_id", "step"}, From: from, Columns: []schema.Column{column("order_id", "text"), column("step", "text"), column("happened_at", "timestamp")}},
			{Name: "accounts", Key: []string{"source_id"}, From: from, Columns: []schema.Column{column("branch_code", "text"), column("balance_amount", "decimal(12,2)")}},
		},
		Dimensions: []schema.Dimension{
			{Name: "dim_accounts", From: "accounts", Columns: []schema.DimColumn{{Name: "branch_code", SCD: "2"}}},
			{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "segment", SCD: "2"}}},
			{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-12-31"}},
		},
		Facts: tradeFacts(),
	}, coltype.Standard(), []schema.StreamRef{{Source: "s", Stream: "s"}})
	if problems != nil {
		t.Fatal(problems)
	}
	return m
}

func tradeFacts() []schema.Fact {
	yes := []string{"yes"}
	return []schema.Fact{{
		Name: "fact_lines", Grain: "one row per line", From: "lines", EventAt: "order.ordered_at",
		Joins: []schema.Join{
			{Name: "order", Entity: "orders", Key: []string{"order_id"}},
			{Name: "rate", Entity: "rates", Key: []string{"order.currency_code"}, AsOf: &schema.JoinAsOf{Column: "rate_date", At: "order.ordered_at"}},
		},
		Dimensions: []schema.Role{
			{Name: "customer", Dimension: "dim_customers", Key: []string{"order.customer_id"}},
			{Name: "ordered_on", Dimension: "dim_dates", Key: []string{"order.ordered_at"}},
		},
		Measures: []schema.Measure{
			{Name: "line_amount", Sum: yes},
			{Name: "eur_amount", Value: "round(line_amount * rate.eur_rate, 2)", Sum: yes},
			{Name: "freight_amount", Value: "order.freight_amount", Allocate: &schema.Allocation{Over: "order", By: "line_amount"}, Sum: yes},
		},
	}, {
		Name: "fact_balances", Grain: "one row per account and month", From: "accounts", Snapshot: &schema.Snapshot{Every: "month"},
		Dimensions: []schema.Role{
			{Name: "account", Dimension: "dim_accounts", Key: []string{"source_id"}},
			{Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}},
		},
		Measures: []schema.Measure{{Name: "balance_amount", Sum: []string{"account"}}},
	}, {
		Name: "fact_fulfilments", Grain: "one row per order", From: "orders", EventAt: "ordered_at",
		Joins:      []schema.Join{{Name: "payment", Entity: "steps", Key: []string{"source_id", "'paid'"}}},
		Milestones: &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{{Name: "ordered", At: "ordered_at"}, {Name: "paid", At: "payment.happened_at"}}},
		Lags:       []schema.Lag{{Name: "days_to_pay", From: "ordered", To: "paid"}, {Name: "hours_to_pay", From: "ordered", To: "paid", In: "hours"}},
	}, {
		Name: "fact_corrections", Grain: "one row per order and correction", From: "orders", EventAt: "ordered_at", Corrections: "reversal",
		Dimensions: []schema.Role{{Name: "customer", Dimension: "dim_customers", Key: []string{"customer_id"}}},
		Measures:   []schema.Measure{{Name: "freight_amount", Sum: yes}},
	}}
}

// TestStatementsOfFacts holds the SQL of each kind of fact word by word.
func TestStatementsOfFacts(t *testing.T) {
	t.Parallel()
	m := trade(t)
	for _, d := range []warehouse.Dialect{duckdb.Dialect{}, postgres.Dialect{}} {
		for _, f := range m.Facts {
			t.Run(d.Name()+"/"+f.Name, func(t *testing.T) {
				t.Parallel()
				s := star.Scope{After: 100, Now: now, Since: now.Add(-48 * time.Hour), Joined: map[string]int64{}}
				for _, e := range f.Joined() {
					s.Joined[e.Name] = 50
				}
				golden(t, d.Name()+"_"+f.Name+".sql", factStatements(d, f, s))
				if f.Name == "fact_corrections" {
					s.Seek = []string{"customer"}
					golden(t, d.Name()+"_"+f.Name+"_sought.sql", star.Versions(d, f, 0, s, star.FactKeysTable)+";\n\n"+factRows(d, f, s))
				}
			})
		}
	}
}

func factStatements(d warehouse.Dialect, f *schema.FactModel, s star.Scope) string {
	all := star.FactKeys(d, f, s)
	all = append(all, star.Shared(d, f, star.FactKeysTable)...)
	all = append(all, star.FactSource(d, f, s, star.FactKeysTable)...)
	for _, r := range f.Roles {
		if r.Dim.Entity == nil {
			all = append(all, sqltext.Statement{Note: "days of " + r.Name, SQL: star.FactDays(d, f, r, s, star.FactKeysTable)})
		}
	}
	all = append(all, star.Fact(d, f, s, star.FactKeysTable, map[string]int64{"dim_customers": 7, "dim_accounts": 5})...)
	var b strings.Builder
	for _, x := range all {
		if strings.HasPrefix(x.Note, "what differs") {
			break // package affected's, the same for every table
		}
		if x.SQL != "" {
			fmt.Fprintf(&b, "-- %s [%s]\n%s;\n\n", x.Note, x.Count, x.SQL)
		}
	}
	return b.String()
}

// factRows is the statement that computes the rows of a fact.
func factRows(d warehouse.Dialect, f *schema.FactModel, s star.Scope) string {
	for _, x := range star.Fact(d, f, s, star.FactKeysTable, nil) {
		if strings.HasPrefix(x.Note, "the rows that") {
			return x.SQL + ";\n"
		}
	}
	return ""
}
