package source_test

import (
	"testing"

	"github.com/lodehq/lode/source"
)

func TestMendedKey(t *testing.T) {
	t.Parallel()
	for raw, bad := range map[string]bool{
		`{"id":"ab"}`:                    false,
		`{"id":"a\u0000b"}`:              true,
		"{\"id\":\"x\xff\"}":             true,
		`{"id":"x\ud800"}`:               true,
		`{"id":"ab","name":"c\u0000d"}`:  false,
		"{\"id\":\"ab\",\"n\":\"\xff\"}": false,
		`{"id":1,"name":"\u0000"}`:       false,
	} {
		clean, note := source.Sanitize([]byte(raw))
		key, err := source.CanonicalKey(clean, []string{"id"})
		if err != nil {
			t.Fatal(err)
		}
		if err := source.MendedKey([]byte(raw), note, key, []string{"id"}); (err != nil) != bad {
			t.Errorf("%q: %v, want an error: %t", raw, err, bad)
		}
	}
}
