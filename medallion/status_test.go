package medallion_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// rows is the number of rows of each table.
func rows(s medallion.Status) map[string]int64 {
	out := map[string]int64{}
	for _, t := range s.Tables {
		out[t.Table] = t.Rows
	}
	return out
}

func TestStatusOfTables(t *testing.T) {
	each(t, func(b *bench) {
		never := b.status()
		if n := rows(never); len(n) != 8 || n["bronze.s_items"] != -1 || n["gold.agg_sales"] != -1 {
			b.t.Errorf("before the first run the tables are %v", n)
		}
		if len(never.Streams)+len(never.Runs)+len(never.Quarantine) > 0 {
			b.t.Errorf("before the first run the status is %+v", never)
		}
		b.items.Send(item(1, "a", "1"), item(2, "b", "2"))
		b.sales.Send(sale(1, 1, "2025-03-01T00:00:00Z", "5"))
		b.run(medallion.Mode{})
		want := map[string]int64{
			"bronze.s_items": 2, "bronze.s_sales": 1, "silver.items": 2, "silver.sales": 1,
			"gold.dim_items": 2, "gold.dim_dates": 365, "gold.fact_sales": 1, "gold.agg_sales": 1,
		}
		got := rows(b.status())
		special := got["gold.dim_items"] - 2 // the members unknown, not applicable, ...
		want["gold.dim_items"] += special
		want["gold.dim_dates"] += special
		if diff := cmp.Diff(want, got); diff != "" || special < 2 {
			b.t.Errorf("%d special members, rows: %s", special, diff)
		}
		// A table that the project has come to need is not there yet; the others are counted.
		p := b.project()
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_things", From: "items", Columns: []schema.DimColumn{{Name: "name", SCD: "1"}}})
		b.define(p)
		if n := rows(b.status()); n["gold.dim_things"] != -1 || n["silver.items"] != 2 {
			b.t.Errorf("with a new dimension the tables are %v", n)
		}
	})
}

func TestStatusOfStreams(t *testing.T) {
	each(t, func(b *bench) {
		b.items.Send(item(1, "a", "1"))
		b.items.Send(item(2, "b", "2"))
		b.items.Fail, b.items.FailAfter = &source.Error{Kind: source.Later, Op: "read", Err: errors.New("wait")}, 1
		b.prepare()
		if err := b.try("bronze.s_items", medallion.Mode{}); !source.IsLater(err) {
			b.t.Errorf("the load ended with %v", err)
		}
		want := []medallion.StreamStatus{
			{Stream: "s.items", Status: "later", Records: 1, Events: 1, State: `{"sent":1}`},
			{Stream: "s.sales", Status: "never loaded"},
		}
		if diff := cmp.Diff(want, b.status().Streams); diff != "" {
			b.t.Error(diff)
		}
		b.items.Fail = nil
		b.run(medallion.Mode{}, "bronze.s_items")
		want[0] = medallion.StreamStatus{Stream: "s.items", Status: "done", Mode: "incremental", Records: 2, Events: 2, State: `{"sent":2}`, SyncedAt: b.clock.Now()}
		if diff := cmp.Diff(want, b.status().Streams); diff != "" {
			b.t.Error(diff)
		}
	})
}

func TestStatusShowsTheLastTenRuns(t *testing.T) {
	each(t, func(b *bench) {
		b.prepare()
		at := b.clock.Now()
		for i := range 12 {
			r := ledger.Run{ID: fmt.Sprintf("r%02d", i), Command: "run", Status: "done", StartedAt: at.Add(time.Duration(i) * time.Hour), EndedAt: at.Add(time.Duration(i+1) * time.Hour)}
			if i == 11 {
				r.Status, r.Message, r.EndedAt = "running", "", time.Time{}
			}
			if err := b.Ledger.Record(b.t.Context(), b.Warehouse, r, nil); err != nil {
				b.t.Fatal(err)
			}
		}
		runs := b.status().Runs
		if len(runs) != 10 || runs[0].RunID != "r11" || runs[9].RunID != "r02" {
			b.t.Fatalf("the runs are %+v", runs)
		}
		if !runs[0].EndedAt.IsZero() || !runs[1].EndedAt.Equal(at.Add(11*time.Hour)) {
			b.t.Errorf("the last runs ended at %s and %s", runs[0].EndedAt, runs[1].EndedAt)
		}
	})
}

// The quarantine is shown by reason, most frequent first; what was mended is not counted.
func TestStatusOfTheQuarantine(t *testing.T) {
	each(t, func(b *bench) {
		b.items.Send(item(1, "a", "much"), item(2, "b", "much"), item(3, "c", "more"), `{"name":"no key"}`)
		b.run(medallion.Mode{})
		reasons := map[string]int64{}
		for _, q := range b.status().Quarantine {
			reasons[q.Entity+"|"+q.Stream+"|"+q.Kind+"|"+q.Sample[:2]] += q.Count
		}
		if diff := cmp.Diff(map[string]int64{"items|s.items|value|[\"": 3, "|s.items|record|!" + firstHex(b): 1}, reasons); diff != "" {
			b.t.Error(diff)
		}
		if q := b.status().Quarantine[0]; q.Count != 2 || q.Sample != `["1"]` {
			b.t.Errorf("the most frequent reason is %+v", q)
		}
		b.items.Send(item(1, "a", "5"))
		b.run(medallion.Mode{})
		if q := b.status().Quarantine; len(q) != 3 || q[0].Count != 1 {
			b.t.Errorf("after a mend the quarantine is %+v", q)
		}
	})
}

// firstHex is the first character of the content that stands for a missing key.
func firstHex(b *bench) string {
	b.t.Helper()
	for batch, err := range b.Warehouse.Query(b.t.Context(), "SELECT substr(key, 2, 1) FROM bronze.s_items WHERE key LIKE '!%'") {
		if err != nil {
			b.t.Fatal(err)
		}
		return batch.Row(0)[0].Text()
	}
	return ""
}

func TestStatusBoundsTheQuarantine(t *testing.T) {
	each(t, func(b *bench) {
		b.prepare()
		var many []ledger.Quarantined
		for i := range 60 {
			for range 1 + i/30 {
				many = append(many, ledger.Quarantined{Entity: "items", Stream: "s.items", Kind: "value", Reason: fmt.Sprintf("reason %02d", i)})
			}
		}
		b.in(func(ctx context.Context, tx warehouse.Tx) error { return b.Ledger.PutQuarantine(ctx, tx, many) })
		q := b.status().Quarantine
		if len(q) != 50 || q[0].Reason != "reason 30" || q[0].Count != 2 || q[49].Reason != "reason 19" {
			b.t.Errorf("%d reasons, from %+v to %+v", len(q), q[0], q[len(q)-1])
		}
	})
}
