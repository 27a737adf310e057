package cases

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

var orderEntities = []string{
	"customers@: id | segment text",
	"orders: id | customer_id text, ordered_at timestamp, currency_code text, freight_amount decimal(12,2)",
	"lines: order_id text, line_number integer | quantity_count integer, line_amount decimal(12,2)",
	"rates: currency_code text, rate_date date | eur_rate decimal(12,6)",
}

// orderLines declares lines that read their order and the rate of its day, and that share the
// order's freight.
func orderLines(p *lode.Project) {
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "segment", SCD: "2"}}})
	p.Facts = []schema.Fact{{
		Name: "fact_lines", Grain: "one row per order line", From: "lines", EventAt: "order.ordered_at",
		Joins: []schema.Join{
			{Name: "order", Entity: "orders", Key: []string{"order_id"}},
			{Name: "rate", Entity: "rates", Key: []string{"order.currency_code"}, AsOf: &schema.JoinAsOf{Column: "rate_date", At: "order.ordered_at"}},
		},
		Dimensions: []schema.Role{
			{Name: "customer", Dimension: "dim_customers", Key: []string{"order.customer_id"}},
			{Name: "ordered_on", Dimension: "dim_dates", Key: []string{"order.ordered_at"}},
		},
		Degenerate: []string{"order.currency_code"},
		Measures: []schema.Measure{
			{Name: "line_amount", Sum: []string{"yes"}},
			{Name: "line_eur_amount", Value: "round(line_amount * rate.eur_rate, 2)", Type: "decimal(18,2)", Sum: []string{"yes"}},
			{Name: "freight_amount", Value: "order.freight_amount", Allocate: &schema.Allocation{Over: "order", By: "line_amount"}, Sum: []string{"yes"}},
			{Name: "freight_eur_amount", Value: "round(order.freight_amount * rate.eur_rate, 2)", Allocate: &schema.Allocation{Over: "order"}, Sum: []string{"yes"}},
		},
	}}
	p.Aggregates = []schema.Aggregate{{
		Name: "agg_segments", Grain: "one row per segment", From: "fact_lines",
		Group:    []schema.GroupBy{{Name: "segment", By: "customer.segment"}},
		Measures: []schema.AggMeasure{{Name: "line_eur_amount", Sum: "line_eur_amount"}, {Name: "freight_amount", Sum: "freight_amount"}, {Name: "line_count", Count: "rows"}},
	}}
}

func order(id, customer, at, currency, freight string) string {
	return fmt.Sprintf("'id':'%s','customer_id':'%s','ordered_at':'%s','currency_code':'%s','freight_amount':'%s'", id, customer, at, currency, freight)
}

func line(order string, number int, amount string) string {
	return fmt.Sprintf("'order_id':'%s','line_number':%d,'quantity_count':1,'line_amount':'%s'", order, number, amount)
}

func rate(currency, day, value string) string {
	return fmt.Sprintf("'currency_code':'%s','rate_date':'%s','eur_rate':'%s'", currency, day, value)
}

// linesOf is a line's customer segment, day, currency and amounts.
const linesOf = `SELECT f.order_id, f.line_number, c.segment, f.ordered_on_key, f.currency_code, f.line_amount, f.line_eur_amount, f.freight_amount, f.freight_eur_amount
FROM gold.fact_lines f JOIN gold.dim_customers c ON c.customer_key = f.customer_key ORDER BY 1, 2`

// TestFactsHeaderAndLine: what a line reads of its order follows each change of the
// order, also when that comes before or after its lines.
func TestFactsHeaderAndLine(t *testing.T) {
	eachShop(t, orderEntities, orderLines, func(s *shop) {
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'", "'id':'c','segment':'B','at':'2025-02-01T00:00:00Z'", "'id':'d','segment':'D','at':'2025-01-01T00:00:00Z'")
		s.send("rates", rate("USD", "2025-01-01", "0.9"), rate("USD", "2025-01-10", "0.8"), rate("EUR", "2025-01-01", "1"))
		s.send("lines", line("1", 1, "100.00"))
		s.run()
		s.equal(linesOf, "1 | 1 | Unknown | -1 | NULL | 100.00 | NULL | NULL | NULL")

		s.send("orders", order("1", "c", "2025-01-15T10:00:00Z", "USD", "10.00"))
		s.run()
		s.equal(linesOf, "1 | 1 | A | 20250115 | USD | 100.00 | 80.00 | 10.00 | 8.00")

		s.send("lines", line("1", 2, "50.00"), line("1", 3, "0.00"))
		s.run()
		s.equal(linesOf, "1 | 1 | A | 20250115 | USD | 100.00 | 80.00 | 6.67 | 2.66", "1 | 2 | A | 20250115 | USD | 50.00 | 40.00 | 3.33 | 2.67", "1 | 3 | A | 20250115 | USD | 0.00 | 0.00 | 0.00 | 2.67")

		s.send("orders", order("1", "d", "2025-02-15T10:00:00Z", "EUR", "9.00"))
		s.run()
		s.equal(linesOf, "1 | 1 | D | 20250215 | EUR | 100.00 | 100.00 | 6.00 | 3.00", "1 | 2 | D | 20250215 | EUR | 50.00 | 50.00 | 3.00 | 3.00", "1 | 3 | D | 20250215 | EUR | 0.00 | 0.00 | 0.00 | 3.00")
		s.equal("SELECT segment, line_eur_amount, freight_amount, line_count FROM gold.agg_segments", "D | 150.00 | 9.00 | 3")

		s.gone("lines", "'order_id':'1','line_number':1")
		s.run()
		s.equal(linesOf, "1 | 2 | D | 20250215 | EUR | 50.00 | 50.00 | 9.00 | 4.50", "1 | 3 | D | 20250215 | EUR | 0.00 | 0.00 | 0.00 | 4.50")
		s.gone("orders", "'id':'1'")
		s.run()
		s.equal(linesOf, "1 | 2 | Unknown | -1 | NULL | 50.00 | NULL | NULL | NULL", "1 | 3 | Unknown | -1 | NULL | 0.00 | NULL | NULL | NULL")
		s.rebuildEquals("gold.fact_lines", "gold.agg_segments")
	})
}

// TestFactsRateOfTheDay: the rate is the latest at or before the order; a rate that comes
// late, changes or goes moves just the orders in its reach.
func TestFactsRateOfTheDay(t *testing.T) {
	const euros = "SELECT order_id, line_eur_amount FROM gold.fact_lines ORDER BY 1"
	eachShop(t, orderEntities, orderLines, func(s *shop) {
		for i, at := range []string{"2025-01-01T00:00:00Z", "2025-01-05T23:59:59Z", "2025-01-10T00:00:00Z", "2024-12-31T23:59:59Z"} {
			s.send("orders", order(fmt.Sprint(i), "c", at, "USD", "0.00"))
			s.send("lines", line(fmt.Sprint(i), 1, "1.00"))
		}
		s.send("rates", rate("USD", "2025-01-01", "0.10"), rate("USD", "2025-01-10", "0.30"), rate("CHF", "2024-01-01", "9"))
		s.run()
		s.equal(euros, "0 | 0.10", "1 | 0.10", "2 | 0.30", "3 | NULL")
		s.send("rates", rate("USD", "2025-01-05", "0.20"))
		s.run()
		s.equal(euros, "0 | 0.10", "1 | 0.20", "2 | 0.30", "3 | NULL")
		s.send("rates", rate("USD", "2025-01-01", "0.11"), rate("USD", "2024-12-31", "0.05"))
		s.run()
		s.equal(euros, "0 | 0.11", "1 | 0.20", "2 | 0.30", "3 | 0.05")
		s.gone("rates", "'currency_code':'USD','rate_date':'2025-01-10'")
		s.gone("rates", "'currency_code':'USD','rate_date':'2025-01-01'")
		s.run()
		s.equal(euros, "0 | 0.05", "1 | 0.20", "2 | 0.20", "3 | 0.05")
		s.rebuildEquals("gold.fact_lines")
	})
}

// numberedLines are the entities with lines that have a number of their own, and can
// change their order.
func numberedLines() []string {
	return append(orderEntities[:2:2], "lines: line_number integer | order_id text, quantity_count integer, line_amount decimal(12,2)", orderEntities[3])
}

// TestFactsAllocationIsExact: shares sum up to the amount, whatever the weights are, and
// a line that changes its order leaves no share behind.
func TestFactsAllocationIsExact(t *testing.T) {
	const shares = "SELECT order_id, line_number, freight_amount FROM gold.fact_lines ORDER BY 1, 2"
	numbered := func(p *lode.Project) {
		orderLines(p)
		p.Facts[0].Degenerate = append(p.Facts[0].Degenerate, "order_id")
	}
	eachShop(t, numberedLines(), numbered, func(s *shop) {
		s.send("orders", order("1", "c", "2025-01-01T00:00:00Z", "EUR", "0.05"), order("2", "c", "2025-01-01T00:00:00Z", "EUR", "-10.00"), order("3", "c", "2025-01-01T00:00:00Z", "EUR", "1.00"))
		s.send("lines", line("1", 1, "1.00"), line("1", 2, "1.00"), line("1", 3, "1.00"),
			line("2", 4, "2.00"), line("2", 5, "1.00"),
			line("3", 6, "5.00"), line("3", 7, "-5.00"), line("3", 8, "0.00"))
		s.run()
		s.equal(shares, "1 | 1 | 0.01", "1 | 2 | 0.02", "1 | 3 | 0.02", "2 | 4 | -6.67", "2 | 5 | -3.33", "3 | 6 | 0.34", "3 | 7 | 0.33", "3 | 8 | 0.33")
		s.send("lines", line("2", 3, "1.00"))
		s.run()
		s.equal(shares, "1 | 1 | 0.02", "1 | 2 | 0.03", "2 | 3 | -2.50", "2 | 4 | -5.00", "2 | 5 | -2.50", "3 | 6 | 0.34", "3 | 7 | 0.33", "3 | 8 | 0.33")
		s.send("lines", "'line_number':4,'order_id':null,'line_amount':'2.00'", "'line_number':6,'order_id':'3','line_amount':'-3.00'", "'line_number':7,'order_id':'3','line_amount':null")
		s.run()
		s.equal(shares, "1 | 1 | 0.02", "1 | 2 | 0.03", "2 | 3 | -5.00", "2 | 5 | -5.00", "3 | 6 | 1.00", "3 | 7 | 0.00", "3 | 8 | 0.00", "NULL | 4 | NULL")
		s.rebuildEquals("gold.fact_lines")
	})
}

// TestFactsJoinsStorm: whatever comes in which order, each run leaves what a rebuild makes.
func TestFactsJoinsStorm(t *testing.T) {
	eachShop(t, orderEntities, orderLines, func(s *shop) {
		s.storm(1, 5, func(r *rand.Rand) {
			id, n, day, currency := pick(r, "1", "2", "3"), 1+r.IntN(3), on(r.IntN(40)), pick(r, "USD", "EUR", "CHF")
			switch r.IntN(12) {
			case 0, 1, 2:
				s.send("orders", order(id, pick(r, "c", "d", "e"), day+"T12:00:00Z", currency, pick(r, "0.05", "10.00", "-3.01")))
			case 3:
				s.gone("orders", fmt.Sprintf("'id':'%s'", id))
			case 4, 5, 6, 7:
				s.send("lines", line(id, n, pick(r, "1.00", "2.50", "0.00", "-1.00")))
			case 8:
				s.gone("lines", fmt.Sprintf("'order_id':'%s','line_number':%d", id, n))
			case 9, 10:
				s.send("rates", rate(currency, day, pick(r, "0.5", "0.7", "1.333333")))
			default:
				s.gone("rates", fmt.Sprintf("'currency_code':'%s','rate_date':'%s'", currency, day))
			}
			if r.IntN(3) == 0 {
				s.send("customers", fmt.Sprintf("'id':'%s','segment':'%s','at':'%sT00:00:00Z'", pick(r, "c", "d"), pick(r, "A", "B"), day))
			}
		}, "gold.fact_lines", "gold.agg_segments")
	})
}

// TestFactsJoinTheirOwn: a fact that reads other rows of its entity follows these, too.
func TestFactsJoinTheirOwn(t *testing.T) {
	declare := func(p *lode.Project) {
		p.Facts = []schema.Fact{{
			Name: "fact_tasks", Grain: "one row per task", From: "tasks", EventAt: "due_date",
			Joins:      []schema.Join{{Name: "parent", Entity: "tasks", Key: []string{"parent_id"}}, {Name: "top", Entity: "tasks", Key: []string{"parent.parent_id"}}},
			Dimensions: []schema.Role{{Name: "due_on", Dimension: "dim_dates", Key: []string{"due_date"}}, {Name: "parent_due_on", Dimension: "dim_dates", Key: []string{"parent.due_date"}, WhenNull: "not_applicable"}},
			Measures:   []schema.Measure{{Name: "effort_share", Value: "top.effort_count - effort_count"}},
		}}
	}
	const tasks = "SELECT source_id, parent_due_on_key, effort_share FROM gold.fact_tasks ORDER BY 1"
	eachShop(t, []string{"tasks: id | parent_id text, due_date date, effort_count integer"}, declare, func(s *shop) {
		task := func(id, parent, due string, effort int) string {
			return fmt.Sprintf("'id':'%s','parent_id':'%s','due_date':'%s','effort_count':%d", id, parent, due, effort)
		}
		s.send("tasks", task("1", "2", "2025-01-01", 1), task("2", "3", "2025-01-02", 2), task("3", "", "2025-01-03", 30))
		s.run()
		s.equal(tasks, "1 | 20250102 | 29", "2 | 20250103 | NULL", "3 | -2 | NULL")
		s.send("tasks", task("3", "1", "2025-01-04", 40))
		s.run()
		s.equal(tasks, "1 | 20250102 | 39", "2 | 20250104 | -1", "3 | 20250101 | -38")
		s.gone("tasks", "'id':'3'")
		s.run()
		s.equal(tasks, "1 | 20250102 | NULL", "2 | -2 | NULL")
		s.rebuildEquals("gold.fact_tasks")
		s.run()
	})
}

// TestFactsJoinsAreIndexed: a table that is there already gets the index by which a changed
// header finds its lines, where the warehouse has indexes.
func TestFactsJoinsAreIndexed(t *testing.T) {
	eachShop(t, numberedLines(), func(*lode.Project) {}, func(s *shop) {
		s.run()
		orderLines(&s.project)
		s.reopen()
		var text []string
		plan, err := s.Plan(t.Context(), lode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range plan.Changes {
			if strings.HasPrefix(c.Text, "add an index") {
				text = append(text, c.Text)
			}
		}
		if got := strings.Join(text, "; "); strings.HasPrefix(s.project.Warehouse, "postgres") && got != "add an index on silver.lines (order_id)" {
			t.Errorf("planned %q", got)
		}
		s.run()
		if plan, err = s.Plan(t.Context(), lode.Options{}); err != nil || len(plan.Changes) > 0 {
			t.Errorf("planned again: %v, %v", plan.Changes, err)
		}
	})
}
