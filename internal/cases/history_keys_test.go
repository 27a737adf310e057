package cases

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

// Case 49, a natural key used again after a delete: the same thing, with its durable key.
func TestHistory49KeyUsedAgainForTheSameThing(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a | b | op
1  | 10 | A | x |
1  | 20 |   |   | delete
1  | 30 | B | y |
-- run
-- table gold.dim_items
item_key | item_durable_key | a | b | valid_from | valid_to | is_deleted
$a       | $item            | A | y | 10         | 20       | false
$b       | $item            | B | y | 30         | inf      | false
`)
}

// Case 49, declared to be another thing: a durable key of its own, and nothing that is
// overwritten reaches from the one to the other.
func TestHistory49KeyUsedAgainForAnotherThing(t *testing.T) {
	again := func(p *schema.Project) { eventful(p); p.Dimensions[0].ReusedKey = "new" }
	play(t, again, `
-- events s.items
id | at | a | b | op
1  | 10 | A | x |
1  | 20 |   |   | delete
-- run
-- table gold.dim_items
item_key | item_durable_key | a | b | valid_from | valid_to | is_deleted
$a       | $old             | A | x | 10         | 20       | true
-- events s.items
id | at | a | b
1  | 30 | B | y
1  | 40 | C | z
-- run
-- table gold.dim_items
item_key | item_durable_key | a | b | valid_from | valid_to | is_deleted | is_current
$a       | $old             | A | x | 10         | 20       | true       | false
$b       | $new             | B | z | 30         | 40       | false      | false
$c       | $new             | C | z | 40         | inf      | false      | true
-- rebuild silver.* gold.*
-- table gold.dim_items
item_key | item_durable_key | a
$a       | $old             | A
$b       | $new             | B
$c       | $new             | C
`)
}
