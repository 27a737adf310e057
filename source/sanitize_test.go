package source

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

type jsonValue = jsontext.Value

func TestSync25SanitizeRecordsWhatItChanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, out, note string }{
		{`{"a": "x"}`, `{"a": "x"}`, ""},
		{`{"a": "\\u0000"}`, `{"a": "\\u0000"}`, ""},
		{`{"a": "x\u0000y\u0000"}`, `{"a": "xy"}`, "removed 2 NUL"},
		{"{\"a\": \"x\x00y\"}", `{"a": "xy"}`, "removed 1 NUL"},
		{"{\"a\": \"\xff\xfe é\"}", "{\"a\": \"\uFFFD\uFFFD é\"}", "replaced 2 invalid UTF-8"},
		{`{"a": "\ud83d\ude00"}`, `{"a": "\ud83d\ude00"}`, ""},
		{`{"a": "\ud83d \uDE00"}`, `{"a": "\ufffd \ufffd"}`, "replaced 2 half surrogate"},
		{"\"\x00\xff\\ud800\"", "\"\uFFFD\\ufffd\"", "removed 1 NUL, replaced 1 invalid UTF-8, replaced 1 half surrogate"},
		{`"\ud8`, `"\ud8`, ""},
		{`\`, `\`, ""},
		{`"\u00e9 \uD83D\uDE00 \u0041"`, `"\u00e9 \uD83D\uDE00 \u0041"`, ""},
	} {
		out, note := Sanitize([]byte(c.in))
		if string(out) != c.out || note != c.note {
			t.Errorf("%q: got %q, %q", c.in, out, note)
		}
	}
}

func FuzzSanitize(f *testing.F) {
	f.Add([]byte(`{"a": "x\u0000y\ud800", "b": "\\u0000"}`))
	f.Add([]byte("\"\xff\x00\\\""))
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		clean, note := Sanitize(payload)
		if !bytes.Equal(before, payload) {
			t.Fatal("the input was changed")
		}
		if (note == "") != bytes.Equal(clean, payload) {
			t.Errorf("%q became %q with note %q", payload, clean, note)
		}
		if !utf8.Valid(clean) || bytes.IndexByte(clean, 0) >= 0 {
			t.Errorf("%q is not clean", clean)
		}
		if again, note := Sanitize(clean); note != "" && json.Valid(payload) {
			t.Errorf("%q was cleaned again to %q: %s", clean, again, note)
		}
		if json.Valid(payload) && !json.Valid(clean) {
			t.Errorf("%q broke into %q", payload, clean)
		}
		if json.Valid(clean) && !jsontext.Value(clean).IsValid(jsontext.AllowDuplicateNames(true)) {
			t.Errorf("%q is still refused", clean)
		}
	})
}
