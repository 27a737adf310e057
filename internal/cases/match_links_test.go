package cases

import (
	"testing"

	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// accounts adds accounts whose holders, in a bridge, and whose agents, as an outrigger, are
// parties, each named by one of its records.
func accounts(p *schema.Project) {
	shop := p.Sources[2].Config.(*lodetest.Source)
	for _, name := range []string{"holders", "accounts"} {
		shop.Stream(name, "id")
		p.Entities = append(p.Entities, schema.Entity{
			Name: name, Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "account", Type: "text"}, {Name: "system", Type: "text"}, {Name: "customer", Type: "text"}},
			From:    []schema.Mapping{{Stream: "shop." + name, ValidAt: schema.ValidAt{Field: "at"}, Ignore: []string{"id"}}},
		})
	}
	p.Bridges = []schema.Bridge{{
		Name: "bridge_account_holders", From: "holders", Group: []string{"account"}, Weight: "equal",
		Member: &schema.Member{Dimension: "dim_parties", Key: []string{"system", "customer"}},
	}}
	p.Dimensions = append(p.Dimensions, schema.Dimension{
		Name: "dim_accounts", From: "accounts", Columns: []schema.DimColumn{{Name: "system", SCD: "1"}, {Name: "customer", SCD: "1"}},
		Outriggers: []schema.Outrigger{{Name: "agent", Dimension: "dim_parties", Key: []string{"system", "customer"}}},
	})
}

// What carries the durable keys of parties follows when these become one and two again.
func TestMatchBridgesAndOutriggersFollow(t *testing.T) {
	const separate = `
-- table gold.bridge_account_holders
account | customer | party_durable_key
a       | 1        | $ada
a       | 7        | $lov
-- table gold.dim_accounts
source_id | agent_key = (SELECT party_durable_key FROM gold.dim_parties WHERE name = 'Ada')
x         | false
-- run
writes nothing
-- rebuild
`
	const together = `
-- table gold.bridge_account_holders
account | customer | party_durable_key
a       | 1        | $ada
a       | 7        | $ada
-- table gold.dim_accounts
source_id | agent_key = (SELECT party_durable_key FROM gold.dim_parties WHERE name = 'Ada')
x         | true
-- run
writes nothing
-- rebuild
`
	play(t, changedParties(accounts), `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | lov@example.com
-- events shop.holders
id | at | account | system  | customer
h1 | 10 | a       | crm     | 1
h2 | 10 | a       | billing | 7
-- events shop.accounts
id | at | account | system  | customer
x  | 10 | a       | billing | 7
-- run
`+separate+separate+`
-- events billing.customers
id | at | name | email
7  | 30 | Lov  | ada@example.com
-- run
`+together+together+`
-- events billing.customers
id | at | name | email
7  | 40 | Lov  | new@example.com
-- run
-- table gold.bridge_account_holders a JOIN gold.bridge_account_holders b ON a.customer = '1' AND b.customer = '7'
a.party_durable_key = b.party_durable_key
false
-- table gold.dim_accounts
source_id | agent_key = (SELECT party_durable_key FROM gold.bridge_account_holders WHERE customer = '7')
x         | true
-- run
writes nothing
`)
}
