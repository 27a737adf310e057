package medallion

import (
	"context"
	"fmt"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
)

// days makes the rows of a calendar. Days beyond the declared range that facts have asked
// for are kept.
func (g *goldRun) days(ctx context.Context, m *schema.DimensionModel) (*record.Batch, error) {
	first, last, err := g.declaredDays(ctx, m)
	if err != nil {
		return nil, err
	}
	return star.CalendarDays(m, first, last), nil
}

// declaredDays is the declared range, widened to the days that are there already.
func (g *goldRun) declaredDays(ctx context.Context, m *schema.DimensionModel) (first, last time.Time, err error) {
	first, errFirst := time.Parse(time.DateOnly, m.Calendar.From)
	last, errLast := time.Parse(time.DateOnly, m.Calendar.To)
	if errFirst != nil || errLast != nil {
		return first, last, fmt.Errorf("the calendar of %s runs from %q to %q, which are no dates", m.Name, m.Calendar.From, m.Calendar.To)
	}
	low, high, any, err := g.dayRange(ctx, fmt.Sprintf("SELECT min(%s), max(%s) FROM %s", schema.CalendarDate, schema.CalendarDate, g.e.dialect().Table(m.Table.Name)))
	if err != nil || !any {
		return first, last, err
	}
	if low.Before(first) {
		first = low
	}
	if high.After(last) {
		last = high
	}
	return first, last, nil
}

// dayRange reads a lowest and a highest day; any is false when there is none.
func (g *goldRun) dayRange(ctx context.Context, sql string) (low, high time.Time, any bool, err error) {
	for b, err := range g.tx.Query(ctx, sql) {
		if err != nil {
			return low, high, false, fmt.Errorf("read the range of days: %w", err)
		}
		if b.Len() == 1 && b.Vectors[0].Valid[0] {
			low, high, any = b.Vectors[0].Value(0).Time(), b.Vectors[1].Value(0).Time(), true
		}
	}
	return low, high, any, nil
}

// extendCalendars adds whole years to the calendars of a fact, so that every date that
// a fact points to is there.
func (g *goldRun) extendCalendars(ctx context.Context, f *schema.FactModel, scope star.Scope, keys string) error {
	for _, r := range f.Roles {
		if r.Dim.Lookup() != schema.ByDay {
			continue
		}
		low, high, any, err := g.dayRange(ctx, star.FactDays(g.e.dialect(), f, r, scope, keys))
		if err != nil {
			return err
		}
		if any {
			if err := g.extend(ctx, r.Dim, low, high); err != nil {
				return err
			}
		}
	}
	return nil
}

// extend adds the years from low to high that are missing. A calendar that has not been
// generated yet begins with them; its own step fills the declared range around them.
func (g *goldRun) extend(ctx context.Context, m *schema.DimensionModel, low, high time.Time) error {
	first, last, any, err := g.dayRange(ctx, fmt.Sprintf("SELECT min(%s), max(%s) FROM %s", schema.CalendarDate, schema.CalendarDate, g.e.dialect().Table(m.Table.Name)))
	if err != nil {
		return err
	}
	add := func(from, to time.Time) error {
		if from.After(to) {
			return nil
		}
		_, err := g.tx.Load(ctx, m.Table.Name, record.One(star.CalendarDays(m, from, to)))
		if err != nil {
			return fmt.Errorf("extend the calendar %s: %w", m.Name, err)
		}
		g.e.Emit(Event{Step: g.step, Kind: "notice", Text: fmt.Sprintf("%s now also holds %s to %s", m.Name, from.Format(time.DateOnly), to.Format(time.DateOnly))})
		return nil
	}
	newYear, newYearsEve := time.Date(low.Year(), 1, 1, 0, 0, 0, 0, time.UTC), time.Date(high.Year(), 12, 31, 0, 0, 0, 0, time.UTC)
	if !any {
		return add(newYear, newYearsEve)
	}
	if low.Before(first) {
		if err := add(newYear, first.AddDate(0, 0, -1)); err != nil {
			return err
		}
	}
	if high.After(last) {
		return add(last.AddDate(0, 0, 1), newYearsEve)
	}
	return nil
}
