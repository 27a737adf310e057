package lode

import (
	"context"

	"github.com/lodehq/lode/trace"
)

// ErrNoRow is returned by Trace when there is no row of that key.
var ErrNoRow = trace.ErrNoRow

// Trace tells where a row is from: its events, the records and requests that brought
// them, and what gave each column its value. A row of a dimension is named by its
// surrogate key, one of a fact or of silver by its key, with "/" between several columns
// or as a JSON list. Column, if given, leaves out the others.
func (l *Lode) Trace(ctx context.Context, table, key, column string) (trace.Trace, error) {
	return trace.Tracer{Model: l.model, Ledger: l.engine.Ledger, Reader: l.db}.Trace(ctx, table, key, column)
}
