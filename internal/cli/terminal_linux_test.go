package cli_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal of 120 by 40: what is written to inner is read from outer.
func terminal(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = outer.Close() })
	fd := int(outer.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		t.Fatal(err)
	}
	inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return outer, inner
}

// onTerminal runs lode in a folder with output and errors on a terminal.
func onTerminal(t *testing.T, dir string, args ...string) string {
	t.Helper()
	outer, inner := terminal(t)
	cmd := exec.Command("lode", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, inner, inner
	cmd.Env = append(os.Environ(), "TERM=xterm")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := inner.Close(); err != nil {
		t.Fatal(err)
	}
	out, _ := io.ReadAll(outer) // ends with EIO when the last user of the terminal is gone
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return string(out)
}

// On a terminal a run shows moving lines with rates, ends with the same table as
// elsewhere, and a long result is cut with a note.
func TestOnTerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	onTerminal(t, dir, "init", "shop")
	dir = filepath.Join(dir, "shop")
	orders := strings.Builder{}
	orders.WriteString("id,customer_id,ordered_at,total\n")
	for i := range 20_000 {
		fmt.Fprintf(&orders, "%d,1,2025-03-01T12:00:00Z,5.00\n", 2000+i)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "orders_2.csv"), []byte(orders.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out := onTerminal(t, dir, "run")
	for _, want := range []string{"\x1b[", "bronze.files_orders              done      20,005 read  20,005 inserted", "\nrun "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out = onTerminal(t, dir, "query", "SELECT * FROM gold.fact_orders")
	if !strings.Contains(out, "(1,000 rows)") || !strings.Contains(out, "there are more rows than the 1,000 shown; --limit 0 shows all") {
		t.Errorf("a long table was not cut, or in silence:\n%.2000s", out)
	}
	if out = onTerminal(t, dir, "query", "--limit", "0", "SELECT * FROM gold.fact_orders"); !strings.Contains(out, "(20,004 rows)") {
		t.Errorf("--limit 0 does not show all: %s", out[max(0, len(out)-200):])
	}
}
