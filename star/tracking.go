package star

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Tracking says that a column of the entity has not begun versions all the time: only
// since an instant, or until one. Outside that time it counts as if it had always been
// what it was at that instant, so that a change of the declaration makes no versions.
type Tracking struct {
	Column string
	Since  time.Time // zero: from the beginning
	Until  time.Time // zero: still
	// Opens says that each key gets a version at Since, with the column NULL before;
	// otherwise the version in force then is given the value.
	Opens bool
}

// trackings lists those that the SQL has to heed.
func (c chain) tracking(column string) (Tracking, bool) {
	i := slices.IndexFunc(c.s.Tracking, func(t Tracking) bool { return t.Column == column })
	if i < 0 {
		return Tracking{}, false
	}
	return c.s.Tracking[i], true
}

// signed names the columns whose change begins a version, as the events carry them.
func (c chain) signed() []string {
	var names []string
	for _, n := range c.m.Tracks() {
		if _, partly := c.tracking(n); !partly {
			names = append(names, n)
		}
	}
	for _, t := range c.s.Tracking {
		names = append(names, effective(t.Column))
	}
	return names
}

// effective names the column that holds what a partly tracked column counts as.
func effective(column string) string { return sqltext.Derived("lode_effective_", column) }

// effectives computes these columns.
func (c chain) effectives(key string) []string {
	out := make([]string, len(c.s.Tracking))
	for i, t := range c.s.Tracking {
		out[i] = c.effective(t, key) + " AS " + c.d.Quote(effective(t.Column))
	}
	return out
}

func (c chain) effective(t Tracking, key string) string {
	value := c.d.Quote(t.Column)
	var when []string
	if !t.Since.IsZero() {
		before := c.valueAt(t.Column, t.Since, key)
		if t.Opens {
			before = "NULL"
		}
		when = append(when, fmt.Sprintf("WHEN valid_at < %s THEN %s", affected.Instant(c.d, t.Since), before))
	}
	if !t.Until.IsZero() {
		when = append(when, fmt.Sprintf("WHEN valid_at > %s THEN %s", affected.Instant(c.d, t.Until), c.valueAt(t.Column, t.Until, key)))
	}
	return "CASE " + strings.Join(when, " ") + " ELSE " + value + " END"
}

// valueAt is what is known of a column at an instant, the same for all events of a key.
func (c chain) valueAt(column string, at time.Time, key string) string {
	return fmt.Sprintf("first_value(%s) OVER (PARTITION BY %s ORDER BY CASE WHEN op = 'upsert' AND valid_at <= %s THEN 0 ELSE 1 END, valid_at DESC)",
		c.d.Quote(column), key, affected.Instant(c.d, at))
}

// openings adds an event at the instant from which on a column is tracked, for each key
// that is there then: what is known at that instant begins a version. It was observed when
// the event was that told it.
func (c chain) openings() []sqltext.Statement {
	var out []sqltext.Statement
	for _, t := range c.s.Tracking {
		if !t.Opens || t.Since.IsZero() {
			continue
		}
		at := affected.Instant(c.d, t.Since)
		columns := append([]string{schema.ObservedAt, schema.EventStream, schema.EventSeq}, c.origins()...)
		out = append(out, sqltext.Statement{
			Note: "a version of each key from which on " + t.Column + " is tracked",
			SQL: lines(
				fmt.Sprintf("INSERT INTO %s (%s, valid_at, op, %s)", c.d.Quote(tmpEvents), c.columns("", c.key...), c.columns("", columns...)),
				fmt.Sprintf("SELECT %s, %s, 'upsert', %s FROM (", c.columns("e", c.key...), at, c.columns("e", columns...)),
				fmt.Sprintf("  SELECT x.*, row_number() OVER (PARTITION BY %s ORDER BY valid_at DESC) AS lode_last FROM %s x WHERE valid_at <= %s", c.columns("x", c.key...), c.d.Quote(tmpEvents), at),
				fmt.Sprintf(") e WHERE e.lode_last = 1 AND e.op = 'upsert' AND e.valid_at < %s", at)),
		})
	}
	return out
}

// shown is a tracked attribute as a version shows it: a column that was not tracked yet
// when the version ended is not known of it.
func (c chain) shown(a schema.Attribute) string {
	name := c.d.Quote(a.Name)
	t, partly := c.tracking(a.Of)
	if a.Carry != schema.Tracked || !partly || t.Since.IsZero() {
		return name
	}
	return fmt.Sprintf("CASE WHEN COALESCE(lode_ends_at, %s) > %s THEN %s END AS %s", affected.Day(c.d, schema.HighDate), affected.Instant(c.d, t.Since), name, name)
}
