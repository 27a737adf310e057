package tickets_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/lodehq/lode/examples/tickets"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/sourcetest"
)

// TestConformance holds the connector to the contract, against a help desk that gives one
// ticket a page.
func TestConformance(t *testing.T) {
	t.Parallel()
	var last atomic.Int64
	last.Store(3)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
		if err != nil || after >= last.Load() {
			fmt.Fprint(w, "[]")
			return
		}
		fmt.Fprintf(w, `[{"id":%d,"revision":%d}]`, after+1, after+1)
	}))
	t.Cleanup(web.Close)
	config := &tickets.Config{URL: web.URL}
	sourcetest.Run(t, sourcetest.Harness{
		Open: func(t *testing.T, emit func(source.Event)) source.Source {
			src, err := config.Open(t.Context(), source.Env{Name: "desk", Emit: emit})
			if err != nil {
				t.Fatal(err)
			}
			return src
		},
		Stream: config.Streams()[0],
		Keys:   []string{`["1"]`, `["2"]`, `["3"]`},
		Change: func(*testing.T) []string { last.Store(4); return []string{`["4"]`} },
	})
}
