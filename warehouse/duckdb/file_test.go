//go:build cgo && !noduckdb

package duckdb_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
)

// childFile names the file that a child process opens, see TestMain.
const childFile = "LODE_TEST_DUCKDB_FILE"

// TestMain is also the main function of the child processes: one opens the file, commits
// a row, says so, and keeps a second transaction open until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		if err := child(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		select {}
	}
	os.Exit(m.Run())
}

func child(path string) error {
	ctx := context.Background()
	w, err := duckdb.Driver{}.Open(ctx, "duckdb:"+path)
	if err != nil {
		return err
	}
	for i, sql := range []string{"CREATE TABLE t AS SELECT 1 AS n", "INSERT INTO t VALUES (2)"} {
		tx, err := w.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
		if i == 0 {
			if err := tx.Commit(ctx); err != nil {
				return err
			}
		}
	}
	fmt.Println("ready")
	return nil
}

// startChild runs a child process until it holds the file.
func startChild(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "ready\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return cmd
}

func TestFileOfAnotherProcessIsBusyAndSurvivesItsDeath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.duckdb")
	other := startChild(t, path)
	_, err := duckdb.Driver{}.Open(t.Context(), "duckdb:"+path)
	if !errors.Is(err, warehouse.ErrBusy) || !strings.Contains(err.Error(), path) {
		t.Fatalf("open a held file: %v, want ErrBusy with the path", err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it was killed
	w := dbtest.Open(t, duckdb.Driver{}, "duckdb:"+path)
	if got := values(t, w, "SELECT n FROM t"); len(got) != 1 || got[0] != record.IntValue(1) {
		t.Errorf("after the kill the file holds %v, want the committed row alone", got)
	}
}

func TestFileOpenedTwiceIsBusy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.duckdb")
	w, err := duckdb.Driver{}.Open(t.Context(), "duckdb:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (duckdb.Driver{}).Open(t.Context(), "duckdb:"+path); !errors.Is(err, warehouse.ErrBusy) {
		t.Errorf("second open: %v, want ErrBusy", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dbtest.Open(t, duckdb.Driver{}, "duckdb:"+path) // free again
}

func TestCloseLeavesOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, err := duckdb.Driver{}.Open(t.Context(), "duckdb:"+filepath.Join(dir, "shop.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	run(t, w, "CREATE TABLE t AS SELECT 1 AS n")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "shop.duckdb" {
		t.Errorf("the folder holds %v, %v", files, err)
	}
	if _, err := w.Begin(t.Context()); err == nil {
		t.Error("a closed warehouse began a transaction")
	}
}

func TestFileMayBeCalledLikeASchema(t *testing.T) {
	t.Parallel()
	w := dbtest.Open(t, duckdb.Driver{}, "duckdb:"+filepath.Join(t.TempDir(), "gold.duckdb"))
	table := schema.Table{Name: schema.Name{Schema: "gold", Table: "gold"}, Fields: []schema.Field{{Name: "gold", Type: record.Of(record.Int)}}}
	run(t, w, append([]string{w.Dialect().CreateSchema("gold")}, w.Dialect().CreateTable(table)...)...)
	run(t, w, "INSERT INTO gold.gold VALUES (5)")
	if got := values(t, w, "SELECT gold.gold FROM gold.gold"); len(got) != 1 || got[0] != record.IntValue(5) {
		t.Errorf("got %v", got)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space & 'quote'.duckdb")
	w := dbtest.Open(t, duckdb.Driver{}, "duckdb:"+path+"?memory_limit=200MB&threads=1")
	if got := values(t, w, "SELECT current_setting('threads')::BIGINT"); got[0] != record.IntValue(1) {
		t.Errorf("threads = %v, want 1", got)
	}
	if got := values(t, w, "SELECT current_setting('memory_limit')"); !strings.HasPrefix(got[0].Text(), "190.7") {
		t.Errorf("memory_limit = %v, want 200 MB", got)
	}
	for _, address := range []string{"duckdb:x?no_such_setting=1", "duckdb:x?%zz", "duckdb:" + filepath.Join(t.TempDir(), "absent", "x.duckdb")} {
		if w, err := (duckdb.Driver{}).Open(t.Context(), address); err == nil {
			_ = w.Close()
			t.Errorf("%s was opened", address)
		}
	}
}

// run commits statements.
func run(t *testing.T, w warehouse.Warehouse, statements ...string) {
	t.Helper()
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range statements {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// values is the first column of a result.
func values(t *testing.T, w warehouse.Warehouse, sql string) (all []record.Value) {
	t.Helper()
	for b, err := range w.Query(t.Context(), sql) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			all = append(all, b.Row(i)[0])
		}
	}
	return all
}

// TestLookingLeavesNoFile: a file that Open has made is taken away again unless something
// was put into it; one that was there stays.
func TestLookingLeavesNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new.duckdb")
	use := func(sql string) {
		t.Helper()
		w, err := duckdb.Driver{}.Open(t.Context(), "duckdb:"+path)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := w.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if sql != "" {
			_, err = tx.Exec(t.Context(), sql)
		}
		_, describe := tx.Describe(t.Context(), "main")
		if err := errors.Join(err, describe, tx.Commit(t.Context()), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	there := func() bool { _, err := os.Lstat(path); return err == nil }
	for range 2 {
		if use(""); there() {
			t.Fatal("a file was left behind")
		}
	}
	if use("CREATE SCHEMA x"); !there() {
		t.Fatal("the file is gone, with what was put into it")
	}
	if use("DROP SCHEMA x"); !there() {
		t.Fatal("a file that was there before is gone")
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) != 1 {
		t.Errorf("files left: %v, %v", files, err)
	}
}
