package project

import (
	"fmt"
	"os"
	"path/filepath"
)

// Find is the nearest folder that holds a lode.yaml: start itself or one above it. The
// result is relative if start is.
func Find(start string) (string, error) {
	absolute, err := filepath.Abs(start)
	if err != nil {
		return "", fmt.Errorf("find project: %w", err)
	}
	if info, err := os.Stat(absolute); err != nil || !info.IsDir() {
		return "", fmt.Errorf("find project: %s is no folder", start)
	}
	up := start
	for dir := absolute; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, File)); err == nil {
			return filepath.Clean(up), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find project: there is no %s in %s or any folder above it; create a project with `lode init`", File, absolute)
		}
		up = filepath.Join(up, "..")
	}
}
