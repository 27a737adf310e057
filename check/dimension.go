package check

import (
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Dimension lists the checks of a dimension. Redefined says that what begins a version was
// not always what begins one today: then nothing is known of whether neighbours differ.
func (w Writer) Dimension(m *schema.DimensionModel, redefined bool) []Check {
	name := m.Table.Name
	out := []Check{{Unique, name, w.uniqueMembers(m)}, {Members, name, w.members(m)}}
	if len(m.Outriggers) > 0 {
		out = append(out, Check{Resolves, name, w.outriggers(m)}, Check{Pointed, name, w.pointed(m)})
	}
	if m.Kind() != schema.HistoryDimension {
		return out
	}
	out = append(out, Check{I1, name, w.forward(m)}, Check{I2, name, w.apart(m)}, Check{I3, name, w.oneCurrent(m)})
	if !redefined {
		out = append(out, Check{I4, name, w.different(m)})
	}
	return out
}

// versions are the rows of a dimension but for the special members, as t.
func (w Writer) versions(m *schema.DimensionModel) string {
	return w.rows(m.Table, "t", m.NaturalKey()) + fmt.Sprintf(" WHERE %s > 0", sqltext.Column(w.Dialect, "t", m.SurrogateKey))
}

func (w Writer) uniqueMembers(m *schema.DimensionModel) string {
	d, sk := w.Dialect, []string{m.SurrogateKey}
	if m.Kind() != schema.HistoryDimension {
		return w.unique(m.Table, sk, sk)
	}
	key := sqltext.List(d, "t", append(m.NaturalKey()[:len(m.NaturalKey()):len(m.NaturalKey())], schema.ValidFrom)...)
	return either(
		w.unique(m.Table, m.NaturalKey(), sk),
		w.broken("t", m.NaturalKey(), "FROM "+w.versions(m), "GROUP BY "+key+" HAVING count(*) > 1"))
}

// members holds when the five special members are there, and natural and durable keys
// belong together one to one. Where a key that comes back is another thing, it has several.
func (w Writer) members(m *schema.DimensionModel) string {
	d := w.Dialect
	out := w.brokenIn("", w.key("s.n"), fmt.Sprintf("FROM (VALUES (%d), (%d), (%d), (%d), (%d)) AS s(n)", schema.UnknownKey, schema.NotApplicableKey,
		schema.DeletedKey, schema.ErrorKey, schema.NotYetKey),
		fmt.Sprintf("WHERE NOT EXISTS (SELECT 1 FROM %s t WHERE t.%s = s.n)", d.Table(m.Table.Name), d.Quote(m.SurrogateKey)))
	if m.Kind() != schema.HistoryDimension {
		return out
	}
	key, durable := sqltext.List(d, "t", m.NaturalKey()...), sqltext.Column(d, "t", m.DurableKey)
	out = either(out, w.brokenIn(m.DurableKey, w.key(durable), "FROM "+w.versions(m),
		fmt.Sprintf("GROUP BY %s HAVING count(DISTINCT %s) > 1", durable, sqltext.Signature(d, "t", m.NaturalKey()...))))
	if m.ReusedKey == "new" {
		return out
	}
	return either(out, w.broken("t", m.NaturalKey(), "FROM "+w.versions(m), fmt.Sprintf("GROUP BY %s HAVING count(DISTINCT %s) > 1", key, durable)))
}

// outriggers holds when each points to a durable key that is there. An inferred member
// points nowhere yet.
func (w Writer) outriggers(m *schema.DimensionModel) string {
	d := w.Dialect
	var queries []string
	for _, o := range m.Outriggers {
		column, to, key := sqltext.Column(d, "t", o.Column), o.Dim, o.Dim.DurableKey
		if o.Takes != "" {
			to = o.Dim.Profile().Dim
		}
		if to.Mini != nil {
			key = to.SurrogateKey
		}
		queries = append(queries, w.brokenIn(o.Column, w.key(w.columns("t", m.NaturalKey())...), "FROM "+w.versions(m),
			fmt.Sprintf("AND (%s IS NULL AND NOT t.is_inferred OR %s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s o WHERE o.%s = %s))",
				column, column, d.Table(to.Table.Name), d.Quote(key), column)))
	}
	return either(queries...)
}

// forward is I1: a version begins before it ends.
func (w Writer) forward(m *schema.DimensionModel) string {
	return w.broken("t", m.NaturalKey(), "FROM "+w.versions(m), "AND (t.valid_from < t.valid_to) IS NOT TRUE")
}

// neighbours are the versions of each key with what follows them.
func (w Writer) neighbours(m *schema.DimensionModel, columns string) string {
	return fmt.Sprintf("FROM (SELECT %s, t.valid_to, %s FROM %s WINDOW w AS (PARTITION BY %s ORDER BY t.valid_from, t.valid_to)) n",
		sqltext.List(w.Dialect, "t", m.NaturalKey()...), columns, w.versions(m), sqltext.List(w.Dialect, "t", m.NaturalKey()...))
}

// apart is I2: a version ends before the next one begins.
func (w Writer) apart(m *schema.DimensionModel) string {
	return w.broken("n", m.NaturalKey(), w.neighbours(m, "lead(t.valid_from) OVER w AS lode_next"), "WHERE n.lode_next < n.valid_to")
}

// oneCurrent is I3: at most one version of a key is current. It is the one that has not
// ended, unless what is in force decides.
func (w Writer) oneCurrent(m *schema.DimensionModel) string {
	d := w.Dialect
	many := w.broken("t", m.NaturalKey(), "FROM "+w.versions(m)+" AND t.is_current", "GROUP BY "+sqltext.List(d, "t", m.NaturalKey()...)+" HAVING count(*) > 1")
	if m.Current == "in_force" {
		return many
	}
	return either(many, w.broken("t", m.NaturalKey(), "FROM "+w.versions(m), "AND t.is_current IS DISTINCT FROM (t.valid_to = "+affected.Day(d, schema.HighDate)+")"))
}

// different is I4: versions without a gap between them differ in what begins a version.
func (w Writer) different(m *schema.DimensionModel) string {
	var tracked []string
	for _, a := range m.Attributes {
		if a.Carry == schema.Tracked {
			tracked = append(tracked, a.Name)
		}
	}
	if len(tracked) == 0 {
		return w.broken("n", m.NaturalKey(), w.neighbours(m, "lead(t.valid_from) OVER w AS lode_next"), "WHERE n.lode_next = n.valid_to")
	}
	sig := sqltext.Signature(w.Dialect, "t", tracked...)
	return w.broken("n", m.NaturalKey(),
		w.neighbours(m, fmt.Sprintf("lead(t.valid_from) OVER w AS lode_next, %s AS lode_sig, lead(%s) OVER w AS lode_next_sig", sig, sig)),
		"WHERE n.lode_next = n.valid_to AND n.lode_sig = n.lode_next_sig")
}
