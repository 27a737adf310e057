package lodetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lodehq/lode/record"
)

// Clock is a clock that moves when it is told to.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock stands at now.
func NewClock(now time.Time) *Clock { return &Clock{now: now.UTC()} }

// Now is the time it stands at.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock on.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Querier answers SQL; a *lode.Lode is one.
type Querier interface {
	Query(ctx context.Context, sql string, args ...record.Value) record.Batches
}

// Rows runs a query and gives each row as its values joined by " | ".
func Rows(t testing.TB, q Querier, sql string) []string {
	t.Helper()
	var out []string
	for b, err := range q.Query(t.Context(), sql) {
		if err != nil {
			t.Fatalf("query %s: %v", sql, err)
		}
		for i := range b.Len() {
			cells := make([]string, len(b.Vectors))
			for c, v := range b.Row(i) {
				cells[c] = v.String()
			}
			out = append(out, strings.Join(cells, " | "))
		}
	}
	return out
}

// Equal fails the test when a query does not give just the wanted rows, in their order.
func Equal(t testing.TB, q Querier, sql string, want ...string) {
	t.Helper()
	got := Rows(t, q, sql)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\n got:\n%s\nwant:\n%s", sql, indent(got), indent(want))
	}
}

func indent(rows []string) string {
	if len(rows) == 0 {
		return "\t(no rows)"
	}
	return "\t" + strings.Join(rows, "\n\t")
}

// At is a time on the drawn time line of a test: n minutes after 2025-01-01, as JSON text.
func At(n int) string {
	return fmt.Sprintf("%q", time.Date(2025, 1, 1, 0, n, 0, 0, time.UTC).Format(time.RFC3339))
}
