package lodetest

import (
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/record"
)

func at(minute int) record.Value {
	return record.TimeValue(zero().Add(time.Duration(minute) * time.Minute))
}

// table makes a comparison of drawn rows with rows of keys, names and times.
func table(bound bindings, want []string, got ...[]record.Value) *comparison {
	c := &comparison{header: []string{"k", "name", "since"}, domains: []string{"k", "name", "since"}, bound: bound, got: got}
	for i, w := range want {
		c.want = append(c.want, row{i, cells(w)})
	}
	return c
}

func of(key int64, name string, minute int) []record.Value {
	return []record.Value{record.IntValue(key), record.TextValue(name), at(minute)}
}

func TestEqualTables(t *testing.T) {
	t.Parallel()
	null := []record.Value{record.Null, record.Null, record.Null}
	for name, c := range map[string]*comparison{
		"no rows":                     table(nil, nil),
		"any order":                   table(bindings{}, []string{"$b | B | 20", "$a | A | 10"}, of(1, "A", 10), of(2, "B", 20)),
		"a variable that is bound":    table(bindings{"k": {"$a": "1"}}, []string{"$a | A | 10"}, of(1, "A", 10)),
		"literals, text and whatever": table(bindings{}, []string{"1 | ' x' | *", "* | '' | 2025-01-01T00:10:00Z"}, of(1, " x", 1), of(2, "", 10)),
		"NULL":                        table(bindings{}, []string{"NULL | NULL | NULL"}, null),
		"a variable in other domains": table(bindings{"d": {"$a": "9"}}, []string{"$a | $a | *"}, of(1, "A", 10)),
		// The first row fits both; only the second tells which it is.
		"a choice to be taken back": table(bindings{}, []string{"$a | * | 10", "$b | B | *", "$b | * | 10"}, of(2, "B", 10), of(1, "A", 10), of(2, "B", 20)),
	} {
		if !c.equal() {
			t.Errorf("%s: not equal\n%s", name, c)
		}
	}
}

func TestUnequalTables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*comparison{
		"a row too many":                table(bindings{}, nil, of(1, "A", 10)),
		"a row too few":                 table(bindings{}, []string{"1 | A | 10"}),
		"another time":                  table(bindings{}, []string{"1 | A | 11"}, of(1, "A", 10)),
		"a text for a time":             table(bindings{}, []string{"1 | A | '10'"}, of(1, "A", 10)),
		"NULL is no text":               table(bindings{}, []string{"1 | NULL | 10"}, of(1, "NULL", 10)),
		"bound to another":              table(bindings{"k": {"$a": "1"}}, []string{"$a | A | 10"}, of(2, "A", 10)),
		"a new name for a known key":    table(bindings{"k": {"$a": "1"}}, []string{"$b | A | 10"}, of(1, "A", 10)),
		"one variable for two":          table(bindings{}, []string{"$a | A | 10", "$a | B | 10"}, of(1, "A", 10), of(2, "B", 10)),
		"two variables for one":         table(bindings{}, []string{"$a | A | 10", "$b | B | 10"}, of(1, "A", 10), of(1, "B", 10)),
		"each row counts once":          table(bindings{}, []string{"1 | A | 10", "1 | A | 10"}, of(1, "A", 10), of(1, "A", 20)),
		"a variable is no NULL":         table(bindings{}, []string{"$a | A | 10"}, []record.Value{record.Null, record.TextValue("A"), at(10)}),
		"many equal rows, and one else": table(bindings{}, strings.Split(strings.Repeat("1 | A | 10,", 30)+"1 | B | 10", ","), append(rowsOf(30), of(1, "C", 10))...),
	} {
		if c.equal() {
			t.Errorf("%s: equal\n%s", name, c)
		}
	}
}

func rowsOf(n int) (rows [][]record.Value) {
	for range n {
		rows = append(rows, of(1, "A", 10))
	}
	return rows
}

func TestDifferenceSideBySide(t *testing.T) {
	t.Parallel()
	c := table(bindings{"k": {"$a": "1"}}, []string{"$a | A | -inf", "$b | B | 20", "$c | C | inf"},
		of(1, "A", 10), of(3, "B", 20), []record.Value{record.IntValue(7), record.TextValue("a|b"), record.TimeValue(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))},
		of(8, "", 100000))
	if c.equal() {
		t.Fatal("the tables are equal")
	}
	want := `
want                 got
k  | name | since    k  | name | since
$a | A    | -inf   ! $a | A    | 10
$b | B    | 20       $b | B    | 20
$c | C    | inf    ! 7  | a\|b | inf
                   ! 8  | ''   | 2025-03-11T10:40:00Z`
	if got := "\n" + c.String(); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
}
