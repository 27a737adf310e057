package cases

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// profiles lets b and n of the items leave them for a mini-dimension of an SCD type. Sales
// carry the profile of their item.
func profiles(scd string) func(*schema.Project) {
	return func(p *schema.Project) {
		eventful(p)
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "1"}, {Name: "b", SCD: scd, Mini: "dim_profiles"}, {Name: "n", SCD: scd, Mini: "dim_profiles"}}
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "profile", Dimension: "dim_profiles", Of: "item"})
		p.Aggregates = []schema.Aggregate{{
			Name: "agg_profiles", Grain: "one row per b", From: "fact_sales",
			Group: []schema.GroupBy{{Name: "b", By: "profile.b"}}, Measures: []schema.AggMeasure{{Name: "sale_count", Count: "rows"}},
		}}
	}
}

// Case 25, type 4: a profile is got or created by its combination, the dimension has no
// version of it, and a fact points to the one that was in force at its event.
func TestHistory25MiniDimension(t *testing.T) {
	play(t, profiles("4"), `
-- events s.items
id | at | a | b    | n
1  | 10 | A | low  | 1.00
1  | 30 | B | high | 1.00
2  | 10 | C | low  | 1.00
-- events s.sales
id | item | at
s1 | 1    | 15
s2 | 1    | 35
s3 | 2    | 35
s4 | 9    | 35
-- run
-- table gold.dim_items
item_key | source_id | a | valid_from | valid_to
$one     | 1         | B | 10         | inf
$two     | 2         | C | 10         | inf
-- table gold.dim_profiles
profile_key | b    | n
$low        | low  | 1.00
$high       | high | 1.00
-- table gold.dim_profile_history
source_id | profile_key | b    | n    | valid_from | valid_to
1         | $low        | low  | 1.00 | 10         | 30
1         | $high       | high | 1.00 | 30         | inf
2         | $low        | low  | 1.00 | 10         | inf
-- table gold.fact_sales
source_id | item_key | profile_key
s1        | $one     | $low
s2        | $one     | $high
s3        | $two     | $low
s4        | -1       | -1
-- table gold.agg_profiles
b       | sale_count
low     | 2
high    | 1
Unknown | 1
# A change that comes late splits the history: the facts after it and their aggregate follow.
-- events s.items
id | at | b    | n
1  | 12 | mid  | NULL
9  | 20 | high | 1.00
-- run
-- table gold.dim_profiles
profile_key | b    | n
$low        | low  | 1.00
$high       | high | 1.00
$mid        | mid  | NULL
-- table gold.fact_sales
source_id | profile_key
s1        | $mid
s2        | $high
s3        | $low
s4        | $high
-- table gold.agg_profiles
b    | sale_count
low  | 1
mid  | 1
high | 2
-- rebuild
-- table gold.dim_profiles
profile_key | b    | n
$low        | low  | 1.00
$high       | high | 1.00
$mid        | mid  | NULL
-- table gold.fact_sales
source_id | profile_key
s1        | $mid
s2        | $high
s3        | $low
s4        | $high
`)
}

// Case 25, type 5: all versions hold the key of the current profile, which changes without
// a version.
func TestHistory25CurrentProfile(t *testing.T) {
	play(t, profiles("5"), `
-- events s.items
id | at | a | b    | n
1  | 10 | A | low  | 1.00
-- run
-- table gold.dim_items
item_key | a | current_profile_key | valid_from | valid_to
$one     | A | $low                | 10         | inf
-- events s.items
id | at | a | b    | n
1  | 30 | A | high | 1.00
1  | 20 | A | mid  | 1.00
-- run
-- table gold.dim_profiles
profile_key | b    | n
$low        | low  | 1.00
$mid        | mid  | 1.00
$high       | high | 1.00
-- table gold.dim_items
item_key | a | current_profile_key | valid_from | valid_to
$one     | A | $high               | 10         | inf
-- events s.items
id | at | op
1  | 40 | delete
-- run
-- table gold.dim_items
item_key | a | current_profile_key | valid_from | valid_to
$one     | A | $high               | 10         | 40
-- rebuild
-- table gold.dim_items
item_key | a | current_profile_key | valid_from | valid_to
$one     | A | $high               | 10         | 40
`)
}

// Facts between a delete and a return belong to the last profile before, or to the member
// that is declared for them; ties and fields that are not sent count as in any history.
func TestHistory25ProfileOfDeleted(t *testing.T) {
	const events = `
-- events s.items
id | at | lsn | b    | n    | op
1  | 10 | 1   | low  | 1.00 |
1  | 20 | 2   | mid  |      |
1  | 20 | 3   | high |      |
1  | 30 | 4   |      |      | delete
1  | 50 | 5   | low  | 1.00 |
-- events s.sales
id | item | at
s0 | 1    | 5
s1 | 1    | 25
s2 | 1    | 35
s3 | 1    | 55
-- run
-- table gold.dim_profile_history
profile_key | b    | n    | valid_from | valid_to | is_deleted
$low        | low  | 1.00 | 10         | 20       | false
$high       | high | 1.00 | 20         | 30       | false
$low        | low  | 1.00 | 50         | inf      | false
-- table gold.fact_sales
source_id | profile_key
s0        | -1
s1        | $high
s3        | $low
`
	for name, of := range map[string]string{"last": "$high", "member": "-3"} {
		t.Run(name, func(t *testing.T) {
			declared := func(p *schema.Project) {
				profiles("4")(p)
				p.Dimensions[0].Deleted = name
			}
			playPartly(t, declared, events[:len(events)-len("s3        | $low\n")]+"s2        | "+of+"\ns3        | $low\n")
		})
	}
}

// Types of all kinds stand in one dimension; two mini-dimensions, too.
func TestHistory25MixedWithOtherTypes(t *testing.T) {
	mixed := func(p *schema.Project) {
		items := &p.Entities[0]
		for _, c := range []string{"c0", "c1", "c3", "c6", "c7", "m1", "m2"} {
			items.Columns = append(items.Columns, schema.Column{Name: c, Type: "text"})
			items.From[0].Fields = append(items.From[0].Fields, schema.FieldMapping{Name: c, From: c})
		}
		p.Dimensions[0].Columns = []schema.DimColumn{
			{Name: "a", SCD: "2"}, {Name: "c0", SCD: "0"}, {Name: "c1", SCD: "1"}, {Name: "c3", SCD: "3"}, {Name: "c6", SCD: "6"}, {Name: "c7", SCD: "7"},
			{Name: "b", SCD: "4", Mini: "dim_profiles"}, {Name: "m1", SCD: "5", Mini: "dim_profiles"}, {Name: "m2", SCD: "5", Mini: "dim_moods"},
		}
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "profile", Dimension: "dim_profiles", Of: "item"},
			schema.Role{Name: "mood", Dimension: "dim_moods", Of: "item"}, schema.Role{Name: "mood_now", Dimension: "dim_moods", Of: "item", AsOf: "current"})
	}
	playPartly(t, mixed, `
-- events s.items
id | at | a | b | c0 | c1 | c3 | c6 | c7 | m1 | m2
1  | 10 | A | x | k  | o  | p  | q  | r  | s  | t
1  | 20 |   | y |    |    |    |    |    |    |
1  | 30 | B |   | z  | O  | P  |    |    |    | T
-- events s.sales
id | item | at
s1 | 1    | 15
s2 | 1    | 25
s3 | 1    | 35
s4 | 9    | 35
-- run
-- table gold.dim_items
item_key | item_durable_key | source_id | a    | c0   | c1   | c3   | prior_c3 | c6   | current_c6 | c7   | current_profile_key | current_mood_key | valid_from | valid_to | is_inferred
$a       | $one             | 1         | A    | k    | O    | P    | p        | q    | q          | r    | $ys                 | $T               | -inf       | 30       | false
$b       | $one             | 1         | B    | k    | O    | P    | p        | q    | q          | r    | $ys                 | $T               | 30         | inf      | false
$nine    | $nine2           | 9         | NULL | NULL | NULL | NULL | NULL     | NULL | NULL       | NULL | NULL                | NULL             | -inf       | inf      | true
-- table gold.dim_profiles
profile_key | b | m1
$xs         | x | s
$ys         | y | s
-- table gold.dim_moods
mood_key | m2
$t       | t
$T       | T
-- table gold.fact_sales
source_id | item_key | item_durable_key | profile_key | mood_key | mood_now_key
s1        | $a       | $one             | $xs         | $t       | $T
s2        | $a       | $one             | $ys         | $t       | $T
s3        | $b       | $one             | $ys         | $T       | $T
s4        | $nine    | $nine2           | -1          | -1       | -1
# What was inferred is completed in place, and its facts find their profile.
-- events s.items
id | at | a | b | m1 | m2
9  | 40 | N | x | s  | T
-- run
-- table gold.fact_sales
source_id | item_key | profile_key | mood_key | mood_now_key
s1        | $a       | $xs         | $t       | $T
s2        | $a       | $ys         | $t       | $T
s3        | $b       | $ys         | $T       | $T
s4        | $nine    | $xs         | $T       | $T
-- rebuild
-- table gold.fact_sales
source_id | item_key | profile_key | mood_key | mood_now_key
s1        | $a       | $xs         | $t       | $T
s2        | $a       | $ys         | $t       | $T
s3        | $b       | $ys         | $T       | $T
s4        | $nine    | $xs         | $T       | $T
-- table gold.dim_items WHERE source_id = '9'
item_key | current_profile_key | current_mood_key
$nine    | $xs                 | $T
`)
}

// A column that joins the mini-dimension later, or leaves it: all facts have profiles of the
// columns that are declared now.
func TestHistory25ProfileOfOtherColumns(t *testing.T) {
	const which = "SELECT f.source_id, p.b FROM gold.fact_sales f JOIN gold.dim_profiles p ON p.profile_key = f.profile_key ORDER BY 1"
	const both = "SELECT f.source_id, p.b, p.n FROM gold.fact_sales f JOIN gold.dim_profiles p ON p.profile_key = f.profile_key ORDER BY 1"
	declared := func(p *lode.Project) {
		profiles("5")(&p.Project)
		p.Dimensions[0].Redefined = "rebuild"
	}
	each(t, declared, func(w *world) {
		put := func(b, n string, at int) string {
			return fmt.Sprintf(`{"id":"1","a":"A","b":%q,"n":%q,"at":%s}`, b, n, lodetest.At(at))
		}
		w.items.Send(put("low", "1.00", 10), put("low", "2.00", 20), put("high", "2.00", 30))
		w.sales.Send(sale("s1", "1", 15, "1"), sale("s2", "1", 25, "1"), sale("s3", "1", 35, "1"))
		w.run(lode.Options{})
		w.equal(both, "s1 | low | 1.00", "s2 | low | 2.00", "s3 | high | 2.00")
		w.project.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "1"}, {Name: "n", SCD: "2"}, {Name: "b", SCD: "4", Mini: "dim_profiles"}}
		w.reopen()
		w.run(lode.Options{})
		w.equal(which, "s1 | low", "s2 | low", "s3 | high")
		w.equal("SELECT n, valid_to FROM gold.dim_items WHERE item_key > 0 ORDER BY 1", "1.00 | 2025-01-01T00:20:00Z", "2.00 | 9999-12-31T00:00:00Z")
		w.equal("SELECT count(*) FROM gold.dim_profile_history WHERE profile_history_key > 0", "2")
		w.rebuilt(nil)
		profiles("5")(&w.project.Project)
		w.project.Facts[0].Dimensions = w.project.Facts[0].Dimensions[:3]
		w.reopen()
		w.run(lode.Options{})
		w.equal(both, "s1 | low | 1.00", "s2 | low | 2.00", "s3 | high | 2.00")
		w.equal("SELECT b, sale_count FROM gold.agg_profiles ORDER BY 1", "high | 1", "low | 2")
		w.equal("SELECT p.b, p.n FROM gold.dim_items d JOIN gold.dim_profiles p ON p.profile_key = d.current_profile_key", "high | 2.00")
	})
}

// Without redefined a column that comes new is not known of profiles that had ended.
func TestHistory25ProfileOfOtherColumnsFromNow(t *testing.T) {
	const both = "SELECT f.source_id, p.b, p.n FROM gold.fact_sales f JOIN gold.dim_profiles p ON p.profile_key = f.profile_key ORDER BY 1"
	declared := func(p *lode.Project) {
		profiles("5")(&p.Project)
		p.Dimensions[0].Columns = slices.Delete(p.Dimensions[0].Columns, 2, 3)
	}
	each(t, declared, func(w *world) {
		put := func(b, n string, at int) string {
			return fmt.Sprintf(`{"id":"1","a":"A","b":%q,"n":%q,"at":%s}`, b, n, lodetest.At(at))
		}
		w.items.Send(put("low", "1.00", 10), put("high", "2.00", 30))
		w.sales.Send(sale("s1", "1", 15, "1"), sale("s2", "1", 35, "1"))
		w.run(lode.Options{})
		w.equal("SELECT p.b FROM gold.fact_sales f JOIN gold.dim_profiles p ON p.profile_key = f.profile_key ORDER BY f.source_id", "low", "high")
		low := lodetest.Rows(w.t, w, "SELECT profile_key FROM gold.dim_profiles WHERE b = 'low'")[0]
		w.project.Dimensions[0].Columns = append(w.project.Dimensions[0].Columns, schema.DimColumn{Name: "n", SCD: "5", Mini: "dim_profiles"})
		w.reopen()
		w.run(lode.Options{})
		w.equal(both, "s1 | low | NULL", "s2 | high | 2.00")
		w.equal("SELECT profile_key FROM gold.fact_sales WHERE source_id = 's1'", low)
		w.equal("SELECT b, sale_count FROM gold.agg_profiles ORDER BY 1", "high | 1", "low | 1")
		w.run(lode.Options{Select: []string{"gold.*"}, Mode: lode.Mode{Rebuild: true}})
		w.equal(both, "s1 | low | NULL", "s2 | high | 2.00")
	})
}

// The past is asked with the profiles of then, and a trace tells how a profile was found.
func TestHistory25ProfilesOfThen(t *testing.T) {
	declared := func(p *lode.Project) { profiles("5")(&p.Project) }
	each(t, declared, func(w *world) {
		put := func(b string, at int) string {
			return fmt.Sprintf(`{"id":"1","a":"A","b":%q,"at":%s}`, b, lodetest.At(at))
		}
		w.items.Send(put("low", 10), put("high", 30))
		w.sales.Send(sale("s1", "1", 15, "1"), sale("s2", "1", 35, "1"), sale("s3", "9", 15, "1"))
		w.run(lode.Options{})
		first := w.clock.Now()
		const which = "SELECT f.source_id, p.b FROM gold.fact_sales f JOIN gold.dim_profiles p ON p.profile_key = f.profile_key ORDER BY 1"
		const now = "SELECT p.b FROM gold.dim_items d JOIN gold.dim_profiles p ON p.profile_key = d.current_profile_key"
		w.equal(which, "s1 | low", "s2 | high", "s3 | Unknown")
		w.equal(now, "high")
		past := w.At(lode.AsOf(point(20)))
		lodetest.Equal(w.t, past, which, "s1 | low", "s3 | Unknown")
		lodetest.Equal(w.t, past, now, "low")
		lodetest.Equal(w.t, w.At(lode.AsOf(point(40))), which, "s1 | high", "s2 | high", "s3 | Unknown")
		lodetest.Equal(w.t, w.At(lode.AsOf(point(40))), "SELECT b, sale_count FROM gold.agg_profiles ORDER BY 2", "Unknown | 1", "high | 2")
		w.items.Send(put("mid", 12))
		w.run(lode.Options{})
		w.equal(which, "s1 | mid", "s2 | high", "s3 | Unknown")
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(first)), which, "s1 | low", "s2 | high", "s3 | Unknown")
		w.saysOf(w.traced("gold.fact_sales", "s1"), map[string]string{
			"profile_key": lodetest.Rows(w.t, w, "SELECT profile_key FROM gold.dim_profiles WHERE b = 'mid'")[0] +
				" by dim_profiles by item_id (1), the version in force at sold_at, 2025-01-01T00:15:00Z: the profile of b mid, n NULL, as dim_profile_history tells",
		})
	})
}

// Whatever comes in which order: each run leaves what a rebuild makes, key for key, and what
// a rebuild from bronze would make.
func TestHistory25Storm(t *testing.T) {
	for name, vary := range map[string]func(m *schema.Dimension, f *schema.Fact){
		"infer":   func(*schema.Dimension, *schema.Fact) {},
		"unknown": func(m *schema.Dimension, f *schema.Fact) { m.FirstVersion, f.Late = "event", "unknown" },
		"deleted": func(m *schema.Dimension, _ *schema.Fact) {
			m.Deleted, m.ReusedKey, m.Columns[2].SCD = "member", "new", "4"
		},
		"day":      func(m *schema.Dimension, f *schema.Fact) { m.Validity, f.Dimensions[0].AsOf = "day", "current" },
		"reversal": func(m *schema.Dimension, f *schema.Fact) { m.Current, f.Corrections = "in_force", "reversal" },
	} {
		t.Run(name, func(t *testing.T) {
			declare := func(p *lode.Project) {
				members := schema.Dimension{Name: "dim_members", From: "members", Columns: []schema.DimColumn{
					{Name: "town", SCD: "2"}, {Name: "age", SCD: "4", Mini: "dim_profiles"}, {Name: "income", SCD: "5", Mini: "dim_profiles"},
				}}
				p.Facts = []schema.Fact{{
					Name: "fact_visits", Grain: "one row per visit", From: "visits", EventAt: "visited_at",
					Dimensions: []schema.Role{{Name: "profile", Dimension: "dim_profiles", Of: "member"}, {Name: "member", Dimension: "dim_members", Key: []string{"member_id"}}},
				}}
				vary(&members, &p.Facts[0])
				p.Dimensions = append(p.Dimensions, members)
				p.Aggregates = []schema.Aggregate{{
					Name: "agg_ages", Grain: "one row per age", From: "fact_visits",
					Group: []schema.GroupBy{{Name: "age", By: "profile.age"}}, Measures: []schema.AggMeasure{{Name: "visit_count", Count: "rows"}},
				}}
			}
			eachShop(t, []string{"members@: id | town text, age text, income text", "visits: id | member_id text, visited_at timestamp"}, declare, func(s *shop) {
				s.storm(25, 6, func(r *rand.Rand) {
					id, at := pick(r, "1", "2", "3"), on(r.IntN(40))+"T00:00:00Z"
					switch r.IntN(8) {
					case 0:
						s.gone("members", fmt.Sprintf("'id':'%s','at':'%s'", id, at))
					case 1, 2, 3:
						s.send("visits", fmt.Sprintf("'id':'%d','member_id':'%s','visited_at':'%s'", r.IntN(9), id, at))
					default:
						fields := []string{fmt.Sprintf("'town':'%s'", pick(r, "A", "B")), fmt.Sprintf("'age':%s", pick(r, "'young'", "'old'", "null")), fmt.Sprintf("'income':'%s'", pick(r, "low", "high"))}
						fields = slices.DeleteFunc(fields, func(string) bool { return r.IntN(4) == 0 })
						record := fmt.Sprintf("'id':'%s','at':'%s'", id, at)
						for _, f := range fields {
							record += "," + f
						}
						s.send("members", record)
					}
				}, "gold.dim_members", "gold.dim_profiles", "gold.dim_profile_history", "gold.fact_visits", "gold.agg_ages")
				s.rebuilt(nil)
			})
		})
	}
}
