// Package pbtest gives a test a real PocketBase server of its own, with the customers
// and orders of examples/pocketbase in it.
//
//	pb := pbtest.Start(t)
//	pb.Update("customers", "c00000000000005", map[string]any{"segment": "SMB"})
//	pb.Delete("customers", "c00000000000006")
//
// The server is built once for each version of the example and kept in the user's cache.
// It listens on loopback, keeps its data in the test's temporary directory and ends with
// the test, also when the test process is killed.
package pbtest

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Options says how many records the server begins with. Zero means the example's default.
type Options struct {
	Customers, Orders int
}

// Server is a running PocketBase.
type Server struct {
	URL, User, Password string // what the project wants as PB_URL, PB_USER and PB_PASSWORD

	t     testing.TB
	token string
}

// Start runs a server with 450 customers and 1,500 orders until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartWith(t, Options{})
}

// StartWith runs a server with as many records as asked for.
func StartWith(t testing.TB, o Options) *Server {
	t.Helper()
	program, err := build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-addr", "127.0.0.1:0", "-dir", t.TempDir(), "-until-eof"}
	if o.Customers > 0 {
		args = append(args, "-customers", strconv.Itoa(o.Customers))
	}
	if o.Orders > 0 {
		args = append(args, "-orders", strconv.Itoa(o.Orders))
	}
	s := &Server{t: t}
	s.run(exec.Command(program, args...))
	s.login()
	return s
}

// run starts the process and reads the environment that it prints once it listens.
func (s *Server) run(cmd *exec.Cmd) {
	s.t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatalf("start PocketBase: %v", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatalf("start PocketBase: %v", err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start PocketBase: %v", err)
	}
	s.t.Cleanup(func() {
		_ = stdin.Close() // the server ends when its standard input does
		_, _ = io.Copy(io.Discard, stdout)
		if err := cmd.Wait(); err != nil {
			s.t.Errorf("stop PocketBase: %v\n%s", err, stderr.String())
		}
	})
	if !s.readEnv(stdout) {
		s.t.Fatal("start PocketBase: it ended before it listened; its own message follows")
	}
}

func (s *Server) readEnv(stdout io.Reader) bool {
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		switch name {
		case "PB_URL":
			s.URL = value
		case "PB_USER":
			s.User = value
		case "PB_PASSWORD":
			s.Password = value
			return true
		}
	}
	return false
}

// Env is the environment of the example project, as NAME=value.
func (s *Server) Env() []string {
	return []string{"PB_URL=" + s.URL, "PB_USER=" + s.User, "PB_PASSWORD=" + s.Password}
}
