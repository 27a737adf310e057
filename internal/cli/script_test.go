package cli_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/file"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

var update = flag.Bool("update", false, "write the golden parts of the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"lode": func() {
			os.Exit(lode.Main(lode.Project{Drivers: standard.Warehouses(), Connectors: standard.Connectors(), Version: "test"}))
		},
		"shop": func() { os.Exit(lode.Main(shop())) },
	})
}

// secretFiles is a source whose configuration holds a secret, as a user's own may.
type secretFiles struct {
	file.Config
	Token settings.Secret
}

func (c *secretFiles) Open(ctx context.Context, env source.Env) (source.Source, error) {
	if _, err := os.Stat(filepath.Join(env.Dir, "broken")); err == nil {
		return nil, errors.New("the token " + c.Token.Reveal() + " was refused")
	}
	return c.Config.Open(ctx, env)
}

// shop is a project written in Go.
func shop() lode.Project {
	config := &secretFiles{Config: file.Config{Tables: []file.Stream{{Name: "customers", Glob: []string{"*.csv"}, Key: []string{"id"}}}}, Token: settings.NewSecret("hush-hush")}
	return lode.Project{
		Project: schema.Project{
			Name: "shop", Sources: []schema.Source{{Name: "crm", Config: config}},
			Entities: []schema.Entity{{
				Name: "customers", Key: []string{"source_system", "source_id"},
				Columns: []schema.Column{{Name: "name", Type: "text"}, {Name: "active", Type: "boolean"}},
				From:    []schema.Mapping{{Stream: "crm.customers", Fields: []schema.FieldMapping{{Name: "name", From: "name"}, {Name: "active", From: "active"}}}},
			}},
		},
		Warehouse: "duckdb:shop.duckdb", Drivers: standard.Warehouses(),
	}
}

// TestScripts runs the sessions of testdata/script with the real program.
//
//	code N command...   the command must end with that exit code
//	hold FILE           this process takes a DuckDB file; release gives it back
//	write FILE SQL      runs a statement on a DuckDB file, behind the project's back
//	postgres            LODE_WAREHOUSE names a new PostgreSQL database
//	lock                another session holds the project's lock on it; release gives it back
func TestScripts(t *testing.T) {
	t.Parallel()
	scripts(t, "script", func(*testscript.Env) {})
}

// TestMigrateScripts runs the sessions of testdata/migrate on each warehouse.
func TestMigrateScripts(t *testing.T) {
	t.Parallel()
	t.Run("duckdb", func(t *testing.T) { scripts(t, "migrate", func(*testscript.Env) {}) })
	t.Run("postgres", func(t *testing.T) {
		scripts(t, "migrate", func(env *testscript.Env) { env.Setenv("LODE_WAREHOUSE", pgtest.URL(t)) })
	})
}

// scripts runs the sessions of a folder.
func scripts(t *testing.T, dir string, prepare func(*testscript.Env)) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", dir), UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			prepare(env)
			h := &holder{}
			env.Values["held"] = h
			env.Defer(func() {
				if err := h.release(); err != nil {
					t.Error(err)
				}
			})
			env.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":     code,
			"hold":     hold,
			"write":    write,
			"postgres": func(ts *testscript.TestScript, _ bool, _ []string) { ts.Setenv("LODE_WAREHOUSE", pgtest.URL(t)) },
			"lock":     lock,
			"release":  release,
		},
	})
}

func code(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// holder is what a script holds: closed by release, or when the script ends.
type holder struct{ closers []func() error }

func (h *holder) release() error {
	var errs []error
	for _, c := range h.closers {
		errs = append(errs, c())
	}
	h.closers = nil
	return errors.Join(errs...)
}

func holderOf(ts *testscript.TestScript) *holder { return ts.Value("held").(*holder) }

func hold(ts *testscript.TestScript, _ bool, args []string) {
	w, err := duckdb.Driver{}.Open(context.Background(), "duckdb:"+ts.MkAbs(args[0]))
	ts.Check(err)
	holderOf(ts).closers = append(holderOf(ts).closers, w.Close)
}

func write(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	w, err := duckdb.Driver{}.Open(ctx, "duckdb:"+ts.MkAbs(args[0]))
	ts.Check(err)
	tx, err := w.Begin(ctx)
	ts.Check(err)
	_, err = tx.Exec(ctx, args[1])
	ts.Check(errors.Join(err, tx.Commit(ctx), w.Close()))
}

func lock(ts *testscript.TestScript, _ bool, _ []string) {
	unlock, err := lockProject(ts.Getenv("LODE_WAREHOUSE"))
	ts.Check(err)
	holderOf(ts).closers = append(holderOf(ts).closers, unlock)
}

func release(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(holderOf(ts).release()) }

// lockProject takes the lock that a run takes, in a session of its own.
func lockProject(url string) (unlock func() error, err error) {
	w, err := postgres.Driver{}.Open(context.Background(), url)
	if err != nil {
		return nil, err
	}
	free, err := w.Lock(context.Background(), "lode/lode")
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return func() error { return errors.Join(free(), w.Close()) }, nil
}

// waiting starts a run that finds the lock taken and waits for it.
func waiting(t *testing.T) (cmd *exec.Cmd, rest *strings.Builder, ended chan error, unlock func() error) {
	t.Helper()
	url := pgtest.URL(t)
	unlock, err := lockProject(url)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "first")
	if out, err := exec.Command("lode", "init", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd = exec.Command("lode", "-C", dir, "--warehouse", url, "run", "--wait", "1m")
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	for line := ""; !strings.Contains(line, "waiting for it"); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("the run did not wait: %v", err)
		}
	}
	rest, ended = &strings.Builder{}, make(chan error, 1)
	go func() {
		_, err := io.Copy(rest, lines)
		ended <- errors.Join(err, cmd.Wait())
	}()
	return cmd, rest, ended, unlock
}

// What is printed as the plan is what is executed: the same steps, and afterwards no
// change of structure is left.
func TestRunDoesWhatPlanShows(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shop")
	lodeJSON(t, nil, "init", dir)
	for _, selection := range []string{"+dim_customers", "silver.*+", "*.*"} {
		var plan, after struct {
			Changes []struct{ Text string }
			Steps   []struct{ Step string }
		}
		var report struct{ Steps []struct{ Step string } }
		lodeJSON(t, &plan, "-C", dir, "plan", "-o", "json", "-s", selection)
		lodeJSON(t, &report, "-C", dir, "run", "-o", "json", "-s", selection)
		lodeJSON(t, &after, "-C", dir, "plan", "-o", "json", "-s", selection)
		byName := cmpopts.SortSlices(func(a, b struct{ Step string }) bool { return a.Step < b.Step })
		if diff := cmp.Diff(plan.Steps, report.Steps, byName); diff != "" {
			t.Errorf("%s: (-plan +run)\n%s", selection, diff)
		}
		if len(after.Changes) > 0 {
			t.Errorf("%s: changes left after the run: %v", selection, after.Changes)
		}
	}
}

// lodeJSON runs lode and reads its output into a value, if there is one to fill.
func lodeJSON(t *testing.T, into any, args ...string) {
	t.Helper()
	var errText strings.Builder
	cmd := exec.Command("lode", args...)
	cmd.Stderr = &errText
	out, err := cmd.Output()
	if err == nil && into != nil {
		err = json.Unmarshal(out, into, json.MatchCaseInsensitiveNames(true))
	}
	if err != nil {
		t.Fatalf("lode %v: %v\n%s%s", args, err, out, &errText)
	}
}

func TestRunWaitsForAnother(t *testing.T) {
	t.Parallel()
	_, rest, ended, unlock := waiting(t)
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("after the other run: %v\n%s", err, rest)
	}
	if !strings.Contains(rest.String(), "gold.fact_orders") {
		t.Errorf("the run did nothing:\n%s", rest)
	}
}

func TestSignalStopsRun(t *testing.T) {
	t.Parallel()
	cmd, rest, ended, unlock := waiting(t)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := <-ended; !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("a stopped run ended with %v, want exit code 1", err)
	}
	if !strings.Contains(rest.String(), "stopped by signal: terminated; what was committed stays, run again to go on") {
		t.Errorf("it said:\n%s", rest)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
