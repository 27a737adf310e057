package pgtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/lodehq/lode/internal/pgtest"
)

func TestURLIsAnEmptyDatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	first, second := pgtest.URL(t), pgtest.URL(t)
	connect(t, first, "CREATE TABLE t (a int)")
	connect(t, second, "CREATE TABLE t (a int)") // fails if the two shared a database
}

func TestRoleIsNoSuperuser(t *testing.T) {
	t.Parallel()
	if got := connect(t, pgtest.URL(t), "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user"); got != "false" {
		t.Errorf("rolsuper = %q, want false", got)
	}
}

func TestStoppedClusterIsGone(t *testing.T) {
	t.Parallel()
	c, err := pgtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	connect(t, c.URL("postgres"), "SELECT 'x'")
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), c.URL("postgres")); err == nil {
		_ = conn.Close(context.Background())
		t.Error("the server still answers after Stop")
	}
}

// connect runs one statement and returns its first text, "" if it has none.
func connect(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var text string
	err = conn.QueryRow(t.Context(), sql).Scan(&text)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return text
}
