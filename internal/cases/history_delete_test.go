package cases

import (
	"testing"

	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
)

// Case 10, delete: the last version ends at the delete and is marked.
func TestHistory10Delete(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to | is_current
$a       | A | 10         | 20       | false
$b       | B | 20         | inf      | true
-- events s.items
id | at | op
1  | 30 | delete
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to | is_current | is_deleted
$a       | A | 10         | 20       | false      | false
$b       | B | 20         | 30       | false      | true
-- table silver.items
a | is_deleted
B | true
`)
}

// Case 11, delete and reinsert: a gap, a new version and key, the same durable key; also
// when the content equals the old.
func TestHistory11DeleteThenReinsert(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a | op
1  | 10 | A |
1  | 20 |   | delete
-- run
-- table gold.dim_items
item_key | item_durable_key | a | valid_from | valid_to | is_deleted
$a       | $item            | A | 10         | 20       | true
-- events s.items
id | at | a
1  | 30 | A
-- run
-- table gold.dim_items
item_key | item_durable_key | a | valid_from | valid_to | is_current | is_deleted
$a       | $item            | A | 10         | 20       | false      | false
$back    | $item            | A | 30         | inf      | true       | false
`)
}

// Case 12, delete and reinsert at the same time: a tie, as in case 9.
func TestHistory12DeleteAndReinsertAtOnce(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | lsn | a | op
1  | 10 |     | A |
1  | 20 |     |   | delete
1  | 20 |     | B |
2  | 10 |     | A |
2  | 20 | 1   |   | delete
2  | 20 | 2   | B |
-- run
-- table gold.dim_items
item_key | source_id | a | valid_from | valid_to | is_deleted
$a       | 1         | A | 10         | 20       | true
$a2      | 2         | A | 10         | 20       | false
$b2      | 2         | B | 20         | inf      | false
`)
}

// Case 13, delete of an unknown key: a tombstone, which closes what is inserted late.
func TestHistory13DeleteOfAnUnknownKey(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | op
1  | 30 | delete
-- run
-- table gold.dim_items
item_key
-- table silver.items_log
source_id | op     | valid_at
1         | delete | 30
-- events s.items
id | at | a
1  | 10 | A
-- run
-- table gold.dim_items
source_id | a | valid_from | valid_to | is_current | is_deleted
1         | A | 10         | 30       | false      | true
`)
}

// lateDelete is case 14; the facts of the gap go to GAP.
const lateDelete = `
-- events s.items
id | at | a
1  | 10 | A
1  | 30 | B
-- events s.sales
id | item | at
s1 | 1    | 15
s2 | 1    | 20
s3 | 1    | 29
s4 | 1    | 30
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | 30
$b       | B | 30         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $a
s3        | $a
s4        | $b
-- events s.items
id | at | op
1  | 20 | delete
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to | is_current | is_deleted
$a       | A | 10         | 20       | false      | false
$b       | B | 30         | inf      | true       | false
-- table gold.fact_sales
source_id | item_key
s1        | $a
`

// Case 14, a late delete inside history: a gap, whose facts go where the policy says; by
// default to the last version before it.
func TestHistory14LateDelete(t *testing.T) {
	play(t, eventful, lateDelete+"s2 | $a\ns3 | $a\ns4 | $b\n")
}

func TestHistory14LateDeleteToTheDeletedMember(t *testing.T) {
	member := func(p *schema.Project) { eventful(p); p.Dimensions[0].Deleted = "member" }
	play(t, member, lateDelete+"s2 | -3\ns3 | -3\ns4 | $b\n")
}

func TestHistory14LateDeleteToTheUnknownMember(t *testing.T) {
	unknown := func(p *schema.Project) { eventful(p); p.Dimensions[0].Deleted = "unknown" }
	play(t, unknown, lateDelete+"s2 | -1\ns3 | -1\ns4 | $b\n")
}

// Case 15, delete by absence from a complete snapshot: at the time of the snapshot, and
// refused when the snapshot is empty or has shrunken below the guard.
func TestHistory15AbsentFromASnapshot(t *testing.T) {
	swept := func(p *schema.Project) {
		eventful(p)
		s := lodetest.NewSource()
		items := s.Stream("items", "id")
		items.Describe.Sweep, items.Describe.SweepMode, items.Describe.SweepGuard = true, source.Keys, 0.5
		s.Stream("sales", "id")
		p.Sources[0].Config = s
	}
	play(t, swept, `
-- snapshot s.items
id | at | a
1  | 10 | A
2  | 10 | B
3  | 10 | C
-- run
-- table gold.dim_items
source_id | valid_from | valid_to
1         | 10         | inf
2         | 10         | inf
3         | 10         | inf
-- snapshot s.items
id | at | a
1  | 10 | A
3  | 10 | C
-- run
-- table gold.dim_items
source_id | valid_from | valid_to             | is_deleted
1         | 10         | inf                  | false
2         | 10         | 2025-06-01T00:02:00Z | true
3         | 10         | inf                  | false
# Half of what is known must be there, and something.
-- snapshot s.items
-- run
fails: known keys
-- table gold.dim_items WHERE is_deleted
source_id
2
`)
}

// Case 16, null or partly null natural key: never a new row, but an error event.
func TestHistory16NullNaturalKey(t *testing.T) {
	composite := func(p *schema.Project) {
		eventful(p)
		p.Entities[0].Key = []string{"a", "b"}
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "n", SCD: "2"}}
		p.Facts, p.Aggregates = nil, nil
	}
	play(t, composite, `
-- events s.items
id | at | a | b    | n
1  | 10 | x | NULL | 1
2  | 10 | x | y    | 2
3  | 10 |   | y    | 3
4  | 10 | x | ''   | 4
-- run
-- table gold.dim_items
a | b  | n
x | y  | 2.00
x | '' | 4.00
-- table lode.quarantine
kind   | record_key | reason
record | ["1"]      | the key column b has no value
record | ["3"]      | the key column a has no value
`)
}

// Case 17, NULL to value, value to NULL, NULL to NULL, the empty text and NULL: change, change, no
// change, change. An old version keeps its NULL.
func TestHistory17Nulls(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | NULL
1  | 20 | NULL
1  | 30 | A
1  | 40 | NULL
1  | 50 | ''
1  | 60 | NULL
-- run
-- table gold.dim_items
a    | valid_from | valid_to
NULL | 10         | 30
A    | 30         | 40
NULL | 40         | 50
''   | 50         | 60
NULL | 60         | inf
`)
}
