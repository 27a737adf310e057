package cases

import "testing"

// Records of two sources that agree are one thing, and the orders of both are its orders.
func TestMatchAtOnce(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ADA@example.com
2  | 10 | Bob  | bob@example.com
-- events billing.customers
id | at | name   | email
7  | 20 | A. Lov | ada@example.com
8  | 20 | Cy     | NULL
9  | 20 | Di     | NULL
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 1        | 15 | 1
o2 | 25      | billing | 7        | 25 | 2
o3 | 25      | billing | 8        | 25 | 4
-- run
-- table silver.parties
source_system | source_id | name | email           | label                 | is_deleted
crm           | 1         | Ada  | ada@example.com | Ada <ada@example.com> | false
crm           | 2         | Bob  | bob@example.com | Bob <bob@example.com> | false
billing       | 8         | Cy   | NULL            | NULL                  | false
billing       | 9         | Di   | NULL            | NULL                  | false
-- table silver.parties_members
source_system | source_id | master_source_system | master_source_id
crm           | 1         | crm                  | 1
crm           | 2         | crm                  | 2
billing       | 7         | crm                  | 1
billing       | 8         | billing              | 8
billing       | 9         | billing              | 9
-- table gold.dim_parties
party_key | party_durable_key | source_system | source_id | name
$ada      | $a                | crm           | 1         | Ada
$bob      | $b                | crm           | 2         | Bob
$cy       | $c                | billing       | 8         | Cy
$di       | $d                | billing       | 9         | Di
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $ada
o3        | $cy
-- run
writes nothing
-- rebuild
writes nothing
`)
}

// A match that comes late re-keys the facts of what was two things so far, and so do the
// groups of the aggregate.
func TestMatchComesLate(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | lov@example.com
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 1        | 15 | 1
o2 | 25      | billing | 7        | 25 | 2
-- run
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $lov
-- table gold.agg_parties
name | amount
Ada  | 1
Lov  | 2

# Billing learns the other address: both have been one person all the time.
-- events billing.customers
id | at | name | email
7  | 30 | Lov  | ada@example.com
-- run
-- table gold.dim_parties
party_key | name | valid_from | valid_to
$ada      | Ada  | -inf       | inf
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $ada
-- table gold.agg_parties
name | amount
Ada  | 3
-- run
writes nothing
-- rebuild
writes nothing
`)
}

// Matching is transitive, also where each step is by another rule, and where the record in
// the middle comes last.
func TestMatchTransitive(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email           | tax
1  | 10 | Ada  | ada@example.com | NULL
2  | 20 | Augu | NULL            | T2
3  | 30 | Bob  | bob@example.com | T3
-- run
-- events billing.customers
id | at | name | email           | tax
7  | 40 | Lov  | ada@example.com | T2
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 1
crm           | 3         | 3
billing       | 7         | 1
-- events billing.customers
id | at | name | email           | tax
8  | 50 | Lov  | bob@example.com | T2
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 1
crm           | 3         | 1
billing       | 7         | 1
billing       | 8         | 1
-- rebuild
writes nothing
`)
}

// A match is taken back when the value that made it changes: what was one thing is two
// again, and each order goes with the record that it names, though no version of the
// first thing moves.
func TestMatchTakenBackByAChange(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | ada@example.com
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 1        | 15 | 1
o2 | 25      | billing | 7        | 25 | 2
-- run
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $ada
-- events billing.customers
id | at | name | email
7  | 30 | Lov  | lov@example.com
-- run
-- table gold.dim_parties
party_key | source_system | name | valid_from | valid_to
$ada      | crm           | Ada  | -inf       | inf
$lov      | billing       | Lov  | -inf       | inf
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $lov
-- table gold.agg_parties
name | amount
Ada  | 1
Lov  | 2
-- rebuild
writes nothing
`)
}

// A record that was deleted holds nothing together any more, but stays with what it
// agrees with: its orders keep their person.
func TestMatchTakenBackByADelete(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email           | tax
1  | 10 | Ada  | ada@example.com | NULL
2  | 20 | Augu | NULL            | T2
-- events billing.customers
id | at | name | email           | tax
7  | 30 | Lov  | ada@example.com | T2
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 35      | crm     | 1        | 35 | 1
o2 | 35      | crm     | 2        | 35 | 2
o3 | 35      | billing | 7        | 35 | 4
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 1
billing       | 7         | 1
-- events billing.customers
id | at | op
7  | 50 | delete
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 2
billing       | 7         | 1
-- table gold.dim_parties WHERE is_current AND party_key > 0
party_key | name
$ada      | Ada
$augu     | Augu
-- table gold.fact_orders
source_id | party_key
o1        | $ada
o2        | $augu
o3        | $ada
-- rebuild
writes nothing
`)
}

// A thing is deleted when the last of its records is, and comes back with any of them.
func TestMatchDeletedWithTheLastRecord(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email           | op
1  | 10 | Ada  | ada@example.com |
1  | 30 |      |                 | delete
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | ada@example.com
-- run
-- table gold.dim_parties
party_key | name | valid_from | valid_to | is_deleted
$ada      | Ada  | -inf       | 30       | false
$lov      | Lov  | 30         | inf      | false
-- events billing.customers
id | at | op
7  | 40 | delete
-- run
-- table gold.dim_parties
party_key | name | valid_from | valid_to | is_deleted
$ada      | Ada  | -inf       | 30       | false
$lov      | Lov  | 30         | 40       | true
-- table silver.parties
source_id | name | is_deleted
1         | Lov  | true
-- events crm.customers
id | at | name | email
1  | 50 | Ada  | ada@example.com
-- run
-- table gold.dim_parties
party_key | name | valid_from | valid_to | is_deleted
$ada      | Ada  | -inf       | 30       | false
$lov      | Lov  | 30         | 40       | false
$back     | Ada  | 50         | inf      | false
-- rebuild
writes nothing
`)
}
