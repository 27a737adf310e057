package faults

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// misled counts the facts that a reader would be misled by (I6): whose key leads to no
// version, or to one that was not the last to begin before the fact.
const misled = `SELECT count(*) FROM gold.fact_orders f LEFT JOIN gold.dim_%[1]ss d ON d.%[1]s_key = f.%[1]s_key
WHERE d.%[1]s_key IS NULL OR (d.%[1]s_key > 0 AND NOT d.is_inferred AND (d.valid_from > f.ordered_at OR EXISTS (
  SELECT 1 FROM gold.dim_%[1]ss q WHERE q.%[1]s_durable_key = d.%[1]s_durable_key AND q.valid_from > d.valid_from AND q.valid_from <= f.ordered_at)))`

// watch asks the warehouse again and again, in a process of its own, whether facts and
// dimensions agree, until the test ends. No other process can ask while a DuckDB file is
// open, so that it watches PostgreSQL only; package cases asks DuckDB within the process of the run.
func (s *shop) watch() (stop func() (answers int)) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var answers atomic.Int64
	var wait sync.WaitGroup
	wait.Go(func() {
		for ctx.Err() == nil {
			for _, dimension := range []string{"customer", "product"} {
				if s.agrees(ctx, dimension) {
					answers.Add(1)
				}
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	})
	return func() int {
		cancel()
		wait.Wait()
		return int(answers.Load())
	}
}

// watched watches where that is possible; who stops it wants it to have seen something.
func (s *shop) watched(kind string) (stop func()) {
	if kind != "postgres" {
		return func() {}
	}
	stopped := s.watch()
	return func() {
		if n := stopped(); n == 0 {
			s.t.Error("the reader got no answer while the runs were killed")
		}
	}
}

// agrees is true when the warehouse answered. Before the first run has made the tables it
// has no answer.
func (s *shop) agrees(ctx context.Context, dimension string) bool {
	out, err := s.command(ctx, "query", "-o", "csv", fmt.Sprintf(misled, dimension)).Output()
	if err != nil {
		return false
	}
	lines := strings.Fields(string(out))
	if got := lines[len(lines)-1]; got != "0" {
		s.t.Errorf("I6: in the middle of a run a reader saw %s facts whose key is not that of the %s in force", got, dimension)
	}
	return true
}

// The reader's question finds what it looks for.
func TestReaderSeesAWrongKey(t *testing.T) {
	s := newShop(t, "postgres", false)
	s.begin(script[0])
	if e := s.lode(script[0].args...); e.code != 0 {
		t.Fatal(last(e.stderr))
	}
	ask := func() string {
		e := s.lode("query", "-o", "csv", fmt.Sprintf(misled, "customer"))
		lines := strings.Fields(e.stdout)
		return lines[len(lines)-1]
	}
	if got := ask(); got != "0" {
		t.Errorf("of a sound star it counts %s", got)
	}
	w := open(t, s.address)
	tx, err := w.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), "UPDATE gold.dim_customers SET valid_from = valid_from + INTERVAL '300 years' WHERE customer_key = (SELECT min(customer_key) FROM gold.fact_orders WHERE customer_key > 0)")
	}
	if err == nil {
		err = tx.Commit(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if got := ask(); got == "0" {
		t.Error("it finds nothing wrong with a version that begins after its facts")
	}
}
