package star_test

import (
	"testing"

	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// TestSeeks lists which way is taken for which counts.
func TestSeeks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		counts           star.Counts
		duckdb, postgres bool
	}{
		"a first load, two versions a member":     {star.Counts{Facts: -1, Dimension: 2_000_000, Looked: 1000, Versions: 2000}, false, false},
		"a first load, 500 versions a member":     {star.Counts{Facts: -1, Dimension: 200_000, Looked: 1000, Versions: 500_000}, true, true},
		"few facts of a large dimension":          {star.Counts{Facts: 10_000, Dimension: 2_000_000, Looked: 1000, Versions: 2000}, false, true},
		"few facts, 500 versions a member":        {star.Counts{Facts: 10_000, Dimension: 2_000_000, Looked: 1000, Versions: 500_000}, false, true},
		"a first load of few, 100 versions":       {star.Counts{Facts: 200_000, Dimension: 2_000_000, Looked: 1000, Versions: 100_000}, false, true},
		"more facts, 500 versions a member":       {star.Counts{Facts: 200_000, Dimension: 2_000_000, Looked: 1000, Versions: 500_000}, true, true},
		"as many facts as versions":               {star.Counts{Facts: 2_000_000, Dimension: 2_000_000, Looked: 1000, Versions: 2000}, false, false},
		"many versions, but of a small dimension": {star.Counts{Facts: 10, Dimension: 999, Looked: 10, Versions: 5000}, false, false},
		"no fact at all":                          {star.Counts{Dimension: 5000}, false, true},
	} {
		for d, want := range map[warehouse.Dialect]bool{duckdb.Dialect{}: c.duckdb, postgres.Dialect{}: c.postgres} {
			if got := c.counts.Seeks(d); got != want {
				t.Errorf("%s on %s: seeks is %t, want %t", name, d.Name(), got, want)
			}
		}
	}
}
