package server

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// entry places one record in the order of its collection.
type entry struct {
	at int64 // the cursor value: microseconds since 1970
	n  int32
}

// index is a collection in the order (cursor, number), as an API lists it.
type index []entry

// from is the part of the index with a cursor in [since, until); a zero time is no bound.
func (x index) from(since, until time.Time) index {
	place := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(x, t.UnixMicro(), func(e entry, at int64) int { return cmp.Compare(e.at, at) })
		return i
	}
	if !until.IsZero() {
		x = x[:place(until)]
	}
	if !since.IsZero() {
		x = x[place(since):]
	}
	return x
}

// page is the nth stretch of the index, size entries long; it is empty past the end.
func (x index) page(start, size int) index {
	start = min(max(start, 0), len(x))
	return x[start : start+min(size, len(x)-start)]
}

// snapshot is one day of the shop: the world and the indexes, each built when it is
// first asked for.
type snapshot struct {
	*world
	customers func() index
	items     func() index // products
	bills     func() index // billing accounts
	sales     func() index // orders
}

func newSnapshot(w *world) *snapshot {
	day := w.day
	return &snapshot{
		world: w,
		customers: lazily(w.customerCount(day), func(n int) (time.Time, bool) {
			return w.customerModified(n, day), w.customerListed(n, day)
		}),
		items: lazily(w.productCount(day), func(n int) (time.Time, bool) {
			return w.productModified(n, day), true
		}),
		bills: lazily(w.accountCount(day), func(n int) (time.Time, bool) {
			return dayStart(w.accountUpdated(n, day)), w.accountListed(n, day)
		}),
		sales: lazily(w.orderCount(day), func(n int) (time.Time, bool) {
			return w.orderUpdated(n, day), true
		}),
	}
}

func lazily(count int, place func(n int) (cursor time.Time, listed bool)) func() index {
	return sync.OnceValue(func() index {
		x := make(index, 0, count)
		for n := range count {
			if cursor, listed := place(n); listed {
				x = append(x, entry{cursor.UnixMicro(), int32(n)})
			}
		}
		slices.SortFunc(x, func(a, b entry) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n)) })
		return x
	})
}
