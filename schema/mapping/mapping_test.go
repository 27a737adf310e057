package mapping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/mapping"
)

// show writes a row as a reader would: its place, fields, time, and what is custom or wrong.
func show(spec mapping.Spec, row *mapping.Row) string {
	var parts []string
	switch {
	case row.Scope:
		parts = append(parts, "scope")
	case spec.Each != "":
		parts = append(parts, fmt.Sprintf("#%d", row.Index))
	}
	for i, f := range spec.Fields {
		if !row.Scope {
			parts = append(parts, f.Column+"="+shown(row.Raw[i]))
		}
	}
	if spec.ID != "" {
		parts = append(parts, "id="+row.ID)
	}
	if spec.ValidAt != "" {
		parts = append(parts, "at="+row.ValidAt.String())
	}
	if spec.Order != "" {
		parts = append(parts, "order="+row.Order.String())
	}
	for _, m := range row.Custom {
		parts = append(parts, "+"+m.Name+"="+string(m.Value))
	}
	for _, p := range row.Problems {
		parts = append(parts, "!"+p)
	}
	return strings.Join(parts, " ")
}

func shown(v jsontext.Value) string {
	if v == nil {
		return "absent"
	}
	return string(v)
}

// rowsOf maps a payload; an error is the last line.
func rowsOf(t testing.TB, spec mapping.Spec, payload string) string {
	t.Helper()
	m, err := mapping.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	err = m.Map([]byte(payload), mapping.Meta{Stream: "crm.items", Seq: 42}, func(r *mapping.Row) { rows = append(rows, show(spec, r)) })
	if err != nil {
		rows = append(rows, "error: "+err.Error())
	}
	return strings.Join(rows, "\n")
}

func typed(t testing.TB, name string) coltype.Type {
	t.Helper()
	typ, err := coltype.Standard().Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// one maps to a single column x.
func one(from string) mapping.Spec {
	return mapping.Spec{Fields: []mapping.Field{{Column: "x", From: from}}, Custom: true}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, payload, want string }{
		{"a", `{"a":1}`, "x=1"},
		{"a", `{"a":1.10}`, "x=1.10"},
		{"a", `{"a":12345678901234567890.12}`, "x=12345678901234567890.12"},
		{"a", `{"a":null}`, "x=null"},
		{"a", `{}`, "x=absent"},
		{"a", `{"\u0061":"escaped name"}`, `x="escaped name"`},
		{"a", `{"a":1,"a":2}`, "x=2"},
		{"a.b", `{"a":{"b":[1,2]}}`, "x=[1,2]"},
		{"a.b", `{"a":[1]}`, "x=absent +a=[1]"},
		{"a.b", `{"a":null}`, "x=absent"},
		{"a.b.c", `{"a":{"b":{"c":true}}}`, "x=true"},
		{"a | b", `{"b":2}`, "x=2"},
		{"a | b", `{"b":2,"a":1}`, "x=1"},
		{"a | b", `{"a":null,"b":2}`, "x=null"},
		{"a|b.c", `{"b":{"c":3}}`, "x=3"},
		{`a\.b`, `{"a.b":1,"a":{"b":2}}`, `x=1 +a={"b":2}`},
		{`a\\b`, `{"a\\b":1}`, "x=1"},
		{`a\ b`, `{"a b":1}`, "x=1"},
		{"größe", `{"größe":1}`, "x=1"},
		{"@type", `{"@type":"t"}`, `x="t"`},
		{"'EUR'", `{}`, `x="EUR"`},
		{"''", `{}`, `x=""`},
		{`'say "hi"'`, `{}`, `x="say \"hi\""`},
		{"$seq", `{}`, "x=42"},
		{"$index", `{}`, "x=0"},
		{"$stream", `{}`, `x="crm.items"`},
		{"a == 'T'", `{"a":"T"}`, "x=true"},
		{"a == 'T'", `{}`, "x=false"},
		{"a + b", `{"a":1,"b":2}`, "x=3"},
		{"a > 1", `{"a":"text"}`, ""},
	} {
		got := rowsOf(t, one(c.from), c.payload)
		if c.want == "" {
			if !strings.Contains(got, "!x: ") {
				t.Errorf("%s of %s: %s, want a problem of x", c.from, c.payload, got)
			}
		} else if got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.from, c.payload, got, c.want)
		}
	}
}

func TestKnownAndCustom(t *testing.T) {
	t.Parallel()
	fields := []mapping.Field{{Column: "name", From: "a.b"}, {Column: "company_name"}}
	for name, c := range map[string]struct {
		spec          mapping.Spec
		payload, want string
	}{
		"by normalised name": {mapping.Spec{Fields: fields, Custom: true}, `{"companyName":1}`, "name=absent company_name=1"},
		"two spellings": {mapping.Spec{Fields: fields, Custom: true}, `{"companyName":1,"Company-Name":2}`,
			"name=absent company_name=1 +Company-Name=2"},
		"sorted by name":     {mapping.Spec{Fields: fields, Custom: true}, `{"z":1,"b":2,"ä":3}`, `name=absent company_name=absent +b=2 +z=1 +ä=3`},
		"dotted":             {mapping.Spec{Fields: fields, Custom: true}, `{"a":{"b":1,"c":{"d":2}}}`, `name=1 company_name=absent +a.c={"d":2}`},
		"within a scalar":    {mapping.Spec{Fields: fields, Custom: true}, `{"a":7}`, "name=absent company_name=absent +a=7"},
		"within a null":      {mapping.Spec{Fields: fields, Custom: true}, `{"a":null}`, "name=absent company_name=absent"},
		"ignored":            {mapping.Spec{Fields: fields, Custom: true, Ignore: []string{"z", "a.c"}}, `{"z":1,"a":{"c":2},"y":3}`, "name=absent company_name=absent +y=3"},
		"none wanted":        {mapping.Spec{Fields: fields}, `{"z":1,"companyName":2}`, "name=absent company_name=2"},
		"ignored but mapped": {mapping.Spec{Fields: []mapping.Field{{Column: "x", From: "a"}}, Ignore: []string{"a"}}, `{"a":1}`, "x=1"},
		"whole and part": {mapping.Spec{Fields: []mapping.Field{{Column: "x", From: "a"}, {Column: "y", From: "a.b"}}, Custom: true},
			`{"a":{"b":1,"c":2}}`, `x={"b":1,"c":2} y=1`},
		"names of an expression": {mapping.Spec{Fields: []mapping.Field{{Column: "x", From: "a.b + 1"}}, Custom: true}, `{"a":{"b":1,"c":2}}`, "x=2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rowsOf(t, c.spec, c.payload); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	spec := mapping.Spec{ID: "id", ValidAt: "at", ValidType: typed(t, "timestamp"), Order: "lsn"}
	days := spec
	days.ValidType = typed(t, "date")
	for _, c := range []struct {
		spec          mapping.Spec
		payload, want string
	}{
		{spec, `{"id":"7","at":"2025-01-02T03:04:05Z","lsn":3}`, "id=7 at=2025-01-02T03:04:05Z order=3"},
		{spec, `{"id":7,"at":"2025-01-02T03:04:05Z","lsn":"3"}`, "id=7 at=2025-01-02T03:04:05Z order=3"},
		{spec, `{"id":true,"at":"2025-01-02T03:04:05Z","lsn":null}`, "id=true at=2025-01-02T03:04:05Z order=NULL"},
		{days, `{"id":7,"at":"2025-01-02"}`, "id=7 at=2025-01-02T00:00:00Z order=NULL"},
		{spec, `{"id":null,"at":null,"lsn":1.5}`, "id= at=NULL order=NULL !the id is missing !the business time (valid_at) is missing !the order is no integer"},
		{spec, `{"id":[1],"at":"2025-01-02T03:04:05Z"}`, "id= at=2025-01-02T03:04:05Z order=NULL !the id is missing"},
	} {
		if got := rowsOf(t, c.spec, c.payload); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.payload, got, c.want)
		}
	}
	if got := rowsOf(t, spec, `{"id":1,"at":"soon"}`); !strings.Contains(got, "!the business time (valid_at): ") {
		t.Errorf("a time that cannot be read: %s", got)
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	spec := mapping.Spec{
		Each: "order.lines", ID: "id", ValidAt: "^.changed", ValidType: typed(t, "timestamp"), Custom: true, Ignore: []string{"note"},
		Fields: []mapping.Field{{Column: "line", From: "$index"}, {Column: "order_id", From: "^.order.id"}, {Column: "sku"}, {Column: "either", From: "own | ^.order.id"}},
	}
	for name, c := range map[string]struct{ payload, want string }{
		"two lines": {
			`{"changed":"2025-01-01T00:00:00Z","order":{"id":9,"lines":[{"id":"a","SKU":"x","extra":1,"note":2},{"id":"b","own":5}]},"other":1}`,
			`#1 line=1 order_id=9 sku="x" either=9 id=a at=2025-01-01T00:00:00Z +extra=1
#2 line=2 order_id=9 sku=absent either=5 id=b at=2025-01-01T00:00:00Z
scope id= at=2025-01-01T00:00:00Z`,
		},
		"no list":       {`{"changed":"2025-01-01T00:00:00Z"}`, "scope id= at=2025-01-01T00:00:00Z"},
		"a null list":   {`{"changed":"2025-01-01T00:00:00Z","order":{"lines":null}}`, "scope id= at=2025-01-01T00:00:00Z"},
		"an empty list": {`{"changed":"2025-01-01T00:00:00Z","order":{"lines":[]}}`, "scope id= at=2025-01-01T00:00:00Z"},
		"an object":     {`{"order":{"lines":{"id":1}}}`, "error: order.lines is no list but {"},
		"an element that is no object": {
			`{"changed":"2025-01-01T00:00:00Z","order":{"lines":[{"id":1},7]}}`,
			"#1 line=1 order_id=absent sku=absent either=absent id=1 at=2025-01-01T00:00:00Z\nerror: order.lines[2]: the record is no JSON object",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rowsOf(t, spec, c.payload); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestRecordsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"", "[]", "7", "null", `"text"`, "{", `{"a"`, `{"a":}`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a":{"b":}}`, `{'a':1}`} {
		if got := rowsOf(t, one("a.b"), payload); !strings.HasPrefix(got, "error: ") {
			t.Errorf("%s: %s, want an error", payload, got)
		}
	}
}

// A mapper reuses its memory: what one record held must not show in the next.
func TestRecordsDoNotMix(t *testing.T) {
	t.Parallel()
	spec := mapping.Spec{Custom: true, ID: "id", Order: "n", Fields: []mapping.Field{{Column: "x", From: "a.b"}, {Column: "free"}}}
	m, err := mapping.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{`{"id":1,"a":{"b":1,"c":2},"free":3,"n":4}`, `{}`, `{"id":2,"z":1}`, `{broken`, `{"id":3}`} {
		alone := rowsOf(t, spec, payload)
		var after []string
		if err := m.Map([]byte(payload), mapping.Meta{}, func(r *mapping.Row) { after = append(after, show(spec, r)) }); err != nil {
			after = append(after, "error: "+err.Error())
		}
		if got := strings.Join(after, "\n"); got != alone {
			t.Errorf("%s after others: %s, alone: %s", payload, got, alone)
		}
	}
}

func TestCompileReportsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := mapping.Compile(mapping.Spec{
		Each: "a..b", ID: "$nothing", ValidAt: "at", ValidType: typed(t, "timestamp"), Order: "lsn",
		Fields: []mapping.Field{{Column: "x", From: "a +"}, {Column: "y", From: "  "}, {Column: "z", From: "$seq"}},
	})
	var parts []string
	for _, e := range mapping.Errors(err) {
		parts = append(parts, e.Part)
	}
	slices.Sort(parts)
	if got, want := strings.Join(parts, " "), "each fields.x fields.y id order valid_at"; got != want {
		t.Errorf("mistakes in %s, want %s\n%v", got, want, err)
	}
}

func TestOriginsThatAreWrong(t *testing.T) {
	t.Parallel()
	for _, from := range []string{" ", "$", "$now", "^.a", "a.", ".a", "a..b", "a |", "| a", "1a", "a b", "'open", "a + ", "f(", `a\`, "a ^ b", ".a + 1"} {
		_, err := mapping.Compile(one(from))
		if errs := mapping.Errors(err); len(errs) != 1 || errs[0].Part != "fields.x" {
			t.Errorf("%q: %v, want one mistake of fields.x", from, err)
		}
	}
	if mapping.Errors(nil) != nil || mapping.Errors(fmt.Errorf("other")) != nil {
		t.Errorf("errors that are none of this package are listed")
	}
}

func ExampleMapper_Map() {
	m, err := mapping.Compile(mapping.Spec{
		Each: "lines", Fields: []mapping.Field{{Column: "order_id", From: "^.id"}, {Column: "sku", From: "item.sku | sku"}}, Custom: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	payload := `{"id": 7, "lines": [{"sku": "A"}, {"item": {"sku": "B"}, "gift": true}]}`
	err = m.Map([]byte(payload), mapping.Meta{}, func(r *mapping.Row) {
		if !r.Scope {
			fmt.Println(r.Index, string(r.Raw[0]), string(r.Raw[1]), len(r.Custom))
		}
	})
	fmt.Println(err)
	// Output:
	// 1 7 "A" 0
	// 2 7 "B" 1
	// <nil>
}

// A column that has got another name is still found under the one it had, unless the
// record has its new one, or another column has the old one.
func TestRenamedColumn(t *testing.T) {
	t.Parallel()
	level, tier := mapping.Field{Column: "level", RenamedFrom: "tier"}, mapping.Field{Column: "tier"}
	mapped := mapping.Field{Column: "level", RenamedFrom: "tier", From: "grade"}
	for _, c := range []struct {
		fields        []mapping.Field
		payload, want string
	}{
		{[]mapping.Field{level}, `{"tier":1}`, "level=1"},
		{[]mapping.Field{level}, `{"Tier":1}`, "level=1"},
		{[]mapping.Field{level}, `{"level":2}`, "level=2"},
		{[]mapping.Field{level}, `{"tier":1,"level":2}`, "level=2 +tier=1"},
		{[]mapping.Field{level}, `{"level":2,"tier":1}`, "level=2 +tier=1"},
		{[]mapping.Field{level}, `{"tier":null}`, "level=null"},
		{[]mapping.Field{level}, `{}`, "level=absent"},
		{[]mapping.Field{level, tier}, `{"tier":1}`, "level=absent tier=1"},
		{[]mapping.Field{mapped}, `{"tier":1}`, "level=absent +tier=1"},
	} {
		if got := rowsOf(t, mapping.Spec{Fields: c.fields, Custom: true}, c.payload); got != c.want {
			t.Errorf("%s: %s, want %s", c.payload, got, c.want)
		}
	}
}
