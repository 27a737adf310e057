package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// The version in force at a fact's time is found in one of two ways. A join on the key
// with the interval as a filter reads every version of each fact's member: the best way
// where members have few. Seeking the latest version at or before the time costs the same
// for each fact however many there are: the best way where members have many, and, where
// an index finds it, for few facts of a large dimension. Where none does, seeking sorts all
// facts and the whole dimension, which few facts are not worth.
const (
	manyVersions = 50   // on average, of the members of the facts
	smallShare   = 40   // versions of the dimension for each fact
	sortedShare  = 20   // versions that a join reads in the time in which one row is sorted
	sampleSize   = 1000 // facts that are looked at
)

// SmallDimension is how many versions a dimension must have to be worth counting: one
// with fewer is joined in any case.
const SmallDimension = 1000

// Versions selects how many facts were looked at, and how many versions their members in
// a role have in all. The statements of FactSource come before it.
func Versions(d warehouse.Dialect, m *schema.FactModel, role int, s Scope, keys string) string {
	f := newFacts(d, m, s, keys)
	r, from := m.Roles[role], f.source()
	key := f.member(role)
	for i := range key {
		key[i] += " AS " + d.Quote(r.Dim.NaturalKey()[i])
	}
	return lines(
		strings.TrimSpace(fmt.Sprintf("WITH x AS (SELECT %s FROM %s %s%s", strings.Join(key, ", "), from.relation, f.translation(role), from.condition()))+fmt.Sprintf(" LIMIT %d)", sampleSize),
		fmt.Sprintf("SELECT (SELECT count(*) FROM x), count(*) FROM x JOIN %s v ON %s", d.Table(r.Dim.Table.Name), sqltext.On(d, "v", "x", r.Dim.NaturalKey()...)))
}

// Counts is what is known before facts are joined with the versions of a dimension.
type Counts struct {
	Facts     int64 // to be joined; -1 when they are all there are
	Dimension int64 // versions in the dimension, about
	Looked    int64 // facts looked at, and
	Versions  int64 // how many versions their members have
}

// Seeks tells whether the versions are to be sought one by one.
func (c Counts) Seeks(d warehouse.Dialect) bool {
	many := c.Versions > c.Looked*manyVersions
	switch {
	case c.Dimension < SmallDimension:
		return false
	case c.Facts < 0:
		return many
	case d.SeeksLatest():
		return many || c.Facts*smallShare < c.Dimension
	}
	return many && c.Facts*(c.Versions/c.Looked) > (c.Facts+c.Dimension)*sortedShare
}

// seeks tells whether the versions of a role are sought.
func (f facts) seeks(r schema.RoleModel) bool {
	return r.AsOf != "current" && slices.Contains(f.s.Seek, r.Name)
}

// versionJoin joins the version of a role that was in force or, where versions are sought,
// the latest one, which may have ended.
func (f facts) versionJoin(i int) string {
	d, r := f.d, f.m.Roles[i]
	if !f.seeks(r) {
		return fmt.Sprintf("LEFT JOIN %s %s ON %s AND %s%s", d.Table(r.Dim.Table.Name), roleAlias(i), isMember(d, roleAlias(i), r.Dim, f.member(i)), f.inForce(r, roleAlias(i)), f.spokenOf(roleAlias(i)))
	}
	latest := warehouse.Latest{From: d.Table(r.Dim.Table.Name), Alias: roleAlias(i), At: d.Quote(schema.ValidFrom), Time: f.eventAt()}
	for j, k := range f.member(i) {
		latest.Keys = append(latest.Keys, [2]string{d.Quote(r.Dim.NaturalKey()[j]), k})
	}
	return d.LatestJoin(latest)
}

// found is a column of the version in force, NULL where there is none.
func (f facts) found(r schema.RoleModel, alias, column string) string {
	x := sqltext.Column(f.d, alias, column)
	if !f.seeks(r) {
		return x
	}
	return fmt.Sprintf("CASE WHEN %s < %s%s THEN %s END", f.eventAt(), sqltext.Column(f.d, alias, schema.ValidTo), f.spokenOf(alias), x)
}

// spokenOf leaves out members that were inferred, of facts that do not infer any: there are
// such members when they have done so before.
func (f facts) spokenOf(alias string) string {
	if f.m.Late != "unknown" {
		return ""
	}
	return " AND NOT " + sqltext.Column(f.d, alias, schema.IsInferred)
}
