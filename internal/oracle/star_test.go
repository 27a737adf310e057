package oracle_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// seeds is how many histories are drawn; LODE_SEEDS asks for more.
func seeds(t *testing.T, otherwise int) int {
	t.Helper()
	text := os.Getenv("LODE_SEEDS")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("LODE_SEEDS=%q is no count of histories", text)
	}
	return n
}

func TestStarEqualsOracle(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seeds   int
		address func(testing.TB) string
	}{
		"duckdb":   {seeds(t, 25), func(testing.TB) string { return "duckdb:" }},
		"postgres": {max(seeds(t, 25)/3, 1), pgtest.URL},
	} {
		for seed := range c.seeds {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				t.Parallel()
				history := histories().Example(seed)
				err := play(t.Context(), c.address(t), history)
				if err == nil {
					return
				}
				small, why := shrink(t, history, err)
				t.Fatalf("%v\nthe shortest history found that still goes wrong on duckdb:\n\t%s\n%v", err, list(small), why)
			})
		}
	}
}

func list(history []act) string {
	lines := make([]string, len(history))
	for i, x := range history {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n\t")
}

// shrink leaves out what the failure does not need, on DuckDB, where a try is cheap.
func shrink(t *testing.T, history []act, err error) ([]act, error) {
	t.Helper()
	for again := true; again; {
		again = false
		for i := len(history) - 2; i >= 0; i-- {
			fewer := slices.Delete(slices.Clone(history), i, i+1)
			if e := play(t.Context(), "duckdb:", fewer); e != nil {
				history, err, again = fewer, e, true
			}
		}
	}
	return history, err
}

// play lets a history happen and holds the star against the oracle after each run.
func play(ctx context.Context, address string, history []act) (err error) {
	clock := lodetest.NewClock(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC))
	source := lodetest.NewSource()
	items, sales := source.Stream("items", "id"), source.Stream("sales", "id")
	l, err := lode.Open(ctx, lode.Project{
		Project: drawn(source), Warehouse: address, Drivers: []warehouse.Driver{duckdb.Driver{}, postgres.Driver{}}, Now: clock.Now,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for i, x := range history {
		switch x.kind {
		case "item":
			items.Send(x.payload())
		case "item gone":
			items.Delete(x.payload())
		case "sale":
			sales.Send(x.payload())
		case "sale gone":
			sales.Delete(x.payload())
		default:
			clock.Add(time.Minute)
			report, err := l.Run(ctx, lode.Options{Mode: lode.Mode{Rebuild: x.kind == "rebuild"}}, nil)
			if err = errors.Join(err, report.Err()); err != nil {
				return fmt.Errorf("run: %w", err)
			}
			if err := compare(ctx, l, truthOf(history[:i+1])); err != nil {
				return fmt.Errorf("after act %d (%s): %w", i, x.kind, err)
			}
		}
	}
	return nil
}

func compare(ctx context.Context, l *lode.Lode, w truth) error {
	for _, c := range []struct {
		what, sql string
		want      []string
	}{
		{"dim_items", dimensionSQL, w.dimension()},
		{"fact_sales", factSQL, w.facts()},
		{"agg_tracked", byTrackedSQL, w.byTracked()},
		{"agg_daily", byDaySQL, w.byDay()},
		{"one durable key an item", "SELECT source_id FROM gold.dim_items WHERE item_key > 0 GROUP BY source_id HAVING count(DISTINCT item_durable_key) <> 1", nil},
		{"one row a surrogate key", "SELECT item_key FROM gold.dim_items GROUP BY item_key HAVING count(*) <> 1", nil},
	} {
		got, err := rows(ctx, l, c.sql)
		if err != nil {
			return err
		}
		if !sameRows(got, c.want) {
			return fmt.Errorf("%s\n got:\n\t%s\nwant:\n\t%s", c.what, strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
		}
	}
	inferred, err := rows(ctx, l, inferredSQL)
	if err != nil {
		return err
	}
	return w.checkInferred(inferred)
}

// sameRows compares as sets: the databases sort texts by different collations.
func sameRows(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func rows(ctx context.Context, l *lode.Lode, sql string) ([]string, error) {
	var out []string
	for b, err := range l.Query(ctx, sql) {
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", sql, err)
		}
		for i := range b.Len() {
			var cells []string
			for _, v := range b.Row(i) {
				cells = append(cells, v.String())
			}
			out = append(out, strings.Join(cells, " | "))
		}
	}
	return out, nil
}

// drawn is the project: items with an attribute of each kind, and sales of them.
func drawn(source *lodetest.Source) schema.Project {
	text := func(name string) schema.Column { return schema.Column{Name: name, Type: "text"} }
	from := func(name, path string) schema.FieldMapping { return schema.FieldMapping{Name: name, From: path} }
	return schema.Project{
		Name:    "drawn",
		Sources: []schema.Source{{Name: "s", Config: source}},
		Entities: []schema.Entity{{
			Name: "items", Key: []string{"source_id"}, Columns: []schema.Column{text("a"), text("b"), text("c")},
			From: []schema.Mapping{{Stream: "s.items", ValidAt: schema.ValidAt{Field: "at"}, Order: "lsn", Ignore: []string{"id"}}},
		}, {
			Name: "sales", Key: []string{"source_id"},
			Columns: []schema.Column{text("item_id"), {Name: "sold_at", Type: "timestamp"}, {Name: "sold_amount", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "s.sales", Fields: []schema.FieldMapping{from("item_id", "item"), from("sold_at", "at"), from("sold_amount", "amount")},
				Ignore: []string{"id"},
			}},
		}},
		Dimensions: []schema.Dimension{
			{Name: "dim_items", From: "items", Columns: []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "b", SCD: "1"}, {Name: "c", SCD: "1", Scope: "current"}}},
			{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-01-01"}},
		},
		Facts: []schema.Fact{{
			Name: "fact_sales", Grain: "one row per sale", From: "sales", EventAt: "sold_at",
			Dimensions: []schema.Role{
				{Name: "item", Dimension: "dim_items", Key: []string{"item_id"}},
				{Name: "sold_on", Dimension: "dim_dates", Key: []string{"sold_at"}},
			},
			Degenerate: []string{"item_id"},
			Measures:   []schema.Measure{{Name: "sold_amount", Sum: []string{"yes"}}},
		}},
		Aggregates: []schema.Aggregate{{
			Name: "agg_tracked", Grain: "one row per a", From: "fact_sales",
			Group:    []schema.GroupBy{{Name: "a", By: "item.a"}},
			Measures: []schema.AggMeasure{{Name: "sold_amount", Sum: "sold_amount"}, {Name: "sale_count", Count: "rows"}, {Name: "paid_count", Count: "sold_amount"}},
		}, {
			Name: "agg_daily", Grain: "one row per b and day", From: "fact_sales",
			Group: []schema.GroupBy{{Name: "b", By: "item.b"}, {Name: "sold_on", By: "sold_on.date"}},
			Measures: []schema.AggMeasure{{Name: "least_amount", Min: "sold_amount"}, {Name: "most_amount", Max: "sold_amount"},
				{Name: "item_count", CountDistinct: "item_id"}},
		}},
	}
}
