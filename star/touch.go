package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// FactKeys lists the statements that collect the facts touched by new events of their
// entity, and of the entities that they join.
func FactKeys(d warehouse.Dialect, m *schema.FactModel, s Scope) []sqltext.Statement {
	return affected.Create(d, FactKeysTable, "the facts that new events touch", newFacts(d, m, s, "").news())
}

// news selects the facts that new events touch.
func (f facts) news() string {
	parts := []string{newKeys(f.d, f.m.Entity, f.s.After, "")}
	if f.m.Snapshot != nil {
		parts = f.snapshotKeys()
	}
	for _, j := range f.m.Joins {
		if after, ok := f.s.Joined[j.Entity.Name]; ok {
			parts = append(parts, f.touchedBy(j, after))
		}
	}
	return strings.Join(parts, "\nUNION\n")
}

// newKeys selects the keys of an entity's new events.
func newKeys(d warehouse.Dialect, e *schema.EntityModel, after int64, alias string) string {
	return fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope'", sqltext.List(d, alias, e.Key()...), d.Table(e.Log.Name), after)
}

// touchedBy selects the facts that join a row with new events: those that name it, and
// with as_of those whose time is in its reach, which ends where the next row begins.
func (f facts) touchedBy(j schema.JoinModel, after int64) string {
	d := f.d
	from := f.read(j.Needs(), "")
	var on []string
	for _, p := range j.Pairs {
		on = append(on, sqltext.Column(d, "c", p.Column)+" = "+f.pairedRead(p))
	}
	if j.AsOf != nil {
		at, day := sqltext.Column(d, "s", j.AsOf.At), d.Quote(j.AsOf.Column)
		same := []string{"NOT r.is_deleted", fmt.Sprintf("r.%s > c.%s", day, day), fmt.Sprintf("r.%s <= %s", day, at)}
		for _, p := range j.Pairs {
			same = append(same, sqltext.Column(d, "r", p.Column)+" = "+sqltext.Column(d, "c", p.Column))
		}
		on = append(on, fmt.Sprintf("c.%s <= %s", day, at),
			fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s r WHERE %s)", d.Table(j.Entity.Current.Name), strings.Join(same, " AND ")))
	}
	return strings.TrimSpace(fmt.Sprintf("SELECT %s FROM %s, (%s) c\nWHERE %s %s", sqltext.List(d, "s", f.m.Unit()...), from.relation,
		newKeys(d, j.Entity, after, ""), strings.Join(on, " AND "), and(from.where)))
}

func and(condition string) string {
	if condition == "" {
		return ""
	}
	return "AND " + condition
}

// pairedRead is what a column of a joined entity equals, where the source has been read.
func (f facts) pairedRead(p schema.JoinPair) string {
	if p.Source == "" {
		return f.paired(p)
	}
	return sqltext.Column(f.d, "s", p.Source)
}

// MovedFacts lists the statements that collect the facts whose key in a role may no
// longer be right: their version moved or vanished, or their member was unknown so far
// and has an event now. Of facts that have new events themselves it is not known whom they
// named so far; they are brought up to date where that matters. It reads the delta of the
// role's dimension before it is written.
// Number tells the tables of several facts apart.
func MovedFacts(d warehouse.Dialect, m *schema.FactModel, dim *schema.DimensionModel, s Scope, number int) []sqltext.Statement {
	f := newFacts(d, m, s, "")
	var parts []string
	for i, r := range m.Roles {
		if r.Dim != dim {
			continue
		}
		if r.Of != "" {
			parts = append(parts, f.movedProfiles(i))
			continue
		}
		parts = append(parts, fmt.Sprintf("SELECT %s%s FROM %s f WHERE %s IN (SELECT %s FROM %s)",
			f.each(), sqltext.List(d, "f", m.Unit()...), d.Table(m.Table.Name), sqltext.Column(d, "f", r.Column), d.Quote(dim.SurrogateKey), d.Quote(tmpMoved)))
		if dim.Generated() {
			parts = append(parts, fmt.Sprintf("SELECT %s%s FROM %s f WHERE %s = %d",
				f.each(), sqltext.List(d, "f", m.Unit()...), d.Table(m.Table.Name), sqltext.Column(d, "f", r.Column), schema.UnknownKey))
			continue
		}
		if m.Late == "unknown" || deletedMember(dim) != 0 {
			waiting := fmt.Sprintf(" WHERE %s IN (%d, %d)", d.Quote(r.Column), schema.UnknownKey, schema.DeletedKey)
			parts = append(parts, f.factsWith(r, waiting, fmt.Sprintf("%sJOIN %s v ON %s", f.translation(i), d.Quote(tmpFresh), isMember(d, "v", dim, f.member(i)))), f.behind(waiting))
		}
		if conformed(dim) {
			parts = append(parts, f.factsWith(r, "", fmt.Sprintf("JOIN %s r ON %s", d.Quote(tmpMovedRecords), sqltext.OnPairs(d, "r", dim.NaturalKey(), "s", r.Key))), f.behind(""))
		}
	}
	return affected.Create(d, MovedFactsTable(number), "the facts of "+m.Name+" whose version moved", strings.Join(parts, "\nUNION\n"))
}

// behind selects the units that are there and have new events.
func (f facts) behind(where string) string {
	unit := sqltext.List(f.d, "", f.m.Unit()...)
	return fmt.Sprintf("SELECT %s FROM (SELECT %s%s FROM %s%s) f WHERE EXISTS (SELECT 1 FROM (%s) n WHERE %s)", sqltext.List(f.d, "f", f.m.Unit()...),
		f.each(), unit, f.d.Table(f.m.Table.Name), where, f.news(), sqltext.On(f.d, "n", "f", f.m.Unit()...))
}

// each tells the units apart where one may have several rows.
func (f facts) each() string {
	if f.m.Reverses() {
		return "DISTINCT "
	}
	return ""
}

// AllFacts lists the statements that collect all facts, for a dimension that has changed its
// meaning.
func AllFacts(d warehouse.Dialect, m *schema.FactModel, number int) []sqltext.Statement {
	return affected.Create(d, MovedFactsTable(number), "the facts of "+m.Name, "SELECT DISTINCT "+sqltext.List(d, "", m.Unit()...)+" FROM "+d.Table(m.Table.Name))
}

// factsWith selects the units of those facts that are there and whose source, with a
// role's key, a join finds.
func (f facts) factsWith(r schema.RoleModel, where, join string) string {
	from := f.read(r.Key, fmt.Sprintf("(SELECT %s%s FROM %s%s)", f.each(), sqltext.List(f.d, "", f.m.Unit()...), f.d.Table(f.m.Table.Name), where))
	return strings.TrimSpace(fmt.Sprintf("SELECT %s%s FROM %s %s %s", f.each(), sqltext.List(f.d, "s", f.m.Unit()...), from.relation, join, from.condition()))
}

// MovedFactsTable names the temporary table that MovedFacts makes.
func MovedFactsTable(number int) string { return fmt.Sprintf("lode_moved_facts_%d", number) }

// tmpMoved holds the surrogate keys of versions that moved or vanished.
const tmpMoved = "lode_moved"

// Moved lists the statements that find the versions of a dimension whose facts may need
// another key: those whose interval or existence changes with the delta, and those in
// the gap behind which a version will begin, because a fact in a gap points to the last
// version before it. Facts that point to others need no new key.
func Moved(d warehouse.Dialect, dim *schema.DimensionModel, s Scope) []sqltext.Statement {
	c := chain{d: d, m: dim, s: s, all: s.All || s.After == 0}
	sk, table, key := d.Quote(dim.SurrogateKey), c.heldRows(), dim.NaturalKey()
	if dim.Generated() {
		return affected.Create(d, tmpMoved, "members that are no longer what they were", fmt.Sprintf("SELECT %s FROM %s WHERE lode_change <> 'insert'", sk, d.Quote(tmpDelta)))
	}
	moved := affected.Make(d, tmpMoved, "versions that move or vanish", fmt.Sprintf("SELECT %s FROM %s WHERE %s", sk, d.Quote(tmpDelta), affected.Watched))
	followed := sqltext.Statement{Note: "and those in a gap behind which another will begin", SQL: lines(
		fmt.Sprintf("INSERT INTO %s SELECT p.%s FROM %s c JOIN %s f ON f.%s = c.%s", d.Quote(tmpMoved), sk, d.Quote(tmpDelta), d.Quote(tmpFresh), sk, sk),
		fmt.Sprintf("JOIN %s p ON %s AND p.valid_to <= f.valid_from", table, sqltext.On(d, "p", "f", key...)),
		fmt.Sprintf("WHERE NOT EXISTS (SELECT 1 FROM %s q WHERE %s AND p.valid_from < q.valid_from AND q.valid_from <= f.valid_from)", table, sqltext.On(d, "q", "f", key...)),
		fmt.Sprintf("EXCEPT SELECT %s FROM %s", sk, d.Quote(tmpMoved)))}
	ended := fmt.Sprintf("(SELECT 1 FROM %s WHERE valid_to < %s) t", table, affected.Day(d, schema.HighDate))
	return slices.Concat(moved, sqltext.Given(ended, followed), []sqltext.Statement{{SQL: d.Analyze(schema.Name{Table: tmpMoved})}})
}
