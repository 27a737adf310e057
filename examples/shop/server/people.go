package server

import (
	"fmt"
	"strings"
)

// The contents that CRM customers and billing accounts share. The who of a draw keeps
// the two apart: customers count up from 0, accounts down from -1.

func payer(account int) (who int) { return -1 - account }

// party is a customer of either system, before it is spelled in that system's way.
type party struct {
	name     string
	person   bool
	email    string // "" is not known
	phone    string // "" is not known
	active   bool
	segment  int
	country  int
	currency int
	credit   int64 // cents
	noCredit bool  // the limit is null
	nameless bool
}

// change is what happens to a party on a day.
type change uint8

const (
	unchanged change = iota
	newSegment
	newCountry
	newSegmentAndCountry
	newContact
	newCredit
	turnedBad // negative credit, and a segment that must not be believed
	mended
	restored
)

// changeOn is the ordinary change of one party in a hundred.
func (w *world) changeOn(who, day int) change {
	if !w.oneIn(100, ofChange, who, day) {
		return unchanged
	}
	return newSegment + change(w.below(5, ofChange, who, day, 1))
}

func (w *world) newParty(who int) party {
	p := party{
		person:   w.oneIn(5, ofName, who, 0),
		active:   !w.oneIn(12, ofActive, who),
		segment:  w.below(len(segments), ofSegment, who),
		country:  w.below(len(countries), ofCountry, who),
		credit:   int64(w.below(400, ofCredit, who)) * 5050,
		noCredit: w.oneIn(20, ofCredit, who, 1),
	}
	p.name = w.partyName(who, p.person)
	p.currency = indexOf(currencies, countries[p.country].currency)
	w.contact(&p, who, 0)
	return p
}

func (w *world) partyName(who int, person bool) string {
	if person {
		return pick(w, firstNames, ofName, who, 1) + " " + pick(w, lastNames, ofName, who, 2)
	}
	return fmt.Sprintf("%s %s %d", pick(w, companyHeads, ofName, who, 1), pick(w, companyTails, ofName, who, 2),
		10+w.below(90, ofName, who, 3))
}

// contact gives the party the e-mail and phone that it has since a day.
func (w *world) contact(p *party, who, day int) {
	p.email, p.phone = "", ""
	if !w.oneIn(30, ofContact, who, day) {
		p.email = fmt.Sprintf("%s.%d@%s.example.com", pick(w, materials, ofContact, who, day, 1), abs(who),
			pick(w, goods, ofContact, who, day, 2))
	}
	if !w.oneIn(10, ofContact, who, day, 3) {
		p.phone = w.phone(p.country, who, day)
	}
}

// phone writes a number with a plus or with 00, as people do.
func (w *world) phone(in, who, day int) string {
	c := countries[in]
	digits := fmt.Sprintf("%08d", 30_000_000+w.below(60_000_000, ofContact, who, day, 4))[:c.digits]
	if w.oneIn(3, ofContact, who, day, 5) {
		return "00" + strings.ReplaceAll(c.dial, " ", "") + digits
	}
	return "+" + c.dial + " " + digits[:3] + "-" + digits[3:]
}

// apply makes a change happen.
func (w *world) apply(p *party, c change, who, day int) {
	switch c {
	case newSegment, newSegmentAndCountry, turnedBad:
		p.segment = (p.segment + 1 + w.below(len(segments)-1, ofSegment, who, day)) % len(segments)
	case newContact:
		w.contact(p, who, day)
	case newCredit:
		p.credit, p.noCredit = p.credit*2+100_000, false
	case mended:
		p.credit = 250_000
	}
	if c == newCountry || c == newSegmentAndCountry {
		p.country = (p.country + 1 + w.below(len(countries)-1, ofCountry, who, day)) % len(countries)
	}
	if c == turnedBad {
		p.credit, p.noCredit = -100_00, false
	}
}

// bad is the reason for which the record has to be quarantined, "" if it is fine.
func (p party) bad() string {
	switch {
	case p.nameless:
		return "name is missing"
	case !p.noCredit && p.credit < 0:
		return "credit is negative"
	}
	return ""
}

// spelledCountry writes the country as this record's editor was used to.
func (w *world) spelledCountry(p party, who int) string {
	c := countries[p.country]
	switch w.below(10, ofSpelling, who) {
	case 0, 1:
		return c.name
	case 2:
		return c.alpha3
	case 3:
		return strings.ToLower(c.alpha2)
	}
	return c.alpha2
}

// spelledEmail adds what people type around and into an address.
func (w *world) spelledEmail(p party, who int) string {
	switch w.below(6, ofSpelling, who, 1) {
	case 0:
		return " " + p.email + "  "
	case 1:
		return strings.ToUpper(p.email)
	}
	return p.email
}

func pick(w *world, list []string, t topic, keys ...int) string {
	return list[w.below(len(list), t, keys...)]
}

func indexOf(list []string, v string) int {
	for i, s := range list {
		if s == v {
			return i
		}
	}
	return 0
}

func abs(n int) int { return max(n, -n) }
