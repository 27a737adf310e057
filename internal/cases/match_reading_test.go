package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
)

// What was known of customers at a time includes what was not known: that two of them are one.
func TestMatchAsKnownAt(t *testing.T) {
	worlds(t, parties, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | lov@example.com
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 1        | 15 | 1
o2 | 15      | billing | 7        | 25 | 2
-- run
`))
		before := w.Clock.Now()
		must(t, w.Play(t.Context(), `
-- events billing.customers
id | at | name | email
7  | 30 | Lov  | ada@example.com
-- run
`))
		const names = "SELECT d.name, sum(f.amount) FROM gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key GROUP BY 1 ORDER BY 1"
		lodetest.Equal(t, w, names, "Ada | 3")
		lodetest.Equal(t, w.At(lode.AsKnownAt(before)), names, "Ada | 1", "Lov | 2")
		lodetest.Equal(t, w.At(lode.AsKnownAt(before)), "SELECT count(*) FROM silver.parties", "2")
		lodetest.Equal(t, w.At(lode.AsKnownAt(w.Clock.Now())), names, "Ada | 3")
		lodetest.Equal(t, w.At(lode.AsOf(point(22))), names, "Ada | 1")
	})
}
