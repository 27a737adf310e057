package server

import (
	"slices"
	"strings"
	"testing"
)

// dayTwo reads everything on day 1 and on day 2 from one server.
func dayTwo(t *testing.T, c Config, collection string) (before, after map[string]entity) {
	t.Helper()
	s, client := shop(t, c)
	_, before = decode(t, collections[collection].read(client, ""))
	if err := s.SetDay(2); err != nil {
		t.Fatal(err)
	}
	_, after = decode(t, collections[collection].read(client, ""))
	return before, after
}

func TestCustomersOfDayTwo(t *testing.T) {
	t.Parallel()
	before, after := dayTwo(t, Config{}, "customers")
	segments, countries, deleted := 0, 0, 0
	for id, old := range before {
		now, listed := after[id]
		switch {
		case !listed:
			deleted++
		case old.Segment != now.Segment:
			segments++
		case old.Address != now.Address:
			countries++
		}
		if listed && old.LastModified == now.LastModified && old.Segment != now.Segment {
			t.Errorf("%s changed its segment without a new lastModified", id)
		}
	}
	if segments < 10 || segments > 40 || countries < 2 || countries > 20 || deleted != 3 {
		t.Errorf("%d new segments, %d new countries, %d deleted of %d", segments, countries, deleted, len(before))
	}
	if n := len(after) + deleted - len(before); n != 8 {
		t.Errorf("%d new customers, want 8", n)
	}
	story := func(m map[string]entity) string { return m["C-1001"].Segment.RefName }
	if story(before) != "SMB" || story(after) != "Enterprise" {
		t.Errorf("C-1001 goes from %s to %s, want SMB to Enterprise", story(before), story(after))
	}
	if string(before["C-1002"].CreditLimit) != "-500.00" || string(after["C-1002"].CreditLimit) != "2500.00" {
		t.Errorf("C-1002 has credit %s, then %s", before["C-1002"].CreditLimit, after["C-1002"].CreditLimit)
	}
}

func TestCustomFieldsOfDayTwo(t *testing.T) {
	t.Parallel()
	before, after := dayTwo(t, small, "customers")
	old, now := before["C-1100"], after["C-1100"]
	if old.LegacyCode == "" || old.LoyaltyTier != "" || old.Score.Kind() != '0' {
		t.Errorf("day 1: legacyCode %q, loyaltyTier %q, score %s", old.LegacyCode, old.LoyaltyTier, old.Score)
	}
	if now.LegacyCode != "" || now.LoyaltyTier == "" || now.Score.Kind() != '"' {
		t.Errorf("day 2: legacyCode %q, loyaltyTier %q, score %s", now.LegacyCode, now.LoyaltyTier, now.Score)
	}
}

// A change stamped before the last cursor of day 1 must only be found by looking back,
// and by looking back one hour.
func TestLateCustomerLiesWithinTheLookback(t *testing.T) {
	t.Parallel()
	s, c := shop(t, small)
	for day := 2; day <= 4; day++ {
		list, before := decode(t, c.customers(""))
		mark := list[len(list)-1].LastModified
		if want := Date(day-1) + "T18:00:00.000Z"; mark != want {
			t.Fatalf("the last cursor of day %d is %s, want %s", day-1, mark, want)
		}
		if err := s.SetDay(day); err != nil {
			t.Fatal(err)
		}
		late := customerID(lateOn(day))
		_, plain := decode(t, c.customers("&modifiedSince="+mark))
		_, lookback := decode(t, c.customers("&modifiedSince="+strings.Replace(mark, "T18", "T17", 1)))
		if _, found := plain[late]; found {
			t.Errorf("day %d: %s is found without looking back", day, late)
		}
		if e, found := lookback[late]; !found || e.Segment == before[late].Segment {
			t.Errorf("day %d: %s is not found by looking back, or has not changed: %v", day, late, e)
		}
	}
}

func TestDeletionsAndReturn(t *testing.T) {
	t.Parallel()
	s, c := shop(t, Config{Customers: 2500, Orders: 4000, Day: 2})
	list, _ := decode(t, c.get("/crm/v2/customers/deleted?deletedSince=2025-06-01T00:00:00Z").Data.Items)
	if len(list) != 3 {
		t.Fatalf("%d customers deleted on day 2, want 3", len(list))
	}
	if all := c.get("/crm/v2/customers/deleted").Data.Items; len(all) != 5 {
		t.Errorf("%d deletions in all, want 3 and the 2 that were there before day 1", len(all))
	}
	_, listed := decode(t, c.customers(""))
	for _, e := range list {
		if _, ok := listed[e.id()]; ok {
			t.Errorf("%s is deleted and listed", e.id())
		}
	}
	if err := s.SetDay(3); err != nil {
		t.Fatal(err)
	}
	_, listed = decode(t, c.customers(""))
	if e, ok := listed[list[0].id()]; !ok || e.LastModified[:10] != Date(3) {
		t.Errorf("%s does not come back on day 3", list[0].id())
	}
}

func TestAccountsVanishSilently(t *testing.T) {
	t.Parallel()
	before, after := dayTwo(t, small, "accounts")
	gone := 0
	for id := range before {
		if _, there := after[id]; !there {
			gone++
		}
	}
	late := accountID(lateOn(2))
	if gone != 2 || len(after) != len(before) {
		t.Errorf("%d accounts vanished, %d listed after %d; want 2 gone and 2 new", gone, len(after), len(before))
	}
	if after[late].UpdatedOn != Date(1) || before[late].UpdatedOn == Date(1) {
		t.Errorf("%s is stamped %s on day 2, want the day before", late, after[late].UpdatedOn)
	}
}

func TestProductsOfDayTwo(t *testing.T) {
	t.Parallel()
	before, after := dayTwo(t, small, "products")
	changed := 0
	for id, old := range before {
		if string(old.ListPrice) != string(after[id].ListPrice) {
			changed++
		}
	}
	if changed < 2 || changed > 20 || string(after["P-104"].ListPrice) != `"abc"` {
		t.Errorf("%d of %d prices changed, P-104 costs %s", changed, len(before), after["P-104"].ListPrice)
	}
}

func TestOrdersOfDayTwo(t *testing.T) {
	t.Parallel()
	before, after := dayTwo(t, Config{}, "orders")
	status, more, fewer := 0, 0, 0
	for id, old := range before {
		now := after[id]
		if old.Status != now.Status {
			status++
		}
		more += max(0, len(now.Lines)-len(old.Lines))
		fewer += max(0, len(old.Lines)-len(now.Lines))
		if now.OrderedAt != old.OrderedAt {
			t.Errorf("%s was ordered at %s, then at %s", id, old.OrderedAt, now.OrderedAt)
		}
	}
	if status < 50 || more < 10 || fewer < 10 {
		t.Errorf("%d new statuses, %d lines gained, %d lost", status, more, fewer)
	}
	late, early := 0, 0
	for id, now := range after {
		if _, known := before[id]; known {
			continue
		}
		if now.UpdatedAt[:10] != Date(2) {
			t.Errorf("%s is new and updated at %s", id, now.UpdatedAt)
		}
		if now.OrderedAt[:10] < Date(1) {
			late++
		}
		if now.Customer.ID == customerID(4008) || now.Customer.ID == customerID(4009) {
			early++
		}
	}
	if late != 4 || early != 2 {
		t.Errorf("%d late orders and %d for customers of tomorrow, want 4 and 2", late, early)
	}
}

// No order is dated after its customer went, so that no answer depends on what a
// deleted customer's segment is.
func TestNobodyOrdersAfterLeaving(t *testing.T) {
	t.Parallel()
	c := small.withDefaults()
	w := newWorld(c, 20)
	left := map[string]int{}
	for n, a := range w.crmGone {
		left[customerID(n)] = a.gone
	}
	for n, a := range w.billGone {
		left[accountID(n)] = a.gone
	}
	for n := range w.orderCount(20) {
		if o := w.order(n, 20); left[o.customer] > 0 && !o.ordered.Before(dayStart(left[o.customer])) {
			t.Errorf("%s is dated %s by %s, who left on day %d", orderID(n), o.ordered, o.customer, left[o.customer])
		}
	}
	if len(left) < 20*3 {
		t.Errorf("only %d left in 20 days", len(left))
	}
}

func TestIndexCursorsAreThoseOfTheRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(small.withDefaults(), 9)
	for n := range w.customerCount(9) {
		if c := w.customer(n, 9); !c.modified.Equal(w.customerModified(n, 9)) {
			t.Fatalf("%s shows %s and is listed at %s", customerID(n), c.modified, w.customerModified(n, 9))
		}
	}
	for n := range w.accountCount(9) {
		if a := w.account(n, 9); a.updated != w.accountUpdated(n, 9) {
			t.Fatalf("%s shows day %d and is listed at day %d", accountID(n), a.updated, w.accountUpdated(n, 9))
		}
	}
	stamps := func(day int) (list []int64) {
		for n := range w.orderCount(day) {
			list = append(list, w.orderUpdated(n, day).UnixMicro())
		}
		return list
	}
	if slices.Max(stamps(8)) >= dayStart(9).UnixMicro() {
		t.Error("an order of day 8 is stamped on day 9")
	}
}
