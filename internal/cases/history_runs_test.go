package cases

import (
	"errors"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/run"
)

// twoVersions is a history with its facts.
const twoVersions = `
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
item_key | a | valid_from | valid_to
$a       | A | -inf       | 20
$b       | B | 20         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $a
s2        | $b
`

// Case 32, the same batch again: nothing is written.
func TestHistory32SameBatchAgain(t *testing.T) {
	play(t, openEnded, twoVersions+`
-- events s.items
id | at | a
1  | 10 | A
1  | 20 | B
-- events s.sales
id | item | at | amount
s1 | 1    | 15 | 1.00
s2 | 1    | 25 | 2.00
-- run
writes nothing
-- full
writes nothing
-- run
writes nothing
-- table gold.dim_items
item_key | a | updated_at
$a       | A | 2025-06-01T00:01:00Z
$b       | B | 2025-06-01T00:01:00Z
`)
}

// Case 33, a batch that overlaps: as case 32 for the events that are known.
func TestHistory33OverlappingBatch(t *testing.T) {
	play(t, openEnded, twoVersions+`
-- events s.items
id | at | a
1  | 20 | B
2  | 10 | X
-- run
-- table gold.dim_items
item_key | a | updated_at
$a       | A | 2025-06-01T00:01:00Z
$b       | B | 2025-06-01T00:01:00Z
$x       | X | 2025-06-01T00:02:00Z
`)
}

// Case 34, a run that ends behind the dimension: what a reader sees is whole, and the
// next run brings the rest. That any commit may fail is shown by TestSync15.
func TestHistory34BrokenOffBehindTheDimension(t *testing.T) {
	play(t, openEnded, twoVersions+`
-- events s.items
id | at | a
1  | 12 | C
-- run bronze.* silver.* gold.dim_items
-- table gold.dim_items
item_key | a | valid_from | valid_to
$a       | A | -inf       | 12
$c       | C | 12         | 20
$b       | B | 20         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $c
s2        | $b
-- run
-- table gold.agg_sales
a | sold_amount
C | 1.00
B | 2.00
`)
}

// Case 35, two runs at once: the second is turned away, whatever the first is at.
func TestHistory35TwoRunsAtOnce(t *testing.T) {
	worlds(t, openEnded, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), twoVersions))
		refused := 0
		_, err := w.Run(t.Context(), lode.Options{}, func(run.StepReport) {
			if _, err := w.Run(t.Context(), lode.Options{}, nil); errors.Is(err, lode.ErrLocked) {
				refused++
			}
		})
		if err != nil || refused == 0 {
			t.Errorf("%d runs were turned away, error %v", refused, err)
		}
		must(t, w.Play(t.Context(), "-- run\nwrites nothing"))
	})
}

// Case 36, history is backfilled: as loaded from scratch, the keys of what was there stay.
func TestHistory36Backfill(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 40 | D
1  | 50 | E
-- events s.sales
id | item | at
s1 | 1    | 25
s2 | 1    | 45
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$d       | D | 40         | 50
$e       | E | 50         | inf
-- table gold.fact_sales
source_id | item_key
s1        | -1
s2        | $d
-- events s.items
id | at | a | op
1  | 10 | A |
1  | 20 | B |
1  | 30 |   | delete
-- run from=2025-01-01 to=2025-02-01
-- table gold.dim_items
item_key | a | valid_from | valid_to | version
$a       | A | 10         | 20       | 1
$b       | B | 20         | 30       | 2
$d       | D | 40         | 50       | 3
$e       | E | 50         | inf      | 4
-- table gold.fact_sales
source_id | item_key
s1        | $b
s2        | $d
`)
}

// Case 37, full rebuild from bronze: the same chains with the same keys.
func TestHistory37Rebuild(t *testing.T) {
	play(t, openEnded, twoVersions+`
-- events s.items
id | at | a | op
1  | 12 | C |
1  | 30 |   | delete
1  | 40 | B |
-- run
-- table gold.dim_items
item_key | item_durable_key | a | valid_from | valid_to
$a       | $item            | A | -inf       | 12
$c       | $item            | C | 12         | 20
$b       | $item            | B | 20         | 30
$back    | $item            | B | 40         | inf
-- rebuild silver.* gold.*
-- table gold.dim_items
item_key | item_durable_key | a | valid_from | valid_to
$a       | $item            | A | -inf       | 12
$c       | $item            | C | 12         | 20
$b       | $item            | B | 20         | 30
$back    | $item            | B | 40         | inf
-- table gold.fact_sales
source_id | item_key
s1        | $c
s2        | $b
`)
}
