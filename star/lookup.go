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

// unresolved marks a key whose member has not been found by the as-of join.
const unresolved = 0

func (f facts) inForce(r schema.RoleModel, alias string) string {
	if r.AsOf == "current" {
		return sqltext.Column(f.d, alias, schema.IsCurrent)
	}
	at := f.eventAt()
	return fmt.Sprintf("%s <= %s AND %s < %s", sqltext.Column(f.d, alias, schema.ValidFrom), at, at, sqltext.Column(f.d, alias, schema.ValidTo))
}

func (f facts) eventAt() string {
	if f.m.Snapshot != nil {
		return sqltext.Column(f.d, "s", schema.FactAt)
	}
	at := sqltext.Column(f.d, "s", f.m.EventAt)
	if t, _ := f.m.Source(f.m.EventAt); t.Kind == record.Date {
		return f.instant(at)
	}
	return at
}

// instant is the first instant of a day.
func (f facts) instant(day string) string {
	return "CAST(" + day + " AS " + f.d.TypeName(record.Of(record.Timestamp)) + ")"
}

// memberJoin joins the members of a role to the facts, "" when its key is computed from the
// fact alone.
func (f facts) memberJoin(i int) string {
	d, r, alias := f.d, f.m.Roles[i], roleAlias(i)
	left := func(relation, on string) string { return "LEFT JOIN " + relation + " " + alias + " ON " + on }
	table := d.Table(r.Dim.Table.Name)
	switch r.Dim.Lookup() {
	case schema.ByVersion:
		return f.translation(i) + f.versionJoin(i)
	case schema.ByTime:
		return left(table, sqltext.Column(d, alias, r.Dim.SurrogateKey)+" = "+TimeKey(d, r.Dim, f.local(r)))
	case schema.ByRange:
		return left(table, inBand(d, alias, r.Dim, sqltext.Column(d, "s", r.Key[0])))
	case schema.ByEvent:
		return LoadJoin(d, r.Dim, alias)
	case schema.ByCombination:
		c := combinationOf(d, r.Dim)
		return left(c.members(), c.matches(alias, f.values(r)...))
	}
	return ""
}

// foreignKey is the role's key: the member found, the special member of a key that is NULL
// or could not be read, or the mark of a key that has to be looked for.
func (f facts) foreignKey(r schema.RoleModel, alias, key string) string {
	special := f.special(r, sqltext.AnyNull(f.d, "s", r.Key...), r.Key...)
	switch r.Dim.Lookup() {
	case schema.ByEvent:
		return LoadKey(f.d, r.Dim, alias)
	case schema.ByDay:
		return fmt.Sprintf("CASE %s ELSE %s END", special, CalendarKey(f.d, f.local(r)))
	case schema.ByTime, schema.ByRange:
		return fmt.Sprintf("CASE %s ELSE COALESCE(%s, %d) END", special, sqltext.Column(f.d, alias, key), schema.UnknownKey)
	case schema.ByCombination:
		return fmt.Sprintf("COALESCE(%s.lode_sk, %d)", alias, schema.UnknownKey)
	}
	if r.AsOf != "current" {
		special += " " + f.special(r, f.eventAt()+" IS NULL", f.m.EventAt)
	}
	return fmt.Sprintf("COALESCE(%s, CASE %s ELSE %d END)", f.found(r, alias, key), special, unresolved)
}

// special is the branches of a CASE for a key that is missing, because the columns that it
// is made of are NULL or could not be read.
func (f facts) special(r schema.RoleModel, missing string, columns ...string) string {
	branches := fmt.Sprintf("WHEN %s THEN %d", missing, r.NullKey())
	if refused := Unreadable(f.d, f.m, "s", columns...); refused != "" {
		branches = fmt.Sprintf("WHEN %s AND (%s) THEN %d ", missing, refused, schema.ErrorKey) + branches
	}
	return branches
}

// Unreadable tells of a relation of a fact's source columns whether one of these could not
// be read; "" when that cannot be. NULL means no.
func Unreadable(d warehouse.Dialect, m *schema.FactModel, alias string, columns ...string) string {
	var parts []string
	for _, x := range m.Refusals(columns...) {
		parts = append(parts, Refused(sqltext.Column(d, alias, x.List), x.Column))
	}
	return strings.Join(parts, " OR ")
}

// local is the date or timestamp that a role names, on the clocks of its zone: they read
// as those of UTC do.
func (f facts) local(r schema.RoleModel) string {
	x := sqltext.Column(f.d, "s", r.Key[0])
	if r.Zone == "" {
		return x
	}
	return f.d.Local(x, r.Zone)
}

// values are the source columns that a role names.
func (f facts) values(r schema.RoleModel) []string {
	out := make([]string, len(r.Key))
	for i, k := range r.Key {
		out[i] = sqltext.Column(f.d, "s", k)
	}
	return out
}

// combinations lists the statements that make the combinations that the facts are the first
// to have.
func (f facts) combinations(last map[string]int64) []sqltext.Statement {
	var out []sqltext.Statement
	for _, r := range f.m.Roles {
		if r.Dim.Lookup() == schema.ByCombination {
			c, from := combinationOf(f.d, r.Dim), f.source()
			out = append(out, c.create(lines("SELECT "+c.named(f.values(r)...), "FROM "+from.relation, from.condition()), last[r.Dim.Name], f.s))
		}
	}
	return out
}

// resolve finds the members that the range join did not: the last version before the
// event when the event falls into a gap or after a delete, and an inferred or the
// unknown member when there is no version at all.
func (f facts) resolve(i int, last map[string]int64) []sqltext.Statement {
	d, r := f.d, f.m.Roles[i]
	fk := d.Quote(r.Column)
	keyed := f.member(i)
	for j := range keyed {
		keyed[j] += " AS " + d.Quote(r.Dim.NaturalKey()[j])
	}
	missing := affected.Create(d, tmpMissing, "facts whose "+r.Name+" is not found yet", lines(
		fmt.Sprintf("SELECT %s, %s AS lode_at", sqltext.List(d, "f", prefixed(f.key)...), f.eventAt()),
		fmt.Sprintf("     , %s", strings.Join(keyed, ", ")),
		fmt.Sprintf("FROM (SELECT %s, %s AS lode_fk FROM %s) f JOIN %s ON %s %sWHERE f.lode_fk = %d",
			aliased(d, f.key), fk, f.into, f.rowSource(), sqltext.OnPairs(d, "f", prefixed(f.key), "s", f.key), f.translation(i), unresolved)))
	var out []sqltext.Statement
	if deletedMember(r.Dim) == 0 {
		out = append(out, f.lastBefore(r))
	} else {
		out = append(out, f.toDeletedMember(r))
	}
	if f.m.Late == "infer" && r.Of == "" {
		out = append(out, f.infer(r, last[r.Dim.Name]), f.pointToInferred(r))
	}
	out = append(out, sqltext.Statement{
		Note: "the rest point to the unknown member",
		SQL:  fmt.Sprintf("UPDATE %s SET %s = %d WHERE %s = %d", f.into, fk, schema.UnknownKey, fk, unresolved),
	})
	if r.Durable != "" {
		out = append(out, sqltext.Statement{
			Note: "and carry the durable keys of their members",
			SQL: fmt.Sprintf("UPDATE %s t SET %s = v.%s FROM %s v WHERE v.%s = t.%s AND t.%s = %d", f.into, d.Quote(r.Durable), d.Quote(r.Dim.DurableKey),
				d.Table(r.Dim.Table.Name), d.Quote(r.Dim.SurrogateKey), fk, d.Quote(r.Durable), unresolved),
		})
	}
	return append(missing, sqltext.Given(d.Quote(tmpMissing), out...)...)
}

// rowSource is the source in which the rows of the fact table are found by their key.
func (f facts) rowSource() string {
	if f.m.Gathered() {
		return f.d.Quote(tmpSource) + " s"
	}
	return f.d.Table(f.m.Entity.Current.Name) + " s"
}

// prefixed names the fact's key apart from the dimension's, which may be the same words.
func prefixed(key []string) []string {
	out := make([]string, len(key))
	for i, k := range key {
		out[i] = sqltext.Derived("lode_fact_", k)
	}
	return out
}

func aliased(d warehouse.Dialect, key []string) string {
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = d.Quote(k) + " AS " + d.Quote(sqltext.Derived("lode_fact_", k))
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
	when += f.spokenOf("v")
	return sqltext.Statement{
		Note: "an event in a gap or after a delete belongs to the last version before it",
		SQL: lines(
			fmt.Sprintf("UPDATE %s t SET %s = g.lode_sk FROM (", f.into, d.Quote(r.Column)),
			fmt.Sprintf("  SELECT DISTINCT ON (%s) %s, v.%s AS lode_sk", fkey, fkey, d.Quote(r.Takes())),
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
			sqltext.List(d, "m", prefixed(f.key)...), d.Quote(tmpMissing), d.Table(r.Dim.Table.Name), sqltext.On(d, "v", "m", r.Dim.NaturalKey()...)+" AND NOT v.is_inferred", when,
			sqltext.OnPairs(d, "g", prefixed(f.key), "t", f.key)),
	}
}

// infer makes one member for each key that no event has spoken of yet.
func (f facts) infer(r schema.RoleModel, last int64) sqltext.Statement {
	d, nk := f.d, r.Dim.NaturalKey()
	now := affected.Instant(d, f.s.Now)
	sk := fmt.Sprintf("%s + row_number() OVER (ORDER BY %s)", lastGiven(d, r.Dim, last), sqltext.List(d, "n", nk...))
	columns := append([]string{r.Dim.SurrogateKey, r.Dim.DurableKey}, nk...)
	columns = append(columns, schema.ValidFrom, schema.ValidTo, schema.IsCurrent, schema.Version, schema.IsInferred, schema.IsDeleted, schema.CreatedAt, schema.UpdatedAt)
	return sqltext.Statement{
		Note:  "inferred members of " + r.Dim.Name,
		Count: sqltext.Inferred,
		SQL: lines(
			fmt.Sprintf("INSERT INTO %s (%s)", d.Table(r.Dim.Table.Name), sqltext.List(d, "", columns...)),
			fmt.Sprintf("SELECT %s, %s, %s, %s, %s, TRUE, 1, TRUE, FALSE, %s, %s", sk, sk, sqltext.List(d, "n", nk...),
				affected.Day(d, schema.LowDate), affected.Day(d, schema.HighDate), now, now),
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
