package lode

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// Prepare makes the tables of the project that are missing, as Run does before its steps.
func (l *Lode) Prepare(ctx context.Context) error {
	return l.engine.Alone(ctx, "prepare the warehouse of "+l.model.Name, func() error {
		changes, err := l.engine.Changes(ctx)
		if err == nil {
			err = l.engine.Apply(ctx, changes)
		}
		if err != nil {
			return fmt.Errorf("prepare the warehouse: %w", err)
		}
		return nil
	})
}

// Store reads and writes the project's rows by typed models.
func (l *Lode) Store(models []model.Some, options ...store.Option) (*store.DB, error) {
	return store.Open(l.db, l.model, models, options...)
}
