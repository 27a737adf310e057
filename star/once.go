package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Most keys in order have one new event. Their versions are the current one, which the event
// may end, and the one that it may begin: what comes before what is known, and no window has
// to find it out. Where they have several, or are not in order, the windows of version.go do.

// alone is the condition that a touched key is such a one.
const alone = "k.lode_in_order AND k.lode_once"

// once names the only new events of these keys, each beside the version that it follows.
func (c chain) once() string {
	if !c.short {
		return ""
	}
	d := c.d
	var values []string
	for _, of := range c.origins() {
		values = append(values, sqltext.Column(d, "l", of)+" AS "+d.Quote(newValue(of)))
	}
	return lines("once AS (",
		fmt.Sprintf("  SELECT t.*, k.lode_k, l.op AS lode_op, l.valid_at AS lode_at, l.event_stream AS lode_stream, l.event_seq AS lode_seq, %s,", strings.Join(values, ", ")),
		fmt.Sprintf("         %s AS lode_begins", c.begins()),
		fmt.Sprintf("  FROM %s l%s AND %s AND %s JOIN %s t ON t.%s = k.lode_current", d.Table(c.m.Entity.Log.Name), touchedJoin(d, false, "l", c.key), alone, c.isNew(),
			d.Quote(tmpHeld), d.Quote(c.m.SurrogateKey)),
		"  WHERE l.op IN ('upsert', 'delete')",
		"), ")
}

func newValue(of string) string { return "lode_new_" + of }

// begins is the condition that such an event ends the version before it. Values are compared
// as their signatures are.
func (c chain) begins() string {
	out := "l.op = 'delete'"
	for _, a := range c.m.Attributes {
		if a.Carry == schema.Tracked {
			out += fmt.Sprintf(" OR CAST(l.%s AS text) IS DISTINCT FROM CAST(t.%s AS text)", c.d.Quote(a.Of), c.d.Quote(a.Name))
		}
	}
	return out
}

// onceVersions adds the versions of these keys. They need no signature: which rows they are
// is known.
func (c chain) onceVersions() string {
	if !c.short {
		return ""
	}
	stays, begun := make([]string, len(c.m.Attributes)), make([]string, len(c.m.Attributes))
	for i, a := range c.m.Attributes {
		stays[i], begun[i] = c.stays(a), c.begun(a)
	}
	key, sk, durable := c.columns("", c.key...), c.d.Quote(c.m.SurrogateKey), c.d.Quote(c.m.DurableKey)
	null := func(kind record.Kind) string { return "CAST(NULL AS " + c.d.TypeName(record.Of(kind)) + ")" }
	high := affected.Day(c.d, schema.HighDate)
	return lines("",
		fmt.Sprintf("UNION ALL SELECT %s, %s, event_stream, event_seq, 0, version, event_at, %s, lode_k, %s, %s,", key, strings.Join(stays, ", "), null(record.Text), sk, durable),
		fmt.Sprintf("       valid_from, CASE WHEN lode_begins THEN lode_at ELSE %s END, lode_op = 'delete' FROM once", high),
		fmt.Sprintf("UNION ALL SELECT %s, %s, lode_stream, lode_seq, 0, version + 1, lode_at, %s, lode_k, %s, %s,", key, strings.Join(begun, ", "), null(record.Text), null(record.Int), durable),
		fmt.Sprintf("       lode_at, %s, FALSE FROM once WHERE lode_op = 'upsert' AND lode_begins", high))
}

// stays is what the version that is there shows after the event.
func (c chain) stays(a schema.Attribute) string {
	held, said := c.d.Quote(a.Name), c.d.Quote(newValue(a.Of))
	switch a.Carry {
	case schema.Overwritten:
		return fmt.Sprintf("CASE lode_op WHEN 'upsert' THEN %s ELSE %s END", said, held)
	case schema.Refreshed:
		return fmt.Sprintf("CASE WHEN lode_begins THEN %s ELSE %s END", held, said)
	}
	return held
}

// begun is what the version that the event begins shows.
func (c chain) begun(a schema.Attribute) string {
	if a.Carry == schema.Earliest {
		return c.d.Quote(a.Name)
	}
	return c.d.Quote(newValue(a.Of))
}
