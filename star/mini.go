package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// The history of a mini-dimension is that of any entity, and each of its versions is one
// combination of values: the profile, to which it points by the combination's key. A fact
// finds the version of its member like any other, and takes that key from it.

// profiles adds the combinations that the versions at hand are the first to have.
func (c chain) profiles() []sqltext.Statement {
	o := c.m.Profile()
	if o == nil {
		return nil
	}
	source := c.andOnce(fmt.Sprintf("SELECT %s FROM %s v", c.columns("v", o.Key...), c.d.Quote(tmpVersions)), o.Key...)
	return []sqltext.Statement{combinationOf(c.d, o.Dim).create(source, c.s.LastProfile, c.s)}
}

// profile joins the combination that a version is, under an alias.
func (c chain) profile(o schema.OutriggerModel, alias string) string {
	values := make([]string, len(o.Key))
	for i, k := range o.Key {
		values[i] = sqltext.Column(c.d, "v", k)
	}
	x := combinationOf(c.d, o.Dim)
	return x.members() + " " + alias + " ON " + x.matches(alias, values...)
}

// newestProfiles is a relation of the natural keys of a history with the profile of the
// current row or, when the member is deleted, the last one. Rows is the relation of those
// that are looked at: all of each key, or all that are not older than others.
func newestProfiles(d warehouse.Dialect, o schema.OutriggerModel, rows string) string {
	key := sqltext.List(d, "h", o.Dim.NaturalKey()...)
	return fmt.Sprintf("(SELECT DISTINCT ON (%s) %s, h.%s AS lode_durable FROM %s h WHERE h.%s > 0 ORDER BY %s, h.is_current DESC, h.valid_from DESC)",
		key, key, d.Quote(o.Takes), rows, d.Quote(o.Dim.SurrogateKey), key)
}

// currentProfiles is the same relation for the members whose versions are at hand.
func (c chain) currentProfiles(o schema.OutriggerModel) string {
	rows := fmt.Sprintf("(SELECT x.* FROM %s x WHERE EXISTS (SELECT 1 FROM (%s) y WHERE %s))", c.d.Table(o.Dim.Table.Name), c.andOnce(fmt.Sprintf("SELECT %s FROM %s", c.columns("", o.Key...), c.d.Quote(tmpVersions)), o.Key...),
		sqltext.OnPairs(c.d, "x", o.Dim.NaturalKey(), "y", o.Key))
	return newestProfiles(c.d, o, rows)
}

// movedProfiles selects the facts whose member's history moves, as far as their profile is
// one of those that move, or none was known.
func (f facts) movedProfiles(i int) string {
	d, r := f.d, f.m.Roles[i]
	nk, sk := sqltext.List(d, "h", r.Dim.NaturalKey()...), d.Quote(r.Dim.SurrogateKey)
	moved := fmt.Sprintf("FROM %s h JOIN %s x ON x.%s = h.%s", d.Table(r.Dim.Table.Name), d.Quote(tmpMoved), sk, sk)
	where := fmt.Sprintf(" WHERE %s IN (SELECT h.%s %s) OR %s IN (%d, %d)", d.Quote(r.Column), d.Quote(r.Takes()), moved, d.Quote(r.Column), schema.UnknownKey, schema.DeletedKey)
	members := fmt.Sprintf("(SELECT %s %s UNION SELECT %s FROM %s h)", nk, moved, nk, d.Quote(tmpFresh))
	out := f.factsWith(r, where, fmt.Sprintf("%sJOIN %s v ON %s", f.translation(i), members, isMember(d, "v", r.Dim, f.member(i))))
	if conformed(r.Dim) {
		records := fmt.Sprintf("JOIN %s r ON %s", d.Quote(tmpMovedRecords), sqltext.OnPairs(d, "r", r.Dim.NaturalKey(), "s", r.Key))
		out += "\nUNION\n" + f.factsWith(r, "", records)
	}
	return strings.TrimSpace(out)
}

// whereabouts are the columns of a version by which facts find it, and what they take.
func whereabouts(dim *schema.DimensionModel) []string {
	columns := []string{dim.DurableKey, schema.ValidFrom, schema.ValidTo, schema.IsDeleted, schema.IsCurrent}
	if o := dim.Profile(); o != nil {
		columns = append(columns, o.Column)
	}
	return columns
}
