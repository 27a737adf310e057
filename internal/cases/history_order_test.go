package cases

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

// Case 1, out of order: have A@10, C@30; arrives B@20. A's and C's keys stay; one new key.
func TestHistory01OutOfOrder(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 30 | C
-- run
-- table gold.dim_items
item_key | source_id | a | valid_from | valid_to | version
$a       | 1         | A | 10         | 30       | 1
$c       | 1         | C | 30         | inf      | 2
-- events s.items
id | at | a
1  | 20 | B
-- run
-- table gold.dim_items
item_key | source_id | a | valid_from | valid_to | version
$a       | 1         | A | 10         | 20       | 1
$b       | 1         | B | 20         | 30       | 2
$c       | 1         | C | 30         | inf      | 3
`)
}

// Case 2, a late event that says nothing new: the dimension is unchanged, the event kept.
func TestHistory02LateEventWithoutChange(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 30 | B
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to | updated_at
$a       | A | 10         | 30       | 2025-06-01T00:01:00Z
$b       | B | 30         | inf      | 2025-06-01T00:01:00Z
-- events s.items
id | at | a
1  | 20 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to | updated_at
$a       | A | 10         | 30       | 2025-06-01T00:01:00Z
$b       | B | 30         | inf      | 2025-06-01T00:01:00Z
-- table silver.items_log
source_id | a | valid_at
1         | A | 10
1         | B | 30
1         | A | 20
`)
}

// Case 3, a late event that moves a boundary: B keeps its key, and its facts come to it.
func TestHistory03LateEventMovesABoundary(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 30 | B
-- events s.sales
id | item | at | amount
s1 | 1    | 15 | 1.00
s2 | 1    | 20 | 2.00
s3 | 1    | 29 | 4.00
s4 | 1    | 30 | 8.00
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
id | at | a
1  | 20 | B
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | 20
$b       | B | 20         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $b
s3        | $b
s4        | $b
-- table gold.agg_sales
a | sold_amount
A | 1.00
B | 14.00
`)
}

// Case 4, a late event that splits and returns: the event at 15 had said nothing new, and
// begins a version once B stands before it.
func TestHistory04LateEventSplitsAndReturns(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 15 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | inf
-- events s.items
id | at | a
1  | 12 | B
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | 12
$b       | B | 12         | 15
$again   | A | 15         | inf
`)
}

// Case 5, a late event before the first version: the first keeps its key and begins later.
func TestHistory05LateEventBeforeTheFirst(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | inf
-- events s.items
id | at | a
1  | 5  | Z
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$z       | Z | 5          | 10
$a       | A | 10         | inf
`)
}

// Case 5 with first_version: open: the low bound moves to the new first version.
func TestHistory05LateEventBeforeTheFirstThatIsOpen(t *testing.T) {
	play(t, openEnded, `
-- events s.items
id | at | a
1  | 10 | A
-- events s.sales
id | item | at | amount
s1 | 1    | 2  | 1.00
s2 | 1    | 15 | 1.00
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | -inf       | inf
-- events s.items
id | at | a
1  | 5  | Z
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$z       | Z | -inf       | 10
$a       | A | 10         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $z
s2        | $a
`)
}

// Case 6, n changes of one key in one batch: the same as n batches.
func TestHistory06SeveralChangesInOneBatch(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 15 | A
1  | 20 | B
1  | 30 | C
2  | 10 | A
-- run
-- events s.items
id | at | a
2  | 15 | A
-- run
-- events s.items
id | at | a
2  | 20 | B
-- run
-- events s.items
id | at | a
2  | 30 | C
-- run
-- table gold.dim_items
item_key | source_id | a | valid_from | valid_to | version | is_current
$a       | 1         | A | 10         | 20       | 1       | false
$b       | 1         | B | 20         | 30       | 2       | false
$c       | 1         | C | 30         | inf      | 3       | true
$a2      | 2         | A | 10         | 20       | 1       | false
$b2      | 2         | B | 20         | 30       | 2       | false
$c2      | 2         | C | 30         | inf      | 3       | true
`)
}

// Case 7, there and back in one batch: three versions.
func TestHistory07FlipFlop(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
1  | 30 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | 20
$b       | B | 20         | 30
$again   | A | 30         | inf
`)
}

// Case 7 with collapse_intrabatch declared: no version.
func TestHistory07FlipFlopCollapsed(t *testing.T) {
	collapse := func(p *schema.Project) { eventful(p); p.Dimensions[0].CollapseIntrabatch = true }
	play(t, collapse, `
-- events s.items
id | at | a
1  | 10 | A
-- run
-- events s.items
id | at | a
1  | 20 | B
1  | 30 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | 10         | inf
`)
}

// Case 8, same key, time and content: one event.
func TestHistory08SameEventTwice(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 10 | A
-- run
-- events s.items
id | at | a
1  | 10 | A
-- run
writes nothing
-- table gold.dim_items
a | valid_from | valid_to
A | 10         | inf
-- table silver.items_log
source_id | a
1         | A
`)
}

// Case 9, same key and time, other content: the later observed wins, the loser stays in
// the log, and no version is of length zero.
func TestHistory09SameTimeOtherContent(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$key     | A | 10         | inf
-- events s.items
id | at | a
1  | 10 | B
1  | 10 | C
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$key     | C | 10         | inf
-- table silver.items
a
C
-- table silver.items_log
a | superseded
A | true
B | true
C | false
`)
}

// Case 9: the source's own order goes before the order of observation.
func TestHistory09SourceOrderBeatsObservedOrder(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | lsn | a
1  | 10 | 2   | B
-- run
-- events s.items
id | at | lsn | a
1  | 10 | 1   | A
-- run
-- table gold.dim_items
a | valid_from | valid_to
B | 10         | inf
-- table silver.items_log
a | superseded
A | true
B | false
`)
}

// Case 9: a delete beats an upsert of its instant.
func TestHistory09DeleteBeatsUpsert(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a | op
1  | 10 | A |
1  | 20 |   | delete
1  | 20 | B |
-- run
-- table gold.dim_items
a | valid_from | valid_to | is_current | is_deleted
A | 10         | 20       | false      | true
-- table silver.items_log
a | op     | superseded
A | upsert | false
NULL | delete | false
B | upsert | true
`)
}

// Case 9: what was said before and is said again later counts; a rebuild gives the same.
func TestHistory09SaidAgain(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
1  | 10 | B
1  | 10 | A
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$key     | A | 10         | inf
-- rebuild silver.* gold.*
-- table gold.dim_items
item_key | a | valid_from | valid_to
$key     | A | 10         | inf
`)
}
