package star

import (
	"fmt"
	"slices"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// matched finds the row that each version is. A row that is there stays, so that surrogate
// keys survive: an inferred member is its key's first version; a row whose beginning stayed is
// itself; of the rest, rows of equal content in equal order are the same, moved. Other
// versions get the next keys, in the order of keys and time.
func (c chain) matched() []sqltext.Statement {
	if c.s.Empty {
		return nil
	}
	d, sk := c.d, c.d.Quote(c.m.SurrogateKey)
	held, versions := c.unknown()
	key := func(alias string) string { return c.columns(alias, c.key...) }
	version := c.by("v") + ", v.event_at, v.lode_life"
	first, of := "t."+sk, ""
	if c.all { // what computes every key again also mends a table in which a version stands twice
		first, of = "min(t."+sk+")", " GROUP BY "+version
	}
	query := lines(
		fmt.Sprintf("WITH same AS (SELECT %s AS lode_sk, %s FROM %s t JOIN %s v ON %s", first, version, held, versions, sqltext.On(d, "t", "v", c.key...)),
		fmt.Sprintf("  WHERE t.%s > 0 AND ((t.is_inferred AND v.version = 1) OR (NOT t.is_inferred AND t.event_at = v.event_at))%s),", sk, of),
		fmt.Sprintf("left_over AS (SELECT t.%s AS lode_sk, %s, t.event_at, %s AS lode_sig FROM %s t", sk, key("t"), sqltext.Signature(d, "t", c.tracked()...), held),
		fmt.Sprintf("  WHERE t.%s > 0 AND NOT t.is_inferred AND NOT EXISTS (SELECT 1 FROM same s WHERE s.lode_sk = t.%s)),", sk, sk),
		fmt.Sprintf("held_rest AS (SELECT h.*, row_number() OVER (PARTITION BY %s, h.lode_sig ORDER BY h.event_at) AS lode_n FROM left_over h),", key("h")),
		fmt.Sprintf("new_rest AS (SELECT v.*, row_number() OVER (PARTITION BY %s, v.lode_sig ORDER BY v.event_at) AS lode_n FROM %s v", key("v"), versions),
		fmt.Sprintf("  JOIN (SELECT DISTINCT %s FROM left_over) h ON %s", key(""), sqltext.On(d, "h", "v", c.key...)),
		fmt.Sprintf("  WHERE NOT EXISTS (SELECT 1 FROM same s WHERE %s AND s.event_at = v.event_at)),", sqltext.On(d, "s", "v", c.told()...)),
		"found AS (SELECT * FROM same",
		fmt.Sprintf("  UNION ALL SELECT h.lode_sk, %s FROM held_rest h JOIN new_rest v ON %s AND h.lode_sig = v.lode_sig AND h.lode_n = v.lode_n)",
			version, sqltext.On(d, "h", "v", c.key...)),
		"SELECT * FROM found",
		fmt.Sprintf("UNION ALL SELECT %s + row_number() OVER (ORDER BY %s), %s FROM %s v", c.lastKey(), c.by("v")+", v.event_at", version, d.Quote(tmpVersions)),
		fmt.Sprintf("WHERE %sNOT EXISTS (SELECT 1 FROM found f WHERE %s AND f.event_at = v.event_at)", c.withoutRow(), sqltext.On(d, "f", "v", c.told()...)))
	return affected.Create(d, tmpMatched, "which row each version is", query)
}

// fresh gives versions their surrogate keys and each key its durable key: the one that it
// has, or the first surrogate key of it, or of its life where a key that comes back is
// another thing. An inferred member of which no event is known stays as it is.
func (c chain) fresh() []sqltext.Statement {
	m := c.m
	outriggers, joins := c.outriggerKeys()
	columns := lines(
		fmt.Sprintf("       %s, v.valid_from, v.valid_to, %s AS is_current,", c.columns("v", slices.Concat(c.key, c.attributes())...), c.isCurrent()),
		"       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq"+outriggers)
	const note = "the rows that the touched keys should have"
	if c.s.Empty {
		return affected.Create(c.d, tmpFresh, note, c.numbered(lines(columns, fmt.Sprintf("FROM %s v%s", c.d.Quote(tmpVersions), joins))), c.joined(m.SurrogateKey)...)
	}
	query := lines(fmt.Sprintf("SELECT v.%s AS %s, v.%s AS %s,", ownKey, c.d.Quote(m.SurrogateKey), durableKey, c.d.Quote(m.DurableKey)), columns,
		fmt.Sprintf("FROM (%s) v%s", c.keyed(), joins))
	return append(affected.Create(c.d, tmpFresh, note, query, c.joined(m.SurrogateKey)...), c.keepMembers())
}

// keyed selects the versions with their keys.
func (c chain) keyed() string {
	columns := slices.Concat(c.key, c.attributes(), []string{schema.ValidFrom, schema.ValidTo, schema.Version, schema.IsDeleted, schema.EventAtCol, schema.EventStream, schema.EventSeq})
	durable := "g.lode_first"
	if c.m.ReusedKey != "new" {
		durable = "COALESCE(" + c.durable() + ", g.lode_first)"
	}
	query := fmt.Sprintf("SELECT %s, %s AS %s, %s AS %s FROM %s v", c.columns("v", columns...), c.row(), ownKey, durable, durableKey, c.d.Quote(tmpVersions))
	return c.andOnce(query+c.matchedJoin(), append(columns, ownKey, durableKey)...)
}

// numbered gives the versions of an empty dimension their keys, in the order of keys and time.
func (c chain) numbered(columns string) string {
	sk := c.d.Quote(c.m.SurrogateKey)
	return lines("WITH numbered AS (",
		fmt.Sprintf("SELECT %d + row_number() OVER (ORDER BY %s, v.event_at) AS %s, v.lode_life,", c.s.LastKey, c.columns("v", c.key...), sk),
		columns+")",
		fmt.Sprintf("SELECT n.*, min(n.%s) OVER (PARTITION BY %s) AS %s FROM numbered n", sk, c.columns("n", c.lived()...), c.d.Quote(c.m.DurableKey)))
}

// lived lists what a durable key belongs to: the key, or one of its lives.
func (c chain) lived() []string {
	if c.m.ReusedKey == "new" {
		return append(c.told(), "lode_life")
	}
	return c.told()
}

// matchedJoin joins the row that a version is, and the durable key of its key: the one that
// rows have, and the one that the first row gives.
func (c chain) matchedJoin() string {
	d, m := c.d, c.m
	matched := d.Quote(tmpMatched)
	out := fmt.Sprintf("\nLEFT JOIN %s x ON %s AND x.event_at = v.event_at", matched, sqltext.On(d, "x", "v", c.told()...)) +
		fmt.Sprintf("\nLEFT JOIN (SELECT %s, min(lode_sk) AS lode_first FROM %s GROUP BY %s) g ON %s", c.columns("", c.lived()...), matched, c.columns("", c.lived()...), sqltext.On(d, "g", "v", c.lived()...))
	if m.ReusedKey == "new" {
		return out
	}
	held, _ := c.unknown()
	return out + fmt.Sprintf("\nLEFT JOIN (SELECT %s, min(t.%s) AS lode_durable FROM %s t WHERE t.%s > 0 GROUP BY %s) h ON %s",
		c.columns("t", c.key...), d.Quote(m.DurableKey), held, d.Quote(m.SurrogateKey), c.columns("t", c.key...), sqltext.On(d, "h", "v", c.key...))
}

// keepMembers lets members stay that no event speaks of: the special ones when every
// key is touched, and the inferred ones.
func (c chain) keepMembers() sqltext.Statement {
	d, m := c.d, c.m
	columns := sqltext.Without(m.Table.FieldNames(), schema.CreatedAt, schema.UpdatedAt)
	return sqltext.Statement{
		Given: fmt.Sprintf("(SELECT 1 FROM %s WHERE %s < 0 OR is_inferred) t", c.heldRows(), d.Quote(m.SurrogateKey)),
		Note:  "members of which no event is known stay",
		SQL: lines(
			fmt.Sprintf("INSERT INTO %s (%s)", d.Quote(tmpFresh), c.columns("", columns...)),
			fmt.Sprintf("SELECT %s FROM %s t", c.columns("t", columns...), c.heldRows()),
			fmt.Sprintf("WHERE t.%s < 0 OR (t.is_inferred AND NOT EXISTS (SELECT 1 FROM %s v WHERE %s)%s)",
				d.Quote(m.SurrogateKey), d.Quote(tmpVersions), sqltext.On(d, "v", "t", c.key...), c.unlessOfAnother("t"))),
	}
}

// tracked lists the attributes whose change begins a version.
func (c chain) tracked() []string {
	var names []string
	for _, a := range c.m.Attributes {
		if a.Carry == schema.Tracked {
			names = append(names, a.Name)
		}
	}
	return names
}

func (c chain) isCurrent() string {
	if c.m.Current == "in_force" {
		now := affected.Instant(c.d, c.s.Now)
		return fmt.Sprintf("(v.valid_from <= %s AND %s < v.valid_to)", now, now)
	}
	return fmt.Sprintf("(v.valid_to = %s)", affected.Day(c.d, schema.HighDate))
}

func (c chain) write() affected.Write {
	held := tmpHeld
	if c.all {
		held = ""
	}
	return affected.Write{
		Target: c.m.Table, Fresh: tmpFresh, Held: held,
		// A row that becomes current would meet the one that is no longer, in the index of current rows.
		InPlace: []string{schema.ValidTo, schema.IsCurrent, schema.Version}, InPlaceIf: "t.is_current OR NOT f.is_current",
		Watched: whereabouts(c.m),
		Audit:   true, Delta: tmpDelta, Now: c.s.Now, Empty: c.s.Empty,
	}
}
