package cases

import (
	"testing"

	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// stream adds a stream with an entity of its own name to the drawn project. A field is
// the column of its name.
func stream(p *schema.Project, name, validAt string, columns ...schema.Column) {
	p.Sources[0].Config.(*lodetest.Source).Stream(name, "id")
	p.Entities = append(p.Entities, schema.Entity{
		Name: name, Key: []string{"source_id"}, Columns: columns,
		From: []schema.Mapping{{Stream: "s." + name, ValidAt: schema.ValidAt{Field: validAt}, Ignore: []string{"id"}}},
	})
}

// holdersOf makes the bridge of case 50: who holds an account, with which share.
func holdersOf(p *schema.Project) {
	eventful(p)
	stream(p, "holders", "at", schema.Column{Name: "account", Type: "text"}, schema.Column{Name: "item_id", Type: "text"}, schema.Column{Name: "share", Type: "decimal(6,3)"})
	stream(p, "payments", "", schema.Column{Name: "account", Type: "text"}, schema.Column{Name: "paid_at", Type: "timestamp"})
	p.Bridges = []schema.Bridge{{
		Name: "bridge_account_holders", From: "holders", Group: []string{"account"}, Weight: "share",
		Member: &schema.Member{Dimension: "dim_items", Key: []string{"item_id"}},
	}}
	p.Facts = append(p.Facts, schema.Fact{
		Name: "fact_payments", Grain: "one row per payment", From: "payments", EventAt: "paid_at",
		Dimensions: []schema.Role{{Name: "holders", Dimension: "dim_account_holder_groups", Key: []string{"account"}}},
	})
}

// Case 50, bridge: the weights of a group sum up to 1; a group that changes has a new key
// and a version of its own, and facts point to the group in force.
func TestHistory50GroupChanges(t *testing.T) {
	play(t, holdersOf, `
-- events s.items
id | at | a
1  | 0  | Ada
2  | 0  | Bob
-- events s.holders
id | at | account | item_id | share
h1 | 10 | acc     | 1       | 1.000
-- events s.payments
id | account | paid_at
p1 | acc     | 15
p2 | acc     | 35
-- run
-- table gold.dim_account_holder_groups
account_holder_group_key | account | event_at | valid_to
$one                     | acc     | 10       | inf
-- events s.holders
id | at | account | item_id | share
h1 | 30 | acc     | 1       | 0.250
h2 | 30 | acc     | 2       | 0.750
-- run
-- table gold.dim_account_holder_groups
account_holder_group_key | account | event_at | valid_to
$one                     | acc     | 10       | 30
$two                     | acc     | 30       | inf
-- table gold.dim_items
item_durable_key | a
$ada             | Ada
$bob             | Bob
-- table gold.bridge_account_holders WHERE account_holder_group_key > 0
account_holder_group_key | item_durable_key | weight
$one                     | $ada             | 1
$two                     | $ada             | 0.25
$two                     | $bob             | 0.75
-- table gold.fact_payments
source_id | holders_key
p1        | $one
p2        | $two
# A change that comes late splits the history of the group, and its facts follow.
-- events s.holders
id | at | account | item_id | share
h1 | 14 | acc     | 2       | 1.000
-- run
-- table gold.dim_account_holder_groups
account_holder_group_key | account | event_at | valid_to
$one                     | acc     | 10       | 14
$late                    | acc     | 14       | 30
$two                     | acc     | 30       | inf
-- table gold.fact_payments
source_id | holders_key
p1        | $late
p2        | $two
`)
}

// placedShippedPaid makes the fact of case 51: an order, and when it was placed, shipped, paid.
func placedShippedPaid(p *schema.Project) {
	day := func(name string) schema.Column { return schema.Column{Name: name, Type: "timestamp"} }
	stream(p, "orders", "at", day("placed_at"), day("shipped_at"), day("paid_at"))
	p.Facts, p.Aggregates = []schema.Fact{{
		Name: "fact_fulfilments", Grain: "one row per order", From: "orders", EventAt: "placed_at",
		Milestones: &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{{Name: "placed", At: "placed_at"}, {Name: "shipped", At: "shipped_at"}, {Name: "paid", At: "paid_at"}}},
		Lags:       []schema.Lag{{Name: "days_to_ship", From: "placed", To: "shipped"}, {Name: "days_to_pay", From: "shipped", To: "paid"}},
	}}, nil
}

// Case 51, accumulating snapshot: each milestone is its own latest event, in whatever
// order they come; one that is not reached points to the member not yet; lags follow.
func TestHistory51OutOfOrder(t *testing.T) {
	play(t, placedShippedPaid, `
-- events s.orders
id | at | placed_at            | paid_at
1  | 10 | 2025-03-01T12:00:00Z |
1  | 30 |                      | 2025-03-02T12:00:00Z
-- run
-- table gold.fact_fulfilments
source_id | placed_key | shipped_key | paid_key | days_to_ship | days_to_pay
1         | 20250301   | -5          | 20250302 | NULL         | NULL
# Shipped is told late, and lies behind paid.
-- events s.orders
id | at | shipped_at
1  | 20 | 2025-03-05T12:00:00Z
-- run
-- table gold.fact_fulfilments
source_id | placed_key | shipped_key | paid_key | days_to_ship | days_to_pay
1         | 20250301   | 20250305    | 20250302 | 4            | -3
# Shipped is corrected, paid is taken back.
-- events s.orders
id | at | shipped_at           | paid_at
1  | 40 | 2025-03-04T12:00:00Z | NULL
-- run
-- table gold.fact_fulfilments
source_id | placed_key | shipped_key | paid_key | days_to_ship | days_to_pay
1         | 20250301   | 20250304    | -5       | 3            | NULL
`)
}

// itemBalances makes the fact of case 52: the balance of an account at the end of each month.
func itemBalances(p *schema.Project) {
	eventful(p)
	stream(p, "accounts", "at", schema.Column{Name: "item_id", Type: "text"}, schema.Column{Name: "balance_amount", Type: "decimal(12,2)"})
	p.Facts, p.Aggregates = []schema.Fact{{
		Name: "fact_balances", Grain: "one row per account and month", From: "accounts", Snapshot: &schema.Snapshot{Every: "month"},
		Dimensions: []schema.Role{{Name: "item", Dimension: "dim_items", Key: []string{"item_id"}}, {Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}}},
		Measures:   []schema.Measure{{Name: "balance_amount", Sum: []string{"item"}}},
		Late:       "unknown",
	}}, nil
}

// Case 52, periodic snapshot: dense, with the keys of the period's end; a run again writes
// nothing, a late event replaces the periods from its own on.
func TestHistory52PeriodEndKeys(t *testing.T) {
	play(t, itemBalances, `
-- clock 2025-04-10
-- events s.items
id | at                   | a
1  | 10                   | A
1  | 2025-02-15T00:00:00Z | B
-- events s.accounts
id  | at                   | item_id | balance_amount
acc | 2025-01-15T00:00:00Z | 1       | 100.00
acc | 2025-03-15T00:00:00Z | 1       | 300.00
-- run
-- table gold.dim_items
item_key | a
$a       | A
$b       | B
-- table gold.fact_balances
source_id | period_end | item_key | period_key | balance_amount
acc       | 2025-01-31 | $a       | 20250131   | 100.00
acc       | 2025-02-28 | $b       | 20250228   | 100.00
acc       | 2025-03-31 | $b       | 20250331   | 300.00
-- run
writes nothing
-- events s.accounts
id  | at                   | item_id | balance_amount
acc | 2025-02-20T00:00:00Z | 1       | 200.00
-- events s.items
id | at                   | a
1  | 2025-01-20T00:00:00Z | C
-- run
-- table gold.dim_items
item_key | a
$a       | A
$c       | C
$b       | B
-- table gold.fact_balances
source_id | period_end | item_key | balance_amount
acc       | 2025-01-31 | $c       | 100.00
acc       | 2025-02-28 | $b       | 200.00
acc       | 2025-03-31 | $b       | 300.00
# The period that is under way is written when it has ended.
-- clock 2025-05-01
-- run
-- table gold.fact_balances
source_id | period_end | item_key | balance_amount
acc       | 2025-01-31 | $c       | 100.00
acc       | 2025-02-28 | $b       | 200.00
acc       | 2025-03-31 | $b       | 300.00
acc       | 2025-04-30 | $b       | 300.00
`)
}

// correction is case 53 up to its last table: a sale is corrected, and another deleted.
const correction = `
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
-- events s.sales
id | item | at | amount
s1 | 1    | 15 | 1.00
s2 | 1    | 25 | 2.00
-- run
-- table gold.dim_items
item_key | a
$a       | A
$b       | B
-- events s.sales
id | item | at | amount | op
s1 | 1    | 25 | 5.00   |
s2 |      |    |        | delete
-- run
-- table gold.fact_sales
`

// Case 53, a fact is corrected or deleted: in place.
func TestHistory53CorrectedInPlace(t *testing.T) {
	play(t, openEnded, correction+`
source_id | item_key | sold_amount
s1        | $b       | 5.00
-- table gold.agg_sales
a | sold_amount | sale_count
B | 5.00        | 1
`)
}

// Case 53, declared as reversal: nothing goes; what was is taken back, and told anew.
func TestHistory53CorrectedByReversal(t *testing.T) {
	reversal := func(p *schema.Project) { p.Facts[0].Corrections = "reversal" }
	play(t, reversal, correction+`
source_id | correction | is_reversal | item_key | sold_amount
s1        | 0          | false       | $a       | 1.00
s1        | 1          | true        | $a       | -1.00
s1        | 2          | false       | $b       | 5.00
s2        | 0          | false       | $b       | 2.00
s2        | 1          | true        | $b       | -2.00
-- table gold.agg_sales WHERE sale_count <> 0
a | sold_amount | sale_count
B | 5.00        | 1
-- rebuild
-- table gold.fact_sales
source_id | correction | is_reversal | item_key | sold_amount
s1        | 0          | false       | $a       | 1.00
s1        | 1          | true        | $a       | -1.00
s1        | 2          | false       | $b       | 5.00
s2        | 0          | false       | $b       | 2.00
s2        | 1          | true        | $b       | -2.00
`)
}
