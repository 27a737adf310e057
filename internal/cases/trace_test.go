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
			"prior_z":   "NULL by the value before the last change: ",
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
