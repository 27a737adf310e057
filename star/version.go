package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// versions turns events into intervals. A run is a version and the events after it that
// change no tracked attribute. A life is what a key that is used again starts anew with.
func (c chain) versions() []sqltext.Statement {
	key, by := c.columns("", c.key...), c.by("")
	life := by
	if c.m.ReusedKey == "new" {
		life += ", lode_life"
	}
	stages := []string{
		"WITH lives AS (",
		fmt.Sprintf("  SELECT e.*, %s FROM %s e", strings.Join(append(c.effectives(by), c.life(by)+" AS lode_life"), ", "), c.d.Quote(tmpEvents)),
		"), signed AS (",
		fmt.Sprintf("  SELECT l.*, %s AS lode_sig%s FROM lives l%s", sqltext.Signature(c.d, "l", c.signed()...), c.newest(), c.newestWindow(life)),
		"), marked AS (",
		"  SELECT e.*, " + strings.Join(append(c.changed(life), beginning), ",\n         "),
		fmt.Sprintf("  FROM signed e WINDOW w AS (PARTITION BY %s ORDER BY valid_at)", by),
	}
	from := "marked"
	if c.carries(schema.Refreshed) {
		from = "runs"
		stages = append(stages,
			"), runs AS (",
			fmt.Sprintf("  SELECT m.*, sum(lode_begins) OVER (PARTITION BY %s ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lode_run FROM marked m", by))
	}
	query := lines(append(stages,
		"), filled AS (",
		fmt.Sprintf("  SELECT %s", strings.Join(append([]string{key, "op, valid_at, event_stream, event_seq, lode_sig, lode_begins, lode_life" + c.resuming()}, c.carried()...), ", ")),
		"  FROM "+from+c.windows(by, life),
		"), bounded AS (",
		"  SELECT f.*, lead(valid_at) OVER w AS lode_ends_at, lead(op) OVER w AS lode_end_op, lead(op, 2) OVER w AS lode_after_op,",
		fmt.Sprintf("         CAST(sum(CASE op WHEN 'upsert' THEN 1 ELSE 0 END%s) OVER w AS %s) AS version%s", c.before(), c.d.TypeName(record.Of(record.Int)), c.resumedRows()),
		fmt.Sprintf("  FROM filled f WHERE lode_begins = 1 WINDOW w AS (PARTITION BY %s ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)", by),
		")",
		fmt.Sprintf("SELECT %s, event_stream, event_seq, lode_life, version, valid_at AS event_at, lode_sig%s,", strings.Join(append([]string{key}, c.display()...), ", "), following(c.known())),
		fmt.Sprintf("       %s AS valid_from, COALESCE(lode_ends_at, %s) AS valid_to,", c.validFrom(), affected.Day(c.d, schema.HighDate)),
		"       "+c.isDeleted()+" AS is_deleted",
		"FROM bounded WHERE op = 'upsert'")...)
	if len(c.s.Tracking) > 0 {
		query = fmt.Sprintf("SELECT %s, v.event_stream, v.event_seq, v.lode_life, v.version, v.event_at, %s AS lode_sig, v.valid_from, v.valid_to, v.is_deleted FROM (\n%s) v",
			c.columns("v", slices.Concat(c.key, c.attributes())...), sqltext.Signature(c.d, "v", c.tracked()...), query)
	}
	return affected.Create(c.d, tmpVersions, "the versions of the touched keys", query, append(c.joined(schema.EventAtCol), c.known()...)...)
}

// beginning is 1 where an event begins a version, or ends what there is: a delete after a
// delete does nothing.
const beginning = "CASE WHEN lag(op) OVER w IS DISTINCT FROM op THEN 1 WHEN op = 'delete' THEN 0 WHEN lode_sig <> lag(lode_sig) OVER w THEN 1 ELSE 0 END AS lode_begins"

// joined lists the columns that later statements join the rows of a key by.
func (c chain) joined(more ...string) []string { return append(slices.Clone(c.key), more...) }

// newest are the values that all versions of a life show, taken before the events are put in
// the order of time.
func (c chain) newest() string {
	out := ""
	for _, a := range c.m.Attributes {
		if a.Carry == schema.Overwritten {
			out += fmt.Sprintf(", first_value(%s) OVER newest AS %s", c.d.Quote(a.Of), c.d.Quote(newestOf(a)))
		}
	}
	return out
}

func newestOf(a schema.Attribute) string { return sqltext.Derived("lode_newest_", a.Of) }

func (c chain) newestWindow(life string) string {
	if !c.carries(schema.Overwritten) {
		return ""
	}
	return fmt.Sprintf(" WINDOW newest AS (PARTITION BY %s ORDER BY %s, valid_at DESC)", life, upsertsFirst)
}

const upsertsFirst = "CASE op WHEN 'upsert' THEN 0 ELSE 1 END"

// display gives the attributes as the versions show them.
func (c chain) display() []string {
	out := make([]string, len(c.m.Attributes))
	for i, a := range c.m.Attributes {
		out[i] = c.shown(a)
	}
	return out
}

// life counts the deletes before an event, where a key that comes back is another thing.
func (c chain) life(by string) string {
	if c.m.ReusedKey != "new" {
		return "0"
	}
	return fmt.Sprintf("sum(CASE op WHEN 'delete' THEN 1 ELSE 0 END) OVER (PARTITION BY %s ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"+
		" - CASE op WHEN 'delete' THEN 1 ELSE 0 END", by)
}

// changed gives, for each attribute that shows the value before the last change, whether
// an event changed it, and the value before that event. Deletes in between say nothing.
func (c chain) changed(life string) []string {
	var out []string
	for _, a := range c.m.Attributes {
		if a.Carry != schema.Prior {
			continue
		}
		before := fmt.Sprintf("lag(%s) OVER (PARTITION BY %s, op ORDER BY valid_at)", c.d.Quote(a.Of), life)
		out = append(out,
			fmt.Sprintf("%s AS %s", before, c.d.Quote(sqltext.Derived("lode_before_", a.Of))),
			fmt.Sprintf("op = 'upsert' AND row_number() OVER (PARTITION BY %s, op ORDER BY valid_at) > 1 AND %s IS DISTINCT FROM %s AS %s",
				life, c.d.Quote(a.Of), before, c.d.Quote(sqltext.Derived("lode_changed_", a.Of))))
	}
	return out
}

// carried gives each event the attribute values that its version will show.
func (c chain) carried() []string {
	out := make([]string, len(c.m.Attributes))
	for i, a := range c.m.Attributes {
		out[i] = c.carry(a)
		if out[i] != c.d.Quote(a.Name) {
			out[i] += " AS " + c.d.Quote(a.Name)
		}
	}
	return out
}

func (c chain) carry(a schema.Attribute) string {
	value := c.d.Quote(a.Of)
	if _, partly := c.tracking(a.Of); partly && a.Carry == schema.Tracked {
		return c.d.Quote(effective(a.Of))
	}
	switch a.Carry {
	case schema.Overwritten:
		return c.d.Quote(newestOf(a))
	case schema.Refreshed:
		return "first_value(" + value + ") OVER of_run"
	case schema.Earliest:
		return "first_value(" + value + ") OVER earliest"
	case schema.FirstSeen:
		return "first_value(" + value + ") OVER first_seen"
	case schema.Prior:
		changed := c.d.Quote(sqltext.Derived("lode_changed_", a.Of))
		return fmt.Sprintf("first_value(CASE WHEN %s THEN %s END) OVER (PARTITION BY %s ORDER BY CASE WHEN %s THEN 0 ELSE 1 END, valid_at DESC)",
			changed, c.d.Quote(sqltext.Derived("lode_before_", a.Of)), c.lifeKey(), changed)
	}
	return value
}

// lifeKey is what values are carried within: the key, or its life.
func (c chain) lifeKey() string {
	if c.m.ReusedKey == "new" {
		return c.by("") + ", lode_life"
	}
	return c.by("")
}

// windows names the windows over all events of a thing that carry needs.
func (c chain) windows(by, life string) string {
	var out []string
	if c.carries(schema.Refreshed) {
		out = append(out, fmt.Sprintf("of_run AS (PARTITION BY %s, lode_run ORDER BY valid_at DESC)", by))
	}
	if c.carries(schema.Earliest) {
		out = append(out, fmt.Sprintf("earliest AS (PARTITION BY %s ORDER BY %s, valid_at)", life, upsertsFirst))
	}
	if c.carries(schema.FirstSeen) {
		out = append(out, fmt.Sprintf("first_seen AS (PARTITION BY %s ORDER BY %s, observed_at, event_stream, event_seq)", life, upsertsFirst))
	}
	if len(out) == 0 {
		return ""
	}
	return "\n  WINDOW " + strings.Join(out, ",\n         ")
}

// isDeleted marks the last version of a thing that is deleted: nothing follows the delete
// that ends it.
func (c chain) isDeleted() string {
	if c.m.ReusedKey == "new" {
		return "COALESCE(lode_end_op = 'delete', FALSE)" // a delete ends a thing
	}
	return "COALESCE(lode_end_op = 'delete' AND lode_after_op IS NULL, FALSE)"
}

func (c chain) validFrom() string {
	if c.m.FirstVersion == "event" {
		return "valid_at"
	}
	return fmt.Sprintf("CASE version WHEN 1 THEN %s ELSE valid_at END", affected.Day(c.d, schema.LowDate))
}
