// Package oracle says what a star must hold, computed the slow and plain way: in Go,
// from the whole list of what was observed, one key and one row at a time. It shares
// no code with the engine, so that the two can be held against each other.
//
// Its rules are those of the design. Of several events of a key at one instant the
// greatest source order wins, then a delete, then the later observed. A version begins
// where a tracked attribute differs, or after a delete, and ends where the next begins or
// at a delete.
package oracle

import (
	"cmp"
	"math"
	"slices"
)

// The ends of time, in the unit of the events.
const (
	Low  = math.MinInt64
	High = math.MaxInt64
)

// Event is one observation of a record, at its business time. Order is nil when the
// source gave none. A nil value is NULL.
type Event struct {
	Key         string
	Delete      bool
	At          int64
	Order       *int64
	Tracked     *string // type 2
	Overwritten *string // type 1, in all versions
	Latest      *string // type 1, in the current version
}

// Version is one row of a dimension.
type Version struct {
	Key                          string
	From, To                     int64
	Number                       int
	Deleted                      bool
	Tracked, Overwritten, Latest *string
}

// Chains computes the versions of every key from all events in the order in which they
// were observed. A key that was only ever deleted has none.
func Chains(observed []Event) map[string][]Version {
	byKey := map[string][]Event{}
	for _, e := range observed {
		byKey[e.Key] = append(byKey[e.Key], e)
	}
	chains := map[string][]Version{}
	for key, events := range byKey {
		if chain := chainOf(winners(events)); len(chain) > 0 {
			chains[key] = chain
		}
	}
	return chains
}

// winners leaves one event for each instant, in the order of time.
func winners(events []Event) []Event {
	best := map[int64]Event{}
	for _, e := range events {
		if old, taken := best[e.At]; !taken || beats(e, old) {
			best[e.At] = e
		}
	}
	var out []Event
	for _, e := range best {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return out
}

// beats tells whether an event observed later wins over an older one of its instant.
func beats(later, older Event) bool {
	if (later.Order == nil) != (older.Order == nil) {
		return later.Order != nil
	}
	if later.Order != nil && *later.Order != *older.Order {
		return *later.Order > *older.Order
	}
	return later.Delete || !older.Delete
}

func chainOf(events []Event) []Version {
	var chain []Version
	var newest *string
	open := false
	for _, e := range events {
		last := len(chain) - 1
		switch {
		case e.Delete:
			if open {
				chain[last].To, open = e.At, false
			}
			continue
		case open && same(chain[last].Tracked, e.Tracked):
			chain[last].Latest = e.Latest
		default:
			if open {
				chain[last].To = e.At
			}
			chain = append(chain, Version{Key: e.Key, From: e.At, To: High, Number: len(chain) + 1, Tracked: e.Tracked, Latest: e.Latest})
			open = true
		}
		newest = e.Overwritten
	}
	for i := range chain {
		chain[i].Overwritten = newest
	}
	if len(chain) > 0 {
		chain[0].From = Low
		chain[len(chain)-1].Deleted = !open
	}
	return chain
}

func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// AsOf is the version that a fact at a time belongs to: the one in force, or the last
// one before. It is nil when there is no version at all.
func AsOf(chain []Version, at int64) *Version {
	var found *Version
	for i := range chain {
		if chain[i].From <= at {
			found = &chain[i]
		}
	}
	return found
}

// State is one observation of a record without a business time, seen in a run.
type State[T any] struct {
	Key      string
	Run      int
	Delete   bool
	Identity string
	Value    T
}

// Current computes what each key's record is after all observations. What equals the
// observation of its key before says nothing new; otherwise the later one counts.
func Current[T any](observed []State[T]) map[string]T {
	before, best := map[string]State[T]{}, map[string]State[T]{}
	values := map[string]T{}
	for _, s := range observed {
		if old, ok := before[s.Key]; ok && old.Identity == s.Identity && old.Delete == s.Delete {
			continue
		}
		before[s.Key] = s
		best[s.Key] = s
	}
	for key, s := range best {
		if !s.Delete {
			values[key] = s.Value
		}
	}
	return values
}
