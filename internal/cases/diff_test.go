package cases

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// damage writes to the warehouse behind the project's back.
func (w *world) damage(statements ...string) {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.behind(statements)
	w.Lode = nil
	w.reopen()
}

func (w *world) behind(statements []string) {
	w.t.Helper()
	scheme, _, _ := strings.Cut(w.project.Warehouse, ":")
	i := slices.IndexFunc(w.project.Drivers, func(d warehouse.Driver) bool { return slices.Contains(d.Schemes(), scheme) })
	db, err := w.project.Drivers[i].Open(w.t.Context(), w.project.Warehouse)
	if err != nil {
		w.t.Fatal(err)
	}
	tx, err := db.Begin(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, sql := range statements {
		if _, err := tx.Exec(w.t.Context(), sql); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := tx.Commit(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// differencesOf is what a comparison found, as text.
func differencesOf(r diff.Result) []string {
	text := func(s *string) string {
		if s == nil {
			return "NULL"
		}
		return *s
	}
	var out []string
	for _, d := range r.First {
		var key, cells []string
		for _, c := range d.Key {
			key = append(key, text(c.Value))
		}
		for _, c := range d.Cells {
			cells = append(cells, fmt.Sprintf("%s: %s -> %s", c.Name, text(c.A), text(c.B)))
		}
		line := strings.Join(key, "/") + " " + d.Change
		if d.Change == diff.Changed {
			line += " " + strings.Join(cells, ", ")
		}
		out = append(out, line)
	}
	return out
}

func (w *world) rebuilt(want map[string][]string) {
	w.t.Helper()
	results, err := w.DiffRebuild(w.t.Context(), lode.Options{}, 10)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(results) == 0 {
		w.t.Fatal("nothing was compared")
	}
	for _, r := range results {
		if got := differencesOf(r); !slices.Equal(got, want[r.Table]) {
			w.t.Errorf("%s:\n got %q\nwant %q", r.Table, got, want[r.Table])
		}
	}
}

func TestDiffRebuild(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "C", 30), item("2", "X", 5))
		w.sales.Send(sale("s1", "1", 22, "2.00"), sale("s2", "9", 22, "5.00"), sale("s3", "1", 35, "1.00"))
		w.run(lode.Options{})
		w.items.Send(item("1", "B", 20), item("9", "Z", 1))
		w.items.Delete(`{"id":"2"}`)
		w.sales.Send(sale("s2", "8", 700_000, "5.00")) // the inferred member 9 has got an event, and nothing points to it
		w.sales.Send(sale("s4", "7", 600_000, "5.00"))
		w.run(lode.Options{})
		w.sales.Send(sale("s4", "8", 40, "5.00")) // nothing points to the inferred member 7 any more
		w.run(lode.Options{})
		w.rebuilt(nil)
		w.damage("UPDATE gold.dim_items SET a = 'broken' WHERE source_id = '1' AND version = 2",
			"DELETE FROM gold.fact_sales WHERE source_id = 's3'",
			"UPDATE gold.fact_sales SET item_key = -1 WHERE source_id = 's1'",
			"UPDATE gold.agg_sales SET sale_count = 7 WHERE a = 'B'",
			"UPDATE silver.sales SET sold_amount = 3 WHERE source_id = 's4'",
			"INSERT INTO gold.dim_items SELECT 1000, 1000, 'ghost', a, b, valid_from, valid_to, is_current, version, FALSE, is_deleted, created_at, updated_at, event_at, event_stream, event_seq FROM gold.dim_items WHERE source_id = '9'")
		w.rebuilt(map[string][]string{
			"silver.sales":    {"s4 changed sold_amount: 3.00 -> 5.00"},
			"gold.dim_items":  {"1/2025-01-01T00:20:00Z/NULL changed a: broken -> B", "ghost/1900-01-01T00:00:00Z/NULL only_a"},
			"gold.fact_sales": {"s1 changed item_key: -1 -> 1/2025-01-01T00:20:00.000000Z", "s3 only_b"},
			"gold.agg_sales":  {"B changed sale_count: 7 -> 1"},
		})
		w.items.Send(item("1", "D", 50))
		w.run(lode.Options{Select: []string{"silver.items", "bronze.s_items"}})
		if _, err := w.DiffRebuild(t.Context(), lode.Options{}, 1); err == nil || !strings.Contains(err.Error(), "gold.dim_items is not up to date (1 new events); run `lode run` first") {
			t.Errorf("a star that lags behind: %v", err)
		}
	})
}

func TestDiffRebuildOfBridges(t *testing.T) {
	each(t, holders("share"), func(w *world) {
		w.items.Send(item("1", "A", 1), item("2", "B", 1))
		w.stream("holders").Send(holder("h1", "x/y", "1", "1.000", 10), holder("h1", "x/y", "1", "0.500", 20), holder("h2", "x/y", "2", "0.500", 20))
		w.stream("payments").Send(payment("p1", "x/y", 15))
		w.run(lode.Options{})
		w.stream("holders").Send(holder("h2", "x/y", "2", "0.250", 12))
		w.run(lode.Options{})
		w.rebuilt(nil)
		w.damage("UPDATE gold.bridge_account_holders SET weight = 0.3 WHERE weight = 0.2")
		w.rebuilt(map[string][]string{"gold.bridge_account_holders": {"x~1y/2025-01-01T00:12:00.000000Z/2 changed weight: 0.3 -> 0.2"}})
	})
}

func TestDiffOfTwoTimes(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20), item("2", "X", 15), item("3", "Y", 1))
		w.sales.Send(sale("s1", "1", 12, "1.00"), sale("s2", "1", 22, "2.00"))
		w.run(lode.Options{})
		known := medallion.Moment{KnownAt: w.clock.Now()}
		compare := func(table string, a, b medallion.Moment, want ...string) {
			w.t.Helper()
			r, err := w.DiffMoments(w.t.Context(), table, a, b, 5)
			if err != nil {
				w.t.Fatal(err)
			}
			if got := differencesOf(r); !slices.Equal(got, want) {
				w.t.Errorf("%s, %s and %s:\n got %q\nwant %q", table, a, b, got, want)
			}
		}
		then, later := medallion.Moment{AsOf: point(16)}, medallion.Moment{AsOf: point(25)}
		compare("gold.dim_items", then, later, "1/NULL changed a: A -> B, valid_from: 1900-01-01T00:00:00Z -> 2025-01-01T00:20:00Z, valid_to: 2025-01-01T00:20:00Z -> 9999-12-31T00:00:00Z, version: 1 -> 2, event_at: 2025-01-01T00:10:00Z -> 2025-01-01T00:20:00Z")
		compare("fact_sales", then, later, "s2 only_b") // the member of s1 is the same
		compare("agg_sales", then, later, "A only_a", "B only_b")
		w.items.Send(item("1", "C", 11))
		w.run(lode.Options{})
		compare("gold.fact_sales", known, medallion.Moment{}, "s1 changed item_key: 1/1900-01-01T00:00:00.000000Z -> 1/2025-01-01T00:11:00.000000Z")
		compare("silver.items", known, medallion.Moment{}, "1 changed synced_at: 2025-06-01T00:01:00Z -> 2025-06-01T00:02:00Z")
		compare("gold.agg_sales", known, medallion.Moment{KnownAt: w.clock.Now()}, "A only_a", "C only_b")
		past := known
		past.AsOf = point(25)
		compare("gold.fact_sales", past, later)
		past.KnownAt = past.KnownAt.Add(-time.Hour)
		compare("gold.fact_sales", past, later, "s1 only_b", "s2 only_b")
		if _, err := w.DiffMoments(t.Context(), "gold.nothing", then, later, 1); err == nil || !strings.Contains(err.Error(), `the project makes no table "gold.nothing"`) {
			t.Errorf("an unknown table: %v", err)
		}
	})
}

func TestDiffOfTwoTables(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("2", "X", 15), item("3", "Y", 1))
		w.run(lode.Options{})
		w.damage("CREATE SCHEMA old", "CREATE TABLE old.items AS SELECT source_id, a, b, valid_at, 1 AS extra FROM silver.items",
			"UPDATE old.items SET a = NULL WHERE source_id = '2'", "DELETE FROM old.items WHERE source_id = '3'", "INSERT INTO old.items (source_id, a) VALUES ('4', 'A'), ('4', 'B')",
			"CREATE TABLE old.keyless AS SELECT 'x' AS c")
		r, err := w.DiffTables(t.Context(), "silver.items", "old.items", nil, 9)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := differencesOf(r), []string{"2 changed a: X -> NULL", "3 only_a", "4 repeated"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if r.RowsA != 3 || r.RowsB != 4 || r.Count() != 3 || len(r.Notes) != 2 || r.Notes[1] != "only old.items has extra" {
			t.Errorf("%+v", r)
		}
		for want, names := range map[string][2]string{
			"there is no table old.nothing in the warehouse": {"silver.items", "old.nothing"},
			`"items" has no schema; write schema.table`:      {"items", "old.items"},
			"neither has a primary key":                      {"old.keyless", "old.keyless"},
			"the key column source_id is not in both":        {"silver.items", "old.keyless"},
		} {
			if _, err := w.DiffTables(t.Context(), names[0], names[1], nil, 1); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v", names, err)
			}
		}
	})
}

// Groups by the keys of a dimension are compared by what the keys stand for, too.
func TestDiffRebuildOfGroupsByKeys(t *testing.T) {
	each(t, func(p *lode.Project) {
		p.Aggregates[0].Group = []schema.GroupBy{{Name: "version_of", By: "item.item_key"}, {Name: "member_of", By: "item.item_durable_key"}}
	}, func(w *world) {
		w.items.Send(item("2", "A", 10))
		w.sales.Send(sale("s1", "2", 22, "2.00"), sale("s2", "1", 35, "1.00"))
		w.run(lode.Options{})
		w.items.Send(item("1", "B", 10), item("2", "C", 20))
		w.run(lode.Options{})
		w.rebuilt(nil)
		w.damage("UPDATE gold.agg_sales SET sale_count = 7 WHERE version_of IN (SELECT item_key FROM gold.dim_items WHERE source_id = '1')")
		results, err := w.DiffRebuild(w.t.Context(), lode.Options{Select: []string{"agg_sales"}}, 10)
		if err != nil || len(results) != 1 || len(differencesOf(results[0])) != 1 {
			t.Errorf("of a damaged group: %v, %v", results, err)
		}
	})
}
