// Package faults runs the real program and treats it badly: it is killed at random
// moments, its server misbehaves at random, and what it is given to read is broken. What
// it stores must be what an undisturbed run stores.
//
// LODE_KILLS says how often the program is killed. For each hundred of LODE_SEEDS a
// misbehaving server is drawn.
package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(program)) // a temporary folder
	}
	os.Exit(code)
}

// binary builds the real program once for all tests of the process.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "lode-faults")
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "lode")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/lodehq/lode/cmd/lode").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build lode: %w\n%s", err, out)
	}
	return program, nil
})

// program is one project with the environment to run it in.
type program struct {
	t   *testing.T
	dir string   // of the project
	env []string // added to the test's own, less what would change the program
}

// ended is how a call of the program ended.
type ended struct {
	code           int // -1 when it was killed
	stdout, stderr string
}

// command is a call of the program.
func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	p.t.Helper()
	path, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = p.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TMPDIR=" + os.TempDir()}, p.env...)
	return cmd
}

// lode calls the program and waits for its end.
func (p program) lode(args ...string) ended {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := p.command(p.t.Context(), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("lode %q: %v", args, err)
	}
	e := ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	calm(p.t, args, e)
	return e
}

// calm wants a program that ended by itself, and not in a panic.
func calm(t *testing.T, args []string, e ended) {
	t.Helper()
	if e.code < 0 || e.code > 4 || panicked(e.stderr) || panicked(e.stdout) {
		t.Errorf("lode %q crashed with code %d: %s", args, e.code, last(e.stderr))
	}
}

func panicked(output string) bool {
	for _, sign := range []string{"panic:", "goroutine 1 [", "runtime error", "SIGSEGV", "fatal error:"} {
		if bytes.Contains([]byte(output), []byte(sign)) {
			return true
		}
	}
	return false
}

// last is the end of a long text.
func last(s string) string { return s[max(0, len(s)-2000):] }

// number reads how often something is done from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number above 0", name, text)
	}
	return n
}
