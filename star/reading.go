package star

import (
	"fmt"
	"slices"
	"time"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Groups selects the rows that an aggregate should have, but for its audit columns: all
// of its groups summed up from the facts and dimensions as they stand.
func Groups(d warehouse.Dialect, m *schema.AggregateModel) string { return summary(d, m, "") }

// Sources selects what the rows of a fact are made of: its unit and the source columns
// that are needed, one of a join under the name JOIN.column. Keys, a relation of units,
// narrows it; "" means all that have rows in the fact.
func Sources(d warehouse.Dialect, m *schema.FactModel, need []string, keys string) string {
	s := Scope{Partial: true, Now: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} // whatever has been sent, and whatever period
	f := newFacts(d, m, s, "")
	units := d.Quote(keys)
	if keys == "" {
		units = fmt.Sprintf("(SELECT DISTINCT %s FROM %s)", sqltext.List(d, "", m.Unit()...), d.Table(m.Table.Name))
	}
	from := f.read(need, units)
	columns := slices.Concat(m.Unit(), need, m.Extras())
	slices.Sort(columns)
	return lines(fmt.Sprintf("SELECT %s FROM %s", sqltext.List(d, "s", slices.Compact(columns)...), from.relation), from.condition())
}
