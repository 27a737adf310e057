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

// Dimension lists the statements that bring a dimension up to date with its entity's
// log. Between, if given, runs when the changes are known (in the delta table) and none is written yet.
func Dimension(d warehouse.Dialect, m *schema.DimensionModel, s Scope, between ...sqltext.Statement) []sqltext.Statement {
	c := chain{d: d, m: m, s: s, key: m.Entity.Key(), all: s.All || s.After == 0}
	var out []sqltext.Statement
	if !c.all {
		out = append(out, c.touched()...)
	}
	out = append(out, c.events()...)
	out = append(out, c.versions()...)
	out = append(out, c.matched()...)
	out = append(out, c.fresh()...)
	return append(out, c.write().Statements(d, between...)...)
}

// LastKey reads the highest surrogate key in use, 0 when there is none.
func LastKey(d warehouse.Dialect, m *schema.DimensionModel) string {
	return fmt.Sprintf("SELECT COALESCE(max(%s), 0) AS last FROM %s WHERE %s > 0", d.Quote(m.SurrogateKey), d.Table(m.Table.Name), d.Quote(m.SurrogateKey))
}

type chain struct {
	d   warehouse.Dialect
	m   *schema.DimensionModel
	s   Scope
	key []string
	all bool
}

func (c chain) columns(alias string, names ...string) string {
	return sqltext.List(c.d, alias, names...)
}

// attributes lists the attributes of an SCD type and scope; scope "" means any.
func (c chain) attributes(scd, scope string) []string {
	var names []string
	for _, a := range c.m.Attributes {
		if a.SCD == scd && (scope == "" || a.Scope == scope) {
			names = append(names, a.Name)
		}
	}
	return names
}

func (c chain) allAttributes() []string {
	names := make([]string, len(c.m.Attributes))
	for i, a := range c.m.Attributes {
		names[i] = a.Name
	}
	return names
}

// touched collects the keys of new events. With current: in_force a key is also touched
// when a version came into force, or went out of it, since the last run.
func (c chain) touched() []sqltext.Statement {
	query := fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE log_seq > %d AND op <> 'scope'",
		c.columns("", c.key...), c.d.Table(c.m.Entity.Log.Name), c.s.After)
	if c.m.Current == "in_force" && !c.s.Since.IsZero() {
		since, now := affected.Instant(c.d, c.s.Since), affected.Instant(c.d, c.s.Now)
		query += fmt.Sprintf("\nUNION SELECT %s FROM %s WHERE (valid_from > %s AND valid_from <= %s) OR (valid_to > %s AND valid_to <= %s)",
			c.columns("", c.key...), c.d.Table(c.m.Table.Name), since, now, since, now)
	}
	return affected.Create(c.d, tmpTouched, "the natural keys that new events touch", query)
}

// events picks the winner of each instant. With collapse_intrabatch only the last event
// that a load brought of a key takes part.
func (c chain) events() []sqltext.Statement {
	columns := append([]string{schema.Op, schema.ValidAtCol, schema.EventStream, schema.EventSeq}, c.allAttributes()...)
	from := c.d.Table(c.m.Entity.Log.Name)
	if c.m.CollapseIntrabatch {
		from = fmt.Sprintf("(SELECT x.*, row_number() OVER (PARTITION BY %s, x.load_id ORDER BY x.valid_at DESC, %s) AS lode_batch_place FROM %s x WHERE x.op IN ('upsert', 'delete'))",
			c.columns("x", c.key...), EventOrder(c.d, "x"), from)
	}
	query := lines(
		fmt.Sprintf("SELECT %s, %s, %s AS lode_sig", c.columns("w", c.key...), c.columns("w", columns...), sqltext.Signature(c.d, "w", c.attributes("2", "")...)),
		fmt.Sprintf("FROM (SELECT l.*, row_number() OVER (PARTITION BY %s, l.valid_at ORDER BY %s) AS lode_place", c.columns("l", c.key...), EventOrder(c.d, "l")),
		fmt.Sprintf("      FROM %s l%s", from, touchedJoin(c.d, c.all, "l", c.key)),
		"      WHERE l.op IN ('upsert', 'delete')"+c.batchFilter()+") w",
		"WHERE w.lode_place = 1")
	return affected.Create(c.d, tmpEvents, "the winning event of each key and instant", query)
}

func (c chain) batchFilter() string {
	if c.m.CollapseIntrabatch {
		return " AND l.lode_batch_place = 1"
	}
	return ""
}

// versions turns events into intervals. A run is a version and the events after it that
// change no type 2 attribute.
func (c chain) versions() []sqltext.Statement {
	key := c.columns("", c.key...)
	t2 := c.attributes("2", "")
	all, current := c.attributes("1", "all"), c.attributes("1", "current")
	query := lines(
		"WITH marked AS (",
		"  SELECT e.*, CASE WHEN op = 'delete' OR lag(op) OVER w IS NULL OR lag(op) OVER w = 'delete' OR lode_sig <> lag(lode_sig) OVER w THEN 1 ELSE 0 END AS lode_begins",
		fmt.Sprintf("  FROM %s e WINDOW w AS (PARTITION BY %s ORDER BY valid_at)", c.d.Quote(tmpEvents), key),
		"), runs AS (",
		fmt.Sprintf("  SELECT m.*, sum(lode_begins) OVER (PARTITION BY %s ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lode_run FROM marked m", key),
		"), filled AS (",
		fmt.Sprintf("  SELECT %s", strings.Join(append([]string{key, "op, valid_at, event_stream, event_seq, lode_sig, lode_begins"}, c.filled(t2, all, current)...), ", ")),
		"  FROM runs",
		fmt.Sprintf("  WINDOW of_run AS (PARTITION BY %s, lode_run ORDER BY valid_at DESC),", key),
		fmt.Sprintf("         of_key AS (PARTITION BY %s ORDER BY CASE op WHEN 'upsert' THEN 0 ELSE 1 END, valid_at DESC)", key),
		"), bounded AS (",
		"  SELECT f.*, lead(valid_at) OVER w AS lode_ends_at, lead(op) OVER w AS lode_end_op,",
		fmt.Sprintf("         count(CASE WHEN op = 'upsert' THEN 1 END) OVER (PARTITION BY %s) AS lode_count,", key),
		"         count(CASE WHEN op = 'upsert' THEN 1 END) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS version",
		fmt.Sprintf("  FROM filled f WHERE lode_begins = 1 WINDOW w AS (PARTITION BY %s ORDER BY valid_at)", key),
		")",
		fmt.Sprintf("SELECT %s, %s, event_stream, event_seq, lode_sig, version, valid_at AS event_at,", key, c.columns("", c.allAttributes()...)),
		fmt.Sprintf("       %s AS valid_from, COALESCE(lode_ends_at, %s) AS valid_to,", c.validFrom(), day(c.d, schema.HighDate)),
		"       version = lode_count AND lode_ends_at IS NOT NULL AS is_deleted",
		"FROM bounded WHERE op = 'upsert'")
	return affected.Create(c.d, tmpVersions, "the versions of the touched keys", query)
}

// filled gives each event the attribute values that its version will carry.
func (c chain) filled(t2, all, current []string) []string {
	var out []string
	for _, n := range t2 {
		out = append(out, c.d.Quote(n))
	}
	for _, n := range all {
		out = append(out, fmt.Sprintf("first_value(%s) OVER of_key AS %s", c.d.Quote(n), c.d.Quote(n)))
	}
	for _, n := range current {
		out = append(out, fmt.Sprintf("first_value(%s) OVER of_run AS %s", c.d.Quote(n), c.d.Quote(n)))
	}
	return out
}

func (c chain) validFrom() string {
	if c.m.FirstVersion == "event" {
		return "valid_at"
	}
	return fmt.Sprintf("CASE version WHEN 1 THEN %s ELSE valid_at END", day(c.d, schema.LowDate))
}

// matched finds the version that each existing row is, so that surrogate keys survive:
// an inferred member is its key's first version; a row whose beginning stayed is
// itself; of the rest, rows of equal content in equal order are the same, moved.
func (c chain) matched() []sqltext.Statement {
	if c.s.Empty {
		return nil
	}
	key, sk := c.columns("", c.key...), c.d.Quote(c.m.SurrogateKey)
	sig := sqltext.Signature(c.d, "t", c.attributes("2", "")...)
	query := lines(
		fmt.Sprintf("WITH held AS (SELECT t.%s AS lode_sk, %s, t.event_at, t.is_inferred, %s AS lode_sig FROM %s t%s WHERE t.%s > 0),",
			sk, c.columns("t", c.key...), sig, c.d.Table(c.m.Table.Name), touchedJoin(c.d, c.all, "t", c.key), sk),
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
	attributes := c.columns("v", c.allAttributes()...)
	numbered := lines(
		fmt.Sprintf("SELECT COALESCE(x.lode_sk, %d + row_number() OVER (PARTITION BY CASE WHEN x.lode_sk IS NULL THEN 0 ELSE 1 END ORDER BY %s, v.event_at)) AS %s,",
			c.s.LastKey, c.columns("v", c.key...), d.Quote(m.SurrogateKey)),
		fmt.Sprintf("       %s, %s, v.valid_from, v.valid_to, %s AS is_current,", c.columns("v", c.key...), attributes, c.isCurrent()),
		"       v.version, FALSE AS is_inferred, v.is_deleted, v.event_at, v.event_stream, v.event_seq",
		fmt.Sprintf("FROM %s v LEFT JOIN %s ON %s AND x.event_at = v.event_at", d.Quote(tmpVersions), c.matchedRelation(), sqltext.On(d, "x", "v", c.key...)))
	query := lines("WITH numbered AS (", numbered, ")",
		fmt.Sprintf("SELECT n.*, COALESCE(h.lode_durable, min(n.%s) OVER (PARTITION BY %s)) AS %s", d.Quote(m.SurrogateKey), c.columns("n", c.key...), d.Quote(m.DurableKey)),
		fmt.Sprintf("FROM numbered n LEFT JOIN (SELECT %s, min(t.%s) AS lode_durable FROM %s t%s WHERE t.%s > 0 GROUP BY %s) h ON %s",
			c.columns("t", c.key...), d.Quote(m.DurableKey), d.Table(m.Table.Name), touchedJoin(d, c.all, "t", c.key), d.Quote(m.SurrogateKey),
			c.columns("t", c.key...), sqltext.On(d, "h", "n", c.key...)))
	statements := affected.Create(d, tmpFresh, "the rows that the touched keys should have", query)
	if c.s.Empty {
		return statements
	}
	return append(statements, c.keepMembers())
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
			fmt.Sprintf("SELECT %s FROM %s t%s", c.columns("t", columns...), d.Table(m.Table.Name), touchedJoin(d, c.all, "t", c.key)),
			fmt.Sprintf("WHERE t.%s < 0 OR (t.is_inferred AND NOT EXISTS (SELECT 1 FROM %s v WHERE %s))",
				d.Quote(m.SurrogateKey), d.Quote(tmpVersions), sqltext.On(d, "v", "t", c.key...))),
	}
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
	touched := tmpTouched
	if c.all {
		touched = ""
	}
	return affected.Write{
		Target: c.m.Table, Fresh: tmpFresh, Touched: touched, Keys: c.key,
		Audit: true, Delta: tmpDelta, Now: c.s.Now, Empty: c.s.Empty,
	}
}
