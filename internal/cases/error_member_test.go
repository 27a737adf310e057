package cases

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// unreadable declares a fact of each kind, with a band beside the keys that they have, and a
// role by day that says what NULL means.
func unreadable(p *lode.Project) {
	kinds(p)
	p.Dimensions = append(p.Dimensions,
		schema.Dimension{Name: "dim_spends", Bands: []schema.Band{{Label: "small", To: "10"}, {Label: "large"}}})
	p.Facts[0].Dimensions = append(slices.Clone(p.Facts[0].Dimensions),
		schema.Role{Name: "spent", Dimension: "dim_spends", Key: []string{"spent_amount"}},
		schema.Role{Name: "left", Dimension: "dim_dates", Key: []string{"left_on"}, WhenNull: "not_applicable"})
	e := &p.Entities[2]
	e.Columns = append(e.Columns, schema.Column{Name: "spent_amount", Type: "decimal(12,2)"})
	e.Computed = append(e.Computed, schema.Computed{Name: "left_on", Value: "date(left_at)"})
}

var everyVisit = []string{"fact_visits", "fact_reversals", "fact_days", "fact_cards", "fact_stays"}

func (s *shop) keys(table, columns string, want ...string) {
	s.t.Helper()
	s.equal("SELECT "+columns+" FROM gold."+table+" ORDER BY 1, 2", want...)
}

// TestErrorMember: a key that could not be read is an error, and one that is NULL is what it
// is declared to be, in facts of every kind. What is said rightly later moves it.
func TestErrorMember(t *testing.T) {
	eachShop(t, kindEntities, unreadable, func(s *shop) {
		s.send("members", "'id':'7','level':'A','at':'2025-01-01T00:00:00Z'")
		s.send("cards", "'id':'k1','holder_id':{'no':'text'}", "'id':'k2'")
		const at = "'at':'2025-04-10T00:00:00Z','visited_at':'2025-04-10T00:00:00Z'"
		s.send("visits",
			"'id':'a','member_id':[7],'card_id':'k1','spent_amount':'much','left_at':'never',"+at,
			"'id':'b','card_id':'k2',"+at,
			"'id':'c','member_id':'7','card_id':'k1','at':'2025-04-10T00:00:00Z','visited_at':'soon'",
			"'id':'d','visited_at':'soon','at':'2025-04-10T00:00:00Z'")
		s.run()
		s.keys("fact_visits", "source_id, member_key, spent_key, left_key", "a | -4 | -4 | -4", "b | -1 | -1 | -2", "c | -4 | -1 | -2", "d | -1 | -1 | -2")
		s.keys("fact_reversals", "source_id, member_key", "a | -4", "b | -1", "c | -4", "d | -1")
		s.keys("fact_days", "DISTINCT source_id, member_key", "a | -4", "b | -1", "c | 1", "d | -1")
		s.keys("fact_cards", "source_id, member_key", "a | -4", "b | -1", "c | -4", "d | -1")
		s.keys("fact_stays", "source_id, came_key, went_key", "a | 20250410 | -4", "b | 20250410 | -5", "c | -4 | -5", "d | -4 | -5")
		s.equal("SELECT source_id, refused_columns FROM silver.visits WHERE refused_columns IS NOT NULL ORDER BY 1", "a | member_id,left_at,spent_amount", "c | visited_at", "d | visited_at")
		s.holds()
		s.rebuilt(nil)
		for _, c := range s.traced("gold.fact_visits", "a").Columns {
			if c.Name == "left_key" && !strings.HasSuffix(c.Made, "the special member -4, error: the key could not be read") {
				t.Errorf("left_key: %s", c.Made)
			}
		}

		s.send("visits", "'id':'a','member_id':'7','card_id':'k2','spent_amount':3,'left_at':'2025-04-11T00:00:00Z','at':'2025-04-12T00:00:00Z','visited_at':'2025-04-10T00:00:00Z'",
			"'id':'c','visited_at':null,'at':'2025-04-12T00:00:00Z'")
		s.send("cards", "'id':'k1','holder_id':'7'")
		s.run()
		s.keys("fact_visits", "source_id, member_key, spent_key, left_key", "a | 1 | 1 | 20250411", "b | -1 | -1 | -2", "c | -1 | -1 | -2", "d | -1 | -1 | -2")
		s.keys("fact_reversals", "source_id, correction, member_key", "a | 0 | -4", "a | 1 | -4", "a | 2 | 1", "b | 0 | -1", "c | 0 | -4", "c | 1 | -4", "c | 2 | -1", "d | 0 | -1")
		s.keys("fact_cards", "source_id, member_key", "a | -1", "b | -1", "c | -1", "d | -1")
		s.holds()
		s.rebuilt(nil)
	})
}

// TestErrorMemberIsInherited: an event that does not send a field keeps what is known of it,
// also that it could not be read. One that sends it, or a delete, ends that.
func TestErrorMemberIsInherited(t *testing.T) {
	eachShop(t, kindEntities, unreadable, func(s *shop) {
		s.send("members", "'id':'7','level':'A','at':'2025-01-01T00:00:00Z'")
		s.send("visits",
			"'id':'a','member_id':[7],'left_at':'never','visited_at':'2025-03-01T00:00:00Z','at':'2025-03-01T00:00:00Z'",
			"'id':'b','left_at':'never','visited_at':'2025-03-01T00:00:00Z','at':'2025-03-01T00:00:00Z'")
		s.run()
		s.send("visits", "'id':'a','gate_code':'H','at':'2025-04-01T00:00:00Z'", "'id':'b','left_at':null,'at':'2025-04-01T00:00:00Z'")
		s.run()
		s.keys("fact_visits", "source_id, member_key, left_key, gate_code", "a | -4 | -4 | H", "b | -1 | -2 | NULL")
		s.keys("fact_days", "source_id, period_start, member_key", "a | 2025-03-01 | -4", "a | 2025-04-01 | -4", "a | 2025-05-01 | -4", "b | 2025-03-01 | -1", "b | 2025-04-01 | -1", "b | 2025-05-01 | -1")
		s.keys("fact_reversals", "source_id, correction, member_key", "a | 0 | -4", "b | 0 | -1")
		s.equal("SELECT source_id, refused_columns FROM silver.visits ORDER BY 1", "a | member_id,left_at", "b | NULL")
		s.holds()
		s.rebuilt(nil)

		s.send("visits", "'id':'a','member_id':'7','at':'2025-03-15T00:00:00Z'") // late: in March, and so since
		s.gone("visits", "'id':'b','at':'2025-04-02T00:00:00Z'")
		s.run()
		s.send("visits", "'id':'b','visited_at':'2025-03-01T00:00:00Z','at':'2025-04-20T00:00:00Z'")
		s.run()
		s.keys("fact_visits", "source_id, member_key, left_key", "a | 1 | -4", "b | -1 | -2")
		s.keys("fact_days", "source_id, period_start, member_key", "a | 2025-03-01 | 1", "a | 2025-04-01 | 1", "a | 2025-05-01 | 1", "b | 2025-03-01 | -1", "b | 2025-04-01 | -1", "b | 2025-05-01 | -1")
		s.holds()
		s.rebuilt(nil)
	})
}

// TestErrorMemberAfterARetype: a column that gets a type by which its value can be read is
// no error any more, nor is one whose quarantine is replayed.
func TestErrorMemberAfterARetype(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.sales.Send(`{"id":"s1","item":{"no":"1"},"at":`+lodetest.At(20)+`}`, sale("s2", "1", 20, "1.00"))
		w.run(lode.Options{})
		w.equal("SELECT source_id, item_key FROM gold.fact_sales ORDER BY 1", "s1 | -4", "s2 | 1")
		w.project.Entities[1].From[0].Fields[0].From = "item.no"
		w.reopen()
		w.run(lode.Options{})
		w.equal("SELECT source_id, item_key FROM gold.fact_sales ORDER BY 1", "s1 | 1", "s2 | -1")
		w.holds()
		w.rebuilt(nil)
	})
}

// TestChecksFindAWrongErrorMember: I6 tells an error from what is unknown, both ways, also of
// a dimension that no event has spoken of yet.
func TestChecksFindAWrongErrorMember(t *testing.T) {
	eachShop(t, kindEntities, unreadable, func(s *shop) {
		s.send("visits", visit("a", "", "2025-03-01T00:00:00Z"), "'id':'b','member_id':[1],'at':'2025-03-01T00:00:00Z','visited_at':'2025-03-01T00:00:00Z'", "'id':'c','at':'2025-03-01T00:00:00Z','visited_at':'2025-03-01T00:00:00Z'")
		s.run()
		s.holds()
		for _, f := range everyVisit[:3] {
			for id, wrong := range map[string]string{"b": "-1", "c": "-4"} {
				right := s.value("SELECT max(member_key) FROM gold." + f + " WHERE source_id = '" + id + "'")
				change := func(to string) {
					s.damage("UPDATE gold." + f + " SET member_key = " + to + " WHERE source_id = '" + id + "'")
				}
				change(wrong)
				if got := strings.Join(s.broken(lode.CheckOptions{Select: []string{f}}), "; "); !strings.Contains(got, "I6 of gold."+f) {
					t.Errorf("%s of %s: %q", wrong, f, got)
				}
				change(right)
			}
		}
		s.holds()
	})
}

// TestStormOfUnreadableKeys: whatever comes, and in whatever order, the keys are those of a
// rebuild from bronze.
func TestStormOfUnreadableKeys(t *testing.T) {
	eachShop(t, kindEntities, unreadable, func(s *shop) {
		s.send("members", "'id':'7','level':'A','at':'2025-01-01T00:00:00Z'")
		tables := []string{"gold.fact_visits", "gold.fact_reversals", "gold.fact_days", "gold.fact_cards", "gold.fact_stays", "gold.agg_gates"}
		s.storm(11, 8, func(r *rand.Rand) {
			if r.IntN(6) == 0 {
				s.send("cards", "'id':'k"+pick(r, "1", "2")+"','holder_id':"+pick(r, "'7'", "'9'", "{'x':1}", "null"))
				return
			}
			record := "'id':'" + pick(r, "a", "b", "c") + "','at':'" + on(r.IntN(120)) + "T00:00:00Z'"
			for _, field := range [][]string{
				{"member_id", "'7'", "'9'", "[7]", "null"}, {"card_id", "'k1'", "'k2'", "[2]"}, {"visited_at", "'" + on(r.IntN(120)) + "T10:00:00Z'", "'soon'", "null"},
				{"left_at", "'2025-05-05T00:00:00Z'", "'never'", "null"}, {"spent_amount", "3", "'much'", "30", "null"}, {"gate_code", "'G'", "'H'", "[]"},
			} {
				if r.IntN(3) > 0 {
					record += ",'" + field[0] + "':" + pick(r, field[1:]...)
				}
			}
			if r.IntN(8) == 0 {
				s.gone("visits", record)
				return
			}
			s.send("visits", record)
		}, tables...)
		s.holds()
		s.rebuilt(nil)
	})
}

// TestComputedOfComputed: what is computed from a computed column follows the fields that an
// event did not send, too.
func TestComputedOfComputed(t *testing.T) {
	eachShop(t, []string{"goods@: id | price_amount decimal(12,2), tax_rate decimal(4,2)"}, func(p *lode.Project) {
		p.Entities[0].Computed = []schema.Computed{
			{Name: "tax_amount", Value: "round(price_amount * tax_rate, 2)"},
			{Name: "gross_amount", Value: "price_amount + tax_amount"},
		}
		p.Dimensions = []schema.Dimension{{Name: "dim_goods", From: "goods", Columns: []schema.DimColumn{{Name: "gross_amount", SCD: "2"}}}}
	}, func(s *shop) {
		s.send("goods", "'id':'g','price_amount':'10.00','tax_rate':'0.20','at':'2025-01-01T00:00:00Z'")
		s.run()
		s.send("goods", "'id':'g','price_amount':'20.00','at':'2025-02-01T00:00:00Z'")
		s.run()
		s.equal("SELECT tax_amount, gross_amount FROM silver.goods", "4.00 | 24.00")
		s.equal("SELECT gross_amount FROM gold.dim_goods WHERE good_key > 0 ORDER BY version", "12.00", "24.00")
		s.rebuilt(nil)
	})
}
