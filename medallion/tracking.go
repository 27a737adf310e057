package medallion

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
)

// tracking says which columns of a dimension have not begun versions all the time. A
// change of the declaration is written down with its instant, because what the history
// was made by is part of the truth: a rebuild gives the same versions again.
func (g *goldRun) tracking(ctx context.Context, m *schema.DimensionModel) ([]star.Tracking, error) {
	known, err := g.e.Ledger.Tracking(ctx, g.tx, m.Name)
	if err != nil {
		return nil, err
	}
	should := retrack(m, known, g.ledger.Ran(g.step), instant(m, g.now))
	if !slices.Equal(known, should) {
		if err := g.e.Ledger.SetTracking(ctx, g.tx, m.Name, should); err != nil {
			return nil, err
		}
	}
	var out []star.Tracking
	for _, t := range should {
		if t.Since.IsZero() && t.Until.IsZero() {
			continue
		}
		if m.Bridge == nil && m.Entity.Column(t.Column) == nil {
			return nil, fmt.Errorf("%s began versions, and is no longer a column of %s, so that they would become one; keep it there, mapped as it was, or let the dimension say redefined: rebuild", t.Column, m.Entity.Name)
		}
		if m.Entity.Column(t.Column) != nil {
			out = append(out, star.Tracking{Column: t.Column, Since: t.Since, Until: t.Until, Opens: t.Opens})
		}
	}
	return out, nil
}

// instant is the time at which a change of the declaration counts.
func instant(m *schema.DimensionModel, now time.Time) time.Time {
	now = now.UTC().Truncate(time.Microsecond)
	if m.Validity == "day" {
		return now.Truncate(24 * time.Hour)
	}
	return now
}

// retrack is what a dimension tracks under its declaration, given what it did before. A
// column that comes is tracked from now on, one that goes until now, unless the
// declaration wants the history computed anew, or the dimension has never run. One that comes
// back never went.
func retrack(m *schema.DimensionModel, known []ledger.Tracked, ran bool, now time.Time) []ledger.Tracked {
	anew := m.Redefined == "rebuild" || len(known) == 0 && !ran
	find := func(column string) int {
		return slices.IndexFunc(known, func(t ledger.Tracked) bool { return t.Column == column })
	}
	var out []ledger.Tracked
	for _, c := range m.Tracks() {
		t := ledger.Tracked{Dimension: m.Name, Column: c, Since: now, Opens: m.Redefined == "new_version"}
		switch i := find(c); {
		case anew:
			t = ledger.Tracked{Dimension: m.Name, Column: c}
		case i >= 0:
			t = known[i]
			t.Until = time.Time{}
		case find(renamedFrom(m, c)) >= 0:
			t = known[find(renamedFrom(m, c))]
			t.Column = c
		}
		out = append(out, t)
	}
	for _, t := range known {
		gone := !slices.Contains(m.Tracks(), t.Column) && !slices.ContainsFunc(m.Tracks(), func(c string) bool { return renamedFrom(m, c) == t.Column })
		if anew || !gone {
			continue
		}
		if t.Until.IsZero() {
			t.Until = now
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b ledger.Tracked) int { return cmp.Compare(a.Column, b.Column) })
	return out
}

// renamedFrom is the name that a column had before, "" if it has always had its own.
func renamedFrom(m *schema.DimensionModel, column string) string {
	for _, c := range m.Dimension.Columns {
		if c.Name == column {
			return c.RenamedFrom
		}
	}
	return ""
}
