package lode_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/standard"
)

// small is the shop with one customer and one order, opened in a file of the test.
func small(t *testing.T, change func(*lode.Project)) (*lode.Lode, *lodetest.Stream) {
	t.Helper()
	src := lodetest.NewSource()
	customers, orders := src.Stream("customers", "id"), src.Stream("orders", "id")
	customers.Send(`{"id":"1","name":"Ada","city":"London","changedAt":"2025-01-01T00:00:00Z"}`)
	orders.Send(`{"id":"7","customer":{"id":"1"},"orderedAt":"2025-02-01T00:00:00Z","total":"10.00"}`)
	p := lode.Project{Project: shop(src), Warehouse: "duckdb:" + filepath.Join(t.TempDir(), "shop.duckdb"), Drivers: standard.Warehouses()}
	if change != nil {
		change(&p)
	}
	l, err := lode.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l, orders
}

func TestOpenTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	src := lodetest.NewSource()
	src.Stream("customers", "id")
	src.Stream("orders", "id")
	good := lode.Project{Project: shop(src), Warehouse: "duckdb:", Drivers: standard.Warehouses()}
	for want, change := range map[string]func(p *lode.Project){
		"open warehouse: the address has no scheme; write duckdb:FILE or postgres://USER@HOST/DATABASE": func(p *lode.Project) { p.Warehouse = "shop.duckdb" },
		`open warehouse: there is no driver for "oracle"; this program has duckdb, `:                    func(p *lode.Project) { p.Warehouse = "oracle:x" },
		`open warehouse: there is no driver for "duckdb"; this program has `:                            func(p *lode.Project) { p.Drivers = nil },
		"source crm: its configuration is a string, which is no source.Config":                          func(p *lode.Project) { p.Sources = []schema.Source{{Name: "crm", Config: "x"}} },
		"source crm: streams.customers.sweep.scope: needs mode full": func(p *lode.Project) {
			own := lodetest.NewSource()
			s := &own.Stream("customers", "id").Describe
			own.Stream("orders", "id")
			s.Sweep, s.SweepMode, s.SweepScope = true, source.Keys, []string{"country"}
			p.Sources = []schema.Source{{Name: "crm", Config: own}}
		},
		"source crm: base_url: is missing": func(p *lode.Project) {
			p.Sources = []schema.Source{{Name: "crm", Config: broken{src}}}
		},
	} {
		p := good
		change(&p)
		if _, err := lode.Open(t.Context(), p); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// broken is a source whose configuration finds two things wrong with itself.
type broken struct{ *lodetest.Source }

func (broken) Validate() error {
	return errors.Join(errors.New("base_url: is missing"), errors.New("a word without a key"))
}

func (b broken) Open(ctx context.Context, env source.Env) (source.Source, error) {
	return b.Source.Open(ctx, env)
}

func TestProblemsOfSourcesAreTakenApart(t *testing.T) {
	t.Parallel()
	src := lodetest.NewSource()
	_, _, err := lode.Resolve(lode.Project{Project: schema.Project{Sources: []schema.Source{{Name: "crm", Config: broken{src}}}}})
	problems, ok := errors.AsType[schema.Problems](err)
	want := schema.Problems{{Object: "source crm", Path: "base_url", Text: "is missing"}, {Object: "source crm", Text: "a word without a key"}}
	if !ok || fmt.Sprint(problems) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestPlanIsWhatRunDoes(t *testing.T) {
	t.Parallel()
	l, _ := small(t, nil)
	plan, err := l.Plan(t.Context(), lode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Changes) == 0 {
		t.Error("a new warehouse needs no tables")
	}
	// The plan has changed nothing: a second one is the same.
	again, err := l.Plan(t.Context(), lode.Options{})
	if err != nil || len(again.Changes) != len(plan.Changes) {
		t.Errorf("a second plan has %d changes and error %v, the first had %d", len(again.Changes), err, len(plan.Changes))
	}
	begun := map[string]bool{}
	report, err := l.Run(t.Context(), lode.Options{}, func(s run.StepReport) { begun[s.Name] = true })
	if err := errors.Join(err, report.Err()); err != nil {
		t.Fatal(err)
	}
	for _, w := range plan.Work {
		if !begun[w.Step.Name] {
			t.Errorf("%s was planned and not run", w.Step.Name)
		}
		delete(begun, w.Step.Name)
	}
	if len(begun) > 0 {
		t.Errorf("ran without having been planned: %v", begun)
	}
	if after, err := l.Plan(t.Context(), lode.Options{}); err != nil || len(after.Changes) != 0 {
		t.Errorf("after the run there are changes %v, error %v", after.Changes, err)
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	l, _ := small(t, nil)
	report, err := l.Run(t.Context(), lode.Options{Select: []string{"+dim_customers"}}, nil)
	if err := errors.Join(err, report.Err()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range report.Steps {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "bronze.crm_customers silver.customers gold.dim_customers" {
		t.Errorf("ran %s", got)
	}
	_, err = l.Plan(t.Context(), lode.Options{Select: []string{"fact_order"}})
	if _, ok := errors.AsType[*run.SelectError](err); !ok {
		t.Errorf("a selector that picks nothing: %v", err)
	}
}

// A second run while one is going ends with ErrLocked: the first is still in a step here.
func TestSecondRunIsLocked(t *testing.T) {
	t.Parallel()
	l, _ := small(t, nil)
	var second error
	report, err := l.Run(t.Context(), lode.Options{}, func(s run.StepReport) {
		if s.Status == "" && second == nil {
			_, second = l.Run(t.Context(), lode.Options{}, nil)
		}
	})
	if err := errors.Join(err, report.Err()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(second, lode.ErrLocked) {
		t.Errorf("the second run: %v", second)
	}
}

func TestFailureIsInTheReportAndTheHistory(t *testing.T) {
	t.Parallel()
	var events atomic.Int64
	l, orders := small(t, func(p *lode.Project) { p.Emit = func(medallion.Event) { events.Add(1) } })
	orders.Fail = &source.Error{Kind: source.Failed, Op: "read orders", Err: errors.New("the source is gone")}
	report, err := l.Run(t.Context(), lode.Options{Command: "run"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Status() != run.Failed || !strings.Contains(report.Err().Error(), "the source is gone") {
		t.Errorf("the report: %s, %v", report.Status(), report.Err())
	}
	lodetest.Equal(t, l, "SELECT name FROM gold.dim_customers WHERE customer_key > 0", "Ada")
	status, err := l.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(status.Runs) != 1 || status.Runs[0].Status != "failed" || status.Runs[0].RunID != report.RunID {
		t.Errorf("the history holds %+v", status.Runs)
	}
	if events.Load() == 0 {
		t.Error("nothing was emitted")
	}
}

func TestStatusBeforeTheFirstRun(t *testing.T) {
	t.Parallel()
	l, _ := small(t, nil)
	status, err := l.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range status.Tables {
		if table.Rows != -1 {
			t.Errorf("%s holds %d rows before it exists", table.Table, table.Rows)
		}
	}
	if len(status.Tables) != len(l.Model().Streams)+5 || len(status.Runs) != 0 {
		t.Errorf("%d tables, %d runs", len(status.Tables), len(status.Runs))
	}
}
