package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Most keys in order have one new event. Their versions are the current one, which the event
// may end, and the one that it may begin: what comes before what is known, and which row is
// which, so that no window has to find it out and nothing has to be matched. Where they have
// several, or are not in order, the windows of version.go do.

// alone is the condition that a touched key is such a one.
func alone(alias string) string { return alias + ".lode_in_order AND " + alias + ".lode_once" }

// andOnce adds to a query of versions the same columns of those of these keys. They are joined
// where they are asked for: a table of them would cost more than the join.
func (c chain) andOnce(query string, columns ...string) string {
	if !c.short {
		return query
	}
	d := c.d
	var stays, begun []string
	for _, name := range columns {
		stays, begun = append(stays, c.stays(name)), append(begun, c.begun(name))
	}
	// The join is an outer one for DuckDB's sake, which keeps its right side in a hash table:
	// of an inner join that would be the wide rows, at five times the cost.
	once := fmt.Sprintf("(SELECT t.*, k.lode_begins, k.lode_nth FROM %s t LEFT JOIN %s k ON k.lode_current = t.%s WHERE %s) once",
		d.Quote(tmpHeld), d.Quote(tmpTouched), d.Quote(c.m.SurrogateKey), alone("k"))
	return lines(query,
		fmt.Sprintf("UNION ALL SELECT %s FROM %s", strings.Join(stays, ", "), once),
		fmt.Sprintf("UNION ALL SELECT %s FROM %s WHERE lode_begins", strings.Join(begun, ", "), once))
}

// last are the columns of the last new event of a key that stand beside its current version,
// and that mean something where it is the only one.
func (c chain) last() string {
	out := "l.op AS lode_op, l.valid_at AS lode_at, l.event_stream AS lode_stream, l.event_seq AS lode_seq"
	for _, of := range c.origins() {
		out += ", " + sqltext.Column(c.d, "l", of) + " AS " + c.d.Quote(newValue(of))
	}
	return out
}

func newValue(of string) string { return sqltext.Derived("lode_new_", of) }

// begins is the condition that a new event begins another version than the current one.
// Values are compared as those of sqltext.Signature are.
func (c chain) begins() string {
	var changed []string
	for _, a := range c.m.Attributes {
		if a.Carry == schema.Tracked {
			changed = append(changed, fmt.Sprintf("CAST(l.%s AS text) IS DISTINCT FROM CAST(c.%s AS text)", c.d.Quote(a.Of), c.d.Quote(a.Name)))
		}
	}
	if len(changed) == 0 {
		return "FALSE"
	}
	return "l.op = 'upsert' AND (" + strings.Join(changed, " OR ") + ")"
}

// ends is the condition that such an event ends the version before it.
const ends = "(lode_begins OR lode_op = 'delete')"

// The columns by which versions are given their keys.
const (
	ownKey     = "lode_own"
	durableKey = "lode_durable"
)

// stays is a column of the version that is there, after the event: what chain.carry says of all
// events of a key, said of the last.
func (c chain) stays(name string) string {
	held := c.d.Quote(name)
	switch name {
	case ownKey:
		return c.d.Quote(c.m.SurrogateKey)
	case durableKey:
		return c.d.Quote(c.m.DurableKey)
	case schema.ValidTo:
		return fmt.Sprintf("CASE WHEN %s THEN lode_at ELSE %s END", ends, held)
	case schema.IsDeleted:
		return "lode_op = 'delete'"
	}
	a := c.attribute(name)
	if a == nil {
		return held
	}
	switch a.Carry {
	case schema.Overwritten:
		return fmt.Sprintf("CASE lode_op WHEN 'upsert' THEN %s ELSE %s END", c.d.Quote(newValue(a.Of)), held)
	case schema.Refreshed:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", ends, held, c.d.Quote(newValue(a.Of)))
	}
	return held
}

// begun is a column of the version that the event begins.
func (c chain) begun(name string) string {
	switch name {
	case ownKey:
		return fmt.Sprintf("%d + lode_nth", c.s.LastKey)
	case durableKey:
		return c.d.Quote(c.m.DurableKey)
	case schema.ValidFrom, schema.EventAtCol:
		return "lode_at"
	case schema.ValidTo:
		return affected.Day(c.d, schema.HighDate)
	case schema.IsDeleted:
		return "FALSE"
	case schema.Version:
		return "version + 1"
	case schema.EventStream:
		return "lode_stream"
	case schema.EventSeq:
		return "lode_seq"
	}
	if a := c.attribute(name); a != nil && a.Carry != schema.Earliest {
		return c.d.Quote(newValue(a.Of))
	}
	return c.d.Quote(name)
}

// attribute is the one of a name, nil for a column that is none.
func (c chain) attribute(name string) *schema.Attribute {
	if i := slices.IndexFunc(c.m.Attributes, func(a schema.Attribute) bool { return a.Name == name }); i >= 0 {
		return &c.m.Attributes[i]
	}
	return nil
}
