package mapping_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/schema/mapping"
)

// rich is a mapping of everything at once. Its ids are never what a test looks at.
func rich(t testing.TB, each string) mapping.Spec {
	up := ""
	if each != "" {
		up = "^."
	}
	return mapping.Spec{
		Each: each, ID: "id", ValidAt: up + "at", ValidType: typed(t, "timestamp"), Order: up + "lsn", Custom: true, Ignore: []string{"etag"},
		Fields: []mapping.Field{
			{Column: "a", From: "a.b | a.c | c"}, {Column: "whole", From: "a"}, {Column: "sum", From: "n + m * 2"}, {Column: "kind", From: "'fixed'"},
			{Column: "seq", From: "$seq"}, {Column: "company_name"}, {Column: "deep", From: `d.e.f\.g`}, {Column: "flag", From: "status == 'T'"},
		},
	}
}

// FuzzMap holds a mapping to its promise: whatever comes, it does not break down, and no
// member of a record is lost: each is mapped, ignored or custom.
func FuzzMap(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"id":1,"at":"2025-01-01T00:00:00Z","lsn":5,"a":{"b":1},"companyName":"x","other":[1]}`, `{"etag":1,"CompanyName":1,"company_name":2}`,
		`{"d":{"e":{"f.g":1,"h":2},"i":3}}`, `{"d":{"e":7}}`, `{"d":null}`, `{"n":1e400,"m":"x"}`, `{"status":{}}`, `{"a":1,"a":2}`, `{"\u0061":1}`, `{"":0}`,
		`{"lines":[{"a":1},{"x":{}}],"id":2}`, `{"lines":7}`, `{"lines":[[]]}`, `[]`, `{"a":`, "{\"\xff\":1}", `{"x.y":1,"x":{"y":2}}`,
	} {
		f.Add([]byte(seed))
	}
	flat, err := mapping.Compile(rich(f, ""))
	if err != nil {
		f.Fatal(err)
	}
	nested, err := mapping.Compile(rich(f, "lines"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		_ = nested.Map(payload, mapping.Meta{Stream: "s.x", Seq: 1}, func(*mapping.Row) {})
		emitted := 0
		err := flat.Map(payload, mapping.Meta{Stream: "s.x", Seq: 1}, func(row *mapping.Row) {
			emitted++
			nothingLost(t, payload, row)
		})
		if (err == nil) != (emitted == 1) {
			t.Errorf("%q: %d rows and error %v", payload, emitted, err)
		}
		if !bytes.Equal(before, payload) {
			t.Errorf("the payload was changed from %q to %q", before, payload)
		}
	})
}

// mapped are the members that paths of rich lead to or through.
var mapped = []string{"id", "at", "lsn", "a", "c", "n", "m", "status", "d", "etag"}

func nothingLost(t *testing.T, payload []byte, row *mapping.Row) {
	t.Helper()
	byName := 0 // members taken by company_name
	members(t, payload, func(name string, value jsontext.Value) {
		has := func(want string) bool {
			return slices.ContainsFunc(row.Custom, func(m mapping.Member) bool { return m.Name == want && bytes.Equal(m.Value, value) })
		}
		switch {
		case name == "d":
			insideLost(t, "d", value, row)
		case slices.Contains(mapped, name), has(name):
		case bytes.Equal(value, row.Raw[5]):
			byName++
		default:
			t.Errorf("%q: member %q is neither mapped nor custom: %v", payload, name, row.Custom)
		}
	})
	if row.Raw[5] == nil && byName > 0 {
		t.Errorf("%q: company_name took a member and has none", payload)
	}
}

// insideLost looks into an object of which only d.e.f\.g is mapped.
func insideLost(t *testing.T, path string, value jsontext.Value, row *mapping.Row) {
	t.Helper()
	custom := func(name string, v jsontext.Value) bool {
		return slices.ContainsFunc(row.Custom, func(m mapping.Member) bool { return m.Name == name && bytes.Equal(m.Value, v) })
	}
	if value.Kind() != '{' {
		if value.Kind() != 'n' && !custom(path, value) {
			t.Errorf("%s is %s where an object was expected, and it is not kept: %v", path, value, row.Custom)
		}
		return
	}
	members(t, value, func(name string, v jsontext.Value) {
		switch {
		case path == "d" && name == "e":
			insideLost(t, "d.e", v, row)
		case path == "d.e" && name == "f.g", custom(path+"."+name, v):
		default:
			t.Errorf("%s.%s is neither mapped nor custom: %v", path, name, row.Custom)
		}
	})
}

func members(t *testing.T, object []byte, visit func(string, jsontext.Value)) {
	t.Helper()
	dec := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		t.Fatal(err)
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			t.Fatalf("%q was mapped, but is no object: %v", object, err)
		}
		text := strings.Clone(name.String())
		value, err := dec.ReadValue()
		if err != nil {
			t.Fatalf("%q was mapped, but is no object: %v", object, err)
		}
		visit(text, value.Clone())
	}
}

// FuzzOrigin feeds anything as the right-hand side of a field: it is compiled or refused
// with its place, and what is compiled can be run.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"a", "a.b | ^.c", "'x'", "$seq", "$", "a + 1", `a\.b`, `a\`, "", "|", "^.", "^.a", "a == 'T' ? 1 : null", "((((", "a.b.c.d", "true", "'it''s'", "a[0].b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, from string) {
		for _, each := range []string{"", "list"} {
			spec := mapping.Spec{Each: each, Fields: []mapping.Field{{Column: "x", From: from}}, Custom: true}
			m, err := mapping.Compile(spec)
			if err != nil {
				if len(mapping.Errors(err)) == 0 {
					t.Errorf("%q: an error without a place: %v", from, err)
				}
				continue
			}
			if err := m.Map([]byte(`{"a":{"b":1},"c":"T","list":[{"a":1}]}`), mapping.Meta{}, func(*mapping.Row) {}); err != nil {
				t.Errorf("%q: %v", from, err)
			}
		}
	})
}
