package cases

import (
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// planned lists the changes of structure that the next run will make.
func (w *world) planned() []string {
	w.t.Helper()
	plan, err := w.Plan(w.t.Context(), lode.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	out := make([]string, len(plan.Changes))
	for i, c := range plan.Changes {
		out[i] = c.Text
	}
	return out
}

func (w *world) plansChanges(want ...string) {
	w.t.Helper()
	if got := w.planned(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("the plan changes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Views show the tables of gold in another way; they come, change and go with what is
// declared, and a table's columns can change under them.
func TestViews(t *testing.T) {
	declared := func(p *lode.Project) {
		p.Views = []schema.View{{Kind: "business"}, {Kind: "null_ends"}, {Kind: "closed", Schema: "reports"}}
	}
	each(t, declared, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20))
		w.sales.Send(sale("s1", "1", 15, "1.00"))
		w.run(lode.Options{})
		w.plansChanges()
		w.equal("SELECT a, valid_to FROM gold.dim_items_null_ends WHERE item_key > 0 ORDER BY valid_from", "A | 2025-01-01T00:20:00Z", "B | NULL")
		w.equal("SELECT a, valid_to FROM reports.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | 2025-01-01T00:19:59.999999Z", "B | 9999-12-31T00:00:00Z")
		business := lodetest.Rows(t, w, "SELECT column_name FROM information_schema.columns WHERE table_schema = 'gold' AND table_name = 'fact_sales_business' ORDER BY 1")
		if got := strings.Join(business, " "); strings.Contains(got, "event_seq") || strings.Contains(got, "created_at") || !strings.Contains(got, "item_key") {
			t.Errorf("fact_sales_business shows %s", got)
		}

		// A column that goes, and a kind of view that is no longer wanted.
		w.project.Dimensions[0].Columns = []schema.DimColumn{{Name: "b", SCD: "2"}}
		w.project.Aggregates = nil
		w.project.Views = w.project.Views[:2]
		w.reopen()
		w.run(lode.Options{})
		w.plansChanges()
		w.equal("SELECT count(*) FROM information_schema.views WHERE table_schema = 'reports'", "0")
		w.equal("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'gold' AND table_name = 'dim_items_null_ends' AND column_name IN ('a', 'b')", "1")

		// What somebody dropped comes back; what somebody made is not replaced.
		w.damage("DROP VIEW gold.dim_items_null_ends")
		w.plansChanges("create view gold.dim_items_null_ends")
		w.run(lode.Options{})
		w.project.Views = nil
		w.reopen()
		w.run(lode.Options{})
		w.damage("CREATE VIEW gold.dim_items_business AS SELECT 1 AS mine")
		w.project.Views = []schema.View{{Kind: "business"}}
		w.reopen()
		if _, err := w.Plan(t.Context(), lode.Options{}); err == nil || !strings.Contains(err.Error(), "gold.dim_items_business: there is one already, which Lode did not make") {
			t.Errorf("the plan of a view of somebody else says %v", err)
		}
	})
}

// Case 48, tools that compare with BETWEEN: a view ends a microsecond earlier; what is
// stored stays half-open. Case 47: another shows NULL where a version has no end.
func TestHistory48ClosedIntervals(t *testing.T) {
	declared := func(p *schema.Project) {
		openEnded(p)
		p.Views = []schema.View{{Kind: "closed"}, {Kind: "null_ends"}}
	}
	play(t, declared, `
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
-- run
-- table gold.dim_items WHERE item_key > 0
a | valid_from | valid_to
A | -inf       | 20
B | 20         | inf
-- table gold.dim_items_closed WHERE item_key > 0
a | valid_from           | valid_to
A | 1900-01-01T00:00:00Z | 2025-01-01T00:19:59.999999Z
B | 2025-01-01T00:20:00Z | 9999-12-31T00:00:00Z
-- table gold.dim_items_null_ends WHERE item_key > 0
a | valid_to
A | 20
B | NULL
`)
}

// A view answers of now only: asked as of another time, it is refused wherever it stands.
func TestViewsAsOf(t *testing.T) {
	declared := func(p *lode.Project) {
		p.Views = []schema.View{{Kind: "business"}, {Kind: "closed", Schema: "reports"}}
	}
	each(t, declared, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20))
		w.run(lode.Options{})
		for _, moment := range []lode.Moment{lode.AsOf(point(15)), lode.AsKnownAt(w.clock.Now())} {
			for _, view := range []string{"gold.dim_items_business", "reports.dim_items"} {
				var refused error
				for _, err := range w.At(moment).Query(w.t.Context(), "SELECT a FROM "+view) {
					refused = err
				}
				if refused == nil || !strings.Contains(refused.Error(), view+" is no table that can be asked as of another time") {
					t.Errorf("%s of the past: %v", view, refused)
				}
			}
		}
	})
}
