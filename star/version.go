package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// versions turns events into intervals. A run is a version and the events after it that
// change no tracked attribute. A life is what a key that is used again starts anew with.
func (c chain) versions() []sqltext.Statement {
	key := c.columns("", c.key...)
	life := key
	if c.m.ReusedKey == "new" {
		life += ", lode_life"
	}
	query := lines(
		"WITH lives AS (",
		fmt.Sprintf("  SELECT e.*, %s FROM %s e", strings.Join(append(c.effectives(key), c.life(key)+" AS lode_life"), ", "), c.d.Quote(tmpEvents)),
		"), signed AS (",
		fmt.Sprintf("  SELECT l.*, %s AS lode_sig FROM lives l", sqltext.Signature(c.d, "l", c.signed()...)),
		"), marked AS (",
		"  SELECT e.*, "+strings.Join(append(c.changed(life),
			"CASE WHEN op = 'delete' OR lag(op) OVER w IS NULL OR lag(op) OVER w = 'delete' OR lode_sig <> lag(lode_sig) OVER w THEN 1 ELSE 0 END AS lode_begins"), ",\n         "),
		fmt.Sprintf("  FROM signed e WINDOW w AS (PARTITION BY %s ORDER BY valid_at)", key),
		"), runs AS (",
		fmt.Sprintf("  SELECT m.*, sum(lode_begins) OVER (PARTITION BY %s ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lode_run FROM marked m", key),
		"), filled AS (",
		fmt.Sprintf("  SELECT %s", strings.Join(append([]string{key, "op, valid_at, event_stream, event_seq, lode_sig, lode_begins, lode_life" + c.base("")}, c.carried()...), ", ")),
		"  FROM runs",
		fmt.Sprintf("  WINDOW of_run AS (PARTITION BY %s, lode_run ORDER BY valid_at DESC)%s", key, c.windows(life)),
		"), bounded AS (",
		"  SELECT f.*, lead(valid_at) OVER w AS lode_ends_at, lead(op) OVER w AS lode_end_op,",
		fmt.Sprintf("         count(CASE WHEN op = 'upsert' THEN 1 END) OVER (PARTITION BY %s)%s AS lode_count,", key, c.before(key)),
		"         count(CASE WHEN op = 'upsert' THEN 1 END) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"+c.before(key)+" AS version",
		fmt.Sprintf("  FROM filled f WHERE lode_begins = 1 WINDOW w AS (PARTITION BY %s ORDER BY valid_at)", key),
		")",
		fmt.Sprintf("SELECT %s, %s, event_stream, event_seq, lode_life, version, valid_at AS event_at, lode_sig,", key, strings.Join(c.display(), ", ")),
		fmt.Sprintf("       %s AS valid_from, COALESCE(lode_ends_at, %s) AS valid_to,", c.validFrom(), day(c.d, schema.HighDate)),
		"       "+c.isDeleted()+" AS is_deleted",
		"FROM bounded WHERE op = 'upsert'")
	if len(c.s.Tracking) > 0 {
		query = fmt.Sprintf("SELECT %s, v.event_stream, v.event_seq, v.lode_life, v.version, v.event_at, %s AS lode_sig, v.valid_from, v.valid_to, v.is_deleted FROM (\n%s) v",
			c.columns("v", slices.Concat(c.key, c.attributes())...), sqltext.Signature(c.d, "v", c.tracked()...), query)
	}
	return affected.Create(c.d, tmpVersions, "the versions of the touched keys", query)
}

// display gives the attributes as the versions show them.
func (c chain) display() []string {
	out := make([]string, len(c.m.Attributes))
	for i, a := range c.m.Attributes {
		out[i] = c.shown(a)
	}
	return out
}

// life counts the deletes before an event, where a key that comes back is another thing.
func (c chain) life(key string) string {
	if c.m.ReusedKey != "new" {
		return "0"
	}
	return fmt.Sprintf("sum(CASE op WHEN 'delete' THEN 1 ELSE 0 END) OVER (PARTITION BY %s ORDER BY valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"+
		" - CASE op WHEN 'delete' THEN 1 ELSE 0 END", key)
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
			fmt.Sprintf("%s AS %s", before, c.d.Quote("lode_before_"+a.Of)),
			fmt.Sprintf("op = 'upsert' AND row_number() OVER (PARTITION BY %s, op ORDER BY valid_at) > 1 AND %s IS DISTINCT FROM %s AS %s",
				life, c.d.Quote(a.Of), before, c.d.Quote("lode_changed_"+a.Of)))
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
		return "first_value(" + value + ") OVER newest"
	case schema.Refreshed:
		return "first_value(" + value + ") OVER of_run"
	case schema.Earliest:
		return "first_value(" + value + ") OVER earliest"
	case schema.FirstSeen:
		return "first_value(" + value + ") OVER first_seen"
	case schema.Prior:
		changed := c.d.Quote("lode_changed_" + a.Of)
		return fmt.Sprintf("first_value(CASE WHEN %s THEN %s END) OVER (PARTITION BY %s ORDER BY CASE WHEN %s THEN 0 ELSE 1 END, valid_at DESC)",
			changed, c.d.Quote("lode_before_"+a.Of), c.lifeKey(), changed)
	}
	return value
}

// lifeKey is what values are carried within: the key, or its life.
func (c chain) lifeKey() string {
	key := c.columns("", c.key...)
	if c.m.ReusedKey == "new" {
		return key + ", lode_life"
	}
	return key
}

// windows names the windows over all events of a thing that carry needs.
func (c chain) windows(life string) string {
	upserts := "CASE op WHEN 'upsert' THEN 0 ELSE 1 END"
	out := ""
	for _, w := range []struct {
		carry schema.Carry
		text  string
	}{
		{schema.Overwritten, "newest AS (PARTITION BY %s ORDER BY %s, valid_at DESC)"},
		{schema.Earliest, "earliest AS (PARTITION BY %s ORDER BY %s, valid_at)"},
		{schema.FirstSeen, "first_seen AS (PARTITION BY %s ORDER BY %s, observed_at, event_stream, event_seq)"},
	} {
		if c.carries(w.carry) {
			out += ",\n         " + fmt.Sprintf(w.text, life, upserts)
		}
	}
	return out
}

// isDeleted marks the last version of a thing that is deleted.
func (c chain) isDeleted() string {
	if c.m.ReusedKey == "new" {
		return "COALESCE(lode_end_op = 'delete', FALSE)" // a delete ends a thing
	}
	return "version = lode_count AND lode_ends_at IS NOT NULL"
}

func (c chain) validFrom() string {
	if c.m.FirstVersion == "event" {
		return "valid_at"
	}
	return fmt.Sprintf("CASE version WHEN 1 THEN %s ELSE valid_at END", day(c.d, schema.LowDate))
}
