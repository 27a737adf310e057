package medallion

import (
	"context"
	"fmt"
	"time"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
)

// calendarInput is the input of a calendar's position: a calendar reads nothing but its
// own definition.
const calendarInput = "definition"

// calendar generates a date dimension, once for each definition. Days beyond the
// declared range that facts have asked for are kept.
func (g *goldRun) calendar(ctx context.Context, m *schema.DimensionModel) error {
	p := g.ledger.Position(g.step, calendarInput)
	if p.Fingerprint == m.Fingerprint && !g.mode.Rebuild {
		return nil
	}
	if err := g.lockKeys(ctx, &schema.FactModel{Roles: []schema.RoleModel{{Dim: m}}}); err != nil {
		return err
	}
	first, last, err := g.declaredDays(ctx, m)
	if err != nil {
		return err
	}
	if err := g.writeCalendar(ctx, m, first, last); err != nil {
		return err
	}
	return g.e.Ledger.SetPosition(ctx, g.tx, ledger.Position{Step: g.step, Input: calendarInput, Fingerprint: m.Fingerprint, At: g.e.Now()})
}

// writeCalendar writes the days that differ from those that are there.
func (g *goldRun) writeCalendar(ctx context.Context, m *schema.DimensionModel, first, last time.Time) error {
	d := g.e.dialect()
	for _, sql := range d.CreateTemp(tmpFresh, m.Table.Fields) {
		if _, err := g.tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("create a table for the days: %w", err)
		}
	}
	rows := func(yield func(*record.Batch, error) bool) {
		_ = yield(star.SpecialMembers(m, g.e.Now()), nil) && yield(star.CalendarDays(m, first, last), nil)
	}
	if _, err := g.tx.Load(ctx, schema.Name{Table: tmpFresh}, rows); err != nil {
		return fmt.Errorf("generate the days: %w", err)
	}
	write := affected.Write{Target: m.Table, Fresh: tmpFresh, Keys: m.Table.PrimaryKey, Delta: tmpDelta}
	return g.execute(ctx, append(write.Statements(d, g.touchByDimension(m)...), g.touchByDimension(m)...)...)
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
		if r.Dim.Entity != nil {
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
