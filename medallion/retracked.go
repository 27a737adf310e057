package medallion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
)

// retracked lets the plan say of a dimension which columns begin versions from now on, or no
// more, and what becomes of the versions that have ended.
func (e *Engine) retracked(ctx context.Context, p Plan, w *Work) error {
	m := w.Step.Dimension
	if !w.Whole || m == nil || m.Kind() != schema.HistoryDimension || m.Bridge != nil || p.makes(m.Table.Name) || p.makes(schema.Name{Schema: e.Ledger.Schema, Table: "tracking"}) {
		return nil
	}
	known, err := e.Ledger.Tracking(ctx, e.Warehouse, m.Name)
	if err != nil {
		return err
	}
	come, back, gone := compareTracking(m, known)
	if len(come)+len(back)+len(gone) == 0 {
		return nil
	}
	d := e.dialect()
	sql := fmt.Sprintf("SELECT count(*) FROM %s WHERE %s > 0", d.Table(m.Table.Name), d.Quote(m.SurrogateKey))
	if m.Redefined != "new_version" {
		sql += " AND valid_to <= " + affected.Instant(d, e.Now())
	}
	older, err := scalar(ctx, e.Warehouse, sql)
	if err != nil {
		return fmt.Errorf("count the older versions of %s: %w", m.Name, err)
	}
	w.Action += retrackedText(m.Redefined, older, come, back, gone)
	return nil
}

// compareTracking says which columns begin versions that did not before, which did once, and
// which do no more. A column that has only another name is none of them.
func compareTracking(m *schema.DimensionModel, known []ledger.Tracked) (come, back, gone []string) {
	for _, c := range m.Tracks() {
		i := slices.IndexFunc(known, func(t ledger.Tracked) bool { return t.Column == c || t.Column == renamedFrom(m, c) })
		switch {
		case i < 0:
			come = append(come, c)
		case known[i].Column == c && !known[i].Until.IsZero():
			back = append(back, c)
		}
	}
	for _, t := range known {
		if t.Until.IsZero() && !slices.ContainsFunc(m.Tracks(), func(c string) bool { return c == t.Column || renamedFrom(m, c) == t.Column }) {
			gone = append(gone, t.Column)
		}
	}
	return come, back, gone
}

// retrackedText says what docs/history.md says of columns that come and go.
func retrackedText(redefined string, older int64, come, back, gone []string) string {
	out := ""
	say := func(columns []string, format string) {
		if len(columns) > 0 {
			out += "; " + fmt.Sprintf(format, strings.Join(columns, " and "))
		}
	}
	switch redefined {
	case "rebuild":
		say(slices.Concat(come, back), "versions from the first event on begin also with %s")
		say(gone, "versions become one that differ only in %s")
		return out
	case "new_version":
		say(come, fmt.Sprintf("each key gets a version now, and up to %d older ones show NULL in %%s", older))
	default:
		say(come, fmt.Sprintf("versions from now on begin also with %%s, and up to %d older ones show NULL there", older))
	}
	say(back, "versions begin again, as if it had never gone, with %s")
	say(gone, "versions that are there stay, and no more begin with %s")
	return out
}
