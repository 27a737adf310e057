package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"": nil, "a": {"a"}, "a.b.c": {"a", "b", "c"}, `a\.b.c`: {"a.b", "c"}, `a\\.b`: {`a\`, "b"}, "a..b": {"a", "", "b"}, `a\`: {`a\`},
	} {
		if diff := cmp.Diff(want, ParsePath(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	payload := []byte(` {"a": {"b": [1, 2], "c.d": 1.50}, "n": null, "\u0061b": "x", "a2": 7, "twice": 1, "twice": {"in": 2}} `)
	for path, want := range map[string]string{
		"a.b": "[1, 2]", `a.c\.d`: "1.50", "n": "null", "ab": `"x"`, "a2": "7", "twice.in": "2", "a": `{"b": [1, 2], "c.d": 1.50}`,
	} {
		if v, ok := Lookup(payload, path); !ok || string(v) != want {
			t.Errorf("%s: got %s, %v", path, v, ok)
		}
	}
	for _, path := range []string{"x", "a.x", "a.b.c", "n.x", "a2.b", ""} {
		if v, ok := Lookup(payload, path); ok && path != "" {
			t.Errorf("%s: got %s", path, v)
		}
	}
	for _, bad := range []string{"", "{", `{"a": 1`, `{"a": 1} x`, `{"a": 1} {}`, `{"a" 1}`, "nul"} {
		if _, ok := Lookup([]byte(bad), "a"); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestExtractorReadsOverlappingPaths(t *testing.T) {
	t.Parallel()
	x := NewExtractor("a", "a.b", "a.b", "")
	out := make([]jsonValue, 4)
	for range 2 {
		if err := x.Extract([]byte(`{"a": {"b": 1}, "a": {"b": 2}}`), out); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %s %s %s", out[0], out[1], out[2], out[3]); got != `{"b": 2} 2 2 {"a": {"b": 1}, "a": {"b": 2}}` {
			t.Error(got)
		}
	}
	if err := x.Extract([]byte(`{"a": {"b": 1}, "a": 5}`), out); err != nil || out[1] != nil {
		t.Errorf("the last member of a name counts whole; got %s, %v", out[1], err)
	}
}

func TestSync24KeysKeepEveryDigit(t *testing.T) {
	t.Parallel()
	key, err := CanonicalKey([]byte(`{"id": 12345678901234567890123, "n": 1.10}`), []string{"id", "n"})
	if err != nil || key != `["12345678901234567890123","1.10"]` {
		t.Errorf("got %s, %v", key, err)
	}
}

func TestSync25KeysThatDifferOnlyByCaseStayTwo(t *testing.T) {
	t.Parallel()
	a, _ := CanonicalKey([]byte(`{"id": "Ab"}`), []string{"id"})
	b, _ := CanonicalKey([]byte(`{"id": "aB"}`), []string{"id"})
	c, _ := CanonicalKey([]byte(`{"ID": "aB", "id": "x"}`), []string{"id"})
	if a == b || a == "" || c != `["x"]` {
		t.Errorf("%s %s %s", a, b, c)
	}
}

func TestSync32RecordWithoutKeyIsAnError(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"id": null}`: "id is null", `{}`: "id is missing", `{"id": {"v": 1}}`: "id is an object", `{"id": [1]}`: "id is a list", `17`: "id is missing",
	} {
		if _, err := CanonicalKey([]byte(payload), []string{"id"}); !errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func TestKeysAreOneTextForOneKey(t *testing.T) {
	t.Parallel()
	paths := []string{"system", "id", "on"}
	for payload, want := range map[string]string{
		`{"system": "crm", "id": 17, "on": true}`:                  `["crm","17","true"]`,
		`{"system": "\u0063r\u006d", "id": "1\u0037", "on": true}`: `["crm","17","true"]`,
		`{"system": "a\"b\\\n", "id": "", "on": "é"}`:              `["a\"b\\\n","","é"]`,
	} {
		if got, err := CanonicalKey([]byte(payload), paths); err != nil || got != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
	if key, err := CanonicalKey([]byte("whatever"), nil); key != "" || err != nil {
		t.Errorf("keyless: %q, %v", key, err)
	}
	if diff := cmp.Diff([]string{"a\"b", "1"}, SplitKey(`["a\"b","1"]`)); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "[", "x", `["a"`, `["a",1]`} {
		if SplitKey(bad) != nil {
			t.Errorf("%s was split", bad)
		}
	}
}

func FuzzCanonicalKey(f *testing.F) {
	f.Add([]byte(`{"id": "a\u0000b", "b": {"c": 1e5}}`))
	f.Add([]byte(`{"id": "\ud83d\ude00", "b": {"c": "x"}}`))
	f.Add([]byte(`{"id":1,"id":2,"b":{"c":false}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		payload, _ = Sanitize(payload)
		key, err := CanonicalKey(payload, []string{"id", "b.c"})
		if err != nil {
			return
		}
		var oracle []string
		if json.Unmarshal([]byte(key), &oracle) != nil || len(oracle) != 2 {
			t.Fatalf("key %s of %s is no list of two texts", key, payload)
		}
		if diff := cmp.Diff(oracle, SplitKey(key)); diff != "" {
			t.Error(diff)
		}
		again, err := CanonicalKey([]byte(`{"b": {"c": `+quote(oracle[1])+`}, "id": `+quote(oracle[0])+`}`), []string{"id", "b.c"})
		if err != nil || again != key {
			t.Errorf("key %s became %s, %v", key, again, err)
		}
	})
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
