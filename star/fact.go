package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// FactKeys lists the statements that collect the fact rows touched by new events of
// their entity.
func FactKeys(d warehouse.Dialect, m *schema.FactModel, s Scope) []sqltext.Statement {
	return affected.Create(d, FactKeysTable, "the facts that new events touch", fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope'",
		sqltext.List(d, "", m.Entity.Key()...), d.Table(m.Entity.Log.Name), s.After))
}

// MovedFacts lists the statements that collect the facts whose key in a role may no
// longer be right: their version moved or vanished, or their member was unknown so far
// and has an event now. It reads the delta of the role's dimension before it is written.
// Number tells the tables of several facts apart.
func MovedFacts(d warehouse.Dialect, m *schema.FactModel, dim *schema.DimensionModel, number int) []sqltext.Statement {
	var parts []string
	for _, r := range m.Roles {
		if r.Dim != dim {
			continue
		}
		fk := sqltext.Column(d, "f", r.Column)
		parts = append(parts, fmt.Sprintf("SELECT %s FROM %s f WHERE %s IN (SELECT %s FROM %s)",
			sqltext.List(d, "f", m.Entity.Key()...), d.Table(m.Table.Name), fk, d.Quote(dim.SurrogateKey), d.Quote(tmpMoved)))
		if m.Late == "unknown" || deletedMember(dim) != 0 {
			parts = append(parts, fmt.Sprintf("SELECT %s FROM %s f JOIN %s s ON %s JOIN %s v ON %s WHERE %s IN (%d, %d)",
				sqltext.List(d, "f", m.Entity.Key()...), d.Table(m.Table.Name), d.Table(m.Entity.Current.Name), sqltext.On(d, "f", "s", m.Entity.Key()...),
				d.Quote(tmpFresh), sqltext.OnPairs(d, "s", r.Key, "v", dim.NaturalKey()), fk, schema.UnknownKey, schema.DeletedKey))
		}
	}
	return affected.Create(d, MovedFactsTable(number), "the facts of "+m.Name+" whose version moved", strings.Join(parts, "\nUNION\n"))
}

// MovedFactsTable names the temporary table that MovedFacts makes.
func MovedFactsTable(number int) string { return fmt.Sprintf("lode_moved_facts_%d", number) }

// tmpMoved holds the surrogate keys of versions that moved or vanished.
const tmpMoved = "lode_moved"

// Moved lists the statements that find the versions of a dimension whose facts may need
// another key: those whose interval or existence changes with the delta, and those in
// the gap behind which a version will begin, because a fact in a gap points to the last
// version before it. Facts that point to others need no new key.
func Moved(d warehouse.Dialect, dim *schema.DimensionModel) []sqltext.Statement {
	sk, table, key := d.Quote(dim.SurrogateKey), d.Table(dim.Table.Name), dim.NaturalKey()
	return affected.Create(d, tmpMoved, "versions that move or vanish, or are followed by another", lines(
		fmt.Sprintf("SELECT c.%s FROM %s c JOIN %s t ON t.%s = c.%s", sk, d.Quote(tmpDelta), table, sk, sk),
		fmt.Sprintf("LEFT JOIN %s f ON f.%s = c.%s", d.Quote(tmpFresh), sk, sk),
		"WHERE c.lode_change = 'delete' OR (c.lode_change = 'update' AND ("+sqltext.Distinct(d, "f", "t", dim.DurableKey, schema.ValidFrom, schema.ValidTo, schema.IsDeleted, schema.IsCurrent)+"))",
		fmt.Sprintf("UNION SELECT p.%s FROM %s c JOIN %s f ON f.%s = c.%s", sk, d.Quote(tmpDelta), d.Quote(tmpFresh), sk, sk),
		fmt.Sprintf("JOIN %s p ON %s AND p.valid_to <= f.valid_from", table, sqltext.On(d, "p", "f", key...)),
		fmt.Sprintf("WHERE NOT EXISTS (SELECT 1 FROM %s q WHERE %s AND p.valid_from < q.valid_from AND q.valid_from <= f.valid_from)", table, sqltext.On(d, "q", "f", key...))))
}

// Fact lists the statements that bring the facts in the table keys up to date, or all
// facts when the scope says so. LastKey numbers the inferred members of each dimension.
func Fact(d warehouse.Dialect, m *schema.FactModel, s Scope, keys string, lastKey map[string]int64, between ...sqltext.Statement) []sqltext.Statement {
	f := facts{d: d, m: m, s: s, key: m.Entity.Key(), keys: keys}
	out := f.begin()
	for i, r := range m.Roles {
		if r.Dim.Entity != nil {
			out = append(out, f.resolve(i, lastKey)...)
		}
	}
	if s.Empty {
		return append(append(out, between...), sqltext.Statement{SQL: d.Analyze(m.Table.Name)})
	}
	return append(out, f.write().Statements(d, between...)...)
}

// begin computes the rows: into a temporary table, to be compared with what is there,
// or straight into the table when that is empty.
func (f *facts) begin() []sqltext.Statement {
	const note = "the rows that the touched facts should have, keys as of the event"
	if !f.s.Empty {
		f.into = f.d.Quote(tmpFresh)
		return affected.Create(f.d, tmpFresh, note, f.rows())
	}
	f.into = f.d.Table(f.m.Table.Name)
	now := affected.Instant(f.d, f.s.Now)
	columns := sqltext.Without(f.m.Table.FieldNames(), schema.CreatedAt, schema.UpdatedAt)
	return []sqltext.Statement{{Note: note, Count: sqltext.Inserted, SQL: fmt.Sprintf("INSERT INTO %s (%s)\nSELECT x.*, %s, %s FROM (\n%s) x",
		f.into, sqltext.List(f.d, "", append(columns, schema.CreatedAt, schema.UpdatedAt)...), now, now, f.rows())}}
}

// FactDays selects the lowest and the highest day that touched facts point to in the
// role of a calendar.
func FactDays(d warehouse.Dialect, m *schema.FactModel, r schema.RoleModel, s Scope, keys string) string {
	day := "CAST(" + sqltext.Column(d, "s", r.Key[0]) + " AS date)"
	if m.Entity.Column(r.Key[0]).Stored.Kind == record.Timestamp {
		day = d.Day(sqltext.Column(d, "s", r.Key[0]))
	}
	from := d.Table(m.Entity.Current.Name) + " s"
	if !s.All {
		from += fmt.Sprintf(" JOIN %s k ON %s", d.Quote(keys), sqltext.On(d, "k", "s", m.Entity.Key()...))
	}
	return fmt.Sprintf("SELECT min(%s), max(%s) FROM %s WHERE NOT s.is_deleted", day, day, from)
}

type facts struct {
	d    warehouse.Dialect
	m    *schema.FactModel
	s    Scope
	key  []string
	keys string // the table of touched facts
	into string
}

// unresolved marks a key whose member has not been found by the as-of join.
const unresolved = 0

// rows selects the facts with the keys of the versions in force at their event. The
// range join finds them all but those before, between and after the versions.
func (f facts) rows() string {
	d, m := f.d, f.m
	columns := []string{sqltext.List(d, "s", f.key...)}
	var joins []string
	for i, r := range m.Roles {
		alias := fmt.Sprintf("d%d", i)
		columns = append(columns, f.foreignKey(r, alias, r.Dim.SurrogateKey)+" AS "+d.Quote(r.Column))
		if r.Durable != "" {
			columns = append(columns, f.foreignKey(r, alias, r.Dim.DurableKey)+" AS "+d.Quote(r.Durable))
		}
		if r.Dim.Entity != nil {
			joins = append(joins, fmt.Sprintf("LEFT JOIN %s %s ON %s AND %s", d.Table(r.Dim.Table.Name), alias,
				sqltext.OnPairs(d, alias, r.Dim.NaturalKey(), "s", r.Key), f.inForce(r, alias)))
		}
	}
	names := m.Table.FieldNames()
	rest := sqltext.Without(names[len(f.key)+len(columns)-1:], schema.CreatedAt, schema.UpdatedAt)
	columns = append(columns, sqltext.List(d, "s", rest...))
	from := fmt.Sprintf("FROM %s s", d.Table(m.Entity.Current.Name))
	if !f.s.All {
		from += fmt.Sprintf(" JOIN %s k ON %s", d.Quote(f.keys), sqltext.On(d, "k", "s", f.key...))
	}
	return lines("SELECT "+strings.Join(columns, ",\n       "), from, strings.Join(joins, "\n"),
		"WHERE NOT s.is_deleted")
}

func (f facts) inForce(r schema.RoleModel, alias string) string {
	if r.AsOf == "current" {
		return sqltext.Column(f.d, alias, schema.IsCurrent)
	}
	at := f.eventAt("s")
	return fmt.Sprintf("%s <= %s AND %s < %s", sqltext.Column(f.d, alias, schema.ValidFrom), at, at, sqltext.Column(f.d, alias, schema.ValidTo))
}

func (f facts) eventAt(alias string) string {
	at := sqltext.Column(f.d, alias, f.m.EventAt)
	if f.m.Entity.Column(f.m.EventAt).Stored.Kind == record.Date {
		return "CAST(" + at + " AS " + f.d.TypeName(record.Of(record.Timestamp)) + ")"
	}
	return at
}

// foreignKey is the role's key: the version found, the special member of a NULL key, or
// the mark of a key that has to be looked for.
func (f facts) foreignKey(r schema.RoleModel, alias, key string) string {
	null := schema.UnknownKey
	if r.WhenNull == "not_applicable" {
		null = schema.NotApplicableKey
	}
	missing := sqltext.AnyNull(f.d, "s", r.Key...)
	if r.Dim.Entity == nil {
		return fmt.Sprintf("CASE WHEN %s THEN %d ELSE %s END", missing, null, CalendarKey(f.d, sqltext.Column(f.d, "s", r.Key[0])))
	}
	return fmt.Sprintf("COALESCE(%s, CASE WHEN %s OR %s IS NULL THEN %d ELSE %d END)",
		sqltext.Column(f.d, alias, key), missing, f.eventAt("s"), null, unresolved)
}

// resolve finds the members that the range join did not: the last version before the
// event when the event falls into a gap or after a delete, and an inferred or the
// unknown member when there is no version at all.
func (f facts) resolve(i int, last map[string]int64) []sqltext.Statement {
	d, r := f.d, f.m.Roles[i]
	fk := d.Quote(r.Column)
	keyed := make([]string, len(r.Key))
	for j, c := range r.Key {
		keyed[j] = sqltext.Column(d, "s", c) + " AS " + d.Quote(r.Dim.NaturalKey()[j])
	}
	out := affected.Create(d, tmpMissing, "facts whose "+r.Name+" is not found yet", lines(
		fmt.Sprintf("SELECT %s, %s AS lode_at", sqltext.List(d, "f", prefixed(f.key)...), f.eventAt("s")),
		fmt.Sprintf("     , %s", strings.Join(keyed, ", ")),
		fmt.Sprintf("FROM (SELECT %s, %s AS lode_fk FROM %s) f JOIN %s s ON %s WHERE f.lode_fk = %d",
			aliased(d, f.key), fk, f.into, d.Table(f.m.Entity.Current.Name), sqltext.OnPairs(d, "f", prefixed(f.key), "s", f.key), unresolved)))
	if deletedMember(r.Dim) == 0 {
		out = append(out, f.lastBefore(r))
	} else {
		out = append(out, f.toDeletedMember(r))
	}
	if f.m.Late == "infer" {
		out = append(out, f.infer(r, last[r.Dim.Name]), f.pointToInferred(r))
	}
	out = append(out, sqltext.Statement{
		Note: "the rest point to the unknown member",
		SQL:  fmt.Sprintf("UPDATE %s SET %s = %d WHERE %s = %d", f.into, fk, schema.UnknownKey, fk, unresolved),
	})
	if r.Durable == "" {
		return out
	}
	return append(out, sqltext.Statement{
		Note: "and carry the durable keys of their members",
		SQL: fmt.Sprintf("UPDATE %s t SET %s = v.%s FROM %s v WHERE v.%s = t.%s AND t.%s = %d", f.into, d.Quote(r.Durable), d.Quote(r.Dim.DurableKey),
			d.Table(r.Dim.Table.Name), d.Quote(r.Dim.SurrogateKey), fk, d.Quote(r.Durable), unresolved),
	})
}

// prefixed names the fact's key apart from the dimension's, which may be the same words.
func prefixed(key []string) []string {
	out := make([]string, len(key))
	for i, k := range key {
		out[i] = "lode_fact_" + k
	}
	return out
}

func aliased(d warehouse.Dialect, key []string) string {
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = d.Quote(k) + " AS " + d.Quote("lode_fact_"+k)
	}
	return strings.Join(parts, ", ")
}

func (f facts) lastBefore(r schema.RoleModel) sqltext.Statement {
	d, nk := f.d, r.Dim.NaturalKey()
	fkey := sqltext.List(d, "m", prefixed(f.key)...)
	when := "AND v." + schema.ValidFrom + " <= m.lode_at"
	if r.AsOf == "current" {
		when = ""
	}
	return sqltext.Statement{
		Note: "an event in a gap or after a delete belongs to the last version before it",
		SQL: lines(
			fmt.Sprintf("UPDATE %s t SET %s = g.lode_sk FROM (", f.into, d.Quote(r.Column)),
			fmt.Sprintf("  SELECT DISTINCT ON (%s) %s, v.%s AS lode_sk", fkey, fkey, d.Quote(r.Dim.SurrogateKey)),
			fmt.Sprintf("  FROM %s m JOIN %s v ON %s %s ORDER BY %s, v.valid_from DESC", d.Quote(tmpMissing), d.Table(r.Dim.Table.Name), sqltext.On(d, "v", "m", nk...), when, fkey),
			") g WHERE "+sqltext.OnPairs(d, "g", prefixed(f.key), "t", f.key)),
	}
}

// deletedMember is the member of facts whose event falls into a gap or after a delete, 0
// when they belong to the last version before.
func deletedMember(dim *schema.DimensionModel) int {
	switch dim.Deleted {
	case "member":
		return schema.DeletedKey
	case "unknown":
		return schema.UnknownKey
	}
	return 0
}

func (f facts) toDeletedMember(r schema.RoleModel) sqltext.Statement {
	d := f.d
	when := " AND v." + schema.ValidFrom + " <= m.lode_at"
	if r.AsOf == "current" {
		when = ""
	}
	return sqltext.Statement{
		Note: "an event in a gap or after a delete belongs to the member that is declared for it",
		SQL: fmt.Sprintf("UPDATE %s t SET %s = %d FROM (SELECT DISTINCT %s FROM %s m JOIN %s v ON %s%s) g WHERE %s", f.into, d.Quote(r.Column), deletedMember(r.Dim),
			sqltext.List(d, "m", prefixed(f.key)...), d.Quote(tmpMissing), d.Table(r.Dim.Table.Name), sqltext.On(d, "v", "m", r.Dim.NaturalKey()...), when,
			sqltext.OnPairs(d, "g", prefixed(f.key), "t", f.key)),
	}
}

// infer makes one member for each key that no event has spoken of yet.
func (f facts) infer(r schema.RoleModel, last int64) sqltext.Statement {
	d, nk := f.d, r.Dim.NaturalKey()
	now := affected.Instant(d, f.s.Now)
	number := fmt.Sprintf("(SELECT COALESCE(max(%s), 0) FROM %s WHERE %s > %d)", d.Quote(r.Dim.SurrogateKey), d.Table(r.Dim.Table.Name), d.Quote(r.Dim.SurrogateKey), last)
	sk := fmt.Sprintf("GREATEST(%d, %s) + row_number() OVER (ORDER BY %s)", last, number, sqltext.List(d, "n", nk...))
	columns := append([]string{r.Dim.SurrogateKey, r.Dim.DurableKey}, nk...)
	columns = append(columns, schema.ValidFrom, schema.ValidTo, schema.IsCurrent, schema.Version, schema.IsInferred, schema.IsDeleted, schema.CreatedAt, schema.UpdatedAt)
	return sqltext.Statement{
		Note:  "inferred members of " + r.Dim.Name,
		Count: sqltext.Inferred,
		SQL: lines(
			fmt.Sprintf("INSERT INTO %s (%s)", d.Table(r.Dim.Table.Name), sqltext.List(d, "", columns...)),
			fmt.Sprintf("SELECT %s, %s, %s, %s, %s, TRUE, 1, TRUE, FALSE, %s, %s", sk, sk, sqltext.List(d, "n", nk...),
				day(d, schema.LowDate), day(d, schema.HighDate), now, now),
			fmt.Sprintf("FROM (SELECT DISTINCT %s FROM %s m WHERE NOT EXISTS (SELECT 1 FROM %s v WHERE %s)) n",
				sqltext.List(d, "m", nk...), d.Quote(tmpMissing), d.Table(r.Dim.Table.Name), sqltext.On(d, "v", "m", nk...))),
	}
}

func (f facts) pointToInferred(r schema.RoleModel) sqltext.Statement {
	d := f.d
	return sqltext.Statement{
		Note: "and their facts point to them",
		SQL: fmt.Sprintf("UPDATE %s t SET %s = v.%s FROM %s m JOIN %s v ON %s AND v.is_inferred WHERE %s AND t.%s = %d",
			f.into, d.Quote(r.Column), d.Quote(r.Dim.SurrogateKey), d.Quote(tmpMissing), d.Table(r.Dim.Table.Name),
			sqltext.On(d, "v", "m", r.Dim.NaturalKey()...), sqltext.OnPairs(d, "m", prefixed(f.key), "t", f.key), d.Quote(r.Column), unresolved),
	}
}

func (f facts) write() affected.Write {
	touched := f.keys
	if f.s.All {
		touched = ""
	}
	return affected.Write{
		Target: f.m.Table, Fresh: tmpFresh, Touched: touched, Keys: f.key,
		Audit: true, Delta: tmpDelta, Now: f.s.Now,
	}
}
