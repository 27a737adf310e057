package postgres

import (
	"context"
	"fmt"
)

// Savepoint marks a place in the transaction that RollbackTo can come back to.
func (t *tx) Savepoint(ctx context.Context, name string) error {
	if err := t.usable(); err != nil {
		return fmt.Errorf("set savepoint %s: %w", name, err)
	}
	if _, err := t.run(ctx, "SAVEPOINT "+Dialect{}.Quote(name)); err != nil {
		return t.note(fmt.Errorf("set savepoint %s: %w", name, mark(err)))
	}
	return nil
}

// RollbackTo undoes what came after a savepoint. The transaction can go on, also after an error.
func (t *tx) RollbackTo(ctx context.Context, name string) error {
	if t.conn == nil {
		return fmt.Errorf("roll back to savepoint %s: %w", name, errEnded)
	}
	if _, err := t.run(ctx, "ROLLBACK TO SAVEPOINT "+Dialect{}.Quote(name)); err != nil {
		return t.note(fmt.Errorf("roll back to savepoint %s: %w", name, mark(err)))
	}
	t.broken = nil
	return nil
}
