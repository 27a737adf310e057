package medallion

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRetold holds the quick search against the plain one.
func TestRetold(t *testing.T) {
	t.Parallel()
	events := rapid.SliceOfN(rapid.Map(rapid.SampledFrom([]string{"a", "b"}), func(h string) said { return said{"upsert", h} }), 1, 8)
	rapid.Check(t, func(t *rapid.T) {
		now, before := events.Draw(t, "now"), events.Draw(t, "before")
		want := min(len(now), len(before))
		for !slices.Equal(now[:want], before[len(before)-want:]) {
			want--
		}
		if got := retold(now, before); got != want {
			t.Errorf("retold is %d, want %d", got, want)
		}
	})
}
