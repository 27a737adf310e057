package cases

import (
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// everyKind is the drawn project with every kind of dimension and bridge that a star can have
// beside it: groups, a hierarchy, an outrigger, flags, bands and times of day.
func everyKind(p *lode.Project) {
	holders("share")(p)
	flags(p)
	regions(p)
	p.Dimensions = append(p.Dimensions,
		schema.Dimension{Name: "dim_bands", Bands: []schema.Band{{Label: "small", To: "2"}, {Label: "large"}}},
		schema.Dimension{Name: "dim_times", TimeOfDay: &schema.TimeOfDay{Grain: "minute"}})
	p.Bridges = append(p.Bridges, schema.Bridge{Name: "bridge_items", Hierarchy: &schema.Hierarchy{Dimension: "dim_items", Parent: []string{"b"}}})
	p.Facts[0].Dimensions = append(p.Facts[0].Dimensions,
		schema.Role{Name: "band", Dimension: "dim_bands", Key: []string{"sold_amount"}},
		schema.Role{Name: "sold_time", Dimension: "dim_times", Key: []string{"sold_at"}, Zone: "Europe/Berlin"},
		schema.Role{Name: "item_now", Dimension: "dim_items", Key: []string{"item_id"}, AsOf: "current"})
}

// filled brings rows of every kind, in two runs: late changes, a delete, an inferred member.
func (w *world) filled() {
	w.t.Helper()
	w.stream("regions").Send(region("n", "North", "10"))
	w.items.Send(ab("1", `"A"`, `"n"`, "10"), ab("2", `"X"`, `"1"`, "05"), ab("1", `"C"`, `"n"`, "30"))
	w.sales.Send(flagged("s1", "true", `"web"`, `"1.5"`), sale("s2", "1", 12, "2.00"), sale("s3", "9", 22, "1.00"), sale("s4", "1", 35, "3.00"))
	w.stream("holders").Send(holder("h1", "x/y", "1", "1.000", 10), holder("h2", "x/y", "2", "0.500", 20))
	w.stream("payments").Send(payment("p1", "x/y", 15), payment("p2", "none", 15))
	w.run(lode.Options{Mode: lode.Mode{Check: true}})
	w.items.Send(ab("1", `"B"`, `"n"`, "20"))
	w.items.Delete(`{"id":"2"}`)
	w.sales.Send(sale("s5", "1", 22, "1.00"))
	w.stream("holders").Send(holder("h2", "x/y", "2", "0.250", 12))
	w.run(lode.Options{Mode: lode.Mode{Check: true}})
}

// broken lists what does not hold, as "I2 of gold.dim_items: 1 key, for example 1".
func (w *world) broken(o lode.CheckOptions) []string {
	w.t.Helper()
	results, err := w.Check(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(results) == 0 {
		w.t.Fatal("nothing was checked")
	}
	var out []string
	for _, r := range results {
		if r.Count > 0 {
			out = append(out, r.String())
		}
	}
	return out
}

func (w *world) holds() {
	w.t.Helper()
	if got := w.broken(lode.CheckOptions{}); got != nil {
		w.t.Errorf("what does not hold:\n%s", strings.Join(got, "\n"))
	}
}

// found damages the warehouse, wants these checks to tell so, and mends it again.
func (w *world) found(damage, mend string, want ...string) {
	w.t.Helper()
	w.damage(damage)
	if got := w.broken(lode.CheckOptions{}); !slices.Equal(got, want) {
		w.t.Errorf("after %s:\n got %q\nwant %q", damage, got, want)
	}
	w.damage(mend)
}

func TestChecksOfAHealthyStar(t *testing.T) {
	each(t, everyKind, func(w *world) {
		w.filled()
		w.holds()
		if got := w.broken(lode.CheckOptions{Full: true, Select: []string{"dim_items"}}); got != nil {
			t.Errorf("the rebuild differs: %q", got)
		}
		w.equal("SELECT DISTINCT table_name FROM lode.checks WHERE check_name = 'I5'", "gold.dim_items")
		w.equal("SELECT count(*) FROM lode.checks WHERE violations <> 0 OR violations IS NULL", "0")
	})
}

func TestChecksOfVersions(t *testing.T) {
	each(t, everyKind, func(w *world) {
		w.filled()
		version := func(n string) string { return " WHERE source_id = '1' AND version = " + n }
		w.found("UPDATE gold.dim_items SET valid_to = valid_from"+version("2"), "UPDATE gold.dim_items SET valid_to = TIMESTAMPTZ '2025-01-01 00:30:00+00'"+version("2"),
			"I1 of gold.dim_items: 1 key, for example 1")
		w.found("UPDATE gold.dim_items SET valid_to = TIMESTAMPTZ '2025-01-01 00:31:00+00'"+version("2"), "UPDATE gold.dim_items SET valid_to = TIMESTAMPTZ '2025-01-01 00:30:00+00'"+version("2"),
			"I2 of gold.dim_items: 1 key, for example 1")
		w.found("UPDATE gold.dim_items SET a = 'A'"+version("2"), "UPDATE gold.dim_items SET a = 'B'"+version("2"),
			"I4 of gold.dim_items: 1 key, for example 1", "summed of gold.agg_sales: 2 keys, for example A")
		w.found("UPDATE gold.dim_items SET is_current = FALSE"+version("3"), "UPDATE gold.dim_items SET is_current = TRUE"+version("3"),
			"I3 of gold.dim_items: 1 key, for example 1")
		w.found("UPDATE gold.dim_items SET item_durable_key = 77"+version("3"), "UPDATE gold.dim_items SET item_durable_key = 1"+version("3"),
			"members of gold.dim_items: 1 key, for example 1")
	})
}

func TestChecksOfFacts(t *testing.T) {
	each(t, everyKind, func(w *world) {
		w.filled()
		s2 := " WHERE source_id = 's2'"
		for _, c := range []struct{ column, wrong string }{
			{"item_key", "3"}, {"item_now_key", "1"}, {"sold_on_key", "20250102"}, {"sold_time_key", "113"}, {"band_key", "-2"}, {"flags_key", "-2"},
		} {
			was := w.value("SELECT " + c.column + " FROM gold.fact_sales" + s2)
			w.damage("UPDATE gold.fact_sales SET " + c.column + " = " + c.wrong + s2)
			if got := w.broken(lode.CheckOptions{Select: []string{"fact_sales"}}); !slices.Equal(got, []string{"I6 of gold.fact_sales: 1 key, for example s2 " + c.column}) {
				t.Errorf("a wrong %s: %q", c.column, got)
			}
			w.damage("UPDATE gold.fact_sales SET " + c.column + " = " + was + s2)
		}
		w.damage("UPDATE gold.fact_sales SET item_now_key = 4711" + s2)
		if got := w.broken(lode.CheckOptions{Select: []string{"fact_sales"}}); !slices.Equal(got, []string{"resolves of gold.fact_sales: 1 key, for example s2 item_now_key", "I6 of gold.fact_sales: 1 key, for example s2 item_now_key"}) {
			t.Errorf("a key that points nowhere: %q", got)
		}
		w.damage("DELETE FROM gold.fact_sales"+s2, "DELETE FROM silver.sales WHERE source_id = 's4'")
		if got := w.broken(lode.CheckOptions{Select: []string{"fact_sales", "silver.sales"}}); !slices.Equal(got, []string{"current of silver.sales: 1 key, for example s4", "counted of gold.fact_sales: 2 keys, for example s2"}) {
			t.Errorf("rows that are missing: %q", got)
		}
	})
}

func TestChecksOfTheRest(t *testing.T) {
	each(t, everyKind, func(w *world) {
		w.filled()
		w.damage("DELETE FROM silver.sales_log WHERE source_id = 's3'",
			"UPDATE gold.agg_sales SET sold_amount = 7 WHERE a = 'B'",
			"DELETE FROM gold.dim_bands WHERE band_key = -3",
			"UPDATE gold.bridge_account_holders SET item_durable_key = 99 WHERE item_id = '1'",
			"DELETE FROM gold.bridge_account_holders WHERE item_id = '2'",
			"UPDATE gold.dim_items SET region_key = 55 WHERE source_id = '9'",
			"DELETE FROM gold.bridge_items WHERE depth = 0")
		seq := w.value("SELECT max(seq) FROM bronze.s_sales WHERE key LIKE '%s3%'")
		want := []string{
			"current of silver.sales: 1 key, for example s3", "arrived of silver.sales_log: 1 key, for example s.sales/" + seq,
			"resolves of gold.dim_items: 1 key, for example 9 region_key",
			"resolves of gold.bridge_account_holders", "counted of gold.bridge_account_holders", "summed of gold.bridge_account_holders",
			"members of gold.dim_bands: 1 key, for example -3", "counted of gold.bridge_items: 1 key, for example 1",
			"summed of gold.agg_sales: 1 key, for example B",
		}
		got := w.broken(lode.CheckOptions{})
		for i := range got {
			if strings.Contains(got[i], "account_holders") {
				got[i], _, _ = strings.Cut(got[i], ":")
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
	})
}

// A step that checks fails when what it touched does not hold, and nothing of it stays; what
// it did not touch it does not look at.
func TestAStepThatBreaksACheckLeavesNothing(t *testing.T) {
	each(t, func(p *lode.Project) { p.Checks = "after_load" }, func(w *world) {
		w.items.Send(item("1", "A", 10), item("2", "X", 10))
		w.sales.Send(sale("s1", "1", 12, "1.00"), sale("s2", "2", 12, "1.00"))
		w.run(lode.Options{})
		w.damage("UPDATE gold.fact_sales SET item_key = 4711 WHERE source_id = 's2'", "DELETE FROM gold.dim_items WHERE item_key = -3")
		w.sales.Send(sale("s3", "1", 25, "1.00"))
		w.run(lode.Options{})
		w.items.Send(item("1", "B", 20))
		_, err := w.tryRun(lode.Options{})
		if err == nil || !strings.Contains(err.Error(), "bring gold.dim_items up to date: what it wrote does not hold, and has been taken back (members of gold.dim_items: 1 key, for example -3)") {
			t.Fatalf("a step that leaves the dimension without a special member: %v", err)
		}
		w.chain("1", "A[-inf,inf)")
		w.damage("INSERT INTO gold.dim_items SELECT -3, -3, source_id, a, b, valid_from, valid_to, is_current, version, is_inferred, is_deleted, created_at, updated_at, event_at, event_stream, event_seq FROM gold.dim_items WHERE item_key = -2")
		w.run(lode.Options{})
		w.chain("1", "A[-inf,20) B[20,inf)")
	})
}

func TestChecksOfSnapshots(t *testing.T) {
	eachShop(t, accountEntities, accountBalances("month", true), func(s *shop) {
		s.project.Checks = "after_load"
		s.reopen()
		s.at("2025-03-10T00:00:00Z")
		s.send("rates", "'currency_code':'USD','rate_date':'2025-01-01','eur_rate':'0.9'")
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'")
		s.send("accounts", account("1", "c", "2025-01-05T00:00:00Z", "10.00"), account("2", "d", "2025-02-05T00:00:00Z", "5.00"))
		s.run()
		s.holds()
		s.at("2025-04-02T00:00:00Z") // a period has ended since, and nothing has run
		s.holds()
		s.send("customers", "'id':'c','segment':'B','at':'2025-02-10T00:00:00Z'")
		s.run()
		s.holds()
		s.damage("DELETE FROM gold.fact_balances WHERE source_id = '1' AND period_end = DATE '2025-02-28'")
		if got := s.broken(lode.CheckOptions{Select: []string{"fact_balances"}}); !slices.Equal(got, []string{"counted of gold.fact_balances: 1 key, for example 1/2025-02-28"}) {
			t.Errorf("a period that is missing: %q", got)
		}
	})
}

func TestChecksOfReversals(t *testing.T) {
	eachShop(t, bookingEntities, bookings("reversal"), func(s *shop) {
		s.project.Checks = "after_load"
		s.reopen()
		s.send("customers", "'id':'c','segment':'A','at':'2025-01-01T00:00:00Z'")
		s.send("bookings", booking("1", "10:00", "c", "2025-05-01T00:00:00Z", "10.00", "1.00"), booking("2", "10:00", "e", "2025-05-02T00:00:00Z", "4.00", "1.00"))
		s.run()
		s.send("bookings", booking("1", "11:00", "c", "2025-05-01T00:00:00Z", "12.00", "1.00"))
		s.send("customers", "'id':'c','segment':'B','at':'2025-04-01T00:00:00Z'")
		s.run()
		s.holds()
		s.damage("DELETE FROM gold.fact_bookings WHERE source_id = '1' AND is_reversal")
		if got := s.broken(lode.CheckOptions{Select: []string{"fact_bookings"}}); !slices.Equal(got, []string{"counted of gold.fact_bookings: 1 key, for example 1/1"}) {
			t.Errorf("a reversal that is missing: %q", got)
		}
	})
}

func TestChecksOfConformedMembers(t *testing.T) {
	each(t, func(p *lode.Project) { parties(&p.Project); p.Checks = "after_load" }, func(w *world) {
		stream := func(source int, name string) *lodetest.Stream {
			return w.project.Sources[source].Config.(*lodetest.Source).Find(name)
		}
		crm, billing, orders := stream(0, "customers"), stream(1, "customers"), stream(2, "orders")
		crm.Send(`{"id":"1","name":"Ada","email":"ada@example.com","at":"2025-01-01T00:00:00Z"}`)
		billing.Send(`{"id":"7","name":"A. L.","tax":"T7","at":"2025-01-02T00:00:00Z"}`)
		orders.Send(`{"id":"o1","system":"billing","customer":"7","at":"2025-03-01T00:00:00Z","said_at":"2025-03-01T00:00:00Z","amount":5}`,
			`{"id":"o2","system":"crm","customer":"9","at":"2025-03-01T00:00:00Z","said_at":"2025-03-01T00:00:00Z","amount":5}`)
		w.run(lode.Options{})
		billing.Send(`{"id":"7","name":"A. L.","tax":"T7","email":"ada@example.com","at":"2025-02-02T00:00:00Z"}`) // they are one thing
		w.run(lode.Options{})
		w.holds()
		key := w.value("SELECT party_key FROM gold.fact_orders WHERE source_id = 'o2'")
		w.damage("UPDATE gold.fact_orders SET party_key = " + key + " WHERE source_id = 'o1'")
		if got := w.broken(lode.CheckOptions{Select: []string{"fact_orders"}}); !slices.Equal(got, []string{"I6 of gold.fact_orders: 1 key, for example o1 party_key"}) {
			t.Errorf("a key of another party: %q", got)
		}
		w.damage("DELETE FROM silver.parties_members WHERE source_id = '7'")
		if got := w.broken(lode.CheckOptions{Select: []string{"silver.parties"}}); !slices.Equal(got, []string{"arrived of silver.parties_log: 1 key, for example billing/7"}) {
			t.Errorf("a record that belongs to nothing: %q", got)
		}
	})
}

func (w *world) value(sql string) string {
	w.t.Helper()
	rows := lodetest.Rows(w.t, w, sql)
	if len(rows) != 1 {
		w.t.Fatalf("%s: %q", sql, rows)
	}
	return rows[0]
}

// What lode check says of a star with mini-dimensions.
func TestCheckMini(t *testing.T) {
	declared := func(p *lode.Project) { profiles("5")(&p.Project) }
	each(t, declared, func(w *world) {
		w.items.Send(whole("1", "A", "", "1", 10), whole("2", "B", "", "2", 20), whole("2", "B", "", "3", 30), whole("2", "B", "", "4", 30))
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "2", 35, "1.00"))
		w.run(lode.Options{Mode: lode.Mode{Check: true}})
		w.items.Send(whole("1", "A", "", "7", 12))
		w.items.Delete(`{"id":"2","at":"2025-01-01T00:32:00Z"}`)
		w.sales.Send(sale("s9", "9", 15, "1.00"))
		w.run(lode.Options{Mode: lode.Mode{Check: true}})
		results, err := w.Check(w.t.Context(), lode.CheckOptions{})
		if err != nil {
			t.Errorf("check: %v", err)
		}
		for _, r := range results {
			if r.Count > 0 {
				t.Errorf("%s", r)
			}
		}
		for _, of := range []string{"dim_items", "fact_sales"} {
			results, err := w.Check(w.t.Context(), lode.CheckOptions{Select: []string{of}})
			if err != nil {
				t.Errorf("check %s: %v", of, err)
			}
			for _, r := range results {
				if r.Count > 0 {
					t.Errorf("%s", r)
				}
			}
		}
	})
}

// A version that stands twice is mended by a rebuild. PostgreSQL's index lets it not come about.
func TestRebuildMendsAVersionThatStandsTwice(t *testing.T) {
	each(t, nil, func(w *world) {
		if !strings.HasPrefix(w.project.Warehouse, "duckdb:") {
			return
		}
		w.items.Send(item("1", "A", 10), item("1", "B", 20))
		w.sales.Send(sale("s1", "1", 15, "1.00"))
		w.run(lode.Options{})
		w.damage("CREATE TABLE twice AS SELECT * FROM gold.dim_items WHERE item_key = 1", "UPDATE twice SET item_key = 77", "INSERT INTO gold.dim_items SELECT * FROM twice", "DROP TABLE twice",
			"UPDATE gold.fact_sales SET item_key = 77")
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.chain("1", "A[-inf,20) B[20,inf)")
		w.equal("SELECT item_key FROM gold.fact_sales", "1")
	})
}
