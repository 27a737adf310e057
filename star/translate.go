package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// A member of a conformed dimension is named by any of its records: whoever points to it
// gives the key that it has, and the members say which thing that record is today. A key
// of which no record is known stands for itself, so that the member that is inferred for
// it is found again.

// conformed tells whether the members of a dimension are named by their records.
func conformed(dim *schema.DimensionModel) bool {
	return dim.Bridge == nil && dim.Kind() == schema.HistoryDimension && dim.Entity.Conformed != nil
}

// translation joins, under an alias, what the record is that the columns of another
// relation name; "" where a dimension's members have but one name.
func translation(d warehouse.Dialect, dim *schema.DimensionModel, alias, of string, columns []string) string {
	if !conformed(dim) {
		return ""
	}
	return fmt.Sprintf("LEFT JOIN %s %s ON %s", d.Table(dim.Entity.Conformed.Members.Name), alias, sqltext.OnPairs(d, alias, dim.NaturalKey(), of, columns))
}

// translated is the natural key of the member that the columns of a relation name, given
// the translation under an alias.
func translated(d warehouse.Dialect, dim *schema.DimensionModel, alias, of string, columns []string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = sqltext.Column(d, of, c)
		if conformed(dim) {
			out[i] = fmt.Sprintf("COALESCE(%s, %s)", sqltext.Column(d, alias, dim.Entity.MasterKey()[i]), out[i])
		}
	}
	return out
}

// isMember is the condition that a row of a dimension, under an alias, is of the member
// whose natural key is given as SQL.
func isMember(d warehouse.Dialect, alias string, dim *schema.DimensionModel, key []string) string {
	parts := make([]string, len(key))
	for i, k := range dim.NaturalKey() {
		parts[i] = sqltext.Column(d, alias, k) + " = " + key[i]
	}
	return strings.Join(parts, " AND ")
}

// translation joins, as thing<i>, what the records are that a role names.
func (f facts) translation(i int) string {
	if r := f.m.Roles[i]; conformed(r.Dim) {
		return translation(f.d, r.Dim, thingAlias(i), "s", r.Key) + " "
	}
	return ""
}

// member is the natural key of the member that a role names.
func (f facts) member(i int) []string {
	r := f.m.Roles[i]
	return translated(f.d, r.Dim, thingAlias(i), "s", r.Key)
}

func thingAlias(i int) string { return fmt.Sprintf("thing%d", i) }

// tmpMovedRecords holds the records that have become another thing.
const tmpMovedRecords = "lode_moved_records"

// MovedRecords lists the statements that find the records that have become another thing
// since the dimension was brought up to date last: what points to them needs another key,
// also where no version moves.
func MovedRecords(d warehouse.Dialect, dim *schema.DimensionModel, s Scope) []sqltext.Statement {
	if !conformed(dim) {
		return nil
	}
	return affected.Create(d, tmpMovedRecords, "records that have become another thing", newMembers(d, dim, s.After))
}

// orMoved adds, to a condition, that the columns of a relation name a record which has
// become another thing.
func orMoved(d warehouse.Dialect, dim *schema.DimensionModel, alias string, columns []string) string {
	if !conformed(dim) {
		return ""
	}
	return fmt.Sprintf(" OR EXISTS (SELECT 1 FROM %s m WHERE %s)", d.Quote(tmpMovedRecords), sqltext.OnPairs(d, "m", dim.NaturalKey(), alias, columns))
}

// newMembers selects the keys of records that have become another thing.
func newMembers(d warehouse.Dialect, dim *schema.DimensionModel, after int64) string {
	return fmt.Sprintf("SELECT %s FROM %s WHERE log_seq > %d", sqltext.List(d, "", dim.NaturalKey()...), d.Table(dim.Entity.Conformed.Members.Name), after)
}

// unlessOfAnother excludes members that were inferred for a record which is known now, and
// which belongs to another member.
func (c chain) unlessOfAnother(alias string) string {
	if !conformed(c.m) {
		return ""
	}
	return fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s r WHERE %s AND r.%s IS NOT NULL AND NOT (%s))", c.d.Table(c.m.Entity.Conformed.Members.Name),
		sqltext.On(c.d, "r", alias, c.key...), c.d.Quote(c.m.Entity.MasterKey()[0]), sqltext.OnPairs(c.d, "r", c.m.Entity.MasterKey(), alias, c.key))
}
