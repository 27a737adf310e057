package cases

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

// Case 26, late fact: its key is the version in force at its time, not the current one.
func TestHistory26LateFact(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
-- run
-- table gold.dim_items
item_key | a
$a       | A
$b       | B
-- events s.sales
id | item | at
s1 | 1    | 15
s2 | 1    | 25
s3 | 1    | 5
-- run
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $b
s3        | -1
`)
}

// Case 27, early fact: one inferred member with a real key, open to the past.
func TestHistory27EarlyFact(t *testing.T) {
	play(t, openEnded, `
-- events s.sales
id | item | at
s1 | 9    | 15
s2 | 9    | 25
-- run
-- table gold.dim_items
item_key | source_id | a    | valid_from | valid_to | is_inferred | is_current
$nine    | 9         | NULL | -inf       | inf      | true        | true
-- events s.sales
id | item | at
s3 | 9    | 5
-- run
-- table gold.dim_items
item_key | source_id | is_inferred
$nine    | 9         | true
-- table gold.fact_sales
source_id | item_key
s1        | $nine
s2        | $nine
s3        | $nine
`)
}

// Case 27: two facts that need the same member at once get the same row.
func TestHistory27TwoFactsInferTheSameMember(t *testing.T) {
	returns := func(p *schema.Project) {
		f := p.Facts[0]
		f.Name = "fact_returns"
		p.Facts = append(p.Facts, f)
	}
	play(t, returns, `
-- events s.sales
id | item | at
s1 | 9    | 15
-- run
-- table gold.dim_items
item_key | source_id | is_inferred
$nine    | 9         | true
-- table gold.fact_sales
source_id | item_key
s1        | $nine
-- table gold.fact_returns
source_id | item_key
s1        | $nine
`)
}

// Case 27: two roles of one fact that need the same member get the same row, and no
// role takes what another has inferred just now for a member that was deleted.
func TestHistory27TwoRolesInferTheSameMember(t *testing.T) {
	roles := func(p *schema.Project) {
		p.Dimensions[0].Deleted = "member"
		now := p.Facts[0].Dimensions[0]
		now.Name, now.AsOf = "now", "current"
		again := p.Facts[0].Dimensions[0]
		again.Name = "again"
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, again, now)
	}
	play(t, roles, `
-- events s.sales
id | item | at
s1 | 9    | 15
-- run
-- table gold.dim_items
item_key | source_id | is_inferred
$nine    | 9         | true
-- table gold.fact_sales
source_id | item_key | again_key | now_key
s1        | $nine    | $nine     | $nine
`)
}

// Case 28, inferred member completed: in place, the key and the facts stay, every column
// is overwritten once; the first event, though later than the fact, reaches back to it.
func TestHistory28InferredMemberCompleted(t *testing.T) {
	all := func(p *schema.Project) {
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "b", SCD: "1"}, {Name: "n", SCD: "0"}}
	}
	play(t, all, `
-- events s.sales
id | item | at | amount
s1 | 9    | 15 | 1.00
-- run
-- table gold.dim_items
item_key | a    | b    | n    | is_inferred
$nine    | NULL | NULL | NULL | true
-- events s.items
id | at | a | b | n
9  | 20 | A | x | 7
-- run
-- table gold.dim_items
item_key | a | b | n    | is_inferred | valid_from | valid_to | version
$nine    | A | x | 7.00 | false       | -inf       | inf      | 1
-- table gold.fact_sales
source_id | item_key | updated_at
s1        | $nine    | 2025-06-01T00:01:00Z
-- table gold.agg_sales
a | sold_amount
A | 1.00
`)
}

// deletedBefore is case 29: the member is deleted before the fact happens, and the fact
// goes to GAP, until a version fills the gap.
func deletedBefore(gap string) string {
	return `
-- events s.items
id | at | a | op
1  | 10 | A |
1  | 20 |   | delete
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | 20
-- events s.sales
id | item | at
s1 | 1    | 30
-- run
-- table gold.fact_sales
source_id | item_key
s1        | ` + gap + `
-- events s.items
id | at | a
1  | 25 | B
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | 20
$b       | B | 25         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $b
`
}

// Case 29, a member deleted before the fact: the last version, or a member of its own.
func TestHistory29DeletedBeforeToTheLastVersion(t *testing.T) {
	play(t, eventful, deletedBefore("$a"))
}

func TestHistory29DeletedBeforeToTheDeletedMember(t *testing.T) {
	member := func(p *schema.Project) { eventful(p); p.Dimensions[0].Deleted = "member" }
	play(t, member, deletedBefore("-3"))
}

// Case 30, a late change splits a version that facts use: those in the changed interval
// get the new key, the others stay, and their groups are summed up anew.
func TestHistory30SplitVersionRekeysFacts(t *testing.T) {
	play(t, openEnded, `
-- events s.items
id | at | a
1  | 10 | A
1  | 30 | C
-- events s.sales
id | item | at | amount
s1 | 1    | 15 | 1.00
s2 | 1    | 25 | 2.00
s3 | 1    | 35 | 4.00
-- run
-- table gold.dim_items
item_key | a
$a       | A
$c       | C
-- table gold.fact_sales
source_id | item_key | updated_at
s1        | $a       | 2025-06-01T00:01:00Z
s2        | $a       | 2025-06-01T00:01:00Z
s3        | $c       | 2025-06-01T00:01:00Z
-- events s.items
id | at | a
1  | 20 | B
# The facts move in the transaction of the dimension.
-- run bronze.* silver.* gold.dim_items
-- table gold.dim_items
item_key | a
$a       | A
$b       | B
$c       | C
-- table gold.fact_sales
source_id | item_key | updated_at
s1        | $a       | 2025-06-01T00:01:00Z
s2        | $b       | 2025-06-01T00:02:00Z
s3        | $c       | 2025-06-01T00:01:00Z
-- run
-- table gold.agg_sales
a | sold_amount
A | 1.00
B | 2.00
C | 4.00
`)
}

// Case 31, a version disappears because its event is corrected: its facts go to the
// version that survives.
func TestHistory31VersionDisappears(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
-- events s.sales
id | item | at | amount
s1 | 1    | 15 | 1.00
s2 | 1    | 25 | 2.00
-- run
-- table gold.dim_items
item_key | a
$a       | A
$b       | B
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $b
-- events s.items
id | at | a
1  | 20 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $a
-- table gold.agg_sales
a | sold_amount
A | 3.00
`)
}

// Case 29 for a role of current versions: it asks for no time, so a fact without one also
// finds its member, the last version of a deleted one, or an inferred one.
func TestHistory29CurrentRoleNeedsNoTime(t *testing.T) {
	now := func(p *schema.Project) {
		p.Facts[0].Dimensions[0].AsOf, p.Facts[0].Dimensions[0].WhenNull = "current", "not_applicable"
	}
	play(t, now, `
-- events s.items
id | at | a | op
1  | 10 | A |
1  | 20 | B |
2  | 10 | X |
2  | 20 |   | delete
-- events s.sales
id | item | at
s1 | 1    | NULL
s2 | 2    | NULL
s3 | 3    | NULL
s4 | NULL | NULL
-- run
-- table gold.dim_items
item_key | source_id | a    | is_inferred
$a       | 1         | A    | false
$b       | 1         | B    | false
$x       | 2         | X    | false
$three   | 3         | NULL | true
-- table gold.fact_sales
source_id | item_key
s1        | $b
s2        | $x
s3        | $three
s4        | -2
`)
}

// Case 44, a fact on the boundary belongs to the version that begins there.
func TestHistory44FactOnTheBoundary(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
-- events s.sales
id | item | at
s1 | 1    | 10
s2 | 1    | 20
-- run
-- table gold.dim_items
item_key | a
$a       | A
$b       | B
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $b
`)
}
