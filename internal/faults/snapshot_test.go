package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/lodetest"
)

// TestKilledWithinASnapshot kills the program with SIGKILL while it takes files of which each
// is a complete list. What is published at any moment is what whole files said: half a file
// deletes nothing, and brings nothing.
func TestKilledWithinASnapshot(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"duckdb", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			list := func(from, to, day int) string {
				var b strings.Builder
				for i := from; i < to; i++ {
					fmt.Fprintf(&b, "{\"id\":%d,\"name\":\"n\",\"day\":\"2025-01-%02d\"}\n", i, day)
				}
				return b.String()
			}
			files := changed("sources/f.yaml", "glob: items.jsonl, key: id", "glob: items-*.jsonl, key: id, sweep: {mode: file, at: day}")
			delete(files, "data/items.jsonl")
			files["data/items-1.jsonl"], files["data/items-2.jsonl"] = list(0, 50_000, 1), list(500, 50_500, 2)
			p := lay(t, files)
			s := &shop{program: p, address: at(t, p, kind)}
			args := []string{"run", "-q", "--select", "bronze.f_items", "--warehouse", s.address}
			draw := rand.New(rand.NewPCG(5, 15))
			hits := 0
			for code := -1; code != 0; {
				e := s.killedAfter(time.Duration(100+draw.IntN(900+400*hits))*time.Millisecond, args)
				if code = e.code; code == -1 {
					hits++
				} else if code != 0 && code != locked {
					t.Fatalf("code %d: %s", code, last(e.stderr))
				}
				if hits > 60 {
					t.Fatal("it does not come to an end")
				}
			}
			t.Logf("%d kills", hits)
			if hits == 0 {
				t.Error("nothing was killed: the test proves nothing")
			}
			w := open(t, s.address)
			lodetest.Equal(t, w, "SELECT op, count(*), min(CAST(payload AS text)) FROM bronze.f_items GROUP BY op ORDER BY op",
				`delete | 500 | {"day":"2025-01-02"}`, `upsert | 100000 | {"id":0,"name":"n","day":"2025-01-01"}`)
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
