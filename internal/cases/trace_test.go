package cases

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/trace"
)

// traced is the trace of a row, which must be there.
func (w *world) traced(table, key string) trace.Trace {
	w.t.Helper()
	found, err := w.Trace(w.t.Context(), table, key, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// saysOf wants columns of a trace: "value by made, event n".
func (w *world) saysOf(t trace.Trace, want map[string]string) {
	w.t.Helper()
	for _, c := range t.Columns {
		value := "NULL"
		if c.Value != nil {
			value = *c.Value
		}
		got := value + " by " + c.Made
		if c.Event > 0 {
			got += fmt.Sprintf(", event %d", c.Event)
		}
		if text, asked := want[c.Name]; asked && got != text {
			w.t.Errorf("%s.%s\n got %s\nwant %s", t.Table, c.Name, got, text)
		}
		delete(want, c.Name)
	}
	for name := range want {
		w.t.Errorf("%s has no column %s", t.Table, name)
	}
}

// partsOf is what the events of a trace did: "stream seq part".
func partsOf(t trace.Trace) string {
	var out []string
	for _, e := range t.Events {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %d %s", e.Number, e.Stream, e.Seq, e.Part)))
	}
	return strings.Join(out, "; ")
}

func TestTraceDimension(t *testing.T) {
	types := func(p *lode.Project) {
		p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "z", Type: "text"})
		p.Entities[0].Computed = []schema.Computed{{Name: "doubled", Value: "n * 2.0"}}
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "b", SCD: "1"}, {Name: "n", SCD: "0"}, {Name: "doubled", SCD: "2"}, {Name: "z", SCD: "3"}}
	}
	each(t, types, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","n":"1.50","at":`+at(10)+`}`, `{"id":"1","a":"A","b":"lost","at":`+at(20)+`}`, `{"id":"1","a":"A","b":"y","n":"many","at":`+at(20)+`}`)
		w.items.Send(`{"id":"1","a":"B","at":`+at(30)+`}`, `{"id":"1","a":"B","n":"7","at":`+at(35)+`}`)
		w.sales.Send(sale("s1", "9", 40, "1"))
		w.run(lode.Options{})
		found := w.traced("dim_items", w.versions("1")[0])
		w.saysOf(found, map[string]string{
			"a":         "A by the version's own: a of s.items, read as text, event 1",
			"b":         "y by the newest value, in all versions: b of s.items, read as text; event 5 did not send it, event 3",
			"n":         "1.50 by kept from the earliest event: n of s.items, read as decimal(12,2), event 1",
			"doubled":   "3.00 by the version's own: computed: n * 2.0, event 1",
			"prior_z":   "NULL by the value before the last change: there was none yet",
			"source_id": "1 by the key of s.items, event 5",
			"valid_to":  "2025-01-01T00:20:00Z by where the next version begins, or a delete",
		})
		if got, want := partsOf(found), "1 s.items 1 began the version; 2 s.items 2 superseded by another at the same time; 3 s.items 3 ended the version; 4 s.items 4; 5 s.items 5"; got != want {
			w.t.Errorf("got %s\nwant %s", got, want)
		}
		e := found.Events[2]
		if string(e.Payload) != `{"id":"1","a":"A","b":"y","n":"many","at":`+at(20)+`}` || e.Load == nil || e.Load.Status != "done" || e.Request == nil || e.Request.Origin != "test batch 1" {
			w.t.Errorf("the event's record, load and request: %s %+v %+v", e.Payload, e.Load, e.Request)
		}
		w.saysOf(w.traced("gold.dim_items", w.versions("1")[1]), map[string]string{
			"doubled":    `NULL by the version's own: computed: n * 2.0, event 3`,
			"valid_from": "2025-01-01T00:20:00Z by business time of the event that began the version, event 3",
		})
		w.saysOf(w.traced("silver.items", "1"), map[string]string{"n": "7.00 by n of s.items, read as decimal(12,2), event 5", "event_seq": "5 by points to the event"})
		for key, want := range map[string]string{w.versions("9")[0]: "an inferred member", "-1": "a special member"} {
			if notes := w.traced("dim_items", key).Notes; len(notes) != 1 || !strings.HasPrefix(notes[0], want) {
				w.t.Errorf("notes on %s: %q", key, notes)
			}
		}
		if notes := w.traced("dim_dates", "20250101").Notes; len(notes) != 1 || !strings.HasPrefix(notes[0], "generated: a calendar from 2025-01-01 to 2025-12-31") {
			w.t.Errorf("notes on a day: %q", notes)
		}
	})
}

// TestTraceSaysWhyThereIsNone: the event is the one that counts in the history that was declared,
// and a column without a value says why.
func TestTraceSaysWhyThereIsNone(t *testing.T) {
	kinds := func(p *lode.Project) {
		p.Dimensions[0].Columns = []schema.DimColumn{{Name: "a", SCD: "3"}, {Name: "b", SCD: "6"}, {Name: "n", SCD: "5", Mini: "dim_profiles"}}
		p.Aggregates = nil
	}
	each(t, kinds, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","n":"1","at":`+at(10)+`}`, `{"id":"1","b":"y","at":`+at(20)+`}`, `{"id":"1","a":"C","b":"y","n":"2","at":`+at(30)+`}`)
		w.sales.Send(sale("s1", "9", 40, "1"))
		w.run(lode.Options{})
		profile := lodetest.Rows(w.t, w, "SELECT profile_key FROM gold.dim_profiles WHERE n = 2")[0]
		w.saysOf(w.traced("dim_items", w.versions("1")[1]), map[string]string{
			"prior_a":             "A by the value before the last change, which event 3 brought: a of s.items, read as text; event 2 did not send it, event 1",
			"b":                   "y by the version's own: b of s.items, read as text, event 2",
			"current_b":           "y by the newest value, in all versions: b of s.items, read as text, event 3",
			"current_profile_key": fmt.Sprintf("%[1]s by the newest profile of the member, in all versions, as dim_profile_history tells; go on with `lode trace dim_profiles %[1]s`", profile),
		})
		w.saysOf(w.traced("dim_items", w.versions("9")[0]), map[string]string{
			"a":                   "NULL by " + inferred,
			"prior_a":             "NULL by " + inferred,
			"current_profile_key": "NULL by " + inferred,
			"event_at":            "NULL by " + inferred,
			"source_id":           "9 by named by a fact",
		})
	})
}

const inferred = "no event has spoken of it: the member was inferred by a fact"

// at is a point of the drawn time line as JSON.
func at(n int) string { return fmt.Sprintf("%q", point(n).Format("2006-01-02T15:04:05Z")) }

func TestTraceRefusedValue(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","n":"many","at":` + at(10) + `}`)
		w.run(lode.Options{})
		found := w.traced("silver.items", "1")
		for _, c := range found.Columns {
			if c.Name == "n" && !strings.Contains(c.Made, `n of s.items, read as decimal(12,2); the value "\"many\"" was refused: `) {
				w.t.Errorf("n by %s", c.Made)
			}
		}
		if p := found.Events[0].Problems; len(p) != 1 || p[0].Kind != "value" || p[0].Column != "n" {
			w.t.Errorf("problems: %+v", p)
		}
	})
}

func TestTraceFact(t *testing.T) {
	eachShop(t, orderEntities, orderLines, func(s *shop) {
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'", "'id':'c','segment':'B','at':'2025-02-01T00:00:00Z'")
		s.send("rates", rate("USD", "2025-01-01", "0.9"), rate("USD", "2025-01-10", "0.8"))
		s.send("lines", line("a/b", 1, "100.00"), line("2", 1, "5.00"))
		s.send("orders", order("a/b", "c", "2025-01-15T10:00:00Z", "USD", "10.00"))
		s.run()
		found := s.traced("fact_lines", `["a/b", 1]`)
		s.saysOf(found, map[string]string{
			"order_id":        "a/b by order_id of s.lines, read as text, event 1",
			"line_amount":     "100.00 by line_amount of s.lines, read as decimal(12,2), event 1",
			"line_eur_amount": "80.00 by computed: round(line_amount * rate.eur_rate, 2)",
			"freight_amount":  "10.00 by computed: order.freight_amount; divided among the rows that join the same order, in proportion to line_amount",
			"currency_code":   "USD by joined row order: currency_code of s.orders, read as text, event 2",
			"customer_key":    "1 by dim_customers by order.customer_id (c), the version in force at order.ordered_at, 2025-01-15T10:00:00Z: version 1, from the beginning to 2025-02-01T00:00:00Z; go on with `lode trace dim_customers 1`",
			"ordered_on_key":  "20250115 by the day of order.ordered_at, 2025-01-15T10:00:00Z, in dim_dates",
		})
		if got, want := partsOf(found), "1 s.lines 1 gave the row; 2 s.orders 1 gave the joined row order; 3 s.rates 2 gave the joined row rate"; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		one, err := s.Trace(t.Context(), "gold.fact_lines", "2/1", "currency_code")
		if err != nil {
			t.Fatal(err)
		}
		if len(one.Columns) != 1 || one.Columns[0].Made != "no row is joined as order" {
			t.Errorf("one column: %+v", one.Columns)
		}
		s.saysOf(s.traced("fact_lines", "2/1"), map[string]string{
			"customer_key": "-1 by dim_customers by order.customer_id (NULL), the version in force at order.ordered_at, NULL: the special member -1, unknown: the key is NULL, or no member has it",
		})
	})
}

// TestTraceCorrections: each row of a fact that is corrected by reversal names the state that it shows.
func TestTraceCorrections(t *testing.T) {
	eachShop(t, bookingEntities, bookings("reversal"), func(s *shop) {
		s.send("bookings", booking("1", "10:00", "c", "2025-05-01T00:00:00Z", "10.00", "1.00"))
		s.run()
		s.send("bookings", booking("1", "11:00", "c", "2025-05-01T00:00:00Z", "12.00", "1.00"))
		s.run()
		const by = "booked_amount of s.bookings, read as decimal(12,2)"
		for key, want := range map[string]string{
			"1/0": "10.00 by " + by + ", event 1", "1/1": "-10.00 by " + by + "; negated, to take the row before it back, event 1", "1/2": "12.00 by " + by + ", event 2",
		} {
			s.saysOf(s.traced("fact_bookings", key), map[string]string{"booked_amount": want})
		}
	})
}

// TestTraceSnapshot: a row shows its key as of the end of the period, and what it is joined with
// as it is now.
func TestTraceSnapshot(t *testing.T) {
	declare := func(p *lode.Project) {
		accountBalances("month", false)(p)
		p.Facts[0].Degenerate = []string{"rate.eur_rate"}
	}
	eachShop(t, accountEntities, declare, func(s *shop) {
		s.send("rates", rate("USD", "2025-01-01", "0.9"))
		s.send("accounts", account("1", "c", "2025-01-10T00:00:00Z", "10.00"), account("1", "c", "2025-02-10T00:00:00Z", "20.00"))
		s.run()
		s.send("rates", rate("USD", "2025-01-01", "0.8"))
		s.run()
		s.saysOf(s.traced("fact_balances", "1/2025-01-31"), map[string]string{
			"period_end":     "2025-01-31 by last day of the period, a month",
			"balance_amount": "10.00 by balance_amount of s.accounts, read as decimal(12,2), event 1",
			"eur_rate":       "0.800000 by joined row rate: eur_rate of s.rates, read as decimal(12,6), event 4",
		})
	})
}

// TestTraceConformed: what survives at an event may be of a record that an earlier one spoke of.
func TestTraceConformed(t *testing.T) {
	worlds(t, parties, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), `
-- events billing.customers
id | at | name  | email           | phone | tax
7  | 10 | Lov   | lov@example.com | NULL  | T1
-- events crm.customers
id | at | name  | email           | phone | tax
1  | 20 | NULL  | ada@example.com | 111   | T1
-- run
`))
		found, err := w.Trace(t.Context(), "silver.parties", "billing/7", "")
		must(t, err)
		(&world{t: t}).saysOf(found, map[string]string{
			"source_id": "7 by the key of the oldest record of customers that is this thing",
			"name":      "Lov by survives from the records of customers that are one thing, as of event 2; see survive.name",
			"label":     `Lov <ada@example.com> by computed: name + " <" + email + ">", event 2`,
		})
	})
}

func TestTraceRefuses(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.sales.Send(sale("s1", "1", 40, "1"))
		w.run(lode.Options{})
		for _, c := range []struct{ table, key, column, want string }{
			{"fact_sales", "s2", "", "trace fact_sales s2: there is no such row"},
			{"dim_items", "x", "", "a row of a dimension is named by its surrogate key item_key, a whole number"},
			{"fact_sales", `["s1","2"]`, "", "the key is source_id: write its values with / between, or as a JSON list"},
			{"fact_sales", "s1", "price", `there is no column "price"; it has source_id, item_key`},
			{"agg_sales", "A", "", "a group is made of many facts; ask gold.fact_sales"},
			{"nothing", "1", "", "the project makes no such table; it makes gold.fact_sales, gold.dim_items, "},
		} {
			if _, err := w.Trace(w.t.Context(), c.table, c.key, c.column); err == nil || !strings.Contains(err.Error(), c.want) {
				w.t.Errorf("%s %s %s: %v", c.table, c.key, c.column, err)
			}
		}
		if _, err := w.Trace(w.t.Context(), "silver.items", "7", ""); !errors.Is(err, lode.ErrNoRow) {
			w.t.Errorf("a missing row: %v", err)
		}
	})
}

// versions gives the surrogate keys of an item's versions, in order.
func (w *world) versions(id string) []string {
	w.t.Helper()
	return lodetest.Rows(w.t, w, fmt.Sprintf("SELECT item_key FROM gold.dim_items WHERE source_id = '%s' ORDER BY valid_from", id))
}
