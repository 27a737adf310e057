package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// prefix begins the name of each cluster's folder.
const prefix = "lodepg"

// watchdog runs postgres and waits for its own standard input to end, which happens when the
// starting process closes it or dies. $1 is the postgres program, $2 the cluster's folder, $3 the port, $4 its
// share of the memory, $5 the size of its log between two checkpoints.
const watchdog = `trap '' INT TERM HUP
cd "$2" || exit 1
"$1" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c max_connections=200 -c shared_buffers="$4" -c max_wal_size="$5" -c log_min_messages=fatal \
  </dev/null >"$2/log" 2>&1 &
server=$!
read _
kill -INT $server 2>/dev/null
wait $server
cd / && rm -rf "$2"`

// Cluster is a running PostgreSQL server.
type Cluster struct {
	base  string // URL without a database, of a role that may create databases
	role  string // owner of the databases; "" for the connecting role
	lease io.Closer
	guard *exec.Cmd
}

// Use is the cluster of a server that somebody else runs.
func Use(url string) *Cluster { return &Cluster{base: url} }

// place is where a cluster's folder is made, and what its server is given.
type place struct {
	parent  string
	buffers string // shared_buffers
	wal     string // max_wal_size
}

// Start makes a cluster in a temporary folder and starts it on a free loopback port and a
// Unix socket. It ends with Stop or with this process. Where the machine has a roomy file system in
// memory, the folder is there: tests make and drop thousands of small tables, each of them
// files, and a disk's file system is a third of their time.
func Start(ctx context.Context) (*Cluster, error) {
	if dir := memoryFolder(); dir != "" {
		return start(ctx, place{parent: dir, buffers: "256MB", wal: "256MB"})
	}
	return StartSized(ctx, "256MB")
}

// StartSized makes a cluster on disk with the memory for the pages of tables (shared_buffers), for who
// measures: PostgreSQL's manual advises a quarter of the machine's.
func StartSized(ctx context.Context, buffers string) (*Cluster, error) {
	parent := os.TempDir()
	if len(parent) > 60 { // a Unix socket's path has some hundred bytes
		parent = "/tmp"
	}
	return start(ctx, place{parent: parent, buffers: buffers, wal: "4GB"})
}

func start(ctx context.Context, at place) (*Cluster, error) {
	bin, err := Binaries()
	if err != nil {
		return nil, err
	}
	dir, err := newFolder(at.parent)
	if err != nil {
		return nil, err
	}
	if err := initialise(ctx, bin, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	// Between choosing a free port and listening on it somebody else may take it.
	var c *Cluster
	for range 5 {
		if c, err = serve(ctx, bin, dir, at); err == nil {
			return c, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(dir))
}

// newFolder makes a cluster's folder and removes those that a lost process left behind.
func newFolder(parent string) (string, error) {
	removeStale(parent)
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", fmt.Errorf("make folder for PostgreSQL: %w", err)
	}
	if err := own(dir); err != nil {
		return "", fmt.Errorf("hand folder %s to the postgres user: %w", dir, err)
	}
	return dir, nil
}

// removeStale removes folders whose server is gone. A young one may just be starting.
func removeStale(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < time.Hour || alive(filepath.Join(dir, "data", "postmaster.pid")) {
			continue
		}
		_ = os.RemoveAll(dir) // another user's folder stays; that is not ours to report
	}
}

func initialise(ctx context.Context, bin, dir string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir = dir
	if err := demote(cmd); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run initdb: %w\n%s", err, out)
	}
	return nil
}

func serve(ctx context.Context, bin, dir string, at place) (*Cluster, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", "-c", watchdog, "sh", filepath.Join(bin, "postgres"), dir, port, at.buffers, at.wal)
	cmd.Dir = dir
	if err := demote(cmd); err != nil {
		return nil, err
	}
	lease, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe to the watchdog: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	c := &Cluster{base: "postgres://postgres@127.0.0.1:" + port + "/", role: "lode", lease: lease, guard: cmd}
	if err := c.ready(ctx, filepath.Join(dir, "log")); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// ready asks until the server answers, and then creates the role of the tests.
func (c *Cluster) ready(ctx context.Context, log string) error {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.exec(ctx, "CREATE ROLE "+c.role+" LOGIN NOSUPERUSER CREATEDB")
		if err == nil {
			return nil
		}
		if text, _ := os.ReadFile(log); bytes.Contains(text, []byte("FATAL")) && !bytes.Contains(text, []byte("starting up")) {
			return fmt.Errorf("start postgres: %s", strings.TrimSpace(string(text)))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for postgres: %w (last answer: %w)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// Stop ends a started cluster and removes its folder. It does nothing to a server of Use.
func (c *Cluster) Stop() error {
	if c.lease == nil {
		return nil
	}
	err := c.lease.Close()
	_ = c.guard.Wait() // its exit code is that of rm; nothing depends on it
	return err
}
