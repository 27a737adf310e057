package source

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzPath holds paths against the plain way: names that are escaped and parsed again are
// the same, and the value at a path is the one that encoding/json finds there.
func FuzzPath(f *testing.F) {
	f.Add("a.b", `{"a":{"b":[1,2],"c":3}}`)
	f.Add(`a\.b.c`, `{"a.b":{"c":null}}`)
	f.Add("a", `{"a":1,"a":{"b":2}}`)
	f.Add("a.b", `{"a":{"b":1},"a":{"c":2}}`)
	f.Add("", ` [1] `)
	f.Add("..", `{"":{"":{"":7}}}`)
	f.Add(`é.\`, `{"\u00e9":{"\\":true}}`)
	f.Add("a.b", `{"a":[{"b":1}]} x`)
	f.Fuzz(func(t *testing.T, path, payload string) {
		path, payload = strings.Clone(path), strings.Clone(payload)
		names := ParsePath(path)
		if again := ParsePath(spell(names)); !slices.Equal(names, again) {
			t.Errorf("path %q has the names %q, which are spelled %q and read as %q", path, names, spell(names), again)
		}
		found, there := Lookup([]byte(payload), path)
		if !json.Valid([]byte(payload)) || !utf8.ValidString(payload) || !utf8.ValidString(path) || strings.Contains(strings.ToLower(payload), `\ud`) {
			return // what is no Unicode is told apart here, and not by encoding/json
		}
		want, exists := plainLookup(t, payload, names)
		if there != exists {
			t.Fatalf("%q in %s: found %t, want %t", path, payload, there, exists)
		}
		if there && !reflect.DeepEqual(parsed(t, string(found)), want) {
			t.Errorf("%q in %s is %s, want %v", path, payload, found, want)
		}
	})
}

// spell writes names as a path. No names, and one empty name, are both spelled "".
func spell(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.NewReplacer(`\`, `\\`, ".", `\.`).Replace(n)
	}
	return strings.Join(out, ".")
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q is no JSON: %v", text, err)
	}
	return v
}

func plainLookup(t *testing.T, payload string, names []string) (any, bool) {
	t.Helper()
	if !jsontext.Value(payload).IsValid(jsontext.AllowDuplicateNames(true)) { // encoding/json nests deeper
		return nil, false
	}
	v := parsed(t, payload)
	for _, n := range names {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[n]; !ok {
			return nil, false
		}
	}
	return v, true
}
