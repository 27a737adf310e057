package medallion

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// A key that was added is known: only the other mistake is allowed.
func TestKnownKeysForgetNone(t *testing.T) {
	t.Parallel()
	known := newKnownKeys()
	rapid.Check(t, func(t *rapid.T) {
		for _, key := range rapid.SliceOf(rapid.String()).Draw(t, "keys") {
			known.add(key)
			if !known.add(key) {
				t.Fatalf("%q was forgotten", key)
			}
		}
	})
}

// As many keys as the comment speaks of collide as seldom as it says.
func TestKnownKeysSeldomCollide(t *testing.T) {
	t.Parallel()
	const keys = 2_000_000
	known, wrong := newKnownKeys(), 0
	for i := range keys {
		if known.add(`["` + strconv.Itoa(i) + `"]`) {
			wrong++
		}
	}
	if wrong > keys/10_000 {
		t.Errorf("%d of %d new keys were taken for known ones", wrong, keys)
	}
}
