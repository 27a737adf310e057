package warehousetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func members() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"a member is read as text":             testJSONText,
		"a verbatim member is read as text":    testVerbatimPath,
		"members are listed":                   testEachMember,
		"members are collected":                testCollectMembers,
		"an object is built of expressions":    testJSONObject,
		"an object survives being taken apart": testApart,
		"a verbatim payload keeps every byte":  testVerbatim,
	}
}

// document has numbers, names and texts that are likely to be changed on the way.
const document = `{"text":"a \"b\" é \u0001 12.50","plain":"x","number":1.50,"long":12345678901234567890.123456789,"int":9007199254740993,"big":123456789012345678901234567890,` +
	`"yes":true,"none":null,"list":[1.10,"a",{"b":2.20}],"object":{"x":0.10,"y":"1.0"},"":"empty","a/b~c":"pointer","a.b":"dot","q\"uote":"q","it's":"'","$":"dollar"}`

// jsonTable loads a document into a table with the columns id and doc.
func jsonTable(t *testing.T, w warehouse.Warehouse, verbatim bool, documents ...string) string {
	t.Helper()
	table := schema.Table{Name: schema.Name{Schema: "silver", Table: "documents"}, Fields: []schema.Field{
		{Name: "id", Type: record.Of(record.Int)}, {Name: "doc", Type: record.Of(record.JSON), Verbatim: verbatim},
	}}
	create(t, w, table)
	b := record.NewBatch(table.Columns())
	for i, text := range documents {
		if text == "" {
			b.Append(record.IntValue(int64(i)), record.Null)
		} else {
			b.Append(record.IntValue(int64(i)), record.JSONValue(text))
		}
	}
	load(t, w, table.Name, record.One(b))
	return w.Dialect().Table(table.Name)
}

func testJSONText(t *testing.T, w warehouse.Warehouse) {
	table := jsonTable(t, w, false, document)
	for name, want := range map[string]string{
		"text": "a \"b\" é \u0001 12.50", "plain": "x", "number": "1.50", "long": "12345678901234567890.123456789", "int": "9007199254740993",
		"big": "123456789012345678901234567890", "yes": "true", "": "empty", "a/b~c": "pointer", "a.b": "dot", `q"uote`: "q", "it's": "'", "$": "dollar",
	} {
		if got := one(t, w, "SELECT "+w.Dialect().JSONText("doc", name)+" FROM "+table); got != record.TextValue(want) {
			t.Errorf("member %q is %v, want %s", name, got, want)
		}
	}
	for _, name := range []string{"none", "absent", "object/x"} {
		if got := one(t, w, "SELECT "+w.Dialect().JSONText("doc", name)+" FROM "+table); !got.IsNull() {
			t.Errorf("member %q is %v, want NULL", name, got)
		}
	}
	for name, want := range map[string]string{"list": `[1.10,"a",{"b":2.20}]`, "object": `{"x":0.10,"y":"1.0"}`} {
		got := one(t, w, "SELECT "+w.Dialect().JSONText("doc", name)+" FROM "+table)
		sameJSON(t, name, got.Text(), want)
	}
}

// testVerbatimPath reads what lies deeper, beside a number that jsonb cannot hold.
func testVerbatimPath(t *testing.T, w warehouse.Warehouse) {
	table := jsonTable(t, w, true, `{"vast":1e200000,"a":{"b/~.c":"x","n":1.50,"none":null},"text":"\u00e9 \"","true":true}`)
	for want, path := range map[string][]string{"x": {"a", "b/~.c"}, "1.50": {"a", "n"}, `é "`: {"text"}, "true": {"true"}} {
		if got := one(t, w, "SELECT "+w.Dialect().VerbatimPath("doc", path...)+" FROM "+table); got != record.TextValue(want) {
			t.Errorf("%q is %v, want %s", path, got, want)
		}
	}
	for _, path := range [][]string{{"a", "none"}, {"a", "absent"}, {"text", "x"}, {"absent", "x"}} {
		if got := one(t, w, "SELECT "+w.Dialect().VerbatimPath("doc", path...)+" FROM "+table); !got.IsNull() {
			t.Errorf("%q is %v, want NULL", path, got)
		}
	}
}

// sameJSON compares two JSON texts without spaces and order; numbers digit by digit.
func sameJSON(t *testing.T, what, got, want string) {
	t.Helper()
	g, w := jsontext.Value(got), jsontext.Value(want)
	for _, v := range []*jsontext.Value{&g, &w} {
		if err := v.Format(jsontext.ReorderRawObjects(true), jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)); err != nil {
			t.Errorf("%s: %q is no JSON: %v", what, string(*v), err)
			return
		}
	}
	if string(g) != string(w) {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}

func testEachMember(t *testing.T, w warehouse.Warehouse) {
	table := jsonTable(t, w, false, document, "", `{}`, `[1,2]`, `"x"`, `{"only":1}`)
	want := map[string]jsontext.Value{}
	if err := json.Unmarshal([]byte(document), &want); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	sql := "SELECT d.id, m.name, m.value FROM " + table + " d CROSS JOIN " + w.Dialect().EachMember("d.doc", "m")
	for _, row := range rows(t, w, sql) {
		switch {
		case row[0].Int() == 0:
			got[row[1].Text()] = row[2].Text()
		case row[0].Int() != 5 || row[1].Text() != "only" || row[2].Text() != "1":
			t.Errorf("unexpected member %v", row)
		}
	}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
		t.Errorf("members %q", names)
	}
	for name, value := range want {
		sameJSON(t, name, got[name], string(value))
	}
}

func testCollectMembers(t *testing.T, w warehouse.Warehouse) {
	table := textTable(t, w, []string{"b", "a", `q"`, ""})
	d := w.Dialect()
	got := one(t, w, "SELECT "+d.CollectMembers("x", "'[1.50,'||length(x)||']'")+" FROM "+table)
	if got.Kind() != record.JSON {
		t.Errorf("the object has kind %s", got.Kind())
	}
	sameJSON(t, "collected", got.Text(), `{"":[1.50,0],"a":[1.50,1],"b":[1.50,1],"q\"":[1.50,2]}`)
	sameJSON(t, "of nothing", one(t, w, "SELECT "+d.CollectMembers("x", "'1'")+" FROM "+table+" WHERE x = 'none'").Text(), `{}`)
}

func testJSONObject(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	lit := d.Literal
	sql := d.JSONObject(
		"text", lit(record.TextValue(`it's "x" 1`), record.Of(record.Text)), "json", lit(record.JSONValue(`{"a":1.50}`), record.Of(record.JSON)),
		"int", lit(record.IntValue(9007199254740993), record.Of(record.Int)), "decimal", lit(record.DecimalValue("12345678901234567890.10"), record.DecimalOf(38, 2)),
		"bool", lit(record.BoolValue(true), record.Of(record.Bool)), "null", lit(record.Null, record.Of(record.Text)), `na"me'`, lit(record.TextValue(""), record.Of(record.Text)))
	got := one(t, w, "SELECT "+sql)
	if got.Kind() != record.JSON {
		t.Errorf("the object has kind %s", got.Kind())
	}
	sameJSON(t, "object", got.Text(), `{"text":"it's \"x\" 1","json":{"a":1.50},"int":9007199254740993,"decimal":12345678901234567890.10,"bool":true,"null":null,"na\"me'":""}`)
	sameJSON(t, "empty object", one(t, w, "SELECT "+d.JSONObject()).Text(), `{}`)
	var pairs []string
	want := map[string]int{}
	for i := range 120 {
		name := "n" + record.IntValue(int64(i)).String()
		pairs, want[name] = append(pairs, name, lit(record.IntValue(int64(i)), record.Of(record.Int))), i
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, "large object", one(t, w, "SELECT "+d.JSONObject(pairs...)).Text(), string(text))
}

func testApart(t *testing.T, w warehouse.Warehouse) {
	table := jsonTable(t, w, false, document, `{}`)
	d := w.Dialect()
	sql := "SELECT d.id, " + d.CollectMembers("m.name", "m.value") + " FROM " + table + " d LEFT JOIN " + d.EachMember("d.doc", "m") + " ON true GROUP BY d.id ORDER BY d.id"
	got := rows(t, w, sql)
	if len(got) != 2 {
		t.Fatalf("got %v", got)
	}
	sameJSON(t, "document", got[0][1].Text(), document)
	sameJSON(t, "empty document", got[1][1].Text(), `{}`)
}

func testVerbatim(t *testing.T, w warehouse.Warehouse) {
	const payload = ` { "b": 1.50 , "a":1e3, "a" : 2,"n":12345678901234567890.10 } `
	table := jsonTable(t, w, true, payload)
	if got := one(t, w, "SELECT doc FROM "+table); got != record.JSONValue(payload) {
		t.Errorf("got %v", got)
	}
	if got := one(t, w, "SELECT "+w.Dialect().JSONText("doc", "n")+" FROM "+table); got.Text() != "12345678901234567890.10" {
		t.Errorf("a member of a payload is %v", got)
	}
}
