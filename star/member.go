package star

import (
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// matched finds the version that each existing row is, so that surrogate keys survive:
// an inferred member is its key's first version; a row whose beginning stayed is
// itself; of the rest, rows of equal content in equal order are the same, moved.
func (c chain) matched() []sqltext.Statement {
	if c.s.Empty {
		return nil
	}
	d, sk := c.d, c.d.Quote(c.m.SurrogateKey)
	held, versions := c.unknown()
	key := func(alias string) string { return c.columns(alias, c.key...) }
	first, of := "t."+sk, ""
	if c.all { // what computes every key again also mends a table in which a version stands twice
		first, of = "min(t."+sk+")", fmt.Sprintf(" GROUP BY %s, v.event_at", key("v"))
	}
	query := lines(
		fmt.Sprintf("WITH same AS (SELECT %s AS lode_sk, %s, v.event_at FROM %s t JOIN %s v ON %s", first, key("v"), held, versions, sqltext.On(d, "t", "v", c.key...)),
		fmt.Sprintf("  WHERE t.%s > 0 AND ((t.is_inferred AND v.version = 1) OR (NOT t.is_inferred AND t.event_at = v.event_at))%s),", sk, of),
		fmt.Sprintf("left_over AS (SELECT t.%s AS lode_sk, %s, t.event_at, %s AS lode_sig FROM %s t", sk, key("t"), sqltext.Signature(d, "t", c.tracked()...), held),
		fmt.Sprintf("  WHERE t.%s > 0 AND NOT t.is_inferred AND NOT EXISTS (SELECT 1 FROM same s WHERE s.lode_sk = t.%s)),", sk, sk),
		fmt.Sprintf("held_rest AS (SELECT h.*, row_number() OVER (PARTITION BY %s, h.lode_sig ORDER BY h.event_at) AS lode_n FROM left_over h),", key("h")),
		fmt.Sprintf("new_rest AS (SELECT %s, v.event_at, v.lode_sig, row_number() OVER (PARTITION BY %s, v.lode_sig ORDER BY v.event_at) AS lode_n FROM %s v", key("v"), key("v"), versions),
		fmt.Sprintf("  JOIN (SELECT DISTINCT %s FROM left_over) h ON %s", key(""), sqltext.On(d, "h", "v", c.key...)),
		fmt.Sprintf("  WHERE NOT EXISTS (SELECT 1 FROM same s WHERE %s AND s.event_at = v.event_at))", sqltext.On(d, "s", "v", c.key...)),
		"SELECT * FROM same",
		fmt.Sprintf("UNION ALL SELECT h.lode_sk, %s, v.event_at FROM held_rest h JOIN new_rest v ON %s AND h.lode_sig = v.lode_sig AND h.lode_n = v.lode_n",
			key("v"), sqltext.On(d, "h", "v", c.key...)))
	return affected.Create(d, tmpMatched, "which existing row is which version", query)
}

// fresh gives new versions their surrogate keys and each key its durable key. An
// inferred member of which no event is known stays as it is.
func (c chain) fresh() []sqltext.Statement {
	d, m := c.d, c.m
	attributes := c.columns("v", c.attributes()...)
	outriggers, joins := c.outriggerKeys()
	numbered := lines(
		fmt.Sprintf("SELECT %s AS %s%s,", c.number(), d.Quote(m.SurrogateKey), c.knownDurable()),
		fmt.Sprintf("       %s, %s, v.valid_from, v.valid_to, %s AS is_current,", c.columns("v", c.key...), attributes, c.isCurrent()),
		"       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq, v.lode_life"+outriggers,
		fmt.Sprintf("FROM %s v%s", d.Quote(tmpVersions), c.matchedJoin())+joins)
	query := lines("WITH numbered AS (", numbered, ")", c.durable())
	statements := affected.Create(d, tmpFresh, "the rows that the touched keys should have", query, c.joined(m.SurrogateKey)...)
	if c.s.Empty {
		return statements
	}
	return append(statements, c.keepMembers())
}

// number is the surrogate key of a version: that of the row it is, or the next one in the
// order of keys and time.
func (c chain) number() string {
	order := c.by("v") + ", v.event_at"
	if c.s.Empty {
		return fmt.Sprintf("%d + row_number() OVER (ORDER BY %s)", c.s.LastKey, order)
	}
	return fmt.Sprintf("COALESCE(%s, %d + count(CASE WHEN %s IS NULL THEN 1 END) OVER (ORDER BY %s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))",
		c.row(), c.s.LastKey, c.row(), order)
}

// matchedJoin finds the row that a version is, and the durable key that its key has.
func (c chain) matchedJoin() string {
	d, m := c.d, c.m
	if c.s.Empty {
		return ""
	}
	out := fmt.Sprintf("\nLEFT JOIN %s x ON %s AND x.event_at = v.event_at", d.Quote(tmpMatched), sqltext.On(d, "x", "v", c.key...))
	if m.ReusedKey != "new" {
		held, _ := c.unknown()
		out += fmt.Sprintf("\nLEFT JOIN (SELECT %s, min(t.%s) AS lode_durable FROM %s t WHERE t.%s > 0 GROUP BY %s) h ON %s",
			c.columns("t", c.key...), d.Quote(m.DurableKey), held, d.Quote(m.SurrogateKey), c.columns("t", c.key...), sqltext.On(d, "h", "v", c.key...))
	}
	return out
}

// knownDurable hands on the durable key that a key has, if it can have one.
func (c chain) knownDurable() string {
	if c.s.Empty || c.m.ReusedKey == "new" {
		return ""
	}
	if c.short {
		return ", v.lode_k, COALESCE(v.lode_durable, h.lode_durable) AS lode_durable"
	}
	return ", h.lode_durable"
}

// durable gives the numbered rows their durable key: the one that their key has, or the
// first surrogate key of their life where a key that comes back is another thing.
func (c chain) durable() string {
	life := ""
	if c.m.ReusedKey == "new" {
		life = ", n.lode_life"
	}
	first := fmt.Sprintf("min(n.%s) OVER (PARTITION BY %s%s)", c.d.Quote(c.m.SurrogateKey), c.by("n"), life)
	if c.knownDurable() != "" {
		first = "COALESCE(n.lode_durable, " + first + ")"
	}
	return fmt.Sprintf("SELECT n.*, %s AS %s FROM numbered n", first, c.d.Quote(c.m.DurableKey))
}

// keepMembers lets members stay that no event speaks of: the special ones when every
// key is touched, and the inferred ones.
func (c chain) keepMembers() sqltext.Statement {
	d, m := c.d, c.m
	columns := sqltext.Without(m.Table.FieldNames(), schema.CreatedAt, schema.UpdatedAt)
	return sqltext.Statement{
		Note: "members of which no event is known stay",
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
		Target: c.m.Table, Fresh: tmpFresh, Held: held, Keys: c.key,
		Audit: true, Delta: tmpDelta, Now: c.s.Now, Empty: c.s.Empty,
	}
}
