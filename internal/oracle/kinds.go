package oracle

import (
	"slices"
	"time"
)

// Correction is a row of a fact that corrects by reversal: a state that a key had, or the
// taking back of it. Rows of a key are numbered from 0.
type Correction struct {
	Key      string
	Number   int
	Reversal bool
	At       int64
	Values   Row
}

// Corrections computes what a fact holds that corrects by reversal and reads these columns
// and the time of the event, of events in the order in which they were observed. A state is
// what wins of all that was observed until then, if it differs from the state before.
func Corrections(d Dimension, observed []Event, columns ...string) []Correction {
	var out []Correction
	for _, events := range byKey(observed) {
		whole := map[int]Event{} // with what was inherited
		for _, e := range d.filled(events) {
			whole[e.seen] = e
		}
		var state *Event
		n := 0
		add := func(e Event, reversal bool) {
			if !e.Delete {
				out = append(out, Correction{Key: e.Key, Number: n, Reversal: reversal, At: e.At, Values: e.row})
				n++
			}
		}
		for _, e := range slices.SortedFunc(slices.Values(events), func(a, b Event) int { return a.seen - b.seen }) {
			e = whole[e.seen]
			switch {
			case state == nil:
				add(e, false)
			case before(*state, e) > 0:
				continue // late, and older than the state in force
			case differ(*state, e, columns):
				add(*state, true)
				add(e, false)
			}
			state = &e
		}
	}
	return out
}

func differ(a, b Event, columns []string) bool {
	if a.Delete || b.Delete {
		return a.Delete != b.Delete
	}
	return a.At != b.At || slices.ContainsFunc(columns, func(c string) bool { return !Same(a.row[c], b.row[c]) })
}

// Balance is a row of a periodic snapshot: what a key was at the end of a period.
type Balance struct {
	Key    string
	Starts time.Time
	Ends   time.Time // the first instant of the next period
	Values Row
}

// Balances computes the rows of a snapshot of each day, week or month that has ended by now.
func Balances(d Dimension, observed []Event, every string, now time.Time) []Balance {
	var out []Balance
	for key, events := range byKey(observed) {
		events = d.filled(events)
		for from := beginning(every, time.UnixMicro(events[0].At).UTC()); ; {
			to := following(every, from)
			if to.After(now) {
				break
			}
			var last Event
			for _, e := range events {
				if e.At < to.UnixMicro() {
					last = e
				}
			}
			if !last.Delete {
				out = append(out, Balance{Key: key, Starts: from, Ends: to, Values: last.row})
			}
			from = to
		}
	}
	return out
}

// beginning is the first instant of the period of an instant. Weeks begin on Monday.
func beginning(every string, at time.Time) time.Time {
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	switch every {
	case "week":
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "month":
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}

func following(every string, from time.Time) time.Time {
	switch every {
	case "week":
		return from.AddDate(0, 0, 7)
	case "month":
		return from.AddDate(0, 1, 0)
	}
	return from.AddDate(0, 0, 1)
}
