package medallion

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/lodehq/lode/source"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"null": "null", "true": "boolean", "false": "boolean", `"1"`: "string", "-1.5e3": "number", "{}": "object", "[]": "array", " [1]": "array",
	} {
		if got := kindOf(jsontext.Value(value)); got != want {
			t.Errorf("%s is a %s, want %s", value, got, want)
		}
	}
}

func TestStorable(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1", maxNumber+1)
	for value, asText := range map[string]bool{
		"1e5": false, "1e9999": false, "1E-9999": false, "1e00000009": false, "1e10000": true, "-1E+10000": true,
		long[1:]: false, long: true, "-0." + long: true, `[1, {"a": 1e99999}]`: true,
		`"1e99999"`: false, `{"1e99999": "` + long + `"}`: false,
	} {
		got := storable(jsontext.Value(value))
		if (got.Kind() == '"' && value[0] != '"') != asText {
			t.Errorf("%.40s became %.40s", value, got)
		}
		text, err := jsontext.AppendUnquote(nil, got)
		if asText && (err != nil || string(text) != value) {
			t.Errorf("%.40s became the text %.40s (%v)", value, text, err)
		}
		if !asText && string(got) != value {
			t.Errorf("%.40s became %.40s", value, got)
		}
	}
}

func TestDeletedPayload(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		paths         []string
		key           string
		payload, want string
	}{
		{[]string{"id"}, `["7"]`, "", `{"id":"7"}`},
		{[]string{"id"}, `["7"]`, "null", `{"id":"7"}`},
		{[]string{"id"}, `["7"]`, "{}", `{"id":"7"}`},
		{[]string{"id"}, `["7"]`, "{ \n}", `{"id":"7"}`},
		{[]string{"id"}, `["7"]`, ` { "at": 5 } `, `{"id":"7","at":5}`},
		{[]string{"a", "b c"}, `["1","it's \"x\""]`, "", `{"a":"1","b c":"it's \"x\""}`},
		{[]string{"a", "deep.id"}, `["1","2"]`, `{"x":1}`, `{"a":"1","x":1}`}, // a path inside is taken from the payload, if it is there
		{[]string{"deep.id"}, `["2"]`, "", `{}`},
		{[]string{"deep.id"}, `["2"]`, `{"x":1}`, `{"x":1}`},
		{[]string{"a", "b"}, `["1"]`, "", `{"a":"1"}`},
		{nil, "", `{"x":1}`, `{"x":1}`},
	} {
		r := &rowMapper{stream: source.Stream{Key: c.paths}, current: bronzeEvent{key: c.key}}
		got := jsontext.Value(r.deletedPayload([]byte(c.payload)))
		if err := got.Compact(); err != nil || string(got) != c.want {
			t.Errorf("key %v=%s with %q became %s (%v), want %s", c.paths, c.key, c.payload, got, err, c.want)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	if whole := strings.Repeat("a", sampleLength); shorten(whole) != whole {
		t.Error("what fits was cut")
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aä€😀")), 150, 260, -1).Draw(t, "text")
		got := shorten(text)
		cut, was := strings.CutSuffix(got, "…")
		if was != (len(text) > sampleLength) || !strings.HasPrefix(text, cut) || len(cut) > sampleLength || was && len(cut) < sampleLength-3 {
			t.Errorf("%d bytes became %d", len(text), len(cut))
		}
		if strings.ToValidUTF8(got, "") != got {
			t.Errorf("%q was cut in the middle of a character", got)
		}
	})
}
