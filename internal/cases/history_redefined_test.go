package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// redeclared lets a script happen in a dimension of some columns, declares others, and
// goes on with another script.
func redeclared(t *testing.T, before []schema.DimColumn, first string, change func(*schema.Project), then string) {
	t.Helper()
	worlds(t, columns(before...), func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), first))
		must(t, w.Redefine(t.Context(), change))
		must(t, w.Play(t.Context(), then))
	})
}

// tracks declares the tracked columns, and what a change of them means.
func tracks(redefined string, names ...string) func(*schema.Project) {
	return func(p *schema.Project) {
		d := &p.Dimensions[0]
		d.Redefined, d.Columns = redefined, nil
		for _, n := range names {
			d.Columns = append(d.Columns, schema.DimColumn{Name: n, SCD: "2"})
		}
	}
}

// onlyA is a history in which b changes while only a is tracked.
const onlyA = `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 15 | A | y
1  | 20 | B | y
1  | 25 | B | z
-- events s.sales
id | item | at
s1 | 1    | 12
s2 | 1    | 17
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | 20
$b       | B | 20         | inf
`

// Case 38, a column is added to the tracked ones, from now on: no mass of versions, the
// new value fills the current one; later changes begin versions.
func TestHistory38ColumnAddedFromNow(t *testing.T) {
	redeclared(t, []schema.DimColumn{{Name: "a", SCD: "2"}}, onlyA, tracks("", "a", "b"), `
-- run
-- table gold.dim_items
item_key | a | b    | valid_from | valid_to
$a       | A | NULL | 10         | 20
$b       | B | z    | 20         | inf
-- events s.items
id | at                   | a | b
1  | 17                   | A | w
1  | 2025-07-01T00:00:00Z | B | new
-- run
-- table gold.dim_items
item_key | a | b    | valid_from | valid_to
$a       | A | NULL | 10         | 20
$b       | B | z    | 20         | 2025-07-01
$new     | B | new  | 2025-07-01 | inf
-- rebuild
-- table gold.dim_items
item_key | a | b
$a       | A | NULL
$b       | B | z
$new     | B | new
`)
}

// Case 38 as a new version of each key, from the run on.
func TestHistory38ColumnAddedAsANewVersion(t *testing.T) {
	redeclared(t, []schema.DimColumn{{Name: "a", SCD: "2"}}, onlyA, tracks("new_version", "a", "b"), `
-- run
-- table gold.dim_items
item_key | a | b    | valid_from           | valid_to
$a       | A | NULL | 10                   | 20
$b       | B | NULL | 20                   | 2025-06-01T00:02:00Z
$z       | B | z    | 2025-06-01T00:02:00Z | inf
-- rebuild
-- table gold.dim_items
item_key | a | b
$a       | A | NULL
$b       | B | NULL
$z       | B | z
`)
}

// Case 38: a version that begins because a column is tracked now is no observation; what was
// observed first stays.
func TestHistory38NewVersionKeepsFirstSeen(t *testing.T) {
	seen := schema.DimColumn{Name: "b", SCD: "0", Keep: "first_seen"}
	days := func(p *lode.Project) {
		p.Dimensions[0].Validity, p.Dimensions[0].Redefined = "day", "new_version"
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "2"}, seen}
	}
	each(t, days, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","n":"1","at":"2025-01-01T00:00:00Z"}`, `{"id":"1","a":"B","b":"y","n":"1","at":"2025-01-02T00:00:00Z"}`)
		w.run(lode.Options{})
		w.project.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "2"}, seen, {Name: "n", SCD: "2"}}
		w.reopen()
		w.run(lode.Options{})
		w.equal("SELECT a, b, n FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | x | NULL", "B | x | NULL", "B | x | 1.00")
	})
}

// Case 38 as a rebuild: the log is replayed; keys stay where intervals survive.
func TestHistory38ColumnAddedByRebuild(t *testing.T) {
	redeclared(t, []schema.DimColumn{{Name: "a", SCD: "2"}}, onlyA, tracks("rebuild", "a", "b"), `
-- run
-- table gold.dim_items
item_key | a | b | valid_from | valid_to
$a       | A | x | 10         | 15
$ay      | A | y | 15         | 20
$b       | B | y | 20         | 25
$bz      | B | z | 25         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $ay
`)
}

// aAndB is a history in which both columns are tracked.
const aAndB = `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 20 | A | y
1  | 30 | B | y
-- events s.sales
id | item | at
s1 | 1    | 15
s2 | 1    | 25
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$ax      | A | 10         | 20
$ay      | A | 20         | 30
$b       | B | 30         | inf
`

// Case 39, a column is removed from the tracked ones: past versions are not merged.
func TestHistory39ColumnRemoved(t *testing.T) {
	redeclared(t, []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "b", SCD: "2"}}, aAndB, tracks("", "a"), `
-- events s.items
id | at                   | a | b
1  | 2025-07-01T00:00:00Z | B | z
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$ax      | A | 10         | 20
$ay      | A | 20         | 30
$b       | B | 30         | inf
`)
}

// Case 39 as a rebuild: they are merged, and their facts follow.
func TestHistory39ColumnRemovedByRebuild(t *testing.T) {
	redeclared(t, []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "b", SCD: "2"}}, aAndB, tracks("rebuild", "a"), `
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$ax      | A | 10         | 30
$b       | B | 30         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $ax
s2        | $ax
`)
}

// Case 40, a column has another name and comes from another field: no version.
func TestHistory40ColumnRenamed(t *testing.T) {
	renamed := func(p *schema.Project) {
		p.Entities[0].Columns[1].Name = "c"
		p.Entities[0].From[0].Fields[1] = schema.FieldMapping{Name: "c", From: "c | b"}
		p.Dimensions[0].Columns[1] = schema.DimColumn{Name: "c", SCD: "2", RenamedFrom: "b"}
	}
	redeclared(t, []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "b", SCD: "2"}}, aAndB, renamed, `
-- run
-- table gold.dim_items
item_key | a | c | valid_from | valid_to
$ax      | A | x | 10         | 20
$ay      | A | y | 20         | 30
$b       | B | y | 30         | inf
`)
}

// Case 40, a type is widened: equality is that of the converted value.
func TestHistory40TypeWidened(t *testing.T) {
	wider := func(p *schema.Project) { p.Entities[0].Columns[2].Type = "decimal(18,4)" }
	redeclared(t, []schema.DimColumn{{Name: "n", SCD: "2"}}, `
-- events s.items
id | at | n
1  | 10 | 1.00
1  | 20 | 1.0
1  | 30 | 2
-- run
-- table gold.dim_items
item_key | n    | valid_from | valid_to
$one     | 1.00 | 10         | 30
$two     | 2.00 | 30         | inf
`, wider, `
-- run
-- table gold.dim_items
item_key | n      | valid_from | valid_to
$one     | 1.0000 | 10         | 30
$two     | 2.0000 | 30         | inf
`)
}

// Cases 38 and 39, and the rebuild of a diff: what a changed declaration means is kept, and
// a rebuild that is thrown away knows it too.
func TestHistory38DiffOfARebuild(t *testing.T) {
	for _, redefined := range []string{"", "new_version"} {
		t.Run("redefined "+redefined, func(t *testing.T) {
			worlds(t, columns(schema.DimColumn{Name: "a", SCD: "2"}), func(t *testing.T, w *lodetest.World) {
				must(t, w.Play(t.Context(), onlyA+"\n-- run"))
				must(t, w.Redefine(t.Context(), tracks(redefined, "a", "b")))
				must(t, w.Play(t.Context(), "-- run"))
				results, err := w.DiffRebuild(t.Context(), lode.Options{}, 10)
				must(t, err)
				for _, r := range results {
					if r.Count() > 0 {
						t.Errorf("%+v", r)
					}
				}
			})
		})
	}
}

// A column that came and went begins versions from when it came until it went, and no more.
func TestHistory39ColumnThatCameAndWent(t *testing.T) {
	for redefined, opened := range map[string]string{
		"":            "$b | B | 20 | 2025-06-01T00:02:30Z",
		"new_version": "$b | B | 20 | 2025-06-01T00:02:00Z\n$o | B | 2025-06-01T00:02:00Z | 2025-06-01T00:02:30Z",
	} {
		t.Run("redefined "+redefined, func(t *testing.T) {
			worlds(t, columns(schema.DimColumn{Name: "a", SCD: "2"}), func(t *testing.T, w *lodetest.World) {
				must(t, w.Play(t.Context(), onlyA))
				must(t, w.Redefine(t.Context(), tracks(redefined, "a", "b")))
				must(t, w.Play(t.Context(), "-- events s.items\nid | at | a | b\n1 | 2025-06-01T00:02:30Z | B | in\n-- run\n"))
				must(t, w.Redefine(t.Context(), tracks(redefined, "a")))
				must(t, w.Play(t.Context(), `
-- run
-- events s.items
id | at                   | a | b
1  | 2025-07-01T00:00:00Z | B | p
1  | 2025-07-02T00:00:00Z | B | q
1  | 2025-07-03T00:00:00Z | C | q
-- run
-- table gold.dim_items
item_key | a | valid_from           | valid_to
$a       | A | 10                   | 20
`+opened+`
$in      | B | 2025-06-01T00:02:30Z | 2025-07-03
$c       | C | 2025-07-03           | inf
`))
			})
		})
	}
}
