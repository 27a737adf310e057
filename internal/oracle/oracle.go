// Package oracle says what a star must hold, computed the slow and plain way: in Go,
// from the whole list of what was observed, one key and one row at a time. It shares
// no code with the engine, so that the two can be held against each other.
//
// Its rules are those of the cases of history. The events of a key stand in the order
// of their time, then of the source's own order, then deletes behind upserts, then as
// they were observed; of one instant the last of them counts. A version begins where a
// column of history differs, or after a delete, and ends where the next begins or at a
// delete.
package oracle

import (
	"cmp"
	"math"
	"slices"
)

// The ends of time, in the unit of the events: microseconds since 1970.
const (
	Low  = math.MinInt64
	High = math.MaxInt64
)

const day = 24 * 60 * 60 * 1_000_000

// Row is the values of a record by column. A nil value is NULL.
type Row map[string]*string

// Event is one observation of a record, at its business time. Order is nil when the
// source gave none. A column that is not in Sent was not sent. Content is the record as
// it was received: to say of an instant what was said of it last is no new event.
type Event struct {
	Key     string
	Delete  bool
	At      int64
	Order   *int64
	Sent    Row
	Content string

	seen int // the how manieth observation it was
	row  Row // Sent, and what is inherited
}

// Kind says how a column of a dimension keeps history.
type Kind string

// The kinds of columns, by the numbers that Kimball gave them.
const (
	Earliest  Kind = "0"         // the value of the earliest event
	FirstSeen Kind = "0 seen"    // the value of the event observed first
	Newest    Kind = "1"         // the newest value, in all versions
	Refreshed Kind = "1 current" // the newest value of the version
	Tracked   Kind = "2"         // the version's own
	Prior     Kind = "3"         // the newest, and prior_NAME the one before the last change
	Both      Kind = "6"         // the version's own, and current_NAME the newest
	Durable   Kind = "7"         // as 2; facts also carry the durable key
)

// Column is a column of a dimension.
type Column struct {
	Name string
	Kind Kind
}

func (c Column) tracked() bool { return c.Kind == Tracked || c.Kind == Both || c.Kind == Durable }

// Dimension says how events become versions.
type Dimension struct {
	Columns    []Column
	Open       bool // the first version reaches back to the beginning of time
	ByDay      bool // of several events in a day the last one counts, for the whole day
	Again      bool // a key that comes back after a delete is another thing
	NullAbsent bool // what is not sent is NULL; otherwise it is inherited
}

// Version is one row of a dimension. Begins is when its first event counts; From is the
// same but for a first version that is open. Life counts the things that its key was
// before, if they are told apart.
type Version struct {
	Key              string
	Begins, From, To int64
	Number, Life     int
	Deleted          bool
	Values           Row
}

// Chains computes the versions of every key from all events in the order in which they
// were observed. A key that was only ever deleted has none.
func Chains(d Dimension, observed []Event) map[string][]Version {
	chains := map[string][]Version{}
	for key, events := range byKey(observed) {
		if chain := d.chain(d.winners(d.filled(events))); len(chain) > 0 {
			chains[key] = chain
		}
	}
	return chains
}

// State is the last known row of each key, and whether it is deleted since.
func State(d Dimension, observed []Event) (rows map[string]Row, deleted map[string]bool) {
	rows, deleted = map[string]Row{}, map[string]bool{}
	for key, events := range byKey(observed) {
		for _, e := range d.filled(events) {
			deleted[key] = e.Delete
			if !e.Delete {
				rows[key] = e.row
			}
		}
	}
	return rows, deleted
}

func byKey(observed []Event) map[string][]Event {
	type instant struct {
		key string
		at  int64
	}
	out, last := map[string][]Event{}, map[instant]Event{}
	for i, e := range observed {
		at := instant{e.Key, e.At}
		if said, ok := last[at]; ok && said.Content == e.Content && said.Delete == e.Delete {
			continue
		}
		e.seen = i
		last[at] = e
		out[e.Key] = append(out[e.Key], e)
	}
	return out
}

// before is the order of the events of one key.
func before(a, b Event) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(order(a), order(b)), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.seen, b.seen))
}

func order(e Event) int64 {
	if e.Order == nil {
		return Low
	}
	return *e.Order
}

func rank(e Event) int {
	if e.Delete {
		return 1
	}
	return 0
}

// filled puts the events of a key in order and gives each upsert a whole row: what it
// did not send is what the event before it had. A delete leaves nothing to inherit.
func (d Dimension) filled(events []Event) []Event {
	events = slices.SortedFunc(slices.Values(events), before)
	inherited := Row{}
	for i := range events {
		e := &events[i]
		if e.Delete {
			inherited = Row{}
			continue
		}
		e.row = Row{}
		for name, v := range inherited {
			e.row[name] = v
		}
		for name, v := range e.Sent {
			e.row[name] = v
		}
		if !d.NullAbsent {
			inherited = e.row
		}
	}
	return events
}

// winners leaves one event for each instant, or for each day.
func (d Dimension) winners(events []Event) []Event {
	var out []Event
	for _, e := range events {
		if d.ByDay {
			e.At -= ((e.At % day) + day) % day
		}
		if last := len(out) - 1; last >= 0 && out[last].At == e.At {
			out[last] = e
		} else {
			out = append(out, e)
		}
	}
	return out
}

func (d Dimension) chain(events []Event) []Version {
	var chain []Version
	life, open := 0, false
	lives := map[int][]Event{} // the upserts of each life
	for _, e := range events {
		last := len(chain) - 1
		if e.Delete {
			if open {
				chain[last].To, chain[last].Deleted, open = e.At, true, false
			}
			if d.Again {
				life++
			}
			continue
		}
		lives[life] = append(lives[life], e)
		if open && !d.changed(chain[last].Values, e.row) {
			d.refresh(chain[last].Values, e.row)
			continue
		}
		if open {
			chain[last].To = e.At
		}
		open = true
		chain = append(chain, Version{Key: e.Key, Begins: e.At, From: e.At, To: High, Number: len(chain) + 1, Life: life, Values: d.begin(e.row)})
	}
	for i := range chain {
		chain[i].Deleted = chain[i].Deleted && (i == len(chain)-1 || chain[i+1].Life != chain[i].Life)
		d.carry(chain[i].Values, lives[chain[i].Life])
	}
	if d.Open && len(chain) > 0 {
		chain[0].From = Low
	}
	return chain
}

// changed tells whether a row begins another version.
func (d Dimension) changed(version, row Row) bool {
	return slices.ContainsFunc(d.Columns, func(c Column) bool { return c.tracked() && !Same(version[c.Name], row[c.Name]) })
}

// begin is what a version shows of its own first event.
func (d Dimension) begin(row Row) Row {
	values := Row{}
	for _, c := range d.Columns {
		if c.tracked() || c.Kind == Refreshed {
			values[c.Name] = row[c.Name]
		}
	}
	return values
}

// refresh is what a version shows of a later event of its own.
func (d Dimension) refresh(version, row Row) {
	for _, c := range d.Columns {
		if c.Kind == Refreshed {
			version[c.Name] = row[c.Name]
		}
	}
}

// carry adds what all versions of a thing show alike, from its events.
func (d Dimension) carry(values Row, events []Event) {
	newest := events[len(events)-1].row
	for _, c := range d.Columns {
		switch c.Kind {
		case Earliest:
			values[c.Name] = events[0].row[c.Name]
		case FirstSeen:
			first := slices.MinFunc(events, func(a, b Event) int { return cmp.Compare(a.seen, b.seen) })
			values[c.Name] = first.row[c.Name]
		case Newest:
			values[c.Name] = newest[c.Name]
		case Both:
			values["current_"+c.Name] = newest[c.Name]
		case Prior:
			values[c.Name], values["prior_"+c.Name] = newest[c.Name], prior(c.Name, events)
		}
	}
}

// prior is the value before the last change, NULL if there was none.
func prior(name string, events []Event) *string {
	for i := len(events) - 1; i > 0; i-- {
		if !Same(events[i].row[name], events[i-1].row[name]) {
			return events[i-1].row[name]
		}
	}
	return nil
}

// Same compares two values; NULL is the same as NULL.
func Same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
