package check

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Bridge lists the checks of a bridge: of groups, or of a hierarchy.
func (w Writer) Bridge(m *schema.BridgeModel) []Check {
	name := m.Table.Name
	var counted string
	narrow := m.Group
	if m.Hierarchy != nil {
		counted, narrow = w.itself(m), side(m, schema.Descendant)
	} else {
		counted = w.groups(m)
	}
	checks := []Check{
		{Unique, name, w.unique(m.Table, narrow, m.Table.PrimaryKey)},
		{Resolves, name, w.linked(m, narrow)},
		{Counted, name, counted},
	}
	if m.Weight != "" {
		checks = append(checks, Check{Summed, name, w.weights(m)})
	}
	return checks
}

// weights holds when those of each group add up to 1.
func (w Writer) weights(m *schema.BridgeModel) string {
	d, sk := w.Dialect, m.Groups.SurrogateKey
	return w.broken("b", []string{sk}, "FROM "+w.rows(m.Table, "b", m.Group),
		fmt.Sprintf("GROUP BY b.%s HAVING (abs(sum(b.%s) - 1) <= 1e-9) IS NOT TRUE", d.Quote(sk), d.Quote(schema.BridgeWeight)))
}

// linked holds when the keys of groups and the durable keys of members are there. A link to
// a member of which nothing is known has the unknown one's.
func (w Writer) linked(m *schema.BridgeModel, narrow []string) string {
	d := w.Dialect
	points := func(column string, to *schema.DimensionModel, key string) string {
		return w.brokenIn(column, w.key(w.columns("b", m.Table.PrimaryKey)...), "FROM "+w.rows(m.Table, "b", narrow),
			fmt.Sprintf("WHERE NOT EXISTS (SELECT 1 FROM %s t WHERE t.%s = %s)", d.Table(to.Table.Name), d.Quote(key), sqltext.Column(d, "b", column)))
	}
	var queries []string
	if m.Groups != nil {
		queries = append(queries, points(m.Groups.SurrogateKey, m.Groups, m.Groups.SurrogateKey))
	}
	for _, f := range m.Table.Fields {
		if strings.HasSuffix(f.Name, m.Member.DurableKey) {
			queries = append(queries, points(f.Name, m.Member, m.Member.DurableKey))
		}
	}
	return either(queries...)
}

// groups holds when each group has as many members as it says.
func (w Writer) groups(m *schema.BridgeModel) string {
	d, sk := w.Dialect, m.Groups.SurrogateKey
	return w.broken("t", append(m.Group[:len(m.Group):len(m.Group)], schema.ValidFrom), "FROM "+w.rows(m.Groups.Table, "t", m.Group),
		fmt.Sprintf("LEFT JOIN (SELECT b.%s, count(*) AS lode_n FROM %s GROUP BY b.%s) c ON c.%s = t.%s",
			d.Quote(sk), w.rows(m.Table, "b", m.Group), d.Quote(sk), d.Quote(sk), d.Quote(sk)),
		fmt.Sprintf("WHERE t.%s > 0 AND COALESCE(c.lode_n, 0) <> COALESCE(t.%s, 0)", d.Quote(sk), d.Quote(schema.MemberCount)))
}

// itself holds when each member that lives stands in the hierarchy, above and below none
// but itself at the least, and no other.
func (w Writer) itself(m *schema.BridgeModel) string {
	d, key, down := w.Dialect, m.Entity.Key(), side(m, schema.Descendant)
	named, both := make([]string, len(key)), make([]string, len(key))
	for i, k := range key {
		named[i] = sqltext.Column(d, "c", k) + " AS " + d.Quote(down[i])
		both[i] = fmt.Sprintf("COALESCE(%s, %s)", sqltext.Column(d, "s", down[i]), sqltext.Column(d, "b", down[i]))
	}
	living := schema.Table{Name: m.Entity.Current.Name}
	members := fmt.Sprintf("(SELECT %s FROM %s c WHERE NOT c.is_deleted)", strings.Join(named, ", "), d.Table(living.Name))
	if w.Keys != "" {
		members = fmt.Sprintf("(SELECT x.* FROM %s x WHERE EXISTS (SELECT 1 FROM %s k WHERE %s))", members, d.Quote(w.Keys), sqltext.On(d, "k", "x", down...))
	}
	return w.brokenIn("", w.key(both...), "FROM "+members+" s",
		fmt.Sprintf("FULL JOIN (SELECT * FROM %s WHERE x.%s = 0) b ON %s", w.rows(m.Table, "x", down), schema.Depth, sqltext.On(d, "s", "b", down...)),
		fmt.Sprintf("WHERE %s IS NULL OR %s IS NULL", sqltext.Column(d, "s", down[0]), sqltext.Column(d, "b", down[0])))
}

// side names the columns of one side of a hierarchy.
func side(m *schema.BridgeModel, prefix string) []string {
	var out []string
	for _, k := range m.Member.NaturalKey() {
		out = append(out, prefix+k)
	}
	return out
}
