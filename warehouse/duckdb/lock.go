//go:build cgo && !noduckdb

package duckdb

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/warehouse"
)

// Lock takes a lock among the users of this open database. There are no others: the file
// itself is locked against other processes from Open to Close.
func (w *database) Lock(_ context.Context, name string) (func() error, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.locks[name] {
		return nil, fmt.Errorf("lock %q: %w", name, warehouse.ErrLocked)
	}
	w.locks[name] = true
	return func() error {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		delete(w.locks, name)
		return nil
	}, nil
}
