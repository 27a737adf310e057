package pbtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zeebo/xxh3"
)

// build makes the server program, unless the cache has it already. Test processes that
// build it at the same time each move a whole program into place.
func build(ctx context.Context) (program string, err error) {
	module, err := moduleDir(ctx)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(module, "examples", "pocketbase")
	cache, err := cacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache for PocketBase: %w", err)
	}
	sum, err := fingerprint(dir)
	if err != nil {
		return "", fmt.Errorf("read the PocketBase example: %w", err)
	}
	program = filepath.Join(cache, fmt.Sprintf("pocketbase-%016x", sum))
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	scratch, err := os.MkdirTemp(cache, "build-")
	if err != nil {
		return "", fmt.Errorf("build PocketBase: %w", err)
	}
	defer os.RemoveAll(scratch)
	built := filepath.Join(scratch, "pocketbase")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", built, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build PocketBase in %s: %w\n%s", dir, err, out)
	}
	return program, os.Rename(built, program)
}

// moduleDir is the root of the checkout that the test is in.
func moduleDir(ctx context.Context) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/lodehq/lode")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find the checkout: %w\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir() // an account without a home
	}
	dir := filepath.Join(base, "lode-test")
	return dir, os.MkdirAll(dir, 0o755)
}

// fingerprint tells two versions of the program apart.
func fingerprint(dir string) (uint64, error) {
	h := xxh3.New()
	_, _ = h.WriteString(runtime.Version() + runtime.GOOS + runtime.GOARCH)
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return 0, err
	}
	for _, file := range append(sources, filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")) {
		content, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		_, _ = h.Write(content)
	}
	return h.Sum64(), nil
}
