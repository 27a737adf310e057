package cases

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
)

const twoWhoAgreeByTax = `
-- events crm.customers
id | at | name | email           | tax
1  | 10 | Ada  | ada@example.com | T1
2  | 20 | Augu | NULL            | T1
-- events billing.customers
id | at | name | email           | tax
7  | 30 | Lov  | ada@example.com | NULL
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 2        | 25 | 1
o2 | 15      | billing | 7        | 35 | 2
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 1
billing       | 7         | 1
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.source_id
o1          | 1
o2          | 1
`

// Another rule matches every record anew, and the star follows.
func TestMatchByOtherRules(t *testing.T) {
	worlds(t, parties, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), twoWhoAgreeByTax))
		must(t, w.Redefine(t.Context(), func(p *schema.Project) { p.Entities[0].Match.On = [][]string{{"email"}} }))
		plan, err := w.Plan(t.Context(), lode.Options{Select: []string{"silver.parties"}})
		must(t, err)
		if got := plan.Work[0].Action; got != "definition changed: match every record again" {
			t.Errorf("the plan says %q", got)
		}
		must(t, w.Play(t.Context(), `
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 2
billing       | 7         | 1
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.source_id
o1          | 2
o2          | 1
-- run
writes nothing
-- rebuild
writes nothing
`))
	})
}

// A record that its entity no longer takes is no record: the match that it made is taken
// back, and what points to it waits for it.
func TestMatchRecordThatIsNoLongerTaken(t *testing.T) {
	worlds(t, parties, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), twoWhoAgreeByTax))
		must(t, w.Redefine(t.Context(), func(p *schema.Project) {
			p.Entities[1].Rules = []schema.Rule{{Name: "nobody is Ada", Check: `name != "Ada"`}}
		}))
		must(t, w.Play(t.Context(), `
-- events shop.orders
id | said_at | system | customer | at | amount
o3 | 15      | crm    | 1        | 25 | 4
-- run
-- table silver.parties
source_system | source_id
crm           | 2
billing       | 7
-- table gold.dim_parties
source_system | source_id | name | is_inferred
crm           | 1         | NULL | true
crm           | 2         | Augu | false
billing       | 7         | Lov  | false
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.source_id
o1          | 2
o2          | 7
o3          | 1
-- rebuild
writes nothing
`))
		must(t, w.Redefine(t.Context(), func(p *schema.Project) { p.Entities[1].Rules = nil }))
		must(t, w.Play(t.Context(), `
-- run
-- table silver.parties_members
source_system | source_id | master_source_id
crm           | 1         | 1
crm           | 2         | 1
billing       | 7         | 1
-- table gold.dim_parties WHERE party_key > 0 AND is_current
name | is_inferred
Augu | false
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.source_id
o1          | 1
o2          | 1
o3          | 1
-- rebuild
writes nothing
`))
	})
}

// A change of the records' entity that changes no record changes no thing.
func TestMatchSurvivesARemapping(t *testing.T) {
	worlds(t, parties, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), twoWhoAgreeByTax))
		must(t, w.Redefine(t.Context(), func(p *schema.Project) {
			p.Entities[1].Rules = []schema.Rule{{Name: "nobody is Bob", Check: `name != "Bob"`}}
		}))
		must(t, w.Play(t.Context(), "-- run silver.customers\n-- run silver.parties gold.*\nwrites nothing\n"))
	})
}

// Records of two entities are matched like those of one; their keys tell the entity, too.
func TestMatchRecordsOfTwoEntities(t *testing.T) {
	several := changedParties(func(p *schema.Project) {
		suppliers := customersOf("suppliers", "billing.customers")
		suppliers.Columns = suppliers.Columns[:3] // without a phone
		p.Entities[0].Match.Of = []string{"customers", "suppliers"}
		p.Entities[0].Survive[0].Prefer = []string{"suppliers", "customers"}
		p.Entities[1] = customersOf("customers", "crm.customers", "billing.customers")
		p.Entities = append(p.Entities, suppliers)
		p.Entities[2].Computed = []schema.Computed{{Name: "of_entity", Value: "'customers'"}}
		p.Facts[0].Dimensions[0].Key = []string{"of_entity", "system", "customer"}
	})
	play(t, several, `
-- events crm.customers
id | at | name | email           | phone
1  | 10 | Ada  | ada@example.com | 111
-- events billing.customers
id | at | name | email           | phone
7  | 20 | Lov  | ada@example.com | 777
8  | 20 | Bob  | bob@example.com | 888
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | billing | 7        | 25 | 1
o2 | 15      | crm     | 1        | 15 | 2
-- run
-- table silver.parties_members
source_entity | source_system | source_id | master_source_entity | master_source_id
customers     | crm           | 1         | customers            | 1
customers     | billing       | 7         | customers            | 1
suppliers     | billing       | 7         | customers            | 1
customers     | billing       | 8         | customers            | 8
suppliers     | billing       | 8         | customers            | 8
-- table silver.parties
source_entity | source_id | name | phone
customers     | 1         | Lov  | 111
customers     | 8         | Bob  | 888
-- table gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key
f.source_id | d.source_id | d.name
o1          | 1           | Lov
o2          | 1           | Ada
-- run
writes nothing
-- rebuild
writes nothing
`)
}

// A table that was moved away is made anew, and nothing else changes.
func TestMatchTableMovedAway(t *testing.T) {
	for _, table := range []string{"parties_members", "parties_match_values", "parties_log", "parties"} {
		t.Run(table, func(t *testing.T) {
			each(t, func(p *lode.Project) { parties(&p.Project) }, func(w *world) {
				crm := w.project.Sources[0].Config.(*lodetest.Source).Find("customers")
				crm.Send(`{"id":"1","name":"Ada","email":"a@x.com","at":"2025-01-01T00:10:00Z"}`, `{"id":"2","name":"Bob","email":"a@x.com","at":"2025-01-01T00:20:00Z"}`)
				w.run(lode.Options{})
				w.drop("silver." + table)
				w.run(lode.Options{})
				w.equal("SELECT source_id, master_source_id FROM silver.parties_members ORDER BY 1", "1 | 1", "2 | 1")
				w.equal("SELECT source_id, name FROM silver.parties", "1 | Bob")
				crm.Send(`{"id":"3","name":"Cy","email":"a@x.com","at":"2025-01-01T00:30:00Z"}`)
				w.run(lode.Options{})
				w.equal("SELECT source_id, master_source_id FROM silver.parties_members ORDER BY 1", "1 | 1", "2 | 1", "3 | 1")
				w.equal("SELECT count(*) FROM silver.parties_match_values", "3")
				w.equal("SELECT count(*) FROM silver.parties_log WHERE op = 'upsert'", "3")
			})
		})
	}
}

// A value that hundreds of records share is told of: it says nothing.
func TestMatchTellsOfLargeThings(t *testing.T) {
	var told []string
	listen := func(p *lode.Project) {
		parties(&p.Project)
		p.Emit = func(e medallion.Event) {
			if e.Kind == "warning" {
				told = append(told, e.Text)
			}
		}
	}
	w := open(t, "duckdb:", listen)
	crm := w.project.Sources[0].Config.(*lodetest.Source).Find("customers")
	for id := range 101 {
		crm.Send(fmt.Sprintf(`{"id":"%d","email":"office@x.com","at":"2025-01-01T00:10:00Z"}`, id))
	}
	w.run(lode.Options{})
	if len(told) != 1 || !strings.HasPrefix(told[0], "101 records are matched to one; look in silver.parties_match_values") {
		t.Errorf("told %q", told)
	}
}
