package server

import (
	"strconv"
	"time"
)

// customer is a CRM customer as the CRM shows it on a day.
type customer struct {
	party
	n        int
	modified time.Time
}

// The moments that the cursors of a day are built around. The last record of each day
// is stamped exactly at closing, so that the late change lies within an hour of it.
const (
	opening   = 6 * time.Hour
	closing   = 18 * time.Hour
	lateStamp = closing - 40*time.Minute
	deletion  = 20 * time.Hour
)

// importStamp is when one customer in fourteen was imported: more records of one
// cursor value than a page holds.
var importStamp = time.Date(2025, 3, 15, 2, 0, 0, 0, time.UTC)

func (w *world) customerCount(day int) int { return count(day, w.crm, w.newCustomersDaily()) }
func (w *world) customerBorn(n int) int    { return born(n, w.crm, w.newCustomersDaily()) }

// customerListed tells whether the CRM lists the customer on a day.
func (w *world) customerListed(n, day int) bool {
	a, gone := w.crmGone[n]
	return w.customerBorn(n) <= day && !(gone && a.on(day))
}

// deletedAt is when a customer that went was deleted.
func (w *world) deletedAt(n int) time.Time {
	a := w.crmGone[n]
	return at(a.gone, deletion+time.Duration(a.rank)*time.Second)
}

// customer is the nth customer on a day.
func (w *world) customer(n, day int) customer {
	c := customer{party: w.newParty(n), n: n, modified: w.customerCreated(n)}
	switch n {
	case castStory:
		c.segment, c.person = 0, false
		c.name = w.partyName(n, false)
	case castNegative:
		c.credit, c.noCredit = -500_00, false
	case castNameless:
		c.nameless = true
	}
	if first := w.customerBorn(n); first > 1 && (n-w.crm)%w.newCustomersDaily() == w.newCustomersDaily()-2 && first%2 == 0 {
		c.credit, c.noCredit = -75_00, false // every other day a newcomer is entered wrongly
	}
	for d := w.customerBorn(n) + 1; d <= day; d++ {
		if ch, when := w.customerChange(n, d); ch != unchanged {
			w.apply(&c.party, ch, n, d)
			c.modified = when
		}
	}
	if n == castStory && day >= 2 {
		c.segment = indexOf(segments, "Enterprise")
	}
	return c
}

// customerModified is the cursor value of a customer, without building the record.
func (w *world) customerModified(n, day int) time.Time {
	for d := day; d > w.customerBorn(n); d-- {
		if ch, when := w.customerChange(n, d); ch != unchanged {
			return when
		}
	}
	return w.customerCreated(n)
}

// customerCreated is when a customer was entered or, in the history, last touched
// before day 1.
func (w *world) customerCreated(n int) time.Time {
	first := w.customerBorn(n)
	last := (n - w.crm + 1) % w.newCustomersDaily()
	switch {
	case n == w.crm-1, first > 1 && last == 0:
		return at(first, closing)
	case first > 1:
		return w.within(first, n)
	case n < castSize:
		return at(-40, opening+time.Duration(n)*time.Minute)
	case n%14 == 5:
		return importStamp
	}
	return w.within(1-w.below(historyDays, ofMoment, n, 0), n)
}

// within is a moment between opening and closing of a day, in milliseconds.
func (w *world) within(day int, keys ...int) time.Time {
	span := int((closing - opening) / time.Millisecond)
	return at(day, opening+time.Duration(w.below(span, ofMoment, append(keys, day)...))*time.Millisecond)
}

// customerChange is what arrives about a customer on a day after its first, and the
// moment it is stamped with. Only the late change is stamped before its day.
func (w *world) customerChange(n, day int) (change, time.Time) {
	if n < castSize {
		return w.castChange(n, day)
	}
	if w.crmGone[n].back == day {
		return restored, at(day, opening+time.Hour)
	}
	if ch := w.changeOn(n, day); ch != unchanged {
		return ch, w.within(day, n)
	}
	return unchanged, time.Time{}
}

func (w *world) castChange(n, day int) (change, time.Time) {
	switch {
	case n == castStory && day == 2:
		return newSegment, at(2, 12*time.Hour)
	case n == castNegative && day == 2:
		return mended, at(2, opening+3*time.Hour)
	case n == lateOn(day):
		return newSegment, at(day-1, lateStamp)
	case n == souredOn(day):
		return turnedBad, at(day, opening+2*time.Hour)
	case n == souredOn(day-1) && day > 2:
		return mended, at(day, opening+2*time.Hour)
	}
	return unchanged, time.Time{}
}

// write renders the customer as the CRM does.
func (c customer) write(a *appender, w *world, day int) {
	a.open("", '{')
	a.text("customerId", customerID(c.n))
	switch {
	case c.nameless:
	case c.person:
		a.text("name", c.name)
	default:
		a.text("companyName", c.name)
	}
	c.writeContact(a, w)
	a.text("isActive", letter(c.active))
	a.reference("segment", c.segment+1, segments[c.segment])
	a.open("address", '{')
	a.text("city", countries[c.country].city)
	a.text("country", w.spelledCountry(c.party, c.n))
	a.close('}')
	a.reference("currency", c.currency+1, currencies[c.currency])
	if c.noCredit {
		a.raw("creditLimit", "null")
	} else {
		a.raw("creditLimit", money(c.credit))
	}
	c.writeCustomFields(a, w, day)
	a.text("lastModified", c.modified.Format(layoutMillis))
	a.close('}')
}

func (c customer) writeContact(a *appender, w *world) {
	if c.email != "" {
		a.text("emailAddress", w.spelledEmail(c.party, c.n))
	}
	if c.phone != "" {
		a.text("phoneNumber", c.phone)
	}
}

// writeCustomFields shows fields that no project declares: on day 2 legacyCode is
// gone, loyaltyTier is there and score has become a text.
func (c customer) writeCustomFields(a *appender, w *world, day int) {
	score := w.below(100, ofCustom, c.n)
	if day == 1 {
		a.text("legacyCode", "L"+strconv.Itoa(c.n))
		a.integer("score", score)
		return
	}
	a.text("score", string(rune('A'+score/25)))
	a.text("loyaltyTier", pick(w, tiers, ofCustom, c.n, 1))
}

func letter(b bool) string {
	if b {
		return "T"
	}
	return "F"
}
