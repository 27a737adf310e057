package medallion

import (
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
)

func TestCompareCursors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"9", "10", -1},
		{"-5", "3", -1},
		{"007", "7", 0},
		{"2025-01-01T00:00:00Z", "2025-01-01T01:00:00+01:00", 0},
		{"2025-01-01T00:00:00.1Z", "2025-01-01T00:00:00Z", +1},
		{"2025-01-01T12:00:00+02:00", "2025-01-01T11:00:00Z", -1},
		{"2025-01-01", "2025-01-02", -1},
		{"", "", 0},
		{"", "1", -1},
		{"99999999999999999999", "99999999999999999998", +1}, // too large for an integer, of one length
	} {
		if got := compareCursors(c.a, c.b); got != c.want {
			t.Errorf("%q and %q compare as %d, want %d", c.a, c.b, got, c.want)
		}
		if got := compareCursors(c.b, c.a); got != -c.want {
			t.Errorf("%q and %q compare as %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func TestDeep(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		payload string
		want    bool
	}{
		"at the bound":        {nested(maxDepth), false},
		"beyond":              {nested(maxDepth + 1), true},
		"objects":             {strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1), true},
		"wide":                {"[" + strings.Repeat("[],", 3*maxDepth) + "1]", false},
		"brackets in a text":  {`{"a":"` + strings.Repeat("[{", maxDepth) + `"}`, false},
		"behind a quote":      {`{"a":"\"` + strings.Repeat("[", 2*maxDepth) + `"}`, false},
		"behind a backslash":  {`["\\",` + nested(maxDepth) + `]`, true},
		"closed and reopened": {"[" + strings.Repeat(nested(300)+",", 3) + "1]", false},
	} {
		if got := deep([]byte(c.payload)); got != c.want {
			t.Errorf("%s: deep is %t", name, got)
		}
	}
}

// Of records that no database could take as they are, the chunk keeps the text and says why.
func TestChunkBoundsRecords(t *testing.T) {
	t.Parallel()
	c := newChunk(schema.Table{}, nil)
	c.add(&source.Batch{Records: []source.Record{
		{Key: `["1"]`, Payload: []byte(`{"id":"1"}`)},
		{Key: strings.Repeat("k", maxKey+1), Payload: []byte(`{}`)},
		{Key: `["3"]`, Payload: []byte(strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1))},
		{Problem: "it has no id", Payload: []byte(`{"a":1}`), Sanitized: "a NUL byte"},
		{Key: `["5"]`, Payload: []byte(`{"id":"5"}`), Sanitized: "a NUL byte", Op: source.Delete},
	}})
	v := c.batch.Vectors
	for row, want := range []string{"", "the primary key has 1001 bytes, more than 1000", "the record is nested deeper than 500 levels", "it has no id", "sanitized: a NUL byte"} {
		if got := v[stageNote].Texts[row]; got != want {
			t.Errorf("record %d is noted %q, want %q", row, got, want)
		}
		if kept := strings.HasPrefix(v[stageKey].Texts[row], "!"); kept != (row >= 1 && row <= 3) {
			t.Errorf("record %d has the key %q", row, v[stageKey].Texts[row])
		}
	}
	if payload := v[stagePayload].Texts[2]; payload[:2] != `"[` {
		t.Errorf("the deep record became %.20s", payload)
	}
	if ops := v[stageOp].Texts; ops[0] != "upsert" || ops[4] != "delete" || c.problems != 3 {
		t.Errorf("operations %v, %d problems", ops, c.problems)
	}
}

// Records of one key come in the order of their cursors, equal ones in that of arrival;
// those of other keys stay where they are.
func TestChunkOrder(t *testing.T) {
	t.Parallel()
	c := newChunk(schema.Table{}, nil)
	for _, r := range []struct{ key, cursor string }{{"a", "3"}, {"b", "9"}, {"a", "1"}, {"a", "3"}, {"c", "1"}, {"a", "10"}, {"b", "8"}} {
		c.add(&source.Batch{Records: []source.Record{{Key: r.key, Cursor: r.cursor, Payload: []byte("{}")}}})
	}
	c.order()
	if got, want := c.byOrder(), []int{2, 6, 0, 3, 4, 5, 1}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
	if got := c.requests; len(got) != 7 || got[6].number != 7 {
		t.Errorf("the requests are %v", got)
	}
}
