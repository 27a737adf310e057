package cases

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

func berlin(fold string) func(p *schema.Project) {
	return func(p *schema.Project) {
		eventful(p)
		p.Entities[0].From[0].ValidAt = schema.ValidAt{Field: "at", Zone: "Europe/Berlin", Fold: fold}
	}
}

// Case 41, time zones: a naive time is read in the declared zone; 02:30 happens twice on
// 26 October 2025, at 00:30Z and at 01:30Z, and which is meant is declared.
func TestHistory41EarlierOfTwoLocalTimes(t *testing.T) {
	play(t, berlin("earlier"), `
-- events s.items
id | at                   | a
1  | 2025-10-26T02:30:00  | A
2  | 2025-07-01T12:00:00  | B
3  | 2025-07-01T12:00:00Z | C
-- run
-- table gold.dim_items
a | valid_from
A | 2025-10-26T00:30:00Z
B | 2025-07-01T10:00:00Z
C | 2025-07-01T12:00:00Z
`)
}

func TestHistory41LaterOfTwoLocalTimes(t *testing.T) {
	play(t, berlin("later"), `
-- events s.items
id | at                  | a
1  | 2025-10-26T02:30:00 | A
-- run
-- table gold.dim_items
a | valid_from
A | 2025-10-26T01:30:00Z
`)
}

// Case 41: without a declared zone a naive time is an error event.
func TestHistory41NaiveTimeWithoutAZone(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at                  | a
1  | 2025-10-26T02:30:00 | A
-- run
-- table silver.items
source_id
-- table lode.quarantine
kind
record
`)
}

// Case 42, precision: cut to microseconds; what ties then is told apart by the order.
func TestHistory42Microseconds(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at                             | lsn | a
1  | 2025-01-01T00:10:00.1234569Z   | 2   | A
1  | 2025-01-01T00:10:00.1234561Z   | 1   | B
1  | 2025-01-01T00:10:00.123457Z    |     | C
-- run
-- table gold.dim_items
a | valid_from                  | valid_to
A | 2025-01-01T00:10:00.123456Z | 2025-01-01T00:10:00.123457Z
C | 2025-01-01T00:10:00.123457Z | inf
-- table silver.items_log
a
A
B
C
`)
}

// Case 43, validity by day: of several changes in a day the last one counts.
func TestHistory43ValidityByDay(t *testing.T) {
	days := func(p *schema.Project) { eventful(p); p.Dimensions[0].Validity = "day" }
	play(t, days, `
-- events s.items
id | at                   | a
1  | 2025-01-01T08:00:00Z | A
1  | 2025-01-01T20:00:00Z | B
1  | 2025-01-03T09:00:00Z | C
1  | 2025-01-03T10:00:00Z | B
1  | 2025-01-05T23:59:59Z | D
-- events s.sales
id | item | at
s1 | 1    | 2025-01-01T00:00:00Z
s2 | 1    | 2025-01-05T00:00:00Z
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to
$b       | B | 2025-01-01 | 2025-01-05
$d       | D | 2025-01-05 | inf
-- table gold.fact_sales
source_id | item_key
s1        | $b
s2        | $d
`)
}

// ahead makes current mean what is said.
func ahead(current string) func(p *schema.Project) {
	return func(p *schema.Project) { eventful(p); p.Dimensions[0].Current = current }
}

// Case 45, a change dated ahead: current is the last version.
func TestHistory45CurrentIsLast(t *testing.T) {
	play(t, ahead("last"), `
-- events s.items
id | at                   | a
1  | 10                   | A
1  | 2025-06-02T00:00:00Z | B
-- run
-- table gold.dim_items
a | valid_from | valid_to   | is_current
A | 10         | 2025-06-02 | false
B | 2025-06-02 | inf        | true
`)
}

// Case 45: current is the version in force at the time of the run; also for a delete.
func TestHistory45CurrentIsInForce(t *testing.T) {
	play(t, ahead("in_force"), `
-- events s.items
id | at                   | a | op
1  | 10                   | A |
1  | 2025-06-02T00:00:00Z | B |
2  | 10                   | X |
2  | 2025-06-02T00:00:00Z |   | delete
-- run
-- table gold.dim_items
item_key | a | valid_from | valid_to   | is_current
$a       | A | 10         | 2025-06-02 | true
$b       | B | 2025-06-02 | inf        | false
$x       | X | 10         | 2025-06-02 | true
-- clock +25h
-- run
-- table gold.dim_items
item_key | a | is_current
$a       | A | false
$b       | B | true
$x       | X | false
`)
}

// Case 46, a time that is NULL or absurd: an error event, not loaded.
func TestHistory46AbsurdTimes(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at                   | a
1  | 9999-01-01T00:00:00Z | A
2  | 1899-12-31T00:00:00Z | A
3  | NULL                 | A
4  |                      | A
5  | 10                   | A
-- run
-- table gold.dim_items
source_id
5
-- table lode.quarantine
kind   | record_key
record | ["1"]
record | ["2"]
record | ["3"]
record | ["4"]
-- table bronze.s_items
key
["1"]
["2"]
["3"]
["4"]
["5"]
`)
}

// Case 47, the open end is a finite high date and never NULL.
func TestHistory47HighDate(t *testing.T) {
	play(t, eventful, `
-- events s.items
id | at | a
1  | 10 | A
-- run
-- table gold.dim_items WHERE valid_to > '2025-06-01'
source_id | valid_to
NULL      | 9999-12-31
NULL      | 9999-12-31
NULL      | 9999-12-31
NULL      | 9999-12-31
NULL      | 9999-12-31
1         | 9999-12-31
`)
}
