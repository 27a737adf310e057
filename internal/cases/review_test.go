package cases

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// TestHistory35StepsWithOneCalendar lets several facts extend one calendar side by
// side: a step takes the lock of each table that it adds members to.
func TestHistory35StepsWithOneCalendar(t *testing.T) {
	many := func(p *lode.Project) {
		for i := range 3 {
			f := p.Facts[0]
			f.Name = fmt.Sprintf("fact_sales_%d", i)
			p.Facts = append(p.Facts, f)
		}
	}
	each(t, many, func(w *world) {
		w.sales.Send(`{"id":"s1","item":"1","at":"2031-03-01T00:00:00Z","amount":"1.00"}`)
		w.run(lode.Options{})
		w.equal("SELECT min(date), max(date), count(*) FROM gold.dim_dates WHERE date_key > 0", "2025-01-01 | 2031-12-31 | 2556")
	})
}

// TestHistory34CrashBetweenDimensionAndFacts kills a run after its dimension: what a
// reader sees then is whole, and the next run brings the rest.
func TestHistory34CrashBetweenDimensionAndFacts(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "1", 25, "1.00"))
		w.run(lode.Options{})
		w.items.Send(item("1", "B", 20))
		w.run(lode.Options{Select: []string{"bronze.*", "silver.*", "dim_items"}})
		w.equal(factOf, "s1 | A | false", "s2 | B | false")
		w.run(lode.Options{})
		w.equal("SELECT a, sold_amount FROM gold.agg_sales ORDER BY 1", "A | 1.00", "B | 1.00")
	})
}

// TestHelperNamesAreNoColumns gives columns the names that statements might use inside.
func TestHelperNamesAreNoColumns(t *testing.T) {
	names := []string{"place", "begins", "run", "sig", "ends_at", "end_op", "versions", "newest", "newest_op", "sk", "durable", "change", "happened_at", "fk", "k", "t", "f", "held", "same", "marked", "name", "value"}
	named := func(p *lode.Project) {
		for _, n := range names {
			p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: n, Type: "integer"})
			p.Entities[0].From[0].Fields = append(p.Entities[0].From[0].Fields, schema.FieldMapping{Name: n, From: "x"})
			p.Dimensions[0].Columns = append(p.Dimensions[0].Columns, schema.DimColumn{Name: n, SCD: "2"})
		}
	}
	each(t, named, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","x":7,"at":"2025-01-01T00:10:00Z"}`, `{"id":"1","a":"B","x":7,"at":"2025-01-01T00:20:00Z"}`)
		w.sales.Send(sale("s1", "1", 15, "1.00"))
		w.run(lode.Options{})
		w.items.Send(`{"id":"1","a":"C","x":7,"at":"2025-01-01T00:12:00Z"}`)
		w.run(lode.Options{})
		w.chain("1", "A[-inf,12) C[12,20) B[20,inf)")
		w.equal("SELECT ends_at, place, change FROM silver.items", "7 | 7 | 7")
		w.equal(factOf, "s1 | C | false")
	})
}

// TestListsOfOneInstant: of two lists at one instant the later one speaks, also when it
// names a row that the older did not.
func TestListsOfOneInstant(t *testing.T) {
	nested := func(p *lode.Project) {
		p.Entities[1] = schema.Entity{
			Name: "sales", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "item_id", Type: "text"}, {Name: "sold_at", Type: "timestamp"}, {Name: "sold_amount", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "s.sales", Each: "lines", ID: "line", ValidAt: schema.ValidAt{Field: "^.at"},
				Fields: []schema.FieldMapping{{Name: "item_id", From: "item"}, {Name: "sold_at", From: "^.at"}, {Name: "sold_amount", From: "amount"}},
			}},
		}
	}
	order := func(at int, lines ...string) string {
		var all []string
		for _, l := range lines {
			all = append(all, fmt.Sprintf(`{"line":%q,"item":"1","amount":1}`, l))
		}
		return fmt.Sprintf(`{"id":"o1","at":"2025-01-01T00:%02d:00Z","lines":[%s]}`, at, strings.Join(all, ","))
	}
	const live = "SELECT source_id FROM silver.sales WHERE NOT is_deleted ORDER BY 1"
	each(t, nested, func(w *world) {
		w.sales.Send(order(10, "x"))
		w.run(lode.Options{})
		w.sales.Send(order(10, "x", "y"))
		w.run(lode.Options{})
		w.equal(live, "x", "y")
		w.sales.Send(order(10, "y"))
		w.run(lode.Options{})
		w.equal(live, "y")
		w.sales.Send(order(10, "y", "x", "z"))
		w.run(lode.Options{})
		w.equal(live, "x", "y", "z")
		w.equal("SELECT source_id FROM gold.fact_sales ORDER BY 1", "x", "y", "z")
		w.run(lode.Options{Select: []string{"silver.*", "gold.*"}, Mode: lode.Mode{Rebuild: true}})
		w.equal(live, "x", "y", "z")
		w.sales.Delete(order(20))
		w.run(lode.Options{})
		w.equal(live)
	})
}

// TestTablesMovedAwayAreMadeAnew drops tables one by one, as the advice of an error
// message may have been followed, and wants the same star again, with other keys.
func TestTablesMovedAwayAreMadeAnew(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20), item("2", "X", 10))
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "2", 25, "2.00"))
		w.run(lode.Options{})
		for _, table := range []string{"gold.dim_items", "gold.fact_sales", "gold.agg_sales", "gold.dim_dates", "silver.items", "silver.items_log"} {
			w.drop(table)
			w.run(lode.Options{})
			w.equal(factOf, "s1 | A | false", "s2 | X | false")
			w.equal("SELECT a, sold_amount FROM gold.agg_sales ORDER BY 1", "A | 1.00", "X | 2.00")
			w.equal("SELECT source_id, a FROM silver.items ORDER BY 1", "1 | B", "2 | X")
			w.chain("1", "A[-inf,20) B[20,inf)")
			w.equal("SELECT count(*) FROM gold.fact_sales f LEFT JOIN gold.dim_dates d ON d.date_key = f.sold_on_key WHERE d.date_key IS NULL", "0")
		}
		w.drop("bronze.s_items")
		w.run(lode.Options{})
		w.equal("SELECT count(*) FROM bronze.s_items", "3")
		w.chain("1", "A[-inf,20) B[20,inf)")
	})
}

// drop drops a table behind Lode's back.
func (w *world) drop(table string) {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.Lode = nil
	for _, d := range w.project.Drivers {
		if !strings.HasPrefix(w.project.Warehouse, d.Schemes()[0]) {
			continue
		}
		db, err := d.Open(w.t.Context(), w.project.Warehouse)
		if err != nil {
			w.t.Fatal(err)
		}
		tx, err := db.Begin(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		_, err = tx.Exec(w.t.Context(), "DROP TABLE "+table)
		if err := errors.Join(err, tx.Commit(w.t.Context()), db.Close()); err != nil {
			w.t.Fatal(err)
		}
	}
	w.reopen()
}

// TestHistory45FutureDelete: a delete that is dated ahead takes force when its time comes.
func TestHistory45FutureDelete(t *testing.T) {
	inForce := func(p *lode.Project) { events(p); p.Dimensions[0].Current = "in_force" }
	each(t, inForce, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.items.Delete(`{"id":"1","at":"2025-06-02T00:00:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT is_current FROM gold.dim_items WHERE item_key > 0", "true")
		w.clock.Add(25 * time.Hour)
		w.run(lode.Options{})
		w.equal("SELECT is_current FROM gold.dim_items WHERE item_key > 0", "false")
	})
}

// TestDeletedAndBackInOneRun: without a business time the order of arrival decides.
func TestDeletedAndBackInOneRun(t *testing.T) {
	untimed := func(p *lode.Project) { p.Entities[0].From[0].ValidAt.Field = ""; p.Entities[0].From[0].Order = "" }
	each(t, untimed, func(w *world) {
		w.items.Send(`{"id":"1","a":"A"}`)
		w.run(lode.Options{})
		w.items.Delete(`{"id":"1"}`)
		w.items.Send(`{"id":"1","a":"A"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, is_deleted FROM silver.items", "A | false")
		w.items.Send(`{"id":"1","a":"B"}`)
		w.items.Delete(`{"id":"1"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, is_deleted FROM silver.items", "B | true")
	})
}

// TestKeyChangeIsRefused: a table cannot change its key in place, and the plan says so.
func TestKeyChangeIsRefused(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.project.Entities[0].Key = []string{"source_id", "a"}
		w.project.Facts, w.project.Aggregates = nil, nil
		w.project.Dimensions = w.project.Dimensions[1:]
		w.reopen()
		_, err := w.Plan(w.t.Context(), lode.Options{})
		if err == nil || !strings.Contains(err.Error(), "its key is (source_id) and should be (source_id, a)") {
			w.t.Errorf("a changed key was planned: %v", err)
		}
	})
}

// TestQueryOnlyReads: what a user types into query cannot change the warehouse.
func TestQueryOnlyReads(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		for _, sql := range []string{
			"DELETE FROM silver.items", "WITH x AS (SELECT 1) DELETE FROM silver.items", "EXPLAIN ANALYZE DELETE FROM silver.items",
			"WITH x AS (DELETE FROM silver.items RETURNING 1) SELECT * FROM x", "DROP TABLE silver.items", "CREATE TABLE silver.y AS SELECT 1 AS one",
		} {
			failed := false
			for _, err := range w.Query(t.Context(), sql) {
				failed = failed || err != nil
			}
			if !failed {
				t.Errorf("query ran: %s", sql)
			}
		}
		w.equal("SELECT count(*) FROM silver.items", "1")
	})
}

// TestSpecialMembersHaveEveryColumn: also one that comes later.
func TestSpecialMembersHaveEveryColumn(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.project.Entities[0].Columns = append(w.project.Entities[0].Columns, schema.Column{Name: "c", Type: "text"}, schema.Column{Name: "d", Type: "text"})
		w.project.Dimensions[0].Columns = append(w.project.Dimensions[0].Columns, schema.DimColumn{Name: "c", SCD: "1"}, schema.DimColumn{Name: "d", SCD: "2"})
		w.reopen()
		w.run(lode.Options{})
		w.equal("SELECT c, d FROM gold.dim_items WHERE item_key = -1", "Unknown | Unknown")
	})
}

// TestHistory09FlipFlopAtOneInstant: of several observations at one business time the
// last one counts, also when it was said before; a history told twice changes nothing.
func TestHistory09FlipFlopAtOneInstant(t *testing.T) {
	each(t, events, func(w *world) {
		for _, a := range []string{"A", "B", "A"} {
			w.items.Send(item("1", a, 10))
			w.run(lode.Options{})
			w.chain("1", a+"[10,inf)")
		}
		w.items.Send(item("2", "A", 10), item("2", "B", 10), item("2", "A", 10))
		w.run(lode.Options{})
		w.chain("2", "A[10,inf)")
		w.run(lode.Options{Select: []string{"silver.*", "gold.*"}, Mode: lode.Mode{Rebuild: true}})
		w.chain("1", "A[10,inf)")
	})
}
