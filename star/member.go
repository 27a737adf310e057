package star

import (
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
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
	key, sk := c.columns("", c.key...), c.d.Quote(c.m.SurrogateKey)
	sig := sqltext.Signature(c.d, "t", c.tracked()...)
	query := lines(
		fmt.Sprintf("WITH held AS (SELECT t.%s AS lode_sk, %s, t.event_at, t.is_inferred, %s AS lode_sig FROM %s t WHERE t.%s > 0),",
			sk, c.columns("t", c.key...), sig, c.heldRows(), sk),
		fmt.Sprintf("same AS (SELECT h.lode_sk, %s, v.event_at FROM held h JOIN %s v ON %s", c.columns("v", c.key...), c.d.Quote(tmpVersions), sqltext.On(c.d, "h", "v", c.key...)),
		"         WHERE (h.is_inferred AND v.version = 1) OR (NOT h.is_inferred AND h.event_at = v.event_at)),",
		fmt.Sprintf("held_rest AS (SELECT h.*, row_number() OVER (PARTITION BY %s, lode_sig ORDER BY event_at) AS lode_n FROM held h", key),
		"         WHERE NOT h.is_inferred AND NOT EXISTS (SELECT 1 FROM same s WHERE s.lode_sk = h.lode_sk)),",
		fmt.Sprintf("new_rest AS (SELECT v.*, row_number() OVER (PARTITION BY %s, lode_sig ORDER BY event_at) AS lode_n FROM %s v", key, c.d.Quote(tmpVersions)),
		fmt.Sprintf("         WHERE NOT EXISTS (SELECT 1 FROM same s WHERE %s AND s.event_at = v.event_at))", sqltext.On(c.d, "s", "v", c.key...)),
		"SELECT * FROM same",
		fmt.Sprintf("UNION ALL SELECT h.lode_sk, %s, v.event_at FROM held_rest h JOIN new_rest v ON %s AND h.lode_sig = v.lode_sig AND h.lode_n = v.lode_n",
			c.columns("v", c.key...), sqltext.On(c.d, "h", "v", c.key...)))
	return affected.Create(c.d, tmpMatched, "which existing row is which version", query)
}

// fresh gives new versions their surrogate keys and each key its durable key. An
// inferred member of which no event is known stays as it is.
func (c chain) fresh() []sqltext.Statement {
	d, m := c.d, c.m
	attributes := c.columns("v", c.attributes()...)
	outriggers, joins := c.outriggerKeys()
	numbered := lines(
		fmt.Sprintf("SELECT COALESCE(x.lode_sk, %d + row_number() OVER (PARTITION BY CASE WHEN x.lode_sk IS NULL THEN 0 ELSE 1 END ORDER BY %s, v.event_at)) AS %s,",
			c.s.LastKey, c.columns("v", c.key...), d.Quote(m.SurrogateKey)),
		fmt.Sprintf("       %s, %s, v.valid_from, v.valid_to, %s AS is_current,", c.columns("v", c.key...), attributes, c.isCurrent()),
		"       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq, v.lode_life"+outriggers,
		fmt.Sprintf("FROM %s v LEFT JOIN %s ON %s AND x.event_at = v.event_at", d.Quote(tmpVersions), c.matchedRelation(), sqltext.On(d, "x", "v", c.key...))+joins)
	query := lines("WITH numbered AS (", numbered, ")", c.durable())
	statements := affected.Create(d, tmpFresh, "the rows that the touched keys should have", query)
	if c.s.Empty {
		return statements
	}
	return append(statements, c.keepMembers())
}

// durable gives the numbered rows their durable key: the one that their key has, or the
// first surrogate key of their life where a key that comes back is another thing.
func (c chain) durable() string {
	d, m := c.d, c.m
	sk, durable := d.Quote(m.SurrogateKey), d.Quote(m.DurableKey)
	if m.ReusedKey == "new" {
		return fmt.Sprintf("SELECT n.*, min(n.%s) OVER (PARTITION BY %s, n.lode_life) AS %s FROM numbered n", sk, c.columns("n", c.key...), durable)
	}
	return lines(
		fmt.Sprintf("SELECT n.*, COALESCE(h.lode_durable, min(n.%s) OVER (PARTITION BY %s)) AS %s", sk, c.columns("n", c.key...), durable),
		fmt.Sprintf("FROM numbered n LEFT JOIN (SELECT %s, min(t.%s) AS lode_durable FROM %s t WHERE t.%s > 0 GROUP BY %s) h ON %s",
			c.columns("t", c.key...), durable, c.heldRows(), sk, c.columns("t", c.key...), sqltext.On(d, "h", "n", c.key...)))
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

func (c chain) matchedRelation() string {
	if c.s.Empty {
		sk := c.d.TypeName(record.Of(record.Int))
		return fmt.Sprintf("(SELECT CAST(NULL AS %s) AS lode_sk, v0.* FROM %s v0 WHERE FALSE) x", sk, c.d.Quote(tmpVersions))
	}
	return c.d.Quote(tmpMatched) + " x"
}

func (c chain) isCurrent() string {
	if c.m.Current == "in_force" {
		now := affected.Instant(c.d, c.s.Now)
		return fmt.Sprintf("(v.valid_from <= %s AND %s < v.valid_to)", now, now)
	}
	return fmt.Sprintf("(v.valid_to = %s)", day(c.d, schema.HighDate))
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
