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

// Hierarchy lists the statements that bring the bridge of a hierarchy up to date: every
// member with every one above it. What is touched is the members with new events, all
// below them as it was and as it is, and the members above them, which may have
// become a bottom or ceased to be one.
//
// A circle ends where it would come back to a member on the way: none of its members has
// a top.
func Hierarchy(d warehouse.Dialect, b *schema.BridgeModel, s Scope) []sqltext.Statement {
	h := hierarchy{d: d, b: b, s: s, key: b.Entity.Key()}
	var out []sqltext.Statement
	touched := ""
	if !s.All && s.After > 0 {
		out, touched = h.touched(), tmpTouched
	}
	out = append(out, affected.Create(d, tmpFresh, "the members with those above them", h.rows(touched))...)
	write := affected.Write{
		Target: b.Table, Fresh: tmpFresh, Touched: touched, Keys: h.side(schema.Descendant), Audit: true, Delta: tmpDelta, Now: s.Now,
	}
	return append(out, write.Statements(d)...)
}

// HierarchyAt selects the rows that the bridge of a hierarchy would have of the members as
// they were at a time, an instant as SQL, but for its audit columns: the event in force then
// says which member is above. A first version reaches back, and a day is one, if the dimension
// of the members says so.
func HierarchyAt(d warehouse.Dialect, b *schema.BridgeModel, at string) string {
	return hierarchy{d: d, b: b, key: b.Entity.Key(), at: at}.rows("")
}

type hierarchy struct {
	d   warehouse.Dialect
	b   *schema.BridgeModel
	s   Scope
	key []string
	at  string // the time of the members, "" for now
}

// side names the natural key's columns of one side.
func (h hierarchy) side(prefix string) []string {
	out := make([]string, len(h.key))
	for i, k := range h.key {
		out[i] = prefix + k
	}
	return out
}

// as selects a relation's columns under other names.
func (h hierarchy) as(alias string, from, to []string) string {
	parts := make([]string, len(from))
	for i := range from {
		parts[i] = sqltext.Column(h.d, alias, from[i]) + " AS " + h.d.Quote(to[i])
	}
	return strings.Join(parts, ", ")
}

func (h hierarchy) parent() []string { return h.b.Bridge.Hierarchy.Parent }

// living are the members as they are now, or were at the time.
func (h hierarchy) living() string {
	if h.at != "" {
		return "lode_living"
	}
	return fmt.Sprintf("(SELECT * FROM %s WHERE NOT is_deleted)", h.d.Table(h.b.Entity.Current.Name))
}

// lived makes lode_living: what was said last of each member by the time or, of one whose
// first version reaches back, first.
func (h hierarchy) lived() string {
	if h.at == "" {
		return ""
	}
	c := chain{d: h.d, m: h.b.Member}
	columns := append(slices.Clone(h.key), h.parent()...)
	of, last := "PARTITION BY "+sqltext.List(h.d, "", h.key...), "lode_last"
	if h.b.Member.FirstVersion != "event" {
		last = "COALESCE(lode_last, lode_first)"
	}
	return lines(
		fmt.Sprintf("lode_living AS (SELECT %s FROM (", sqltext.List(h.d, "", columns...)),
		fmt.Sprintf("  SELECT f.*, max(CASE WHEN lode_at <= %s AND lode_at >= lode_first THEN lode_at END) OVER (%s) AS lode_last FROM (", h.at, of),
		fmt.Sprintf("    SELECT e.*, min(CASE op WHEN 'upsert' THEN lode_at END) OVER (%s) AS lode_first FROM (", of),
		fmt.Sprintf("      SELECT %s, l.op, %s AS lode_at, row_number() OVER (PARTITION BY %s, %s ORDER BY %s) AS lode_place", sqltext.List(h.d, "l", columns...),
			c.at(), sqltext.List(h.d, "l", h.key...), c.at(), c.order("l")),
		fmt.Sprintf("      FROM (%s) l) e WHERE lode_place = 1) f) g", Log(h.d, h.b.Entity, true, "", columns...)),
		fmt.Sprintf("WHERE op = 'upsert' AND lode_at = %s), ", last))
}

// up is the step from a member to the one above it: not from one to itself.
func (h hierarchy) up(child, parent string) string {
	return fmt.Sprintf("%s AND NOT (%s)", sqltext.OnPairs(h.d, child, h.parent(), parent, h.key), sqltext.On(h.d, child, parent, h.key...))
}

func (h hierarchy) touched() []sqltext.Statement {
	d, down := h.d, h.side(schema.Descendant)
	table, key := d.Table(h.b.Table.Name), sqltext.List(d, "", h.key...)
	news := fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope'", key, d.Table(h.b.Entity.Log.Name), h.s.After)
	query := lines(
		"WITH RECURSIVE news AS ("+news+"), seeds AS (",
		fmt.Sprintf("  SELECT %s FROM news", key),
		fmt.Sprintf("  UNION SELECT %s FROM %s b JOIN news n ON %s", h.as("b", down, h.key), table, sqltext.OnPairs(d, "b", h.side(schema.Ancestor), "n", h.key)),
		"), below AS (",
		fmt.Sprintf("  SELECT %s FROM seeds", key),
		fmt.Sprintf("  UNION SELECT %s FROM below a JOIN %s c ON %s", sqltext.List(d, "c", h.key...), h.living(), h.up("c", "a")),
		")",
		fmt.Sprintf("SELECT %s FROM below", h.as("below", h.key, down)),
		fmt.Sprintf("UNION SELECT %s FROM %s b JOIN news n ON %s WHERE b.depth = 1", h.as("b", h.side(schema.Ancestor), down), table, sqltext.OnPairs(d, "b", down, "n", h.key)),
		fmt.Sprintf("UNION SELECT %s FROM %s c JOIN news n ON %s JOIN %s p ON %s", h.as("p", h.key, down), h.living(), sqltext.On(d, "c", "n", h.key...), h.living(), h.up("c", "p")))
	return affected.Create(d, tmpTouched, "the members whose place may be another", query)
}

// rows walks up from each touched member.
func (h hierarchy) rows(touched string) string {
	d, durable := h.d, h.b.Member.DurableKey
	down, up := h.side(schema.Descendant), h.side(schema.Ancestor)
	start := h.living() + " c"
	if touched != "" {
		start += fmt.Sprintf(" JOIN %s k ON %s", d.Quote(touched), sqltext.OnPairs(d, "k", down, "c", h.key))
	}
	mark := "md5(" + sqltext.Signature(d, "c", h.key...) + ")" // of one length, so that none is part of another
	members := fmt.Sprintf("(SELECT %s, min(%s) AS lode_durable FROM %s WHERE %s > 0 GROUP BY %s)", sqltext.List(d, "", h.key...), d.Quote(durable),
		d.Table(h.b.Member.Table.Name), d.Quote(h.b.Member.SurrogateKey), sqltext.List(d, "", h.key...))
	return lines(
		"WITH RECURSIVE "+h.lived()+"walk AS (",
		fmt.Sprintf("  SELECT %s, %s, 0 AS depth, %s AS lode_path FROM %s", h.as("c", h.key, down), h.as("c", h.key, up), mark, start),
		"  UNION ALL",
		fmt.Sprintf("  SELECT %s, %s, w.depth + 1, w.lode_path || %s", sqltext.List(d, "w", down...), h.as("c", h.key, up), mark),
		fmt.Sprintf("  FROM walk w JOIN %s s ON %s JOIN %s c ON %s", h.living(), sqltext.OnPairs(d, "s", h.key, "w", up), h.living(), h.up("s", "c")),
		fmt.Sprintf("  WHERE strpos(w.lode_path, %s) = 0", mark),
		")",
		fmt.Sprintf("SELECT %s, md.lode_durable AS %s, %s, ma.lode_durable AS %s, w.depth,", sqltext.List(d, "w", down...), d.Quote(schema.Descendant+durable),
			sqltext.List(d, "w", up...), d.Quote(schema.Ancestor+durable)),
		fmt.Sprintf("       NOT EXISTS (SELECT 1 FROM %s s JOIN %s p ON %s WHERE %s) AS is_top,", h.living(), h.living(), h.up("s", "p"), sqltext.OnPairs(d, "s", h.key, "w", up)),
		fmt.Sprintf("       NOT EXISTS (SELECT 1 FROM %s s JOIN %s p ON %s WHERE %s) AS is_bottom", h.living(), h.living(), h.up("s", "p"), sqltext.OnPairs(d, "p", h.key, "w", down)),
		fmt.Sprintf("FROM walk w JOIN %s md ON %s JOIN %s ma ON %s", members, sqltext.OnPairs(d, "md", h.key, "w", down), members, sqltext.OnPairs(d, "ma", h.key, "w", up)))
}
