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
	at := f.eventAt("s")
	return fmt.Sprintf("%s <= %s AND %s < %s", sqltext.Column(f.d, alias, schema.ValidFrom), at, at, sqltext.Column(f.d, alias, schema.ValidTo))
}

func (f facts) eventAt(alias string) string {
	if f.m.Snapshot != nil {
		return sqltext.Column(f.d, alias, schema.FactAt)
	}
	at := sqltext.Column(f.d, alias, f.m.EventAt)
	if t, _ := f.m.Source(f.m.EventAt); t.Kind == record.Date {
		return f.instant(at)
	}
	return at
}

// instant is the first instant of a day.
func (f facts) instant(day string) string {
	return "CAST(" + day + " AS " + f.d.TypeName(record.Of(record.Timestamp)) + ")"
}

// foreignKey is the role's key: the version found, the special member of a NULL key, or
// the mark of a key that has to be looked for.
func (f facts) foreignKey(r schema.RoleModel, alias, key string) string {
	null := schema.UnknownKey
	switch r.WhenNull {
	case "not_applicable":
		null = schema.NotApplicableKey
	case "not_yet":
		null = schema.NotYetKey
	}
	missing := sqltext.AnyNull(f.d, "s", r.Key...)
	if r.Dim.Entity == nil {
		return fmt.Sprintf("CASE WHEN %s THEN %d ELSE %s END", missing, null, CalendarKey(f.d, sqltext.Column(f.d, "s", r.Key[0])))
	}
	if r.AsOf != "current" {
		missing += " OR " + f.eventAt("s") + " IS NULL"
	}
	return fmt.Sprintf("COALESCE(%s, CASE WHEN %s THEN %d ELSE %d END)", f.found(r, alias, key), missing, null, unresolved)
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
	out := affected.Create(d, tmpMissing, "facts whose "+r.Name+" is not found yet", lines(
		fmt.Sprintf("SELECT %s, %s AS lode_at", sqltext.List(d, "f", prefixed(f.key)...), f.eventAt("s")),
		fmt.Sprintf("     , %s", strings.Join(keyed, ", ")),
		fmt.Sprintf("FROM (SELECT %s, %s AS lode_fk FROM %s) f JOIN %s ON %s %sWHERE f.lode_fk = %d",
			aliased(d, f.key), fk, f.into, f.rowSource(), sqltext.OnPairs(d, "f", prefixed(f.key), "s", f.key), f.translation(i), unresolved)))
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
			sqltext.List(d, "m", prefixed(f.key)...), d.Quote(tmpMissing), d.Table(r.Dim.Table.Name), sqltext.On(d, "v", "m", r.Dim.NaturalKey()...)+" AND NOT v.is_inferred", when,
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
