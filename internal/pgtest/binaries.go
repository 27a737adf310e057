package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Binaries is the folder of PostgreSQL's server programs: $PGBIN, what pg_config says, the
// newest of Debian's versioned folders, Homebrew's, or wherever the PATH has initdb.
func Binaries() (string, error) {
	for _, dir := range candidates() {
		if isServer(dir) {
			return dir, nil
		}
	}
	return "", errors.New("find PostgreSQL server programs: no initdb and postgres on this machine; " +
		"run scripts/postgres.sh (make test does it), set PGBIN to their folder, or set " + Environment + " to the URL of a server")
}

func candidates() []string {
	dirs := []string{os.Getenv("PGBIN")}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"} {
		found, _ := filepath.Glob(pattern) // a constant pattern is never malformed
		slices.Reverse(found)
		dirs = append(dirs, found...)
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			initdb = real
		}
		dirs = append(dirs, filepath.Dir(initdb))
	}
	return dirs
}

func isServer(dir string) bool {
	if dir == "" {
		return false
	}
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return false
		}
	}
	return true
}
