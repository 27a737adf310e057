package star

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Groups selects the rows that an aggregate should have, but for its audit columns: all
// of its groups summed up from the facts and dimensions as they stand.
func Groups(d warehouse.Dialect, m *schema.AggregateModel) string {
	return summary(d, m, everything(d, m))
}

// TouchedGroups is Groups for those that Aggregate has just summed up: its temporary tables
// are still there.
func TouchedGroups(d warehouse.Dialect, m *schema.AggregateModel) string {
	return summary(d, m, waiting(d, m))
}

// Sources selects what the rows of a fact are made of: its unit and the source columns
// that are needed, one of a join under the name JOIN.column. Keys, a relation of units,
// narrows it; "" means all that have rows in the fact.
func Sources(d warehouse.Dialect, m *schema.FactModel, need []string, keys string) string {
	s := Scope{Partial: true, Now: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} // whatever has been sent, and whatever period
	units := d.Quote(keys)
	if keys == "" {
		units = fmt.Sprintf("(SELECT DISTINCT %s FROM %s)", sqltext.List(d, "", m.Unit()...), d.Table(m.Table.Name))
	}
	return Rows(d, m, s, need, units)
}

// Rows selects what the rows of a fact should be made of at the time of the scope, with the
// source columns that are needed. Units, a relation, narrows it; "" means all.
func Rows(d warehouse.Dialect, m *schema.FactModel, s Scope, need []string, units string) string {
	f := newFacts(d, m, s, "")
	from := f.read(need, units)
	columns := slices.Concat(m.Unit(), need, m.Extras())
	slices.Sort(columns)
	return strings.TrimSpace(lines(fmt.Sprintf("SELECT %s FROM %s", sqltext.List(d, "s", slices.Compact(columns)...), from.relation), from.condition()))
}

// Named is the natural key of the member that columns of a relation name, and the join that
// finds it under an alias: a conformed member goes by the keys of all its records.
func Named(d warehouse.Dialect, dim *schema.DimensionModel, alias, of string, columns []string) (join string, key []string) {
	if join = translation(d, dim, alias, of, columns); join != "" {
		join += "\n"
	}
	return join, translated(d, dim, alias, of, columns)
}
