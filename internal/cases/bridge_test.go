package cases

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// holders adds accounts' holders: which items belong to which sale's account, with shares.
func holders(weight string) func(p *lode.Project) {
	return func(p *lode.Project) {
		src := p.Sources[0].Config.(*lodetest.Source)
		src.Stream("holders", "id")
		src.Stream("payments", "id")
		p.Entities = append(p.Entities, schema.Entity{
			Name: "holders", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "account", Type: "text"}, {Name: "item_id", Type: "text"}, {Name: "share", Type: "decimal(6,3)"}},
			From:    []schema.Mapping{{Stream: "s.holders", ValidAt: schema.ValidAt{Field: "at"}, Fields: []schema.FieldMapping{{Name: "item_id", From: "item"}}, Ignore: []string{"id"}}},
		}, schema.Entity{
			Name: "payments", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "account", Type: "text"}, {Name: "paid_at", Type: "timestamp"}},
			From:    []schema.Mapping{{Stream: "s.payments", Fields: []schema.FieldMapping{{Name: "paid_at", From: "at"}}, Ignore: []string{"id"}}},
		})
		p.Bridges = append(p.Bridges, schema.Bridge{
			Name: "bridge_account_holders", From: "holders", Group: []string{"account"}, Weight: weight,
			Member: &schema.Member{Dimension: "dim_items", Key: []string{"item_id"}},
		})
		p.Facts = append(p.Facts, schema.Fact{
			Name: "fact_payments", Grain: "one row per payment", From: "payments", EventAt: "paid_at",
			Dimensions: []schema.Role{{Name: "holders", Dimension: "dim_account_holder_groups", Key: []string{"account"}}},
		})
	}
}

func (w *world) stream(name string) *lodetest.Stream {
	w.t.Helper()
	st := w.source.Find(name)
	if st == nil {
		w.t.Fatalf("no stream %s", name)
	}
	return st
}

func holder(id, account, item, share string, at int) string {
	return fmt.Sprintf(`{"id":%q,"account":%q,"item":%q,"share":%q,"at":%s}`, id, account, item, share, lodetest.At(at))
}

func payment(id, account string, at int) string {
	return fmt.Sprintf(`{"id":%q,"account":%q,"at":%s}`, id, account, lodetest.At(at))
}

const (
	groupsSQL = `SELECT g.account, b.item_id, b.weight, g.event_at, CASE WHEN g.valid_to > '9999-01-01' THEN NULL ELSE g.valid_to END FROM gold.dim_account_holder_groups g
LEFT JOIN gold.bridge_account_holders b ON b.account_holder_group_key = g.account_holder_group_key WHERE g.account_holder_group_key > 0 ORDER BY g.account, g.valid_from, b.item_id`
	paidSQL = `SELECT f.source_id, count(*), min(b.item_id), max(b.item_id) FROM gold.fact_payments f
JOIN gold.bridge_account_holders b ON b.account_holder_group_key = f.holders_key JOIN gold.dim_items d ON d.item_durable_key = b.item_durable_key AND d.is_current GROUP BY f.source_id ORDER BY 1`
	weightsSQL = `SELECT account_holder_group_key FROM gold.bridge_account_holders GROUP BY account_holder_group_key HAVING abs(sum(weight) - 1) > 1e-9`
)

func TestHistory50GroupsOverTime(t *testing.T) {
	each(t, holders("share"), func(w *world) {
		links, payments := w.stream("holders"), w.stream("payments")
		w.items.Send(item("1", "A", 1), item("2", "B", 1), item("3", "C", 1))
		links.Send(holder("h1", "X", "1", "1.000", 10))
		payments.Send(payment("p1", "X", 15), payment("p2", "X", 25), payment("p3", "X", 45))
		w.run(lode.Options{})
		w.equal(paidSQL, "p1 | 1 | 1 | 1", "p2 | 1 | 1 | 1", "p3 | 1 | 1 | 1")
		links.Send(holder("h1", "X", "1", "0.500", 20), holder("h2", "X", "2", "0.500", 20), holder("h3", "Y", "2", "1.000", 20))
		w.run(lode.Options{})
		w.equal(groupsSQL,
			"X | 1 | 1 | 2025-01-01T00:10:00Z | 2025-01-01T00:20:00Z",
			"X | 1 | 0.5 | 2025-01-01T00:20:00Z | NULL", "X | 2 | 0.5 | 2025-01-01T00:20:00Z | NULL",
			"Y | 2 | 1 | 2025-01-01T00:20:00Z | NULL")
		w.equal(paidSQL, "p1 | 1 | 1 | 1", "p2 | 2 | 1 | 2", "p3 | 2 | 1 | 2")
		w.equal(weightsSQL)
		// A link moves to another account, and leaves a group of one behind.
		links.Send(holder("h2", "Y", "2", "0.000", 30), holder("h1", "X", "1", "1.000", 30))
		w.run(lode.Options{})
		w.equal(paidSQL, "p1 | 1 | 1 | 1", "p2 | 2 | 1 | 2", "p3 | 1 | 1 | 1")
		w.equal(weightsSQL)
		// A change that comes late splits the group's history, and its facts follow.
		links.Send(holder("h4", "X", "3", "0.000", 40))
		links.Delete(holder("h4", "X", "3", "0.000", 43))
		w.run(lode.Options{})
		before := lodetest.Rows(t, w, groupsSQL)
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(groupsSQL, before...)
		w.equal(paidSQL, "p1 | 1 | 1 | 1", "p2 | 2 | 1 | 2", "p3 | 1 | 1 | 1")
	})
}

// TestHistory50SharesAreInProportion: the weights of a group add up to 1, whatever its links say.
func TestHistory50SharesAreInProportion(t *testing.T) {
	each(t, holders("share"), func(w *world) {
		links := w.stream("holders")
		w.items.Send(item("1", "A", 1), item("2", "B", 1), item("3", "C", 1))
		links.Send(holder("h1", "X", "1", "0.500", 10), holder("h2", "X", "2", "0.300", 10), // 0.8
			holder("h3", "Y", "1", "1", 10), holder("h4", "Y", "2", "1", 10), holder("h5", "Y", "3", "1", 10), // 3
			holder("h6", "Z", "1", "0", 10), holder("h7", "Z", "2", "", 10)) // nothing
		w.run(lode.Options{})
		third := fmt.Sprint(1.0 / 3)
		const now = "SELECT g.account, b.item_id, b.weight FROM gold.dim_account_holder_groups g JOIN gold.bridge_account_holders b USING (account_holder_group_key) WHERE g.is_current ORDER BY 1, 2"
		w.equal(now, "X | 1 | 0.625", "X | 2 | 0.375", "Y | 1 | "+third, "Y | 2 | "+third, "Y | 3 | "+third, "Z | 1 | 0.5", "Z | 2 | 0.5")
		w.equal(weightsSQL)
		// Shares that stay in proportion are the same group; a share that comes makes another.
		links.Send(holder("h1", "X", "1", "5", 20), holder("h2", "X", "2", "3", 20), holder("h7", "Z", "2", "0.2", 20))
		w.run(lode.Options{})
		w.equal(now, "X | 1 | 0.625", "X | 2 | 0.375", "Y | 1 | "+third, "Y | 2 | "+third, "Y | 3 | "+third, "Z | 1 | 0", "Z | 2 | 1")
		w.equal("SELECT account, max(version) FROM gold.dim_account_holder_groups WHERE account_holder_group_key > 0 GROUP BY account ORDER BY 1", "X | 1", "Y | 1", "Z | 2")
		w.equal(weightsSQL)
		w.holds()
	})
}

func TestHistory50EqualWeightsAndMembersThatComeLate(t *testing.T) {
	each(t, holders("equal"), func(w *world) {
		links := w.stream("holders")
		links.Send(holder("h1", "X", "1", "", 10), holder("h2", "X", "2", "", 10), holder("h3", "X", "3", "", 10))
		w.run(lode.Options{})
		w.equal("SELECT DISTINCT item_durable_key FROM gold.bridge_account_holders", "-1")
		w.equal(weightsSQL)
		w.items.Send(item("1", "A", 1), item("2", "B", 1), item("3", "C", 1))
		w.run(lode.Options{})
		w.equal("SELECT count(DISTINCT b.item_durable_key), min(d.a), max(d.a) FROM gold.bridge_account_holders b JOIN gold.dim_items d USING (item_durable_key)", "3 | A | C")
	})
}

// TestHistory50AnyOrder: batches of links in any order give the same groups as all at once.
func TestHistory50AnyOrder(t *testing.T) {
	each(t, holders("share"), func(w *world) {
		links, payments := w.stream("holders"), w.stream("payments")
		draw := rand.New(rand.NewPCG(50, 1))
		for i := range 8 {
			payments.Send(payment(fmt.Sprintf("p%d", i), []string{"X", "Y"}[i%2], i*7))
		}
		for range 6 {
			for range 1 + draw.IntN(5) {
				id, account, item := draw.IntN(4), []string{"X", "Y", ""}[draw.IntN(3)], draw.IntN(3)
				record := holder(fmt.Sprint("h", id), account, fmt.Sprint(item), []string{"0.250", "0.333", "1", ""}[draw.IntN(4)], draw.IntN(60))
				if draw.IntN(5) == 0 {
					links.Delete(record)
				} else {
					links.Send(record)
				}
			}
			w.items.Send(item(fmt.Sprint(draw.IntN(3)), "A", draw.IntN(60)))
			w.run(lode.Options{})
			w.equal(weightsSQL)
			state := []string{groupsSQL, paidSQL, "SELECT * FROM gold.bridge_account_holders ORDER BY 1, 2, 3"}
			var before [][]string
			for _, sql := range state[:2] {
				before = append(before, lodetest.Rows(t, w, sql))
			}
			w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
			for i, sql := range state[:2] {
				w.equal(sql, before[i]...)
			}
		}
	})
}

// staff makes items stand above each other: b is the one above.
func staff(p *lode.Project) {
	p.Bridges = append(p.Bridges, schema.Bridge{Name: "bridge_items", Hierarchy: &schema.Hierarchy{Dimension: "dim_items", Parent: []string{"b"}}})
}

const staffSQL = `SELECT b.descendant_source_id, b.ancestor_source_id, b.depth, b.is_top, b.is_bottom, d.source_id, a.source_id FROM gold.bridge_items b
JOIN gold.dim_items d ON d.item_durable_key = b.descendant_item_durable_key AND d.is_current JOIN gold.dim_items a ON a.item_durable_key = b.ancestor_item_durable_key AND a.is_current ORDER BY 1, 3`

func TestHierarchy(t *testing.T) {
	each(t, staff, func(w *world) {
		under := func(id, boss string, at int) string {
			return fmt.Sprintf(`{"id":%q,"a":"x","b":%q,"at":%s}`, id, boss, lodetest.At(at))
		}
		w.items.Send(under("1", "", 10), under("2", "1", 10), under("3", "2", 10))
		w.run(lode.Options{})
		w.equal(staffSQL,
			"1 | 1 | 0 | true | false | 1 | 1",
			"2 | 2 | 0 | false | false | 2 | 2", "2 | 1 | 1 | true | false | 2 | 1",
			"3 | 3 | 0 | false | true | 3 | 3", "3 | 2 | 1 | false | true | 3 | 2", "3 | 1 | 2 | true | true | 3 | 1")
		// 3 goes to 1: 2 becomes a bottom. A new one stands under 3.
		w.items.Send(under("3", "1", 20), under("4", "3", 20))
		w.run(lode.Options{})
		w.equal(staffSQL,
			"1 | 1 | 0 | true | false | 1 | 1",
			"2 | 2 | 0 | false | true | 2 | 2", "2 | 1 | 1 | true | true | 2 | 1",
			"3 | 3 | 0 | false | false | 3 | 3", "3 | 1 | 1 | true | false | 3 | 1",
			"4 | 4 | 0 | false | true | 4 | 4", "4 | 3 | 1 | false | true | 4 | 3", "4 | 1 | 2 | true | true | 4 | 1")
		// A circle has no top, and ends.
		w.items.Send(under("1", "4", 30))
		w.run(lode.Options{})
		w.equal("SELECT count(*) FROM gold.bridge_items WHERE is_top", "0")
		circle := lodetest.Rows(t, w, staffSQL)
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(staffSQL, circle...)
		// The one above is deleted.
		w.items.Delete(under("1", "", 40))
		w.run(lode.Options{})
		w.equal(staffSQL,
			"2 | 2 | 0 | true | true | 2 | 2",
			"3 | 3 | 0 | true | false | 3 | 3",
			"4 | 4 | 0 | false | true | 4 | 4", "4 | 3 | 1 | true | true | 4 | 3")
	})
}

// TestHierarchyAsOf: as of a time, the hierarchy is the one that a run at that time would have
// made, had it known of all events until then; first versions reach back if they do in the
// dimension, and the last word of a day is that of the whole day.
func TestHierarchyAsOf(t *testing.T) {
	under := func(id, boss string, at int) string {
		return fmt.Sprintf(`{"id":%q,"b":%q,"at":%s}`, id, boss, lodetest.At(at))
	}
	events := []struct {
		record string
		gone   bool
		at     int
	}{
		{under("1", "", 10), false, 10},
		{under("2", "1", 15), false, 15},
		{under("3", "2", 15), false, 15},
		{under("3", "1", 20), false, 20},
		{under("4", "3", 20), false, 20},
		{under("1", "4", 30), false, 30},
		{under("1", "", 40), true, 40},
		{`{"id":"3","a":"said without b","at":` + lodetest.At(45) + `}`, false, 45},
		{under("1", "2", 50), false, 50},
	}
	send := func(w *world, i int) {
		if e := events[i]; e.gone {
			w.items.Delete(e.record)
		} else {
			w.items.Send(e.record)
		}
	}
	declared := func(first, validity string) func(p *lode.Project) {
		return func(p *lode.Project) {
			staff(p)
			p.Dimensions[0].FirstVersion, p.Dimensions[0].Validity, p.Facts[0].Late = first, validity, "unknown"
		}
	}
	t.Run("as its events say", func(t *testing.T) {
		each(t, declared("event", ""), func(w *world) {
			then := map[int][]string{5: nil}
			for i, e := range events {
				send(w, i)
				w.run(lode.Options{})
				then[e.at] = lodetest.Rows(t, w, staffSQL)
			}
			for at, want := range then {
				lodetest.Equal(t, w.At(lode.AsOf(point(at))), staffSQL, want...)
				lodetest.Equal(t, w.At(lode.AsOf(point(at)), lode.AsKnownAt(w.clock.Now())), staffSQL, want...)
			}
			lodetest.Equal(t, w.At(lode.AsOf(point(45))), "SELECT count(*) FROM gold.bridge_items WHERE created_at IS NULL", fmt.Sprint(len(then[45])))
		})
	})
	t.Run("reaching back", func(t *testing.T) {
		each(t, declared("open", ""), func(w *world) {
			w.items.Delete(under("9", "", 1))
			for _, i := range []int{5, 3, 1, 0} {
				send(w, i)
				w.run(lode.Options{})
			}
			lodetest.Equal(t, w.At(lode.AsOf(point(5))), staffSQL, "1 | 1 | 0 | true | false | 1 | 1", "2 | 2 | 0 | false | true | 2 | 2", "2 | 1 | 1 | true | true | 2 | 1", "3 | 3 | 0 | false | true | 3 | 3", "3 | 1 | 1 | true | true | 3 | 1")
		})
	})
	t.Run("by days", func(t *testing.T) {
		each(t, declared("event", "day"), func(w *world) {
			w.items.Send(under("1", "", 10), under("2", "", 10), under("2", "1", 20), under("2", "", 3000))
			w.run(lode.Options{})
			lodetest.Equal(t, w.At(lode.AsOf(point(0))), "SELECT descendant_source_id, ancestor_source_id FROM gold.bridge_items WHERE depth = 1", "2 | 1")
			lodetest.Equal(t, w.At(lode.AsOf(point(2900))), "SELECT descendant_source_id, ancestor_source_id FROM gold.bridge_items WHERE depth = 1")
		})
	})
}

// A link may be known by what it links: its group and its member stand in the key of its entity.
func TestHistory50LinksKnownByWhatTheyLink(t *testing.T) {
	for weight, want := range map[string][]string{
		"":       {"X | 1 | NULL", "X | 2 | NULL"},
		"equal":  {"X | 1 | 0.5", "X | 2 | 0.5"},
		"weight": {"X | 1 | 0.75", "X | 2 | 0.25"},
	} {
		entities := []string{"items@: id | a text", "links@: account text, item_id text | weight integer"}
		t.Run(weight, func(t *testing.T) {
			eachShop(t, entities, func(p *lode.Project) {
				p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_items", From: "items", Columns: []schema.DimColumn{{Name: "a", SCD: "2"}}})
				p.Bridges = []schema.Bridge{{Name: "bridge_account_items", From: "links", Group: []string{"account"}, Weight: weight, Member: &schema.Member{Dimension: "dim_items", Key: []string{"item_id"}}}}
			}, func(s *shop) {
				link := func(account, item, at string, weight int) string {
					return fmt.Sprintf("'account':'%s','item_id':'%s','at':'2025-01-%sT00:00:00Z','weight':%d", account, item, at, weight)
				}
				column := "b.weight"
				if weight == "" {
					column = "NULL"
				}
				members := func(at string) string {
					return fmt.Sprintf("SELECT g.account, b.item_id, %s FROM gold.dim_account_item_groups g JOIN gold.bridge_account_items b ON b.account_item_group_key = g.account_item_group_key WHERE g.valid_from <= '2025-01-%[2]s' AND '2025-01-%[2]s' < g.valid_to ORDER BY 1, 2", column, at)
				}
				s.send("items", "'id':'1','a':'A','at':'2025-01-01T00:00:00Z'", "'id':'2','a':'B','at':'2025-01-01T00:00:00Z'")
				s.send("links", link("X", "1", "10", 3))
				s.run()
				s.send("links", link("X", "2", "12", 1), link("Y", "2", "12", 1))
				s.run()
				s.equal(members("13")+" LIMIT 2", want...)
				s.gone("links", link("X", "1", "20", 3), link("Y", "2", "11", 1))
				s.run()
				s.equal("SELECT count(*) FROM gold.bridge_account_items WHERE item_id = '1'", "2")
				s.rebuildEquals("gold.dim_account_item_groups")
			})
		})
	}
}
