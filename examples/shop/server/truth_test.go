package server

import (
	"math/big"
	"slices"
	"testing"
)

// add sums decimal texts exactly.
func add(t *testing.T, sum *big.Rat, text string) {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	sum.Add(sum, r)
}

// The truth is held against what the API serves, read as a client reads it.
func TestTruthAgreesWithTheAPI(t *testing.T) {
	t.Parallel()
	for _, day := range []int{1, 2, 5} {
		c := small
		c.Day = day
		s, client := shop(t, c)
		truth, err := s.Truth(day)
		if err != nil {
			t.Fatal(err)
		}
		orders, _ := decode(t, client.orders(""))
		served, lines := new(big.Rat), 0
		for _, o := range orders {
			add(t, served, o.Total)
			for _, l := range o.Lines {
				if l.Quantity > 0 {
					lines++
				}
			}
		}
		told := new(big.Rat)
		for _, r := range truth.Revenue {
			add(t, told, r.Amount)
		}
		if told.Cmp(served) != 0 || lines != truth.Lines || len(orders) != truth.Orders+1 {
			t.Errorf("day %d: truth has %s in %d lines of %d orders, the API %s in %d of %d", day,
				told.FloatString(2), truth.Lines, truth.Orders, served.FloatString(2), lines, len(orders))
		}
		// Never shown valid: the nameless one, and from day 2 on a newcomer every other day.
		never := 1 + day/2
		if day == 1 {
			never = 2 // and the one with negative credit, until day 2
		}
		customers, accounts := len(client.customers("")), len(client.accounts(""))
		if truth.CRMCustomers != customers-never || truth.BillingAccounts != accounts-1 {
			t.Errorf("day %d: truth has %d customers and %d accounts, the API %d and %d", day,
				truth.CRMCustomers, truth.BillingAccounts, customers, accounts)
		}
	}
}

func TestTruthTellsTheStory(t *testing.T) {
	t.Parallel()
	s, _ := shop(t, small)
	first, _ := s.Truth(1)
	second, err := s.Truth(2)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Story.Versions) != 1 || len(second.Story.Versions) != 2 {
		t.Fatalf("versions: %v, then %v", first.Story.Versions, second.Story.Versions)
	}
	if v := second.Story.Versions[1]; v.Segment != "Enterprise" || v.From.Format("2006-01-02 15:04") != Date(2)+" 12:00" {
		t.Errorf("the second version is %v", v)
	}
	got := map[string]string{}
	for _, o := range second.Story.Orders {
		got[o.Ordered.Format("01-02 15:04")] = o.Segment
	}
	for when, segment := range map[string]string{"06-01 10:00": "SMB", "06-02 09:00": "SMB", "06-02 15:00": "Enterprise"} {
		if got[when] != segment {
			t.Errorf("the order of %s counts for %q, want %q", when, got[when], segment)
		}
	}
}

func TestTruthOfQuarantine(t *testing.T) {
	t.Parallel()
	s, _ := shop(t, small)
	reasons := func(list []Bad) (ids []string) {
		for _, b := range list {
			ids = append(ids, b.ID+": "+b.Reason)
		}
		return ids
	}
	first, _ := s.Truth(1)
	third, _ := s.Truth(3)
	dayOne := reasons(first.Open())
	for _, want := range []string{"C-1002: credit is negative", "C-1003: name is missing", "A-50002: credit is negative",
		"P-104: price is no number", "O-1003996: customer is missing", "O-1003995/1: quantity is not positive"} {
		if !slices.Contains(dayOne, want) {
			t.Errorf("day 1 has no %q among %q", want, dayOne)
		}
	}
	if len(dayOne) != 6 {
		t.Errorf("day 1 has %q", dayOne)
	}
	for _, b := range third.Quarantine {
		soured := b.ID == customerID(souredOn(2))
		switch {
		case b.ID == "C-1002" && b.Mended != 2, b.ID == "P-104" && b.Mended != 3, soured && (b.Since != 2 || b.Mended != 3):
			t.Errorf("%+v is mended on the wrong day", b)
		}
	}
	if !slices.ContainsFunc(third.Quarantine, func(b Bad) bool { return b.ID == customerID(souredOn(2)) }) {
		t.Error("nobody turned bad on day 2")
	}
}

// An order for a customer of tomorrow belongs to nobody, and a day later to a segment.
func TestEarlyOrdersFindTheirCustomers(t *testing.T) {
	t.Parallel()
	s, _ := shop(t, small)
	segments := func(day int) (list []string) {
		told, err := s.tell(day)
		if err != nil {
			t.Fatal(err)
		}
		for _, tail := range []int{tailEarlyA, tailEarlyB, tailUnknown, tailNobody} {
			o := told.order(told.orders-tail, day)
			list = append(list, told.segmentAt(key(o.system, o.customer), o.ordered))
		}
		return list
	}
	if got := segments(1); !slices.Equal(got, []string{"", "", "", ""}) {
		t.Errorf("day 1: segments %q, want none", got)
	}
	if got := segments(2); got[0] == "" || got[1] == "" || got[2] != "" || got[3] != "" {
		t.Errorf("day 2: segments %q, want two and two without", got)
	}
}
