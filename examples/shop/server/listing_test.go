package server

import (
	"net/http"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/nyaruka/phonenumbers"
)

// Each collection under its name, with how to read it since a cursor value.
var collections = map[string]struct {
	read  func(c *client, since string) []jsontext.Value
	count int
	page  int
}{
	"customers": {func(c *client, since string) []jsontext.Value { return c.customers(since2("&modifiedSince=", since)) }, 2000, 200},
	"products":  {func(c *client, since string) []jsontext.Value { return c.products(since2("modifiedSince=", since)) }, 250, 100},
	"accounts":  {func(c *client, since string) []jsontext.Value { return c.accounts(since2("updated_from=", since)) }, 500, 200},
	"orders":    {func(c *client, since string) []jsontext.Value { return c.orders(since2("&updated_from=", since)) }, 4000, 500},
}

func since2(param, since string) string {
	if since == "" {
		return ""
	}
	return param + since
}

func TestPagingListsEachRecordOnce(t *testing.T) {
	t.Parallel()
	for name, coll := range collections {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := shop(t, small)
			list, _ := decode(t, coll.read(c, ""))
			if len(list) != coll.count {
				t.Fatalf("%d records, want %d", len(list), coll.count)
			}
			if !slices.IsSortedFunc(list, func(a, b entity) int { return compare(a.cursor(), b.cursor()) }) {
				t.Error("records are not in the order of their cursor")
			}
			// The cursor is inclusive: from the value of any record on, exactly the rest comes.
			middle := list[len(list)/2].cursor()
			first := slices.IndexFunc(list, func(e entity) bool { return e.cursor() == middle })
			if rest, _ := decode(t, coll.read(c, middle)); len(rest) != len(list)-first || rest[0].id() != list[first].id() {
				t.Errorf("since %s come %d records from %s on, want %d from %s on", middle, len(rest), rest[0].id(), len(list)-first, list[first].id())
			}
		})
	}
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestRunsOfOneCursorValueCrossPages(t *testing.T) {
	t.Parallel()
	_, c := shop(t, Config{})
	for _, name := range []string{"customers", "orders"} {
		list, _ := decode(t, collections[name].read(c, ""))
		crossing := 0
		for i := collections[name].page; i < len(list); i += collections[name].page {
			if list[i].cursor() == list[i-1].cursor() {
				crossing++
			}
		}
		if crossing == 0 {
			t.Errorf("%s: no page boundary lies between two records of one cursor value", name)
		}
	}
}

func TestAccountsHaveAnEmptyPageAndIDs(t *testing.T) {
	t.Parallel()
	_, c := shop(t, small)
	first := c.get("/billing/api/accounts")
	second := c.get("/billing/api/accounts?cursor=" + first.NextCursor)
	if len(first.Results) != accountPageSize || len(second.Results) != 0 || second.NextCursor == "" {
		t.Errorf("pages of %d and %d, then token %q; want a full page, an empty one and a token",
			len(first.Results), len(second.Results), second.NextCursor)
	}
	_, accounts := decode(t, c.accounts(""))
	ids := c.get("/billing/api/accounts/ids").IDs
	for _, id := range ids {
		if _, ok := accounts[id]; !ok {
			t.Errorf("%s is among the ids and not among the accounts", id)
		}
	}
	if len(ids) != len(accounts) {
		t.Errorf("%d ids for %d accounts", len(ids), len(accounts))
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	paths := []string{"/crm/v2/customers?page=3", "/crm/v2/products", "/billing/api/accounts", "/billing/api/orders?offset=700"}
	read := func(c Config) (bodies []string) {
		_, client := shop(t, c)
		for _, path := range paths {
			bodies = append(bodies, string(client.body(path)))
		}
		return bodies
	}
	first, again := read(small), read(small)
	other := small
	other.Seed = 2
	another := read(other)
	for i, path := range paths {
		if first[i] != again[i] {
			t.Errorf("%s differs between two servers of one seed", path)
		}
		if first[i] == another[i] {
			t.Errorf("%s is the same for two seeds", path)
		}
	}
}

// A phone column may judge numbers, so those that are not meant to be bad must exist.
func TestPhoneNumbersAreValid(t *testing.T) {
	t.Parallel()
	_, c := shop(t, Config{Customers: 1000, Day: 2})
	customers, _ := decode(t, c.customers(""))
	accounts, _ := decode(t, c.accounts(""))
	seen := 0
	for _, e := range append(customers, accounts...) {
		phone := e.PhoneNumber + e.Phone
		if phone == "" {
			continue
		}
		if len(phone) > 2 && phone[:2] == "00" {
			phone = "+" + phone[2:]
		}
		number, err := phonenumbers.Parse(phone, "")
		if err != nil || !phonenumbers.IsValidNumber(number) {
			t.Errorf("%s has phone %q: %v", e.id(), phone, err)
		}
		seen++
	}
	if seen < 700 {
		t.Errorf("only %d records have a phone", seen)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, c := shop(t, small)
	for path, want := range map[string]int{
		"/crm/v2/customers":                               http.StatusUnauthorized,
		"/billing/api/orders?updated_from=yesterday":      http.StatusBadRequest,
		"/billing/api/orders?limit=5000":                  http.StatusBadRequest,
		"/billing/api/accounts?updated_from=2025-06-01T0": http.StatusBadRequest,
		"/billing/api/accounts?cursor=made-up":            http.StatusBadRequest,
		"/billing/api/nothing":                            http.StatusNotFound,
	} {
		if status, _, body, err := c.do(path); err != nil || status != want {
			t.Errorf("GET %s: status %d, want %d (%v, %s)", path, status, want, err, body)
		}
	}
	for name, c := range map[string]Config{"Customers": {Customers: 10}, "Orders": {Scale: 1e12}, "Day": {Day: -1}} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: %+v was accepted", name, c)
		}
	}
}
