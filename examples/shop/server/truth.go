package server

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Truth is what a warehouse must answer after it was run once on each day from 1 to
// Day. It is computed from the shop's own model; nothing of Lode takes part in it.
type Truth struct {
	Day int
	// Customers counts who is there and valid: CRM and billing together.
	Customers, CRMCustomers, BillingAccounts int
	Products                                 int
	Orders                                   int // valid orders
	Lines                                    int // valid lines: the rows of the fact
	// Unlisted counts who has orders but was never validly listed: the inferred customers.
	Unlisted   int
	Revenue    []Revenue // by month, then segment
	Quarantine []Bad     // everything bad that was ever shown, in a fixed order
	Story      Story
}

// Revenue is one row of the answer. A line counts for the segment that its customer
// had when the order was placed; the first segment known of a customer holds from the beginning.
type Revenue struct {
	Month   string // "2025-05-01", in UTC
	Segment string // "" where the customer is not known
	Amount  string // "12345.60"
	Orders  int
	Lines   int
}

// Bad is a record, or a line, that broke a rule.
type Bad struct {
	Stream, Entity string
	ID             string // the record's key; of a line "O-1000001/1"
	Reason         string
	Since          int // the day on which it was first shown
	Mended         int // the day on which a good version came; 0 if none has
}

// Story is what happened to one customer, for a person to read.
type Story struct {
	Customer string
	Versions []Version
	Orders   []StoryOrder
}

// Version is a segment and country of a customer, valid from an instant on.
type Version struct {
	Segment string
	Country string // alpha-2
	From    time.Time
}

// StoryOrder is an order of the story customer.
type StoryOrder struct {
	ID      string
	Ordered time.Time
	Segment string
	Amount  string
}

// Truth computes the answers as of a day. It looks at every record of every day up to
// it, so it suits a shop of test size.
func (s *Server) Truth(day int) (Truth, error) {
	t, err := s.tell(day)
	if err != nil {
		return Truth{}, err
	}
	return t.truth, nil
}

func (s *Server) tell(day int) (*teller, error) {
	if err := within("day", day, 1, maxDay); err != nil {
		return nil, fmt.Errorf("compute the truth: %w", err)
	}
	t := &teller{world: newWorld(s.config, day), zone: s.zone, seen: map[string][]Version{}, revenue: map[group]*sum{}}
	t.truth.Day = day
	t.tellCustomers()
	t.tellAccounts()
	t.tellProducts()
	t.tellOrders()
	t.tellRevenue()
	t.tellStory()
	return t, nil
}

// Open are the bad records that still wait for a good version.
func (t Truth) Open() []Bad {
	return slices.DeleteFunc(slices.Clone(t.Quarantine), func(b Bad) bool { return b.Mended != 0 })
}

// teller collects the truth.
type teller struct {
	*world
	zone     *time.Location
	truth    Truth
	seen     map[string][]Version // what was validly shown of a customer, oldest first
	revenue  map[group]*sum
	unlisted map[string]bool
	story    []StoryOrder
}

type group struct{ month, segment string }

type sum struct {
	cents         int64
	orders, lines int
}

// key tells a CRM customer from an account that happens to have the same id.
func key(system, id string) string { return system + "/" + id }

func (t *teller) tellCustomers() {
	for n := range t.customerCount(t.day) {
		id := customerID(n)
		watch := watcher{stream: "crm.customers", entity: "customers", id: id}
		for d := t.customerBorn(n); d <= t.day; d++ {
			if t.customerListed(n, d) {
				c := t.customer(n, d)
				t.observe(&watch, d, key("crm", id), c.party, c.modified)
			}
		}
		t.truth.Quarantine = append(t.truth.Quarantine, watch.bads...)
		if t.customerListed(n, t.day) && t.seen[key("crm", id)] != nil {
			t.truth.CRMCustomers++
			t.truth.Customers++
		}
	}
}

func (t *teller) tellAccounts() {
	for n := range t.accountCount(t.day) {
		id := accountID(n)
		watch := watcher{stream: "billing.accounts", entity: "customers", id: id}
		for d := t.accountBorn(n); d <= t.day; d++ {
			if t.accountListed(n, d) {
				acc := t.account(n, d)
				t.observe(&watch, d, key("billing", id), acc.party, acc.valid(t.zone))
			}
		}
		t.truth.Quarantine = append(t.truth.Quarantine, watch.bads...)
		if t.accountListed(n, t.day) && t.seen[key("billing", id)] != nil {
			t.truth.BillingAccounts++
			t.truth.Customers++
		}
	}
}

// observe takes in what was shown on a day, if it is new and good.
func (t *teller) observe(watch *watcher, day int, key string, p party, valid time.Time) {
	if !watch.look(day, valid, p.bad()) {
		return
	}
	t.seen[key] = append(t.seen[key], Version{segments[p.segment], countries[p.country].alpha2, valid})
}

// watcher follows one record through the days.
type watcher struct {
	stream, entity, id string
	last               time.Time
	bads               []Bad
}

// look tells whether the state shown on a day is a new and valid one. It keeps a book of bad ones.
func (w *watcher) look(day int, cursor time.Time, bad string) bool {
	if cursor.Equal(w.last) {
		return false
	}
	w.last = cursor
	if bad != "" {
		w.bads = append(w.bads, Bad{w.stream, w.entity, w.id, bad, day, 0})
		return false
	}
	for i := range w.bads {
		if w.bads[i].Mended == 0 {
			w.bads[i].Mended = day
		}
	}
	return true
}

func (t *teller) tellProducts() {
	for n := range t.productCount(t.day) {
		watch := watcher{stream: "crm.products", entity: "products", id: productID(n)}
		valid := false
		for d := t.productBorn(n); d <= t.day; d++ {
			p := t.product(n, d)
			valid = watch.look(d, p.modified, p.bad(d)) || valid
		}
		t.truth.Quarantine = append(t.truth.Quarantine, watch.bads...)
		if valid {
			t.truth.Products++
		}
	}
}

func (t *teller) tellOrders() {
	t.unlisted = map[string]bool{}
	for n := range t.orderCount(t.day) {
		o := t.order(n, t.day)
		if o.customer == "" {
			t.quarantine("orders", orderID(n), "customer is missing", t.orderBorn(n))
		} else {
			t.truth.Orders++
			if k := key(o.system, o.customer); t.seen[k] == nil {
				t.unlisted[k] = true
			}
		}
		t.tellOrder(o)
	}
	t.truth.Unlisted = len(t.unlisted)
}

// tellOrder counts the valid lines of an order, also of one that is itself in quarantine.
func (t *teller) tellOrder(o order) {
	g := group{o.ordered.Format("2006-01-02")[:8] + "01", t.segmentAt(key(o.system, o.customer), o.ordered)}
	cents, lines := int64(0), 0
	for _, l := range o.lines {
		if l.quantity <= 0 {
			t.quarantine("order_lines", fmt.Sprintf("%s/%d", orderID(o.n), l.number), "quantity is not positive", t.orderBorn(o.n))
			continue
		}
		cents += int64(l.quantity) * l.cents
		lines++
	}
	if o.customer == customerID(castStory) {
		t.story = append(t.story, StoryOrder{orderID(o.n), o.ordered, g.segment, money(cents)})
	}
	if lines == 0 {
		return
	}
	if t.revenue[g] == nil {
		t.revenue[g] = &sum{}
	}
	t.revenue[g].cents += cents
	t.revenue[g].lines += lines
	t.revenue[g].orders++
	t.truth.Lines += lines
}

func (t *teller) quarantine(entity, id, reason string, since int) {
	t.truth.Quarantine = append(t.truth.Quarantine, Bad{"billing.orders", entity, id, reason, since, 0})
}

// segmentAt is the segment in force at an instant, "" for somebody never listed.
func (t *teller) segmentAt(key string, when time.Time) string {
	segment := ""
	for i, v := range t.seen[key] {
		if i == 0 || !v.From.After(when) {
			segment = v.Segment
		}
	}
	return segment
}

func (t *teller) tellRevenue() {
	order := func(a, b group) int { return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.segment, b.segment)) }
	for _, g := range slices.SortedFunc(maps.Keys(t.revenue), order) {
		s := t.revenue[g]
		t.truth.Revenue = append(t.truth.Revenue, Revenue{g.month, g.segment, money(s.cents), s.orders, s.lines})
	}
}

func (t *teller) tellStory() {
	id := customerID(castStory)
	slices.SortFunc(t.story, func(a, b StoryOrder) int { return a.Ordered.Compare(b.Ordered) })
	t.truth.Story = Story{Customer: id, Versions: t.seen[key("crm", id)], Orders: t.story}
}
