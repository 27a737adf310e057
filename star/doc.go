// Package star writes the SQL that keeps dimensions, facts and aggregates in step with
// the silver layer. It is pure: it turns definitions and a position into statements and
// runs nothing.
//
// All three are one mechanism, package affected:
//
//	             touched keys                        fresh rows
//	dimension    natural keys of new log events      their chains of versions
//	fact         keys of new log events, and facts   the rows with their keys looked up
//	             whose dimension versions moved
//	aggregate    groups of facts before and after    the groups summed up anew
//
// Not every dimension is a history: members may be generated (calendars, times of day,
// bands) or be the combinations that occur (junk). How a fact finds its member says
// [schema.Lookup].
//
// A chain is a function of the set of events of its key. Of several events at one
// instant one wins (source order, then delete over upsert, then the later observed).
// A version begins where a type 2 attribute differs from the event before, or after a
// delete; it ends where the next one begins, or at a delete. Intervals are half-open.
package star

import (
	"fmt"
	"strings"
	"time"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Scope is what one execution works on.
type Scope struct {
	After int64 // events with a greater log_seq are new; 0 means all
	// Latest is at least the time of each event up to After; zero when it is not known.
	Latest  time.Time
	LastKey int64 // the last surrogate key given in the dimension
	// LastProfile is the last key given in the mini-dimension whose history the dimension is.
	LastProfile int64
	Empty       bool      // the target holds no rows but special members
	All         bool      // every key is touched, whatever is new: a rebuild
	Now         time.Time // the clock of the run
	Since       time.Time // the clock of the run before; zero if there was none
	// Tracking lists columns that did not begin versions all the time.
	Tracking []Tracking
	Partial  bool // some event of the entity did not send every column
	Retold   bool // events up to After have been taken out of the log and mapped again
	// Seek names the roles of a fact whose versions are sought one by one.
	Seek []string
	// Joined names the entities with new events that a fact joins: those with a greater log_seq.
	Joined map[string]int64
}

// Temporary tables of a step. One step uses one connection and drops what it makes.
const (
	tmpTouched  = "lode_touched"
	tmpHeld     = "lode_held"
	tmpEvents   = "lode_events"
	tmpVersions = "lode_versions"
	tmpMatched  = "lode_matched"
	tmpFresh    = "lode_fresh"
	tmpDelta    = "lode_delta"
	tmpMissing  = "lode_missing"
)

// FactKeysTable names the temporary table of touched facts that FactKeys makes.
const FactKeysTable = "lode_fact_keys"

// EventOrder is the declared total order of the events of one key at one instant, the
// winner first.
func EventOrder(d warehouse.Dialect, alias string) string {
	c := func(name string) string { return sqltext.Column(d, alias, name) }
	return fmt.Sprintf("%s DESC NULLS LAST, CASE %s WHEN 'delete' THEN 1 ELSE 0 END DESC, %s DESC, %s DESC, %s DESC, %s DESC",
		c(schema.SourceOrder), c(schema.Op), c(schema.ObservedAt), c(schema.EventStream), c(schema.EventSeq), c(schema.EventOrdinal))
}

// touchedJoin restricts alias to the touched keys, or to nothing when all are touched.
func touchedJoin(d warehouse.Dialect, all bool, alias string, key []string) string {
	if all {
		return ""
	}
	return fmt.Sprintf(" JOIN %s k ON %s", d.Quote(tmpTouched), sqltext.On(d, "k", alias, key...))
}

func lines(parts ...string) string { return strings.Join(parts, "\n") }
