package main

import (
	"context"
	"fmt"
	"time"

	"custom/models"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// desk is the business: which tickets somebody has to look at. It works on any session, in a
// warehouse or in memory.
type desk struct {
	now   func() time.Time
	limit time.Duration // how long a ticket may stay open
}

// escalations is a repository with what the business asks of it.
type escalations struct {
	*store.Repository[models.Escalation]
}

func (r escalations) because(ctx context.Context, reason string) (int64, error) {
	return r.Where(models.EscalationReason.Eq(reason)).Count(ctx)
}

// escalate notes all open tickets that are urgent or too old and have not been noted yet, all
// or none, and returns how many.
func (d desk) escalate(ctx context.Context, db *store.DB) (n int, err error) {
	err = db.Do(ctx, func(u *store.Unit) error {
		due, err := store.In(u, models.Tickets).Where(
			models.ClosedAt.IsNull(),
			model.Or(models.IsUrgent.Eq(true), models.OpenedAt.Lt(d.now().Add(-d.limit))),
			model.Not(models.TicketEscalation.Has()),
		).OrderBy(models.OpenedAt.Asc()).All(ctx)
		if err != nil {
			return fmt.Errorf("find tickets to escalate: %w", err)
		}
		notes := escalations{store.In(u, models.Escalations)}
		for _, t := range due {
			reason := "too old"
			if t.IsUrgent {
				reason = "urgent"
			}
			if err := notes.Insert(ctx, &models.Escalation{TicketID: t.SourceID, Reason: reason}); err != nil {
				return err
			}
		}
		n = len(due)
		return nil
	})
	return n, err
}

// line is a line of the report.
type line struct {
	Priority string
	Open     int64
	Closed   int64
}

// report counts the tickets by priority.
func (d desk) report(ctx context.Context, s store.Session) ([]line, error) {
	return store.Summarize[line](ctx, store.In(s, models.Tickets).All(), store.By(models.Priority),
		store.Count[models.Ticket]().Where(models.ClosedAt.IsNull()).As("open"),
		store.Count[models.Ticket]().Where(models.ClosedAt.NotNull()).As("closed"))
}
