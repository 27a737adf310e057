package medallion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// Of several events of one key at one instant one wins, and the log says of the others that
// they are superseded. The mark is a function of the events that are in the log: it is found
// anew for the instants that new events are of, or that may have lost one.

// tmpContested holds the instants of keys at which there may be several events.
const tmpContested = "lode_contested"

// marking marks what is superseded in one entity's log.
type marking struct {
	d     warehouse.Dialect
	m     *schema.EntityModel
	after int64 // rows with a greater log_seq are new
	whole bool  // every key is looked at
	again bool  // some have been taken out: what they superseded may not be so any more
	lifts bool  // events of the records around new rows may have moved to other instants
}

// rivals are the operations of events that can win an instant.
const rivals = "('upsert', 'delete')"

func (s marking) statements() []sqltext.Statement {
	d, log := s.d, s.d.Table(s.m.Log.Name)
	mark := sqltext.Statement{Note: "mark the events that another of their instant supersedes", SQL: strings.Join([]string{
		fmt.Sprintf("UPDATE %s AS l SET superseded = w.lode_lost FROM (", log),
		fmt.Sprintf("  SELECT x.log_seq, row_number() OVER (PARTITION BY %s ORDER BY %s) > 1 AS lode_lost", sqltext.List(d, "x", s.instant()...), star.EventOrder(d, "x")),
		fmt.Sprintf("  FROM %s x JOIN %s k ON %s WHERE x.op IN %s) w", log, d.Quote(tmpContested), sqltext.On(d, "k", "x", s.instant()...), rivals),
		"WHERE w.log_seq = l.log_seq AND l.superseded IS DISTINCT FROM w.lode_lost"}, "\n")}
	return append(affected.Create(d, tmpContested, "the instants that several events may be of", s.contested()), sqltext.Given(d.Quote(tmpContested), mark)...)
}

// instant is what events contest.
func (s marking) instant() []string { return append(slices.Clone(s.m.Key()), schema.ValidAtCol) }

// contested selects the instants at which marks may have to change: of the keys that current
// has touched, or of all. Where no event shares its instant with another, which is the rule,
// there is none.
func (s marking) contested() string {
	d, log := s.d, s.d.Table(s.m.Log.Name)
	of, from, having := sqltext.List(d, "n", s.instant()...), log+" n", "(count(*) > 1 OR bool_or(n.superseded))"
	if s.whole {
		return fmt.Sprintf("SELECT %s FROM %s WHERE n.op <> 'scope' GROUP BY %s HAVING %s", of, from, of, having)
	}
	moved := s.again || s.lifts
	if !moved {
		having += fmt.Sprintf(" AND bool_or(n.log_seq > %d)", s.after)
	}
	query := fmt.Sprintf("SELECT %s FROM %s JOIN %s k ON %s WHERE n.op <> 'scope' GROUP BY %s HAVING %s",
		of, from, d.Quote(tmpTouched), sqltext.On(d, "k", "n", s.m.Key()...), of, having)
	if moved && s.m.Nested() { // what is dated anew is the record with all its rows
		query += fmt.Sprintf("\nUNION SELECT %s FROM %s WHERE n.op IN %s AND n.event_key IN (SELECT x.event_key FROM %s x WHERE x.log_seq > %d)",
			of, from, rivals, log, s.after)
	}
	return query
}
