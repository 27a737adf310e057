package server

import (
	"fmt"
	"slices"
)

// world is the shop as a pure function: what every record looks like on any day up to
// its own. It never changes after newWorld; moving the clock makes another world.
type world struct {
	draws
	day      int
	crm      int // CRM customers on day 1
	accounts int // billing accounts on day 1
	products int // on day 1
	orders   int // on day 1

	crmGone  map[int]absence // customers deleted up to day
	billGone map[int]absence // accounts that vanished up to day
}

// absence is when a record went and, if it did, came back. Back is 0 for ever gone.
type absence struct{ gone, back, rank int }

// on tells whether the record is absent on a day.
func (a absence) on(day int) bool { return day >= a.gone && (a.back == 0 || day < a.back) }

func newWorld(c Config, day int) *world {
	w := &world{
		draws: draws{c.Seed}, day: day,
		crm: c.Customers - c.Customers/5, accounts: c.Customers / 5, products: c.Products, orders: c.Orders,
		crmGone: map[int]absence{}, billGone: map[int]absence{},
	}
	for d := 2; d <= day; d++ {
		w.remove(w.crmGone, d, w.crm, w.deletedDaily())
		w.remove(w.billGone, d, w.accounts, w.vanishedDaily())
		w.restore(d)
	}
	return w
}

// What a day brings, in numbers.
func (w *world) newCustomersDaily() int { return max(6, w.crm/500) }
func (w *world) newAccountsDaily() int  { return max(2, w.accounts/500) }
func (w *world) newOrdersDaily() int    { return max(slotsTaken+10, w.orders/historyDays) }
func (w *world) deletedDaily() int      { return max(3, w.crm/2000) }
func (w *world) vanishedDaily() int     { return max(2, w.accounts/500) }

// remove chooses records that are there since day 1, have no role and never went before.
// A small shop runs out of them; then the day takes fewer.
func (w *world) remove(gone map[int]absence, day, total, count int) {
	for try, rank := 0, 0; rank < count && try < 20*count; try++ {
		n := castSize + w.below(total-castSize, ofDeletion, total, day, try)
		if _, taken := gone[n]; taken || n == total-1 {
			continue
		}
		gone[n] = absence{gone: day, rank: rank}
		rank++
	}
}

// restore brings back the first customer that was deleted on the day before.
func (w *world) restore(day int) {
	for n, a := range w.crmGone {
		if a.gone == day-1 && a.rank == 0 {
			a.back = day
			w.crmGone[n] = a
		}
	}
}

// deletions are the customers deleted up to the world's day, oldest first.
func (w *world) deletions() []int {
	list := make([]int, 0, len(w.crmGone))
	for n := range w.crmGone {
		list = append(list, n)
	}
	slices.SortFunc(list, func(x, y int) int { return w.deletedAt(x).Compare(w.deletedAt(y)) })
	return list
}

// born is the day on which the nth record of a collection is first listed.
func born(n, first, daily int) int {
	if n < first {
		return 1
	}
	return 2 + (n-first)/daily
}

// count is the number of records that a collection has ever listed up to a day.
func count(day, first, daily int) int { return first + (day-1)*daily }

func customerID(n int) string { return fmt.Sprintf("C-%d", 1001+n) }
func accountID(n int) string  { return fmt.Sprintf("A-%d", 50001+n) }
func productID(n int) string  { return fmt.Sprintf("P-%d", 100+n) }
func orderID(n int) string    { return fmt.Sprintf("O-%d", 1000001+n) }
