package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// Tracked says when changes of a column began versions of a dimension. It outlives a
// rebuild: what a declaration was in the past is as much a fact as an event.
type Tracked struct {
	Dimension, Column string
	Since, Until      time.Time // zero: from the beginning, still
	Opens             bool      // each key has a version that begins at Since
}

// Tracking reads the columns that a dimension tracks, or did, in the order of their names.
func (l Ledger) Tracking(ctx context.Context, r Reader, dimension string) ([]Tracked, error) {
	var out []Tracked
	err := each(r.Query(ctx, "SELECT column_name, since_at, until_at, opens FROM "+l.Table("tracking")+" WHERE dimension = $1 ORDER BY column_name", record.TextValue(dimension)),
		func(row []record.Value) {
			t := Tracked{Dimension: dimension, Column: row[0].Text(), Opens: row[3].Bool()}
			if !row[1].IsNull() {
				t.Since = row[1].Time()
			}
			if !row[2].IsNull() {
				t.Until = row[2].Time()
			}
			out = append(out, t)
		})
	if err != nil {
		return nil, fmt.Errorf("read what %s tracks: %w", dimension, err)
	}
	return out, nil
}

// SetTracking replaces what a dimension tracks.
func (l Ledger) SetTracking(ctx context.Context, tx warehouse.Tx, dimension string, columns []Tracked) error {
	if _, err := tx.Exec(ctx, "DELETE FROM "+l.Table("tracking")+" WHERE dimension = $1", record.TextValue(dimension)); err != nil {
		return fmt.Errorf("forget what %s tracked: %w", dimension, err)
	}
	for _, t := range columns {
		err := l.put(ctx, tx, "tracking", 2, []string{"dimension", "column_name", "since_at", "until_at", "opens"},
			record.TextValue(dimension), record.TextValue(t.Column), nullTime(t.Since), nullTime(t.Until), record.BoolValue(t.Opens))
		if err != nil {
			return err
		}
	}
	return nil
}
