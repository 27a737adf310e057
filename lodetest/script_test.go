package lodetest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	sections, err := parse(`
# what a customer is called
-- events crm.customers
id | name          | op
1  | 'Ada '        |
2  | a \| b        | delete

-- run gold.dim_customers+
writes nothing
-- table gold.dim_customers WHERE is_current
customer_key | name
$ada         | 'Ada '
-- snapshot crm.customers
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sections {
		got = append(got, s.kind+"/"+s.rest+"/"+strings.Join(s.header, ",")+"/"+strings.Join(s.notes, ","))
		for _, r := range s.rows {
			got = append(got, strings.Join(r.cells, ","))
		}
	}
	want := []string{
		"events/crm.customers/id,name,op/", "1,'Ada ',", "2,a | b,delete", "run/gold.dim_customers+//writes nothing",
		"table/gold.dim_customers WHERE is_current/customer_key,name/", "$ada,'Ada '", "snapshot/crm.customers//",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestParseTellsTheLineOfAMistake(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"\nid | a\n":                       `line 2: "id | a" stands before the first section; a section begins with a line such as -- run`,
		"-- events s.items\na | b\n1\n":    "line 3: a row of 1 cells below a header of 2",
		"\n\n-- walk":                      `line 3: there is no section "walk"; there are events, snapshot, table, run, full, rebuild, replay, clock`,
		"-- run\n-- events":                "line 2: -- events of what? Name a stream",
		"-- table":                         "line 1: -- table of what? Name a table",
		"-- table t\n":                     "line 1: -- table t has no header of column names",
		"-- table t\na || b\n":             "line 1: a column of -- table t has no name",
		"-- table t\na | b\nNULL | \n":     "line 3: the cell of b is blank; write NULL, '' or * (whatever)",
		"-- events s.items\n\n# nothing\n": "line 1: -- events s.items has no header of column names",
	} {
		if _, err := parse(script); err == nil || err.Error() != want {
			t.Errorf("%q\n got %v\nwant %s", script, err, want)
		}
	}
}

func TestCellsOfEvents(t *testing.T) {
	t.Parallel()
	isTime := func(field string) bool { return field == "at" }
	for line, want := range map[string]string{
		"1 | 10 | A | x":                         `{"id":1,"at":"2025-01-01T00:10:00Z","name":"A","home":{"city":"x"}}`,
		"'1' | 2025-01-02 | NULL | ''":           `{"id":"1","at":"2025-01-02","name":null,"home":{"city":""}}`,
		"- | | 'NULL' | 1.50":                    `{"name":"NULL","home":{"city":1.50}}`,
		`"1" | NULL | 'it''s' | {"a":[1,2]}`:     `{"id":"1","at":null,"name":"it's","home":{"city":{"a":[1,2]}}}`,
		"007 | 2025-01-01T00:00:00 | a, b | -":   `{"id":"007","at":"2025-01-01T00:00:00","name":"a, b"}`,
		"12345678901234567890123 | x | 'true' |": `{"id":12345678901234567890123,"at":"x","name":"true"}`,
	} {
		payload, gone, err := row{1, cells(line)}.sent([]string{"id", "at", "name", "home.city"}, isTime)
		if err != nil || gone || payload != want {
			t.Errorf("%s\n got %s (%t, %v)\nwant %s", line, payload, gone, err, want)
		}
	}
}

func TestOp(t *testing.T) {
	t.Parallel()
	never := func(string) bool { return false }
	for op, want := range map[string]bool{"": false, "upsert": false, "delete": true} {
		if payload, gone, err := (row{1, []string{"1", op}}).sent([]string{"id", "op"}, never); gone != want || err != nil || payload != `{"id":1}` {
			t.Errorf("op %q: %s, gone %t, %v", op, payload, gone, err)
		}
	}
	if _, _, err := (row{7, []string{"drop"}}).sent([]string{"op"}, never); err == nil || !strings.HasPrefix(err.Error(), "line 7: ") {
		t.Errorf("an unknown op: %v", err)
	}
	if payload, gone, _ := (row{1, []string{"delete"}}).sent([]string{"'op'"}, never); gone || payload != `{"op":"delete"}` {
		t.Errorf("a field of the name: %s, %t", payload, gone)
	}
}

// FuzzParse wants every script to be understood or refused with a line, and what is
// understood to be sent as JSON.
func FuzzParse(f *testing.F) {
	f.Add("-- events s.items\nid | at | op\n1 | 10 | delete\n-- run\nwrites nothing\n-- table gold.dim_items\na\n$x\n")
	f.Add("-- events s\na.b | a.c | a\n'x''' | {\"y\":[]} | \\|\n")
	f.Add("-- clock +25h\n# x\n-- snapshot s\n")
	f.Fuzz(func(t *testing.T, script string) {
		sections, err := parse(script)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("a mistake without a line: %v", err)
			}
			return
		}
		for _, s := range sections {
			for _, r := range s.rows {
				if len(r.cells) != len(s.header) {
					t.Fatalf("%d cells below %d columns", len(r.cells), len(s.header))
				}
				payload, _, err := r.sent(s.header, func(string) bool { return true })
				if err == nil && !json.Valid([]byte(payload)) {
					t.Fatalf("no JSON is sent: %s", payload)
				}
			}
		}
	})
}
