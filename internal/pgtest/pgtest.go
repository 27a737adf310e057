// Package pgtest gives tests a real PostgreSQL. Each call of [URL] is a new, empty
// database of its own, owned by a role that is no superuser.
//
// The first call in a process starts a throw-away cluster from the server binaries of
// the machine (see [Binaries]); the cluster ends with the process, however that ends. When the
// environment names a server in LODE_TEST_POSTGRES, that server is used instead.
//
//	test process ──stdin pipe──> sh (watchdog) ──child──> postgres
//	    ends in any way ──────────> read returns ──> kills postgres, removes its folder
package pgtest

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"
)

// Environment is the variable that names a server to use in place of a throw-away one.
const Environment = "LODE_TEST_POSTGRES"

// shared is the process's one cluster. It is the package's single variable: starting a
// cluster takes more than a second, and each test only needs a database in it.
var shared = sync.OnceValues(func() (*Cluster, error) {
	if url := os.Getenv(Environment); url != "" {
		return Use(url), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return Start(ctx)
})

// URL is the address of a new, empty database, dropped when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	cluster, err := shared()
	if err != nil {
		t.Fatalf("start PostgreSQL for the test: %v", err)
	}
	database, err := cluster.CreateDatabase(t.Context())
	if err != nil {
		t.Fatalf("create database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := cluster.DropDatabase(context.WithoutCancel(t.Context()), database); err != nil {
			t.Errorf("drop database of the test: %v", err)
		}
	})
	return cluster.URL(database)
}
