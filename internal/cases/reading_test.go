package cases

import (
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// point is a point of the drawn time line.
func point(n int) time.Time { return time.Date(2025, 1, 1, 0, n, 0, 0, time.UTC) }

const totals = "SELECT COALESCE(d.a, '-'), sum(f.sold_amount) FROM gold.fact_sales f JOIN gold.dim_items d ON d.item_key = f.item_key GROUP BY 1 ORDER BY 1"

func TestReadingAsOf(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20), item("2", "X", 5))
		w.items.Delete(`{"id":"2","at":` + lodetest.At(25) + `}`)
		w.sales.Send(sale("s1", "1", 12, "1.00"), sale("s2", "1", 22, "2.00"), sale("s3", "2", 6, "4.00"))
		w.run(lode.Options{})
		for at, want := range map[int][]string{
			5:  nil,
			15: {"A | 1.00", "X | 4.00"},
			22: {"B | 3.00", "X | 4.00"},
			30: {"B | 3.00", "Deleted | 4.00"},
		} {
			past := w.At(lode.AsOf(point(at)))
			lodetest.Equal(w.t, past, totals, want...)
			lodetest.Equal(w.t, past, "SELECT COALESCE(a, '-'), sold_amount FROM gold.agg_sales ORDER BY 1", want...)
		}
		past := w.At(lode.AsOf(point(15)))
		lodetest.Equal(w.t, past, "SELECT source_id, a, is_current FROM gold.dim_items WHERE item_key > 0 ORDER BY 1", "1 | A | true", "2 | X | true")
		lodetest.Equal(w.t, past, "WITH x AS (SELECT * FROM gold.dim_items) SELECT count(*) FROM x WHERE item_key < 0", "5")
		lodetest.Equal(w.t, past, "SELECT count(*) FROM gold.dim_dates WHERE is_weekend AND month = 1", "8")
		lodetest.Equal(w.t, w.At(), totals, "A | 1.00", "B | 2.00", "X | 4.00")
		w.refused(past, "SELECT * FROM silver.items", "silver.items cannot be asked as of another time: it is no part of the star")
		w.refused(past, "SELECT * FROM lode.runs", "lode.runs is no table that can be asked as of another time")
	})
}

// refused wants a question to fail, for a reason.
func (w *world) refused(q lodetest.Querier, sql, want string) {
	w.t.Helper()
	for _, err := range q.Query(w.t.Context(), sql) {
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				w.t.Errorf("%s: %v, want %s", sql, err, want)
			}
			return
		}
	}
	w.t.Errorf("%s was answered", sql)
}

// A late change splits a version that facts use. What was known before it came stays
// to be read, with keys, groups and silver's state of that time.
func TestReadingAsKnownAt(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "C", 30))
		w.sales.Send(sale("s1", "1", 22, "2.00"), sale("s2", "9", 22, "5.00"))
		w.run(lode.Options{})
		first := w.clock.Now()
		w.items.Send(item("1", "B", 20), item("9", "Z", 1))
		w.sales.Send(sale("s3", "1", 40, "1.00"))
		w.run(lode.Options{})
		w.equal(totals, "B | 2.00", "C | 1.00", "Z | 5.00")
		then := w.At(lode.AsKnownAt(first))
		lodetest.Equal(w.t, then, totals, "- | 5.00", "A | 2.00")
		lodetest.Equal(w.t, then, "SELECT COALESCE(a, '-'), sold_amount, sale_count FROM gold.agg_sales ORDER BY 1", "- | 5.00 | 1", "A | 2.00 | 1")
		lodetest.Equal(w.t, then, "SELECT a, version FROM gold.dim_items WHERE source_id = '1' ORDER BY version", "A | 1", "C | 2")
		lodetest.Equal(w.t, then, "SELECT source_id, is_inferred FROM gold.dim_items WHERE item_key > 0 AND is_current ORDER BY 1", "1 | false", "9 | true")
		lodetest.Equal(w.t, then, "SELECT source_id, a FROM silver.items", "1 | C")
		lodetest.Equal(w.t, then, "SELECT count(*) FROM silver.items_log", "2")
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(first), lode.AsOf(point(15))), totals) // nothing had been sold
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(first), lode.AsOf(point(25))), totals, "- | 5.00", "A | 2.00")
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(first.Add(-24*time.Hour))), "SELECT count(*) FROM gold.dim_items", "5")
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(w.clock.Now())), totals, "B | 2.00", "C | 1.00", "Z | 5.00")
		w.refused(then, "SELECT * FROM bronze.s_items", "is no table that can be asked")
		w.refused(then, "INSERT INTO gold.dim_items SELECT * FROM gold.dim_items", "")
		w.equal("SELECT count(*) FROM gold.dim_items", "9")
	})
}

// What a list no longer holds was there as long as the older list was all that was known.
func TestReadingAsKnownAtNestedLists(t *testing.T) {
	nested := func(p *lode.Project) {
		m := &p.Entities[1].From[0]
		m.Each, m.ID = "lines", "n"
		m.Fields = []schema.FieldMapping{{Name: "item_id", From: "item"}, {Name: "sold_at", From: "^.at"}, {Name: "sold_amount", From: "amount"}}
		m.ValidAt = schema.ValidAt{Field: "^.at"}
	}
	each(t, nested, func(w *world) {
		lines := func(at int, body string) string {
			return `{"id":"o1","at":` + lodetest.At(at) + `,"lines":[` + body + `]}`
		}
		w.sales.Send(lines(10, `{"n":"a","item":"1","amount":"1.00"},{"n":"b","item":"1","amount":"2.00"}`))
		w.run(lode.Options{})
		first := w.clock.Now()
		w.sales.Send(lines(10, `{"n":"a","item":"1","amount":"1.00"}`))
		w.run(lode.Options{})
		const sold = "SELECT source_id, sold_amount FROM gold.fact_sales ORDER BY 1"
		w.equal(sold, "a | 1.00")
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(first)), sold, "a | 1.00", "b | 2.00")
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(w.clock.Now())), sold, "a | 1.00")
	})
}

func TestReadingAsOfBridges(t *testing.T) {
	each(t, holders("share"), func(w *world) {
		w.items.Send(item("1", "A", 1), item("2", "B", 1))
		w.stream("holders").Send(holder("h1", "x", "1", "1.000", 10), holder("h1", "x", "1", "0.500", 20), holder("h2", "x", "2", "0.500", 20))
		w.stream("payments").Send(payment("p1", "x", 15))
		w.run(lode.Options{})
		const paid = `SELECT b.item_id, b.weight FROM gold.fact_payments f JOIN gold.bridge_account_holders b ON b.account_holder_group_key = f.holders_key ORDER BY 1`
		lodetest.Equal(w.t, w.At(lode.AsOf(point(16))), paid, "1 | 1")
		lodetest.Equal(w.t, w.At(lode.AsOf(point(21))), paid, "1 | 0.5", "2 | 0.5")
		w.stream("holders").Send(holder("h2", "x", "2", "0.250", 12))
		known := w.clock.Now()
		w.run(lode.Options{})
		w.equal(paid, "1 | 0.8", "2 | 0.2")
		lodetest.Equal(w.t, w.At(lode.AsKnownAt(known)), paid, "1 | 1")
	})
}

// Before billing learnt the other address, there were two parties.
func TestReadingAsKnownAtConformed(t *testing.T) {
	worlds(t, parties, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), `
-- events crm.customers
id | at | name | email
1  | 10 | Ada  | ada@example.com
-- events billing.customers
id | at | name | email
7  | 20 | Lov  | lov@example.com
-- events shop.orders
id | said_at | system  | customer | at | amount
o1 | 15      | crm     | 1        | 15 | 1
o2 | 25      | billing | 7        | 25 | 2
-- run
`))
		first := w.Clock.Now()
		must(t, w.Play(t.Context(), `
-- events billing.customers
id | at | name | email
7  | 30 | Lov  | ada@example.com
-- run
`))
		const names = "SELECT f.source_id, d.name FROM gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key ORDER BY 1"
		lodetest.Equal(t, w, names, "o1 | Ada", "o2 | Ada")
		lodetest.Equal(t, w.At(lode.AsKnownAt(first)), names, "o1 | Ada", "o2 | Lov")
		results, err := w.DiffRebuild(t.Context(), lode.Options{}, 5)
		must(t, err)
		for _, r := range results {
			if r.Count() > 0 {
				t.Errorf("%s differs from a rebuild: %q", r.Table, differencesOf(r))
			}
		}
	})
}
