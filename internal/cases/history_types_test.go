package cases

import (
	"slices"
	"testing"

	"github.com/lodehq/lode/schema"
)

// columns gives the dimension these columns, in the eventful project without aggregates.
func columns(columns ...schema.DimColumn) func(*schema.Project) {
	return func(p *schema.Project) {
		eventful(p)
		p.Dimensions[0].Columns = slices.Clone(columns) // the other warehouse has its own
		p.Aggregates = nil
	}
}

// Case 18, not sent and sent NULL: what is not sent is inherited from the value in
// force, also when a late event changes that.
func TestHistory18NotSentIsNotNull(t *testing.T) {
	playPartly(t, columns(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "2"}), `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 30 | B |
1  | 40 |   | NULL
-- run
-- table gold.dim_items
item_key | a | b    | valid_from | valid_to
$ax      | A | x    | 10         | 30
$b       | B | x    | 30         | 40
$null    | B | NULL | 40         | inf
-- events s.items
id | at | a | b
1  | 20 |   | y
-- run
-- table gold.dim_items
item_key | a | b    | valid_from | valid_to
$ax      | A | x    | 10         | 20
$ay      | A | y    | 20         | 30
$b       | B | y    | 30         | 40
$null    | B | NULL | 40         | inf
-- table silver.items
a | b
B | NULL
`)
}

// Case 18 when the events come to the log by a rebuild.
func TestHistory18NotSentIsInheritedInARebuild(t *testing.T) {
	playPartly(t, columns(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "2"}), `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 20 | B |
-- rebuild
-- table gold.dim_items
a | b | valid_from | valid_to
A | x | 10         | 20
B | x | 20         | inf
-- table silver.items
a | b
B | x
`)
}

// Case 19, equality is that of the typed value: of numbers by value, of JSON by content,
// of texts by every character.
func TestHistory19EqualityOfTypedValues(t *testing.T) {
	typed := func(p *schema.Project) {
		eventful(p)
		p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "f", Type: "float"}, schema.Column{Name: "doc", Type: "json"})
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "n", SCD: "2"}, {Name: "f", SCD: "2"}, {Name: "doc", SCD: "2"}}
	}
	play(t, typed, `
-- events s.items
id  | at | a   | n    | f    | doc
num | 10 | x   | 1.0  | 0.0  | {"k": 1, "l": [1, 2]}
num | 20 | x   | 1.00 | -0.0 | {"l": [1, 2], "k": 1}
num | 30 | x   | "1"  | 0    | { "k":1,"l":[1,2] }
txt | 10 | x   |      |      |
txt | 20 | X   |      |      |
txt | 30 | 'X '|      |      |
txt | 40 | 'X '|      |      |
-- run
-- table gold.dim_items
source_id | a    | n    | valid_from | valid_to
num       | x    | 1.00 | 10         | inf
txt       | x    | NULL | 10         | 20
txt       | X    | NULL | 20         | 30
txt       | 'X ' | NULL | 30         | inf
# No number at all is no value; the row stays.
-- events s.items
id  | at | a | f
nan | 10 | x | NaN
-- run
-- table gold.dim_items WHERE source_id = 'nan'
a | f
x | NULL
-- table lode.quarantine
kind  | column_name | value
value | f           | "NaN"
`)
}

// Case 20, type 1 over all versions: the value of the latest event, wherever it stands in
// the order of arrival; no new key.
func TestHistory20TypeOneInAllVersions(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 20 | B | y
-- run
-- table gold.dim_items
item_key | a | b | valid_from
$a       | A | y | 10
$b       | B | y | 20
-- events s.items
id | at | a | b
1  | 30 | B | z
-- run
-- table gold.dim_items
item_key | a | b | valid_from
$a       | A | z | 10
$b       | B | z | 20
# A late one is older than the winner.
-- events s.items
id | at | a | b
1  | 12 | A | late
-- run
-- table gold.dim_items
item_key | a | b | valid_from
$a       | A | z | 10
$b       | B | z | 20
`)
}

// Case 20, type 1 in the current version: a late event changes only the run it falls into.
func TestHistory20TypeOneInTheCurrentVersion(t *testing.T) {
	current := func(p *schema.Project) { eventful(p); p.Dimensions[0].Columns[1].Scope = "current" }
	play(t, current, `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 20 | B | y
1  | 30 | B | z
-- run
-- table gold.dim_items
item_key | a | b | valid_from
$a       | A | x | 10
$b       | B | z | 20
-- events s.items
id | at | a | b
1  | 12 | A | late
1  | 25 | B | later
-- run
-- table gold.dim_items
item_key | a | b    | valid_from
$a       | A | late | 10
$b       | B | z    | 20
`)
}

// Case 20: an aggregate that is grouped by the column follows.
func TestHistory20AggregateFollowsTypeOne(t *testing.T) {
	byB := func(p *schema.Project) { eventful(p); p.Aggregates[0].Group[0].By = "item.b" }
	play(t, byB, `
-- events s.items
id | at | a | b
1  | 10 | A | x
2  | 10 | A | y
-- events s.sales
id | item | at | amount
s1 | 1    | 15 | 5.00
s2 | 2    | 15 | 7.00
-- run
-- table gold.agg_sales
a | sold_amount | sale_count
x | 5.00        | 1
y | 7.00        | 1
-- events s.items
id | at | a | b
1  | 20 | A | y
-- run
-- table gold.agg_sales
a | sold_amount | sale_count
y | 12.00       | 2
`)
}

// Case 21, types 1 and 2 in one event: one new version with both; type 1 also in the older.
func TestHistory21TypesOneAndTwoInOneEvent(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a | b
1  | 10 | A | x
-- run
-- events s.items
id | at | a | b
1  | 20 | B | y
-- run
-- table gold.dim_items
a | b | valid_from | valid_to
A | y | 10         | 20
B | y | 20         | inf
`)
}

// Case 22, type 0: the value of the earliest event, which a late one may correct.
func TestHistory22TypeZeroEarliest(t *testing.T) {
	play(t, columns(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "0"}), `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 20 | B | y
-- run
-- table gold.dim_items
item_key | a | b | valid_from | valid_to
$a       | A | x | 10         | 20
$b       | B | x | 20         | inf
-- events s.items
id | at | a | b
1  | 5  | A | w
-- run
-- table gold.dim_items
item_key | a | b | valid_from | valid_to
$a       | A | w | 5          | 20
$b       | B | w | 20         | inf
`)
}

// Case 22, type 0 as first seen: what is said first stays.
func TestHistory22TypeZeroAsFirstSeen(t *testing.T) {
	play(t, columns(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "0", Keep: "first_seen"}), `
-- events s.items
id | at | a | b
1  | 10 | A | x
-- run
-- events s.items
id | at | a | b
1  | 5  | A | w
1  | 20 | B | y
-- run
-- table gold.dim_items
a | b | valid_from | valid_to
A | x | 5          | 20
B | x | 20         | inf
`)
}

// Case 22, type 0 as first seen: what is only said again was seen when it was first said,
// however often something else had been said before.
func TestHistory22FirstSeenSaidAgain(t *testing.T) {
	play(t, columns(schema.DimColumn{Name: "a", SCD: "2"}, schema.DimColumn{Name: "b", SCD: "0", Keep: "first_seen"}), `
-- events s.items
id | at | a | b
1  | 10 | A | x
1  | 10 | B | y
1  | 10 | A | x
1  | 5  | A | w
1  | 10 | A | x
-- run
-- table gold.dim_items
a | b | valid_from | valid_to
A | x | 5          | inf
`)
}

// Case 23, type 3: the value before the last distinct change; late events recompute it.
func TestHistory23PriorValue(t *testing.T) {
	play(t, columns(schema.DimColumn{Name: "a", SCD: "1"}, schema.DimColumn{Name: "b", SCD: "3"}), `
-- events s.items
id | at | a | b
1  | 10 | A | x
-- run
-- table gold.dim_items
item_key | b | prior_b
$key     | x | NULL
-- events s.items
id | at | a | b
1  | 20 | A | y
1  | 30 | A | y
-- run
-- table gold.dim_items
item_key | b | prior_b
$key     | y | x
-- events s.items
id | at | a | b
1  | 15 | A | late
-- run
-- table gold.dim_items
item_key | b | prior_b
$key     | y | late
`)
}

// Case 24, type 6: each version has its own value, and all have the newest.
func TestHistory24CurrentValueBesideTheVersions(t *testing.T) {
	play(t, columns(schema.DimColumn{Name: "a", SCD: "6"}), `
-- events s.items
id | at | a
1  | 10 | A
1  | 30 | C
-- run
-- table gold.dim_items
item_key | a | current_a | valid_from | valid_to
$a       | A | C         | 10         | 30
$c       | C | C         | 30         | inf
-- events s.items
id | at | a
1  | 20 | B
1  | 40 | D
-- run
-- table gold.dim_items
item_key | a | current_a | valid_from | valid_to
$a       | A | D         | 10         | 20
$b       | B | D         | 20         | 30
$c       | C | D         | 30         | 40
$d       | D | D         | 40         | inf
`)
}

// Case 25, type 7: the fact also carries the durable key, which never moves.
func TestHistory25DurableKeyInTheFact(t *testing.T) {
	play(t, columns(schema.DimColumn{Name: "a", SCD: "7"}), `
-- events s.items
id | at | a
1  | 10 | A
1  | 30 | C
-- events s.sales
id | item | at
s1 | 1    | 15
s2 | 1    | 25
-- run
-- table gold.dim_items
item_key | item_durable_key | a | valid_from | valid_to
$a       | $item            | A | 10         | 30
$c       | $item            | C | 30         | inf
-- table gold.fact_sales
source_id | item_key | item_durable_key
s1        | $a       | $item
s2        | $a       | $item
-- events s.items
id | at | a
1  | 20 | B
-- run
-- table gold.dim_items
item_key | item_durable_key | a
$a       | $item            | A
$b       | $item            | B
$c       | $item            | C
-- table gold.fact_sales
source_id | item_key | item_durable_key
s1        | $a       | $item
s2        | $b       | $item
`)
}
