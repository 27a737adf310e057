package server

import "time"

// billAccount is a billing account as billing shows it on a day.
type billAccount struct {
	party
	n       int
	updated int // the day, in billing's own zone
}

func (w *world) accountCount(day int) int { return count(day, w.accounts, w.newAccountsDaily()) }
func (w *world) accountBorn(n int) int    { return born(n, w.accounts, w.newAccountsDaily()) }

// accountListed tells whether billing still has the account on a day.
func (w *world) accountListed(n, day int) bool {
	a, gone := w.billGone[n]
	return w.accountBorn(n) <= day && !(gone && a.on(day))
}

// account is the nth account on a day.
func (w *world) account(n, day int) billAccount {
	who := payer(n)
	acc := billAccount{party: w.newParty(who), n: n, updated: w.accountCreated(n)}
	if n == castNegative {
		acc.credit, acc.noCredit = -100_00, false
	}
	for d := w.accountBorn(n) + 1; d <= day; d++ {
		if ch, stamped := w.accountChange(n, d); ch != unchanged {
			w.apply(&acc.party, ch, who, d)
			acc.updated = stamped
		}
	}
	return acc
}

// accountUpdated is the cursor value of an account, as a day.
func (w *world) accountUpdated(n, day int) int {
	for d := day; d > w.accountBorn(n); d-- {
		if ch, stamped := w.accountChange(n, d); ch != unchanged {
			return stamped
		}
	}
	return w.accountCreated(n)
}

// accountCreated spreads the history over a year; the last account is of day 1, so that
// the watermark of a date cursor is the day of the run.
func (w *world) accountCreated(n int) int {
	switch first := w.accountBorn(n); {
	case first > 1:
		return first
	case n < castSize:
		return -40
	case n == w.accounts-1:
		return 1
	}
	return 1 - w.below(historyDays, ofMoment, payer(n), 0)
}

// accountChange is what arrives about an account on a day, and the date it carries.
func (w *world) accountChange(n, day int) (change, int) {
	switch {
	case n == lateOn(day):
		return newSegment, day - 1
	case n < castSize:
		return unchanged, 0
	}
	return w.changeOn(payer(n), day), day
}

// valid is the instant at which the account's state begins: midnight where billing is.
func (b billAccount) valid(zone *time.Location) time.Time {
	y, m, d := dayStart(b.updated).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}

// write renders the account as billing does.
func (b billAccount) write(a *appender, w *world, day int) {
	who := payer(b.n)
	a.open("", '{')
	a.text("account_id", accountID(b.n))
	a.text("account_name", b.name)
	if b.email != "" {
		a.text("email", w.spelledEmail(b.party, who))
	}
	if b.phone != "" {
		a.text("phone", b.phone)
	}
	a.text("active", yesNo(b.active))
	a.reference("tier", b.segment+1, segments[b.segment])
	a.text("country", w.spelledCountry(b.party, who))
	a.text("currency", currencies[b.currency])
	if b.noCredit {
		a.raw("credit_limit", "null")
	} else {
		a.text("credit_limit", money(b.credit))
	}
	if day >= 2 {
		a.text("dunning_level", pick(w, tiers, ofCustom, who))
	}
	a.text("updated_on", Date(b.updated))
	a.close('}')
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
