package cases

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// A thing that is matched of records has a profile, too: a match that comes late re-keys the
// facts of the record.
func TestHistory25ProfileOfMatched(t *testing.T) {
	contacts := changedParties(func(p *schema.Project) {
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "name", SCD: "1"}, {Name: "phone", SCD: "5", Mini: "dim_contacts"}}
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "contact", Dimension: "dim_contacts", Of: "party"})
	})
	play(t, contacts, `
-- events crm.customers
id | at | name | email           | phone
1  | 10 | Ada  | ada@example.com | 11
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | billing | 7        | 15 | 1
o2 | 15      | crm     | 1        | 15 | 2
-- run
-- table gold.dim_contacts
contact_key | phone
$one        | 11
-- table gold.fact_orders
source_id | contact_key
o1        | -1
o2        | $one
-- events billing.customers
id | at | name | email           | phone
7  | 12 | Lov  | lov@example.com | 77
-- run
-- table gold.dim_contacts
contact_key | phone
$one        | 11
$lov        | 77
-- table gold.fact_orders
source_id | contact_key
o1        | $lov
o2        | $one
# Lov is Ada, as it turns out.
-- events billing.customers
id | at | name | email           | phone
7  | 13 | Lov  | ada@example.com | 77
-- run
-- table gold.dim_parties
source_system | source_id | name | current_contact_key
crm           | 1         | Ada  | $one
-- table gold.fact_orders
source_id | contact_key
o1        | $one
o2        | $one
-- rebuild
writes nothing
`)
}

// A snapshot shows the profile at the end of each period, whatever comes late.
func TestHistory25ProfileInSnapshots(t *testing.T) {
	declare := func(p *lode.Project) {
		accountBalances("month", true)(p)
		p.Facts[0].Late = "unknown"
		i := len(p.Dimensions) - 1
		for p.Dimensions[i].From != "customers" {
			i--
		}
		p.Dimensions[i].Columns = []schema.DimColumn{{Name: "town", SCD: "2"}, {Name: "segment", SCD: "5", Mini: "dim_profiles"}}
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "profile", Dimension: "dim_profiles", Of: "customer"})
		for j := range p.Aggregates {
			for k, g := range p.Aggregates[j].Group {
				if g.By == "customer.segment" {
					p.Aggregates[j].Group[k].By = "profile.segment"
				}
			}
		}
	}
	entities := append([]string{"customers@: id | segment text, town text"}, accountEntities[1:]...)
	eachShop(t, entities, declare, func(s *shop) {
		s.at("2025-03-25T22:00:00Z")
		s.storm(7, 4, func(r *rand.Rand) {
			customer, day := pick(r, "c", "d"), on(r.IntN(80))+"T12:00:00Z"
			switch r.IntN(6) {
			case 0, 1:
				s.send("accounts", account(pick(r, "1", "2"), customer, day, pick(r, "1.00", "2.50")))
			case 2:
				s.gone("customers", fmt.Sprintf("'id':'%s','at':'%s'", customer, day))
			default:
				s.send("customers", fmt.Sprintf("'id':'%s','segment':'%s','town':'%s','at':'%s'", customer, pick(r, "A", "B", "C"), pick(r, "X", "Y"), day))
			}
		}, "gold.fact_balances", "gold.dim_profiles", "gold.dim_profile_history", "gold.dim_customers")
		s.rebuilt(nil)
	})
}
