package cases

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

// Each kind of survivorship, as of each instant: name by precedence, email of the record
// that changed last, phone as it was known first.
func TestMatchSurvivorship(t *testing.T) {
	playParties(t, `
-- events billing.customers
id | at | name  | email           | phone | tax
7  | 10 | Lov   | lov@example.com | NULL  | T1
-- events crm.customers
id | at | name  | email           | phone | tax
1  | 20 | NULL  | ada@example.com | 111   | T1
-- events billing.customers
id | at | name  | email           | phone | tax
7  | 30 | Love  | lov@example.com | 777   | T1
-- events crm.customers
id | at | name  | email           | phone | tax
1  | 40 | Ada   | NULL            | 112   | T1
-- run
-- table silver.parties_log
source_id | valid_at | name | email           | phone
7         | 10       | Lov  | lov@example.com | NULL
7         | 20       | Lov  | ada@example.com | 111
7         | 30       | Love | lov@example.com | 111
7         | 40       | Ada  | lov@example.com | 111
-- table gold.dim_parties
party_key | name | valid_from | valid_to | email           | phone
$lov      | Lov  | -inf       | 30       | lov@example.com | 111
$love     | Love | 30         | 40       | lov@example.com | 111
$ada      | Ada  | 40         | inf      | lov@example.com | 111

# A late event knows an earlier phone, and a name that had precedence in between.
-- events crm.customers
id | at | name | email           | phone | tax
1  | 15 | Augu | ada@example.com | 110   | T1
-- run
-- table gold.dim_parties
party_key | name | valid_from | valid_to | email           | phone
$lov      | Lov  | -inf       | 15       | lov@example.com | 110
$augu     | Augu | 15         | 20       | lov@example.com | 110
$lov2     | Lov  | 20         | 30       | lov@example.com | 110
$love     | Love | 30         | 40       | lov@example.com | 110
$ada      | Ada  | 40         | inf      | lov@example.com | 110
-- rebuild
writes nothing
`)
}

// A deleted record says nothing any more; what others know survives it.
func TestMatchSurvivorsOfADeletedRecord(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email           | phone | op
1  | 10 | Ada  | ada@example.com | 111   |
1  | 30 |      |                 |       | delete
-- events billing.customers
id | at | name | email           | phone
7  | 20 | Lov  | ada@example.com | 777
-- run
-- table silver.parties_log
source_id | valid_at | op     | name | phone
1         | 10       | upsert | Ada  | 111
1         | 20       | upsert | Ada  | 111
1         | 30       | upsert | Lov  | 777
-- rebuild
writes nothing
`)
}

// NULL matches nothing, a rule of two columns wants both, and values are compared as they
// are typed: the same address in other letters is the same.
func TestMatchByTwoColumns(t *testing.T) {
	both := changedParties(func(p *schema.Project) { p.Entities[0].Match.On = [][]string{{"email", "tax"}} })
	play(t, both, `
-- events crm.customers
id | at | email           | tax
1  | 10 | Ada@Example.com | T1
2  | 11 | ada@example.com | NULL
3  | 12 | ada@example.com | NULL
4  | 13 | NULL            | T1
5  | 14 | ada@example.com | T2
6  | 15 | ADA@EXAMPLE.COM | T1
-- run
-- table silver.parties_members
source_id | master_source_id
1         | 1
2         | 2
3         | 3
4         | 4
5         | 5
6         | 1
`)
}

// A deleted record that agrees with two things stays with the one that the first rule
// finds; when that one no longer agrees, it goes to the other, and its orders with it.
func TestMatchDeletedRecordStaysByTheFirstRule(t *testing.T) {
	playParties(t, `
-- events crm.customers
id | at | name | email           | tax
1  | 10 | Tax  | NULL            | T7
2  | 20 | Mail | lov@example.com | NULL
-- events billing.customers
id | at | name | email           | tax | op
7  | 30 | Lov  | lov@example.com | T7  |
7  | 40 |      |                 |     | delete
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 45      | billing | 7        | 45 | 1
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 2
billing       | 7         | 2
-- table gold.dim_parties WHERE is_current AND party_key > 0
party_key | name
$tax      | Tax
$mail     | Mail
-- table gold.fact_orders
party_key
$mail
-- events crm.customers
id | at | name | email             | tax
2  | 50 | Mail | other@example.com | NULL
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 2
billing       | 7         | 1
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
d.source_id
1
-- rebuild
writes nothing
`)
}

// Values of any length are matched, also beyond what an index can hold.
func TestMatchLongValues(t *testing.T) {
	long := ""
	for range 600 {
		long += "12345 "
	}
	playParties(t, `
-- events crm.customers
id | at | tax
1  | 10 | `+long+`x
2  | 11 | `+long+`x
3  | 12 | `+long+`y
-- run
-- table silver.parties_members
source_id | master_source_id
1         | 1
2         | 1
3         | 3
`)
}
