// Package cases holds a test for each hard case of extraction and of history, named
// after its number, on every warehouse.
package cases

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// world is one project on one warehouse, with a source that says what the test tells it.
type world struct {
	*lode.Lode
	t       *testing.T
	clock   *lodetest.Clock
	project lode.Project
	source  *lodetest.Source
	items   *lodetest.Stream // key id
	sales   *lodetest.Stream // key id
}

// each runs a test in a new world on every warehouse. Change, if given, edits the
// project before it is opened.
func each(t *testing.T, change func(*lode.Project), test func(w *world)) {
	t.Helper()
	t.Parallel()
	for name, address := range dbtest.Addresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(open(t, address(t), change))
		})
	}
}

func open(t *testing.T, address string, change func(*lode.Project)) *world {
	t.Helper()
	w := &world{t: t, clock: lodetest.NewClock(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)), source: lodetest.NewSource()}
	w.items, w.sales = w.source.Stream("items", "id"), w.source.Stream("sales", "id")
	w.project = lode.Project{Project: drawn(w.source), Warehouse: address, Drivers: []warehouse.Driver{duckdb.Driver{}, postgres.Driver{}}, Now: w.clock.Now}
	if change != nil {
		change(&w.project)
	}
	w.reopen()
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

// reopen opens the project, again if it is open.
func (w *world) reopen() {
	w.t.Helper()
	if w.Lode != nil {
		if err := w.Close(); err != nil {
			w.t.Fatalf("close: %v", err)
		}
	}
	l, err := lode.Open(w.t.Context(), w.project)
	if err != nil {
		w.t.Fatalf("open: %v", err)
	}
	w.Lode = l
}

// drawn is the project of the drawn tables: items with one attribute of each kind, and
// sales of them.
func drawn(src *lodetest.Source) schema.Project {
	return schema.Project{
		Name:    "drawn",
		Sources: []schema.Source{{Name: "s", Config: src}},
		Entities: []schema.Entity{{
			Name: "items", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "a", Type: "text"}, {Name: "b", Type: "text"}, {Name: "n", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "s.items", ValidAt: schema.ValidAt{Field: "at"}, Order: "lsn",
				Fields: []schema.FieldMapping{{Name: "a", From: "a"}, {Name: "b", From: "b"}, {Name: "n", From: "n"}},
				Ignore: []string{"id"},
			}},
		}, {
			Name: "sales", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "item_id", Type: "text"}, {Name: "sold_at", Type: "timestamp"}, {Name: "sold_amount", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "s.sales",
				Fields: []schema.FieldMapping{{Name: "item_id", From: "item"}, {Name: "sold_at", From: "at"}, {Name: "sold_amount", From: "amount"}},
				Ignore: []string{"id"},
			}},
		}},
		Dimensions: []schema.Dimension{
			{Name: "dim_items", From: "items", FirstVersion: "open", Columns: []schema.DimColumn{{Name: "a", SCD: "2"}, {Name: "b", SCD: "1"}}},
			{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-12-31"}},
		},
		Facts: []schema.Fact{{
			Name: "fact_sales", Grain: "one row per sale", From: "sales", EventAt: "sold_at",
			Dimensions: []schema.Role{
				{Name: "item", Dimension: "dim_items", Key: []string{"item_id"}},
				{Name: "sold_on", Dimension: "dim_dates", Key: []string{"sold_at"}},
			},
			Measures: []schema.Measure{{Name: "sold_amount", Sum: []string{"yes"}}},
		}},
		Aggregates: []schema.Aggregate{{
			Name: "agg_sales", Grain: "one row per a", From: "fact_sales",
			Group:    []schema.GroupBy{{Name: "a", By: "item.a"}},
			Measures: []schema.AggMeasure{{Name: "sold_amount", Sum: "sold_amount"}, {Name: "sale_count", Count: "rows"}},
		}},
	}
}

// events makes the first version begin at its event, as the cases draw it.
func events(p *lode.Project) {
	p.Dimensions[0].FirstVersion = "event"
	p.Facts[0].Late = "unknown"
}

// run runs the project and wants it to succeed.
func (w *world) run(o lode.Options) run.Report {
	w.t.Helper()
	report, err := w.tryRun(o)
	if err != nil {
		w.t.Fatalf("run: %v", err)
	}
	return report
}

func (w *world) tryRun(o lode.Options) (run.Report, error) {
	w.t.Helper()
	w.clock.Add(time.Minute)
	report, err := w.Run(w.t.Context(), o, nil)
	return report, errors.Join(err, report.Err())
}

// chain wants the versions of an item: "A[10,20) B[20,inf)". The ends of time are -inf and inf.
func (w *world) chain(id, want string) {
	w.t.Helper()
	rows := lodetest.Rows(w.t, w, fmt.Sprintf("SELECT COALESCE(a, 'NULL'), valid_from, valid_to FROM gold.dim_items WHERE source_id = '%s' ORDER BY valid_from", id))
	var got []string
	for _, r := range rows {
		p := strings.Split(r, " | ")
		got = append(got, fmt.Sprintf("%s[%s,%s)", p[0], minute(p[1]), minute(p[2])))
	}
	if strings.Join(got, " ") != want {
		w.t.Errorf("versions of %s: got %q, want %q", id, strings.Join(got, " "), want)
	}
}

// minute turns a point of the drawn time line back into its number.
func minute(text string) string {
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return text
	case at.Year() == 9999:
		return "inf"
	case at.Year() == 1900:
		return "-inf"
	}
	return fmt.Sprint(int(at.Sub(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)).Minutes()))
}

func (w *world) equal(sql string, want ...string) {
	w.t.Helper()
	lodetest.Equal(w.t, w, sql, want...)
}

// item is an item's record at a point of the time line.
func item(id, a string, at int) string {
	return fmt.Sprintf(`{"id":%q,"a":%q,"at":%s}`, id, a, lodetest.At(at))
}

// sale is a sale's record.
func sale(id, of string, at int, amount string) string {
	return fmt.Sprintf(`{"id":%q,"item":%q,"at":%s,"amount":%q}`, id, of, lodetest.At(at), amount)
}

// factOf is the a of the version that each sale points to.
const factOf = `SELECT f.source_id, d.a, d.is_inferred FROM gold.fact_sales f JOIN gold.dim_items d ON d.item_key = f.item_key ORDER BY 1`
