package server

import (
	"slices"
	"time"
)

// order is a billing order as billing shows it on a day.
type order struct {
	n        int
	system   string // "" is an order without a customer
	customer string
	status   int
	ordered  time.Time
	updated  time.Time
	currency int
	lines    []line
}

// line is a line nested in an order.
type line struct {
	number   int
	product  int
	quantity int
	cents    int64 // for one piece
}

const (
	ordersClose  = 23*time.Hour + 50*time.Minute
	changingDays = 60 // an order changes for so long
)

// batchStamp is when a nightly job touched one order in forty of the history: more
// records of one cursor value than a page holds.
var batchStamp = time.Date(2025, 5, 20, 2, 0, 0, 0, time.UTC)

func (w *world) orderCount(day int) int { return count(day, w.orders, w.newOrdersDaily()) }
func (w *world) orderBorn(n int) int    { return born(n, w.orders, w.newOrdersDaily()) }

// slot is an order's place in its day; tail is its place from the end of the history.
// The one that does not apply is negative.
func (w *world) slot(n int) (slot, tail int) {
	if n < w.orders {
		return -1, w.orders - n
	}
	return (n - w.orders) % w.newOrdersDaily(), -1
}

// ordered is when an order was placed. It never changes.
func (w *world) ordered(n int) time.Time {
	slot, tail := w.slot(n)
	day := w.orderBorn(n)
	switch {
	case tail == tailStory:
		return at(1, 10*time.Hour)
	case tail > 0:
		bucket := time.Duration(historyDays) * 24 * time.Hour / time.Duration(w.orders)
		return w.inBucket(dayStart(2-historyDays), bucket, n, n)
	case slot == slotStoryBefore:
		return at(day, 9*time.Hour)
	case slot == slotStoryAfter:
		return at(day, 15*time.Hour)
	case slot >= slotLateFirst && slot <= slotLateLast:
		return w.inBucket(dayStart(day-3-w.below(8, ofMoment, n, 1)), ordersClose, 0, n)
	}
	return w.inBucket(dayStart(day), ordersClose/time.Duration(w.newOrdersDaily()), slot, n)
}

// inBucket is a moment in the given stretch of time, to the microsecond.
func (w *world) inBucket(start time.Time, width time.Duration, bucket, n int) time.Time {
	jitter := w.below(int(width/time.Microsecond), ofMoment, n)
	return start.Add(time.Duration(bucket)*width + time.Duration(jitter)*time.Microsecond)
}

// orderUpdated is the cursor value of an order.
func (w *world) orderUpdated(n, day int) time.Time {
	ordered := w.ordered(n)
	for d := min(day, lastChangeDay(ordered)); d > w.orderBorn(n); d-- {
		if w.orderChanged(n, d) {
			return at(d, time.Duration(w.below(int(ordersClose/time.Microsecond), ofMoment, n, d))*time.Microsecond)
		}
	}
	slot, tail := w.slot(n)
	switch {
	case tail > 0 && n%40 == 7 && ordered.Before(batchStamp):
		return batchStamp
	case slot >= slotLateFirst && slot <= slotLateLast:
		return at(w.orderBorn(n), closing+time.Duration(n%1000)*time.Microsecond)
	}
	return w.settled(n, ordered, dayStart(w.orderBorn(n)+1))
}

// settled is some moment between ordered and the end of its first day or, in the
// history, the five days after it; it stays before the end.
func (w *world) settled(n int, ordered, end time.Time) time.Time {
	span := min(end.Sub(ordered), 5*24*time.Hour)
	return ordered.Add(time.Duration(w.below(max(1, int(span/time.Microsecond)), ofStatus, n)) * time.Microsecond)
}

func lastChangeDay(ordered time.Time) int {
	return int(ordered.Sub(firstDay)/(24*time.Hour)) + changingDays
}

// orderChanged tells whether an order changes on a day after its first. Orders with a
// role do not.
func (w *world) orderChanged(n, day int) bool {
	slot, tail := w.slot(n)
	if slot >= 0 && slot < slotsTaken || tail > 0 && tail <= tailTaken {
		return false
	}
	return w.oneIn(20, ofStatus, n, day)
}

// order is the nth order on a day.
func (w *world) order(n, day int) order {
	o := order{n: n, ordered: w.ordered(n), updated: w.orderUpdated(n, day), lines: w.firstLines(n)}
	o.status = w.below(len(statuses)-1, ofStatus, n, 0)
	o.system, o.customer, o.currency = w.buyer(n)
	next := len(o.lines) + 1
	for d := w.orderBorn(n) + 1; d <= min(day, lastChangeDay(o.ordered)); d++ {
		if !w.orderChanged(n, d) {
			continue
		}
		o.status = min(o.status+1, len(statuses)-1)
		switch w.below(5, ofLines, n, d) {
		case 0:
			o.lines = append(o.lines, w.line(n, next, d))
			next++
		case 1:
			o.lines = w.dropLine(o.lines, n, d)
		}
	}
	return o
}

// dropLine takes a line out; the others keep their numbers.
func (w *world) dropLine(lines []line, n, day int) []line {
	if len(lines) < 2 {
		return lines
	}
	i := w.below(len(lines), ofLines, n, day, 1)
	return slices.Delete(lines, i, i+1)
}

func (w *world) firstLines(n int) []line {
	lines := make([]line, 1+w.below(5, ofLines, n))
	for i := range lines {
		lines[i] = w.line(n, i+1, w.orderBorn(n))
	}
	if slot, tail := w.slot(n); slot == slotZero || tail == tailZero {
		lines[0].quantity = 0
	}
	return lines
}

// line makes the line that an order gets on a day, at the price of that day.
func (w *world) line(n, number, day int) line {
	p := w.below(w.products, ofProduct, n, number)
	return line{number: number, product: p, quantity: 1 + w.below(9, ofQuantity, n, number), cents: w.price(p, day)}
}

// buyer is who placed an order. An ordinary order is never by somebody who went before it.
func (w *world) buyer(n int) (system, id string, currency int) {
	day := w.orderBorn(n)
	switch slot, tail := w.slot(n); {
	case tail == tailNobody:
		return "", "", 0
	case tail == tailUnknown:
		return "crm", "C-0000", 0
	case tail == tailStory, slot == slotStoryBefore, slot == slotStoryAfter:
		return w.crmBuyer(castStory)
	case tail == tailEarlyA, tail == tailEarlyB:
		return w.crmBuyer(w.customerCount(day) + tail - 1)
	case slot == slotEarlyFirst, slot == slotEarlyLast:
		return w.crmBuyer(w.customerCount(day) + slot - slotEarlyFirst)
	}
	for try := 0; ; try++ {
		if w.oneIn(7, ofCustomer, n, try) {
			if i := w.below(w.accounts, ofCustomer, n, try, 1); !goneBy(w.billGone, i, day) {
				return "billing", accountID(i), w.newParty(payer(i)).currency
			}
		} else if i := w.below(w.crm, ofCustomer, n, try, 2); !goneBy(w.crmGone, i, day) {
			return w.crmBuyer(i)
		}
	}
}

func (w *world) crmBuyer(n int) (system, id string, currency int) {
	return "crm", customerID(n), w.newParty(n).currency
}

// goneBy ignores a return: who was deleted once orders no more.
func goneBy(gone map[int]absence, n, day int) bool {
	a, ok := gone[n]
	return ok && a.gone <= day
}

// total is what the order costs, in cents.
func (o order) total() int64 {
	sum := int64(0)
	for _, l := range o.lines {
		sum += int64(l.quantity) * l.cents
	}
	return sum
}

// write renders the order as billing does.
func (o order) write(a *appender) {
	a.open("", '{')
	a.text("order_id", orderID(o.n))
	if o.system == "" {
		a.raw("customer", "null")
	} else {
		a.open("customer", '{')
		a.text("system", o.system)
		a.text("id", o.customer)
		a.close('}')
	}
	a.text("status", statuses[o.status])
	a.text("ordered_at", o.ordered.Format(layoutMicros))
	a.text("currency", currencies[o.currency])
	a.text("total", money(o.total()))
	a.open("lines", '[')
	for _, l := range o.lines {
		a.open("", '{')
		a.integer("line_no", l.number)
		a.text("product_id", productID(l.product))
		a.integer("quantity", l.quantity)
		a.text("unit_price", money(l.cents))
		a.close('}')
	}
	a.close(']')
	a.text("updated_at", o.updated.Format(layoutMicros))
	a.close('}')
}
