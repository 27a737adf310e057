package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Temporary tables of a bridge's step.
const (
	tmpOwners      = "lode_owners"       // what the touched groups belong to
	tmpLinks       = "lode_links"        // the intervals of their links
	tmpContents    = "lode_contents"     // who is in the group from which instant on
	tmpBridgeRows  = "lode_bridge_rows"  //
	tmpBridgeDelta = "lode_bridge_delta" //
)

// A group's history is a chain like any other, only that its events are not in a log:
// they are the instants at which a link of its owner begins, ends or changes. The tracked
// value is the digest of the members in force then.
type groups struct {
	d     warehouse.Dialect
	b     *schema.BridgeModel
	links chain
}

// groupEvents lists the statements that make the groups' events, as chain.events makes
// those of a dimension: the owners that new events of links touch, all links of these, and
// one event for each instant at which a group may change.
func groupEvents(d warehouse.Dialect, b *schema.BridgeModel, s Scope) []sqltext.Statement {
	g := groups{d: d, b: b, links: chain{d: d, m: b.Links, s: s, key: b.Entity.Key(), all: s.All || s.After == 0}}
	var out []sqltext.Statement
	if !g.links.all {
		out = append(out, g.owners()...)
		out = append(out, affected.Create(d, tmpTouched, "all links of these", fmt.Sprintf("SELECT DISTINCT %s FROM %s l JOIN %s o ON %s",
			sqltext.List(d, "l", g.links.key...), d.Table(b.Entity.Log.Name), d.Quote(tmpOwners), sqltext.On(d, "o", "l", b.Group...)))...)
	}
	out = append(out, g.links.events()...)
	out = append(out, g.links.versions()...)
	out = append(out, g.intervals()...)
	out = append(out, g.contents()...)
	if !g.links.all {
		out = append(out, affected.Create(d, tmpTouched, "the groups that this touches", "SELECT * FROM "+d.Quote(tmpOwners))...)
	}
	return append(out, g.events()...)
}

// owners collects what the touched links belong to, or ever belonged to.
func (g groups) owners() []sqltext.Statement {
	log := g.d.Table(g.b.Entity.Log.Name)
	return affected.Create(g.d, tmpOwners, "what the touched links belong to, now or before", fmt.Sprintf(
		"SELECT DISTINCT %s FROM %s l JOIN (SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope') n ON %s WHERE NOT %s",
		sqltext.List(g.d, "l", g.b.Group...), log, g.links.columns("", g.links.key...), log, g.links.s.After,
		sqltext.On(g.d, "n", "l", g.links.key...), sqltext.AnyNull(g.d, "l", g.b.Group...)))
}

// intervals keeps the links' versions that name an owner and a member.
func (g groups) intervals() []sqltext.Statement {
	d, named := g.d, slices.Concat(g.b.Group, g.b.Bridge.Member.Key)
	join := ""
	if !g.links.all {
		join = fmt.Sprintf(" JOIN %s o ON %s", d.Quote(tmpOwners), sqltext.On(d, "o", "v", g.b.Group...))
	}
	return affected.Create(d, tmpLinks, "when which member was linked", fmt.Sprintf("SELECT v.* FROM %s v%s WHERE NOT %s",
		d.Quote(tmpVersions), join, sqltext.AnyNull(d, "v", named...)))
}

// contents lists the members in force from each instant at which a link of the owner
// begins or ends. Two links to one member count as one, with their weights added.
func (g groups) contents() []sqltext.Statement {
	d, b := g.d, g.b
	owner, member := sqltext.List(d, "", b.Group...), sqltext.List(d, "l", b.Bridge.Member.Key...)
	weight, share := "", ""
	switch {
	case b.Weighted():
		scale := b.Entity.Column(b.Weight).Stored.Scale
		weight = fmt.Sprintf(", sum(COALESCE(%s, 0)) AS lode_weight", whole(d, sqltext.Column(d, "l", b.Weight), scale, scale))
	case b.Weight == schema.EqualWeight:
		weight = ", 1 AS lode_weight"
	}
	if b.Weight != "" {
		share = ", " + g.share() + " AS " + d.Quote(schema.BridgeWeight)
	}
	points := fmt.Sprintf("(SELECT %s, valid_from FROM %s UNION SELECT %s, valid_to FROM %s) p", owner, d.Quote(tmpLinks), owner, d.Quote(tmpLinks))
	return affected.Create(d, tmpContents, "who is in the group from which instant on", lines(
		fmt.Sprintf("SELECT x.*%s FROM (", share),
		fmt.Sprintf("SELECT %s, p.valid_from, %s%s", sqltext.List(d, "p", b.Group...), member, weight),
		fmt.Sprintf("FROM %s LEFT JOIN %s l ON %s AND l.valid_from <= p.valid_from AND p.valid_from < l.valid_to", points, d.Quote(tmpLinks), sqltext.On(d, "l", "p", b.Group...)),
		fmt.Sprintf("WHERE p.valid_from < %s", affected.Day(d, schema.HighDate)),
		fmt.Sprintf("GROUP BY %s, p.valid_from, %s) x", sqltext.List(d, "p", b.Group...), member)))
}

// share is a member's part of the weights of its group, which are whole numbers, so that equal
// parts are equal. Weights that add up to 0 are equal ones, as those are by which an amount is
// allocated.
func (g groups) share() string {
	d := g.d
	group, float := fmt.Sprintf("OVER (PARTITION BY %s, x.valid_from)", sqltext.List(d, "x", g.b.Group...)), d.TypeName(record.Of(record.Float))
	return fmt.Sprintf("CASE WHEN sum(x.lode_weight) %s = 0 THEN CAST(1 AS %s) / count(*) %s ELSE CAST(x.lode_weight AS %s) / CAST(sum(x.lode_weight) %s AS %s) END",
		group, float, group, float, group, float)
}

// events makes one event of each instant: the group as it is from then on, or its end.
func (g groups) events() []sqltext.Statement {
	d, b := g.d, g.b
	owner := sqltext.List(d, "c", b.Group...)
	told := b.Bridge.Member.Key
	if b.Weighted() {
		told = append(slices.Clone(told), schema.BridgeWeight)
	}
	member := sqltext.Column(d, "c", b.Bridge.Member.Key[0])
	digest := fmt.Sprintf("md5(string_agg(CASE WHEN %s IS NOT NULL THEN %s END, ',' ORDER BY %s))", member,
		sqltext.Signature(d, "c", told...), sqltext.Signature(d, "c", b.Bridge.Member.Key...))
	null := func(k record.Kind) string { return "CAST(NULL AS " + d.TypeName(record.Of(k)) + ")" }
	return affected.Create(d, tmpEvents, "what becomes of the groups at each instant", lines(
		fmt.Sprintf("SELECT %s, c.valid_from AS valid_at, CASE WHEN count(%s) = 0 THEN 'delete' ELSE 'upsert' END AS op,", owner, member),
		fmt.Sprintf("       %s AS %s, count(%s) AS %s,", digest, d.Quote(schema.MemberDigest), member, d.Quote(schema.MemberCount)),
		fmt.Sprintf("       c.valid_from AS observed_at, %s AS event_stream, %s AS event_seq", null(record.Text), null(record.Int)),
		fmt.Sprintf("FROM %s c GROUP BY %s, c.valid_from", d.Quote(tmpContents), owner)))
}

// BridgeRows lists the statements that write the members of the groups that Dimension has
// just brought up to date.
func BridgeRows(d warehouse.Dialect, b *schema.BridgeModel, s Scope) []sqltext.Statement {
	m := b.Groups
	columns := []string{sqltext.Column(d, "g", m.SurrogateKey), sqltext.List(d, "c", union(b.Group, b.Bridge.Member.Key)...)}
	columns = append(columns, memberKey(b, d)+" AS "+d.Quote(b.Member.DurableKey))
	if b.Weight != "" {
		columns = append(columns, "c."+d.Quote(schema.BridgeWeight))
	}
	out := affected.Create(d, tmpBridgeRows, "the members of the touched groups", lines(
		"SELECT "+strings.Join(columns, ", "),
		fmt.Sprintf("FROM %s g JOIN %s c ON %s AND c.valid_from = g.event_at AND c.%s IS NOT NULL", d.Quote(tmpFresh), d.Quote(tmpContents),
			sqltext.On(d, "c", "g", b.Group...), d.Quote(b.Bridge.Member.Key[0])),
		memberJoins(b, d, "c", "g.event_at")))
	write := affected.Write{
		Target: b.Table, Fresh: tmpBridgeRows, Touched: tmpTouched, Keys: b.Group, Audit: true, Delta: tmpBridgeDelta, Now: s.Now,
	}
	if s.All || s.After == 0 {
		write.Touched = ""
	}
	return append(out, write.Statements(d)...)
}

// memberJoins finds the member of a bridge's row: its version in force at an instant, and
// any version of it. Behind them memberKey is its durable key. One that a fact has inferred
// is none yet, as in durables.
func memberJoins(b *schema.BridgeModel, d warehouse.Dialect, row, at string) string {
	m := b.Member
	nk, table := m.NaturalKey(), d.Table(m.Table.Name)
	is := translated(d, m, "thing", row, b.Bridge.Member.Key)
	return lines(
		strings.TrimSpace(translation(d, m, "thing", row, b.Bridge.Member.Key)+fmt.Sprintf(" LEFT JOIN %s v ON %s AND NOT v.is_inferred AND v.valid_from <= %s AND %s < v.valid_to", table, isMember(d, "v", m, is), at, at)),
		fmt.Sprintf("LEFT JOIN (SELECT %s, min(%s) AS lode_durable FROM %s WHERE NOT is_inferred GROUP BY %s) w ON %s", sqltext.List(d, "", nk...), d.Quote(m.DurableKey), table,
			sqltext.List(d, "", nk...), isMember(d, "w", m, is)))
}

func memberKey(b *schema.BridgeModel, d warehouse.Dialect) string {
	return fmt.Sprintf("COALESCE(v.%s, w.lode_durable, %d)", d.Quote(b.Member.DurableKey), schema.UnknownKey)
}

// BridgeMembers lists the statements that give the rows of a bridge the durable keys of
// members that have just come, or have another one now, or are gone. They read the fresh rows
// of the member's dimension, and what was removed.
func BridgeMembers(d warehouse.Dialect, b *schema.BridgeModel) []sqltext.Statement {
	durable := d.Quote(b.Member.DurableKey)
	come := fmt.Sprintf("EXISTS (SELECT 1 FROM %s f WHERE %s)%s", d.Quote(tmpFresh), isMember(d, "f", b.Member, translated(d, b.Member, "thing", "r", b.Bridge.Member.Key)),
		orMoved(d, b.Member, "r", b.Bridge.Member.Key))
	gone := fmt.Sprintf("r.%s > 0 AND NOT EXISTS (SELECT 1 FROM %s f WHERE f.%s = r.%s)", durable, d.Table(b.Member.Table.Name), durable, durable)
	return []sqltext.Statement{
		{Note: "durable keys of the members of " + b.Name, SQL: memberKeys(d, b, come)},
		{Given: removed(d), Note: "and of those that are gone", SQL: memberKeys(d, b, gone)},
	}
}

// memberKeys looks up the durable keys of the rows of a bridge, as r, that a condition holds of.
func memberKeys(d warehouse.Dialect, b *schema.BridgeModel, where string) string {
	return lines(
		fmt.Sprintf("UPDATE %s t SET %s = x.lode_key FROM (", d.Table(b.Table.Name), d.Quote(b.Member.DurableKey)),
		fmt.Sprintf("SELECT %s, %s AS lode_key FROM %s r JOIN %s g ON g.%s = r.%s", sqltext.List(d, "r", b.Table.PrimaryKey...), memberKey(b, d),
			d.Table(b.Table.Name), d.Table(b.Groups.Table.Name), d.Quote(b.Groups.SurrogateKey), d.Quote(b.Groups.SurrogateKey)),
		memberJoins(b, d, "r", "g.event_at"),
		"WHERE "+where,
		fmt.Sprintf(") x WHERE %s AND t.%s <> x.lode_key", sqltext.OnPairs(d, "x", b.Table.PrimaryKey, "t", b.Table.PrimaryKey), d.Quote(b.Member.DurableKey)))
}

// Withdrawn counts the links that lost all the events they had since the last step: what
// they belonged to is no longer in the log, so that every group has to be looked at.
func Withdrawn(d warehouse.Dialect, b *schema.BridgeModel, s Scope) string {
	return fmt.Sprintf("SELECT count(*) FROM %s WHERE log_seq > %d AND op = 'void'", d.Table(b.Entity.Log.Name), s.After)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
