package lode

import (
	"context"

	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/medallion"
)

// DiffTables compares two stored tables, schema.table each, by the columns of key, or by
// the primary key of one of them. At most limit differences are told, and all counted.
func (l *Lode) DiffTables(ctx context.Context, a, b string, key []string, limit int) (diff.Result, error) {
	return l.engine.DiffTables(ctx, a, b, key, limit)
}

// DiffMoments compares a table of silver or gold at two moments.
func (l *Lode) DiffMoments(ctx context.Context, table string, a, b medallion.Moment, limit int) (diff.Result, error) {
	return l.engine.DiffMoments(ctx, table, a, b, limit)
}

// DiffRebuild compares the selected tables with what a rebuild from bronze gives. The
// rebuild happens in temporary tables. Another run of the project makes it fail with
// ErrLocked.
func (l *Lode) DiffRebuild(ctx context.Context, o Options, limit int) (out []diff.Result, err error) {
	steps, err := l.selected(o)
	if err != nil {
		return nil, err
	}
	err = l.engine.Alone(ctx, "compare "+l.model.Name+" with a rebuild", func() error {
		out, err = l.engine.DiffRebuild(ctx, steps, limit)
		return err
	})
	return out, err
}
