package cli_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lodehq/lode/internal/pgtest"
)

// Ten processes that apply the migrations at once apply them once: the others wait, and
// find nothing left to do.
func TestTenUpsApplyOnce(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func() string{
		"duckdb": func() string { return "duckdb:shop.duckdb" }, "postgres": func() string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, url := filepath.Join(t.TempDir(), "shop"), address()
			lodeJSON(t, nil, "init", dir)
			lodeJSON(t, nil, "-C", dir, "--warehouse", url, "migrate", "new", "first")
			var mutex sync.Mutex
			var all strings.Builder
			var wait sync.WaitGroup
			for range 10 {
				wait.Go(func() {
					out, err := exec.Command("lode", "-C", dir, "--warehouse", url, "-q", "migrate", "up").CombinedOutput()
					mutex.Lock()
					defer mutex.Unlock()
					all.Write(out)
					if err != nil {
						t.Errorf("%v: %s", err, out)
					}
				})
			}
			wait.Wait()
			if applied, idle := strings.Count(all.String(), "applied 2"), strings.Count(all.String(), "nothing waits"); applied != 1 || idle != 9 {
				t.Errorf("%d applied and %d found nothing:\n%s", applied, idle, &all)
			}
		})
	}
}
