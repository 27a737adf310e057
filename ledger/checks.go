package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// Checked is what a check of a table found. With a note it was not looked at.
type Checked struct {
	Table, Check  string
	Violations    int64
	Example, Note string
	At            time.Time
}

// PutChecks replaces what earlier checks of the same tables found.
func (l Ledger) PutChecks(ctx context.Context, tx warehouse.Tx, checks []Checked) error {
	seen := map[string]bool{}
	for _, c := range checks {
		if !seen[c.Table] {
			seen[c.Table] = true
			if _, err := tx.Exec(ctx, "DELETE FROM "+l.Table("checks")+" WHERE table_name = $1", record.TextValue(c.Table)); err != nil {
				return fmt.Errorf("forget the earlier checks of %s: %w", c.Table, err)
			}
		}
	}
	for _, c := range checks {
		violations := record.IntValue(c.Violations)
		if c.Note != "" {
			violations = record.Null
		}
		err := l.put(ctx, tx, "checks", 2, []string{"table_name", "check_name", "violations", "example", "note", "checked_at"},
			record.TextValue(c.Table), record.TextValue(c.Check), violations, nullText(c.Example), nullText(c.Note), nullTime(c.At))
		if err != nil {
			return err
		}
	}
	return nil
}
