package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// ruled lets a rule take records of an entity out, and then back again. What they had made
// goes, what pointed to it points to none, and both is what a rebuild gives.
func (w *world) ruled(entity, rule string, between func()) {
	w.t.Helper()
	for i := range w.project.Entities {
		e := &w.project.Entities[i]
		if e.Name != entity {
			continue
		}
		for _, rules := range [][]schema.Rule{{{Name: "out", Check: rule}}, nil} {
			e.Rules = rules
			w.reopen()
			w.run(lode.Options{})
			w.holds()
			w.rebuilt(nil)
			if rules != nil {
				between()
			}
		}
		return
	}
	w.t.Fatalf("there is no entity %s", entity)
}

// TestOutriggerOfAMemberThatVanishes: a member whose records are all quarantined is nobody.
func TestOutriggerOfAMemberThatVanishes(t *testing.T) {
	each(t, regions, func(w *world) {
		w.stream("regions").Send(region("n", "North", "10"), region("s", "South", "10"))
		w.items.Send(ab("1", `"A"`, `"n"`, "10"), ab("2", `"A"`, `"s"`, "10"), ab("3", `"A"`, `null`, "10"))
		w.run(lode.Options{})
		const points = "SELECT source_id, region_key FROM gold.dim_items WHERE item_key > 0 ORDER BY 1"
		w.equal(points, "1 | 1", "2 | 2", "3 | -1")
		w.ruled("regions", `name != "North"`, func() { w.equal(points, "1 | -1", "2 | 2", "3 | -1") })
		w.equal("SELECT source_id, region_key > 0 FROM gold.dim_items WHERE item_key > 0 ORDER BY 1", "1 | true", "2 | true", "3 | false")
	})
}

// TestBridgeOfMembersThatVanish: so it is with the members of groups, and with all that a
// project can point to them with.
func TestBridgeOfMembersThatVanish(t *testing.T) {
	each(t, everyStep, func(w *world) {
		w.firstDay()
		w.secondDay()
		w.run(lode.Options{})
		w.ruled("items", `a == "zz"`, func() {
			w.equal("SELECT count(*) FROM gold.bridge_account_holders WHERE item_durable_key > 0", "0")
		})
	})
}
