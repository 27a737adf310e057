package cases

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lodehq/lode"
)

// misled counts the sales that would mislead whoever reads them (I6): whose key leads to no
// version, to that of another item, or to one that was not in force.
const misled = `SELECT count(*) FROM gold.fact_sales f LEFT JOIN gold.dim_items d ON d.item_key = f.item_key
WHERE d.item_key IS NULL OR d.source_id IS NULL OR d.source_id <> f.item_id OR f.sold_at < d.valid_from OR f.sold_at >= d.valid_to`

// besides asks one question over and over beside the runs of its own Lode.
type besides struct {
	answers, wrong atomic.Int64
	found          chan struct{} // closed when it has found something
	ended          chan struct{} // closed when it asks no more
}

// beside begins to ask, until ctx ends or the test does.
func (w *world) beside(ctx context.Context, question string) *besides {
	b := &besides{found: make(chan struct{}), ended: make(chan struct{})}
	var once sync.Once
	go func() {
		defer close(b.ended)
		for {
			for batch, err := range w.Query(ctx, question) {
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					w.t.Errorf("a reader beside the run: %v", err)
					return
				}
				if n := batch.Row(0)[0].Int(); n != 0 {
					b.wrong.Add(1)
					once.Do(func() { close(b.found) })
				}
				b.answers.Add(1)
			}
		}
	}()
	return b
}

// TestHistory30NeverTornForAReader: a dimension and its facts change in one transaction, so that
// whoever reads through the Lode that runs never sees a fact whose key is not that of the
// version in force. (Package faults asks the same of PostgreSQL in a process of its own; a DuckDB
// file has no other readers.)
func TestHistory30NeverTornForAReader(t *testing.T) {
	each(t, func(p *lode.Project) { p.Facts[0].Degenerate = []string{"item_id"} }, func(w *world) {
		const items, sales, rounds = 40, 400, 10
		r := rand.New(rand.NewPCG(30, 6))
		change := func(id int) { w.items.Send(item(fmt.Sprint(id), fmt.Sprint("a", r.IntN(1000)), r.IntN(1000))) }
		for id := range items {
			change(id)
		}
		for id := range sales {
			w.sales.Send(sale(fmt.Sprint(id), fmt.Sprint(r.IntN(items)), r.IntN(1000), "1.00"))
		}
		w.run(lode.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel() }()
		reader := w.beside(ctx, misled)
		for round := range rounds {
			for range 2 * items {
				change(r.IntN(items))
			}
			before := reader.answers.Load()
			w.run(lode.Options{})
			if reader.answers.Load() == before {
				t.Errorf("round %d: the reader got no answer while the run was going", round)
			}
		}
		if n := reader.wrong.Load(); n > 0 {
			t.Errorf("I6: %d of %d answers saw facts whose key is not that of the version in force", n, reader.answers.Load())
		}
		w.equal("SELECT count(*) > 100 FROM gold.fact_sales WHERE updated_at > created_at", "true") // or nothing was re-keyed beside it
		w.holds()
		t.Logf("%d answers", reader.answers.Load())

		cancel()
		<-reader.ended

		// What it looks for is found.
		w.damage("UPDATE gold.dim_items SET valid_to = valid_from + INTERVAL '1 second' WHERE item_key = (SELECT min(item_key) FROM gold.fact_sales)")
		ctx, cancel = context.WithCancel(t.Context())
		reader = w.beside(ctx, misled)
		select {
		case <-reader.found:
		case <-time.After(time.Minute):
			t.Error("the reader finds nothing wrong with a version that ends before its facts")
		}
		cancel()
		<-reader.ended
	})
}
