package lode

import (
	"context"

	"github.com/lodehq/lode/check"
	"github.com/lodehq/lode/medallion"
)

// CheckOptions choose what is checked.
type CheckOptions = medallion.CheckOptions

// Check looks whether everything holds that should hold of the selected tables, and
// remembers what it found. A result with a Count is a violation.
func (l *Lode) Check(ctx context.Context, o CheckOptions) ([]check.Result, error) {
	steps, err := l.selected(Options{Select: o.Select})
	if err != nil {
		return nil, err
	}
	return l.engine.Check(ctx, steps, o.Full)
}
