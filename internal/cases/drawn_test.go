package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
)

// play lets a script happen on every warehouse, in the drawn project as change edits it: as it
// stands, where an item inherits what it does not say, so that its versions are computed of all
// its events; and with items that are wholly said, which go on from their current versions
// when they come in order (on DuckDB; the oracle plays both on both).
func play(t *testing.T, change func(*schema.Project), script string) {
	t.Helper()
	happens := func(t *testing.T, w *lodetest.World) { must(t, w.Play(t.Context(), script)) }
	worlds(t, change, happens)
	t.Run("duckdb, wholly said", func(t *testing.T) {
		t.Parallel()
		inWorld(t, lodetest.DuckDB(), func(p *schema.Project) {
			change(p)
			for i := range p.Entities[0].From {
				p.Entities[0].From[i].Absent = "null"
			}
		}, happens)
	})
}

// playPartly is play for scripts in which items inherit.
func playPartly(t *testing.T, change func(*schema.Project), script string) {
	t.Helper()
	worlds(t, change, func(t *testing.T, w *lodetest.World) { must(t, w.Play(t.Context(), script)) })
}

func worlds(t *testing.T, change func(*schema.Project), test func(t *testing.T, w *lodetest.World)) {
	t.Helper()
	t.Parallel()
	for name, address := range dbtest.Addresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, address(t), change, test)
		})
	}
}

func inWorld(t *testing.T, address string, change func(*schema.Project), test func(t *testing.T, w *lodetest.World)) {
	t.Helper()
	source := lodetest.NewSource()
	source.Stream("items", "id")
	source.Stream("sales", "id")
	p := lode.Project{Project: drawn(source), Warehouse: address, Drivers: standard.Warehouses()}
	change(&p.Project)
	w, err := lodetest.NewWorld(t.Context(), p)
	must(t, err)
	test(t, w)
	must(t, w.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openEnded is the drawn project as it stands: the first version reaches back.
func openEnded(*schema.Project) {}

// eventful makes the first version begin at its event, as the cases draw it.
func eventful(p *schema.Project) {
	p.Dimensions[0].FirstVersion = "event"
	p.Facts[0].Late = "unknown"
}
