package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
)

// play lets a script happen on every warehouse, in the drawn project as change edits it.
func play(t *testing.T, change func(*schema.Project), script string) {
	t.Helper()
	worlds(t, change, func(t *testing.T, w *lodetest.World) { must(t, w.Play(t.Context(), script)) })
}

func worlds(t *testing.T, change func(*schema.Project), test func(t *testing.T, w *lodetest.World)) {
	t.Helper()
	t.Parallel()
	for name, address := range dbtest.Addresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := lodetest.NewSource()
			source.Stream("items", "id")
			source.Stream("sales", "id")
			p := lode.Project{Project: drawn(source), Warehouse: address(t), Drivers: standard.Warehouses()}
			change(&p.Project)
			w, err := lodetest.NewWorld(t.Context(), p)
			must(t, err)
			test(t, w)
			must(t, w.Close())
		})
	}
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
