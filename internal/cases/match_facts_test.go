package cases

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

// Case 27 and 28 for a record: an order that is there before its customer has an inferred
// party, which is completed in place if the record is a thing of its own.
func TestMatchInferredMemberCompleted(t *testing.T) {
	playParties(t, `
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | billing | 7        | 15 | 1
-- run
-- table gold.dim_parties
party_key | source_system | source_id | name | is_inferred
$p        | billing       | 7         | NULL | true
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | lov@example.com
-- run
-- table gold.dim_parties
party_key | source_system | source_id | name | is_inferred
$p        | billing       | 7         | Lov  | false
-- table gold.fact_orders
party_key
$p
-- rebuild
writes nothing
`)
}

// If the record turns out to be of a thing that is known, nothing is left of what was inferred.
func TestMatchInferredMemberIsAnother(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | billing | 7        | 15 | 1
o2 | 15      | crm     | 1        | 15 | 2
-- run
-- table gold.dim_parties
party_key | name | is_inferred
$ada      | Ada  | false
$p        | NULL | true
-- table gold.fact_orders
source_id | party_key
o1        | $p
o2        | $ada
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | ada@example.com
-- run
-- table gold.dim_parties
party_key | name | is_inferred
$ada      | Ada  | false
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $ada
-- table gold.agg_parties
name | amount
Ada  | 3
-- rebuild
writes nothing
`)
}

// With late: unknown the order points to nobody until its record is known.
func TestMatchUnknownUntilKnown(t *testing.T) {
	unknown := changedParties(func(p *schema.Project) {
		p.Dimensions[0].FirstVersion, p.Dimensions[0].Deleted, p.Facts[0].Late = "event", "member", "unknown"
	})
	play(t, unknown, `
-- events crm.customers
id | at | name | email           | op
1  | 10 | Ada  | ada@example.com |
1  | 30 |      |                 | delete
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | billing | 7        | 15 | 1
o2 | 15      | billing | 7        | 35 | 2
-- run
-- table gold.fact_orders
source_id | party_key
o1        | -1
o2        | -1

# The record belongs to what was deleted at 30: the second order comes too late.
-- events billing.customers
id | at | name | email           | op
7  | 12 | Lov  | ada@example.com |
7  | 14 |      |                 | delete
-- run
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.name  | f.party_key
o1          | Ada     | $ada
o2          | Deleted | -3

# One of them is back: the thing was there all the time.
-- events crm.customers
id | at | name | email
1  | 34 | Ada  | ada@example.com
-- run
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.name | d.valid_from
o1          | Ada    | 10
o2          | Ada    | 34
-- rebuild
writes nothing
`)
}

// Facts of both systems carry one durable key. When two things merge the older one's key
// stays; when they split again each has its own.
func TestMatchDurableKeys(t *testing.T) {
	durable := changedParties(func(p *schema.Project) { p.Dimensions[0].Columns[0].SCD = "7" })
	play(t, durable, `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
1  | 20 | Augu | ada@example.com
-- events billing.customers
id | at | name | email
7  | 15 | Lov  | lov@example.com
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 1        | 25 | 1
o2 | 15      | billing | 7        | 25 | 2
-- run
-- table gold.fact_orders
source_id | party_key | party_durable_key
o1        | $augu     | $a
o2        | $lov      | $l
-- events billing.customers
id | at | name | email
7  | 30 | Lov  | ada@example.com
-- run
-- table gold.fact_orders
source_id | party_key | party_durable_key
o1        | $augu     | $a
o2        | $augu     | $a
-- events billing.customers
id | at | name | email
7  | 40 | Lov  | lov@example.com
-- run
-- table gold.fact_orders f
source_id | party_durable_key = (SELECT min(o.party_durable_key) FROM gold.fact_orders o)
o1        | true
o2        | false
-- rebuild
writes nothing
`)
}

// An older record that becomes known late names the thing from then on, and everything
// that pointed to it follows.
func TestMatchOlderRecordComesLate(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 1        | 15 | 1
-- run
-- events billing.customers
id | at | name | email
7  | 5  | Lov  | ada@example.com
-- run
-- table gold.dim_parties
party_key | source_system | name | valid_from | valid_to
$lov      | billing       | Lov  | -inf       | 10
$ada      | billing       | Ada  | 10         | inf
-- table gold.fact_orders
party_key
$ada
-- table gold.agg_parties
name | amount
Ada  | 1
-- rebuild
writes nothing
`)
}

// Case 49, keys that are merged: the source says that a record is now another one. What it
// was before, and its orders, are that one's, from the beginning; undone, they are its own.
func TestHistory49KeysMerged(t *testing.T) {
	merged := changedParties(func(p *schema.Project) {
		p.Entities[0].Match.On = [][]string{{"source_system", "same_as"}}
		p.Entities[1].Columns = append(p.Entities[1].Columns, schema.Column{Name: "merged_into", Type: "text"})
		p.Entities[1].Computed = []schema.Computed{{Name: "same_as", Value: "merged_into == null ? source_id : merged_into"}}
	})
	play(t, merged, `
-- events crm.customers
id | at | name
1  | 10 | Ada
2  | 20 | Ada L.
-- events shop.orders
id | said_at | system | customer | at | amount
o1 | 15      | crm    | 1        | 25 | 1
o2 | 15      | crm    | 2        | 25 | 2
-- run
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $two
-- events crm.customers
id | at | name   | merged_into | op
2  | 30 | Ada L. | 1           |
2  | 31 |        |             | delete
-- run
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.source_id | d.name
o1          | 1           | Ada L.
o2          | 1           | Ada L.
-- table gold.dim_parties WHERE is_current AND party_key > 0
source_id | name
1         | Ada
-- events crm.customers
id | at | name   | merged_into
2  | 40 | Ada L. | NULL
-- run
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.source_id | d.name
o1          | 1           | Ada
o2          | 2           | Ada L.
-- rebuild
writes nothing
`)
}
