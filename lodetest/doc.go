// Package lodetest is the kit for testing a project: sources that say what the test
// tells them, a clock that stands still, and drawn tables to compare with.
//
// A script for [Play] is a list of sections, each a line that begins with -- and what
// stands below it:
//
//	-- events crm.customers          what a stream says next; blank: not sent
//	id | at | town   | op
//	1  | 10 | London |
//	1  | 30 |        | delete
//	-- run                           also full, rebuild, replay; [steps] [from=A] [to=B]
//	-- table gold.dim_customers      what must be in a table; any order of rows
//	customer_key | town   | valid_from | valid_to
//	$london      | London | -inf       | 30
//
// All sections:
//
//	events STREAM     records, in their order; the column op says upsert (default) or delete
//	snapshot STREAM   records that are all the stream holds from now on
//	run [STEPS]       a run; below it may stand "writes nothing" or "fails: TEXT"
//	full, rebuild, replay [STEPS]   the same in another mode
//	clock TIME        moves the clock to a time, or on by a duration such as +25h
//	table FROM        compares: the columns are what stands after SELECT, FROM is what
//	                  stands after FROM. Without a WHERE, a dimension's special members
//	                  are left out.
//
// Lines that begin with # are remarks. A bar inside a cell is written \|. A cell of
// events is sent as it is when it is JSON, and else as a text; 'x' is always a text. NULL
// is null, ” the empty text, and a blank cell or - is not sent. A column a.b sends
// a member b of the object a. Times are minutes after 2025-01-01, -inf (1900) and inf
// (9999), or ISO 8601; a number is a minute where the project expects a timestamp.
//
// In a table a cell is what the warehouse must hold: NULL, ”, a time as above, any other
// text as it is, or * for whatever. $x is a key: at first sight the variable is bound to
// what stands there, and from then on means that key, in the dimension, in the facts
// that point to it, and after every later run. Two variables of one dimension are two keys.
package lodetest
