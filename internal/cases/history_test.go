package cases

import (
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

func TestHistory20TypeOneOverwritesAllVersions(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","at":"2025-01-01T00:10:00Z"}`, `{"id":"1","a":"B","b":"y","at":"2025-01-01T00:20:00Z"}`)
		w.run(lode.Options{})
		keys := w.keys("1")
		w.items.Send(`{"id":"1","a":"B","b":"z","at":"2025-01-01T00:30:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | z", "B | z")
		w.items.Send(`{"id":"1","a":"A","b":"late","at":"2025-01-01T00:12:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | z", "B | z")
		if got := w.keys("1"); got[0] != keys[0] || got[1] != keys[1] {
			t.Errorf("surrogate keys changed from %v to %v", keys, got)
		}
	})
}

func TestHistory20TypeOneOverwritesTheCurrentVersion(t *testing.T) {
	current := func(p *lode.Project) { events(p); p.Dimensions[0].Columns[1].Scope = "current" }
	each(t, current, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","at":"2025-01-01T00:10:00Z"}`, `{"id":"1","a":"B","b":"y","at":"2025-01-01T00:20:00Z"}`,
			`{"id":"1","a":"B","b":"z","at":"2025-01-01T00:30:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | x", "B | z")
		w.items.Send(`{"id":"1","a":"A","b":"late","at":"2025-01-01T00:12:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | late", "B | z")
	})
}

func TestHistory20AggregateFollowsTypeOne(t *testing.T) {
	group := func(p *lode.Project) { p.Aggregates[0].Group[0].By = "item.b" }
	each(t, group, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","at":"2025-01-01T00:10:00Z"}`, `{"id":"2","a":"A","b":"y","at":"2025-01-01T00:10:00Z"}`)
		w.sales.Send(sale("s1", "1", 15, "5.00"), sale("s2", "2", 15, "7.00"))
		w.run(lode.Options{})
		w.equal("SELECT a, sold_amount, sale_count FROM gold.agg_sales ORDER BY 1", "x | 5.00 | 1", "y | 7.00 | 1")
		w.items.Send(`{"id":"1","a":"A","b":"y","at":"2025-01-01T00:20:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, sold_amount, sale_count FROM gold.agg_sales ORDER BY 1", "y | 12.00 | 2")
	})
}

func TestHistory21TypesOneAndTwoInOneEvent(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","b":"x","at":"2025-01-01T00:10:00Z"}`)
		w.run(lode.Options{})
		w.items.Send(`{"id":"1","a":"B","b":"y","at":"2025-01-01T00:20:00Z"}`)
		w.run(lode.Options{})
		w.chain("1", "A[10,20) B[20,inf)")
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | y", "B | y")
	})
}

func TestHistory26LateFact(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20))
		w.run(lode.Options{})
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "1", 25, "1.00"))
		w.run(lode.Options{})
		w.equal(factOf, "s1 | A | false", "s2 | B | false")
	})
}

func TestHistory27EarlyFact(t *testing.T) {
	each(t, nil, func(w *world) {
		w.sales.Send(sale("s1", "9", 15, "1.00"), sale("s2", "9", 25, "1.00"))
		w.run(lode.Options{})
		w.sales.Send(sale("s3", "9", 35, "1.00"))
		w.run(lode.Options{})
		w.equal("SELECT count(*), min(source_id), min(a) FROM gold.dim_items WHERE is_inferred", "1 | 9 | NULL")
		w.chain("9", "NULL[-inf,inf)")
		w.equal("SELECT count(DISTINCT item_key), min(item_key) > 0 FROM gold.fact_sales", "1 | true")
	})
}

func TestHistory28InferredMemberCompleted(t *testing.T) {
	each(t, nil, func(w *world) {
		w.sales.Send(sale("s1", "9", 15, "1.00"))
		w.run(lode.Options{})
		key := w.keys("9")
		w.items.Send(item("9", "A", 20))
		w.run(lode.Options{})
		w.chain("9", "A[-inf,inf)")
		w.equal(factOf, "s1 | A | false")
		if got := w.keys("9"); got[0] != key[0] {
			t.Errorf("the surrogate key changed from %s to %s", key, got)
		}
		w.equal("SELECT a, sold_amount FROM gold.agg_sales", "A | 1.00")
	})
}

func TestHistory30SplitVersionRekeysFacts(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "C", 30))
		w.sales.Send(sale("s1", "1", 15, "1.00"), sale("s2", "1", 25, "2.00"), sale("s3", "1", 35, "4.00"))
		w.run(lode.Options{})
		w.items.Send(item("1", "B", 20))
		w.run(lode.Options{})
		w.equal(factOf, "s1 | A | false", "s2 | B | false", "s3 | C | false")
		w.equal("SELECT a, sold_amount FROM gold.agg_sales ORDER BY 1", "A | 1.00", "B | 2.00", "C | 4.00")
	})
}

func TestHistory32RerunWritesNothing(t *testing.T) {
	each(t, nil, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20))
		w.sales.Send(sale("s1", "1", 15, "1.00"))
		w.run(lode.Options{})
		keys := w.keys("1")
		// The source says everything once more.
		w.items.Send(item("1", "B", 20))
		report := w.run(lode.Options{Mode: lode.Mode{Full: true}})
		for _, s := range report.Steps {
			for _, c := range []string{"inserted", "updated", "deleted"} {
				if n := s.Outcome.Get(c); n != 0 && s.Name != "bronze.s_items" {
					t.Errorf("%s: %s %d rows on a re-run", s.Name, c, n)
				}
			}
		}
		if got := w.keys("1"); got[0] != keys[0] || got[1] != keys[1] {
			t.Errorf("surrogate keys changed from %v to %v", keys, got)
		}
	})
}

func TestHistory33OverlappingRerun(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.items.Send(item("1", "A", 10), item("2", "X", 10))
		w.run(lode.Options{})
		w.equal("SELECT count(*) FROM bronze.s_items", "2")
		w.chain("1", "A[10,inf)")
		w.chain("2", "X[10,inf)")
	})
}

func TestHistory41NaiveTimesNeedAZone(t *testing.T) {
	zone := func(p *lode.Project) {
		events(p)
		p.Entities[0].From[0].ValidAt = schema.ValidAt{Field: "at", Zone: "Europe/Berlin", Fold: "later"}
	}
	each(t, zone, func(w *world) {
		// 02:30 happens twice on 26 October 2025: at 00:30Z and, later, at 01:30Z.
		w.items.Send(`{"id":"1","a":"A","at":"2025-10-26T02:30:00"}`)
		w.run(lode.Options{})
		w.equal("SELECT valid_at FROM silver.items", "2025-10-26T01:30:00Z")
	})
}

func TestHistory41WithoutAZoneNaiveTimesAreQuarantined(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","at":"2025-10-26T02:30:00"}`)
		w.run(lode.Options{})
		w.equal("SELECT count(*) FROM silver.items", "0")
		w.equal("SELECT kind FROM lode.quarantine", "record")
	})
}

func TestHistory42PrecisionIsMicroseconds(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","lsn":2,"at":"2025-01-01T00:10:00.1234569Z"}`, `{"id":"1","a":"B","lsn":1,"at":"2025-01-01T00:10:00.1234561Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, valid_from FROM gold.dim_items WHERE item_key > 0", "A | 2025-01-01T00:10:00.123456Z")
	})
}

func TestHistory44FactOnTheBoundary(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(item("1", "A", 10), item("1", "B", 20))
		w.sales.Send(sale("s1", "1", 10, "1.00"), sale("s2", "1", 20, "1.00"))
		w.run(lode.Options{})
		w.equal(factOf, "s1 | A | false", "s2 | B | false")
	})
}

func TestHistory45FutureVersionIsLast(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(item("1", "A", 10), `{"id":"1","a":"B","at":"2025-06-02T00:00:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, is_current FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | false", "B | true")
	})
}

func TestHistory45FutureVersionInForce(t *testing.T) {
	inForce := func(p *lode.Project) { events(p); p.Dimensions[0].Current = "in_force" }
	each(t, inForce, func(w *world) {
		w.items.Send(item("1", "A", 10), `{"id":"1","a":"B","at":"2025-06-02T00:00:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT a, is_current FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | true", "B | false")
		w.clock.Add(25 * 3600e9)
		w.run(lode.Options{})
		w.equal("SELECT a, is_current FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | false", "B | true")
	})
}

func TestHistory46AbsurdTimes(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(`{"id":"1","a":"A","at":"9999-01-01T00:00:00Z"}`, `{"id":"2","a":"A","at":"1899-12-31T00:00:00Z"}`, `{"id":"3","a":"A","at":null}`, `{"id":"4","a":"A"}`, item("5", "A", 10))
		w.run(lode.Options{})
		w.equal("SELECT source_id FROM silver.items", "5")
		w.equal("SELECT count(*) FROM lode.quarantine WHERE kind = 'record'", "4")
		w.equal("SELECT count(*) FROM bronze.s_items", "5")
	})
}

func TestHistory47HighDate(t *testing.T) {
	each(t, events, func(w *world) {
		w.items.Send(item("1", "A", 10))
		w.run(lode.Options{})
		w.equal("SELECT DISTINCT valid_to FROM gold.dim_items", "9999-12-31T00:00:00Z")
	})
}
