package medallion_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// bench is an engine on a warehouse, with a source that says what the test tells it.
type bench struct {
	*medallion.Engine
	t      *testing.T
	clock  *lodetest.Clock
	source *lodetest.Source
	items  *lodetest.Stream // key id
	sales  *lodetest.Stream // key id
	events []medallion.Event
}

// each runs a test on a new bench on every warehouse.
func each(t *testing.T, test func(b *bench)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		b := &bench{t: t, clock: lodetest.NewClock(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)), source: lodetest.NewSource()}
		b.items, b.sales = b.source.Stream("items", "id"), b.source.Stream("sales", "id")
		b.Engine = &medallion.Engine{
			Warehouse: w, Ledger: ledger.Ledger{Dialect: w.Dialect(), Schema: "lode"}, Now: b.clock.Now, RunID: "r1",
			Source: func(context.Context, string) (source.Source, error) { return b.source, nil },
			Emit:   func(e medallion.Event) { b.events = append(b.events, e) },
		}
		b.define(b.project())
		test(b)
	})
}

// project is a small star: sales of items on days.
func (b *bench) project() schema.Project {
	return schema.Project{
		Name:    "small",
		Sources: []schema.Source{{Name: "s", Config: b.source}},
		Entities: []schema.Entity{{
			Name: "items", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "name", Type: "text"}, {Name: "price", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "s.items", Fields: []schema.FieldMapping{{Name: "name", From: "name"}, {Name: "price", From: "price"}},
			}},
		}, {
			Name: "sales", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "item_id", Type: "text"}, {Name: "sold_at", Type: "timestamp"}, {Name: "sold_amount", Type: "decimal(12,2)"}},
			From: []schema.Mapping{{
				Stream: "s.sales",
				Fields: []schema.FieldMapping{{Name: "item_id", From: "item"}, {Name: "sold_at", From: "at"}, {Name: "sold_amount", From: "amount"}},
			}},
		}},
		Dimensions: []schema.Dimension{
			{Name: "dim_items", From: "items", Columns: []schema.DimColumn{{Name: "name", SCD: "2"}}},
			{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-12-31"}},
		},
		Facts: []schema.Fact{{
			Name: "fact_sales", Grain: "one row per sale", From: "sales", EventAt: "sold_at",
			Dimensions: []schema.Role{
				{Name: "item", Dimension: "dim_items", Key: []string{"item_id"}},
				{Name: "sold_on", Dimension: "dim_dates", Key: []string{"sold_at"}},
			},
			Measures: []schema.Measure{{Name: "sold_amount"}},
		}},
		Aggregates: []schema.Aggregate{{
			Name: "agg_sales", Grain: "one row per item", From: "fact_sales",
			Group:    []schema.GroupBy{{Name: "name", By: "item.name"}},
			Measures: []schema.AggMeasure{{Name: "sale_count", Count: "rows"}},
		}},
	}
}

// define lets the engine work by another project.
func (b *bench) define(p schema.Project) {
	b.t.Helper()
	var refs []schema.StreamRef
	b.Streams = map[schema.StreamRef]source.Stream{}
	for _, s := range b.source.Streams() {
		ref := schema.StreamRef{Source: "s", Stream: s.Name}
		refs, b.Streams[ref] = append(refs, ref), s
	}
	model, problems := schema.Resolve(p, coltype.Standard(), refs)
	if len(problems) > 0 {
		b.t.Fatal(problems)
	}
	b.Model = model
}

// changes lists what is to change in the warehouse.
func (b *bench) changes() []medallion.Change {
	b.t.Helper()
	changes, err := b.Changes(b.t.Context())
	if err != nil {
		b.t.Fatalf("changes: %v", err)
	}
	return changes
}

// prepare makes the changes.
func (b *bench) prepare() {
	b.t.Helper()
	if err := b.Apply(b.t.Context(), b.changes()); err != nil {
		b.t.Fatalf("apply: %v", err)
	}
}

// run prepares the warehouse and executes the named steps, or all, and gives their results.
func (b *bench) run(mode medallion.Mode, steps ...string) map[string]medallion.Result {
	b.t.Helper()
	b.prepare()
	b.clock.Add(time.Minute)
	results := map[string]medallion.Result{}
	for _, step := range b.Steps() {
		if len(steps) > 0 && !slices.Contains(steps, step.Name) {
			continue
		}
		result, err := b.Execute(b.t.Context(), step, mode)
		if err != nil {
			b.t.Fatalf("%s: %v", step.Name, err)
		}
		results[step.Name] = result
	}
	return results
}

// try executes one step and gives its error.
func (b *bench) try(name string, mode medallion.Mode) error {
	b.t.Helper()
	b.clock.Add(time.Minute)
	steps := b.Steps()
	i := slices.IndexFunc(steps, func(s medallion.Step) bool { return s.Name == name })
	_, err := b.Execute(b.t.Context(), steps[i], mode)
	return err
}

// planned says of each step what it will find to do; an idle one stands in brackets.
func (b *bench) planned(mode medallion.Mode) map[string]string {
	b.t.Helper()
	s, err := b.Snapshot(b.t.Context(), b.NeedsLedger(b.changes()))
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]string{}
	for _, w := range b.Plan(s, b.Steps(), mode) {
		out[w.Step.Name] = w.Action
		if w.Idle {
			out[w.Step.Name] = "(" + w.Action + ")"
		}
	}
	return out
}

// plans wants the plan to say this of a step.
func (b *bench) plans(mode medallion.Mode, step, want string) {
	b.t.Helper()
	if got := b.planned(mode)[step]; got != want {
		b.t.Errorf("the plan of %s is %q, want %q", step, got, want)
	}
}

func (b *bench) status() medallion.Status {
	b.t.Helper()
	s, err := b.Status(b.t.Context())
	if err != nil {
		b.t.Fatalf("status: %v", err)
	}
	return s
}

// equal wants just these rows.
func (b *bench) equal(sql string, want ...string) {
	b.t.Helper()
	lodetest.Equal(b.t, reader{b.Warehouse}, sql, want...)
}

// reader lets the kit read a warehouse.
type reader struct{ warehouse.Warehouse }

func (r reader) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return r.Warehouse.Query(ctx, sql, args...)
}

func item(id int, name, price string) string {
	return fmt.Sprintf(`{"id":"%d","name":%q,"price":%q}`, id, name, price)
}

func sale(id, of int, at, amount string) string {
	return fmt.Sprintf(`{"id":"%d","item":"%d","at":%q,"amount":%q}`, id, of, at, amount)
}

// texts lists what the changes say.
func texts(changes []medallion.Change) string {
	out := make([]string, len(changes))
	for i, c := range changes {
		out[i] = c.Text
	}
	return strings.Join(out, "\n")
}

// in does something in a transaction.
func (b *bench) in(do func(context.Context, warehouse.Tx) error) {
	b.t.Helper()
	tx, err := b.Warehouse.Begin(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	if err = do(b.t.Context(), tx); err == nil {
		err = tx.Commit(b.t.Context())
	}
	if e := tx.Rollback(); err != nil || e != nil {
		b.t.Fatal(errors.Join(err, e))
	}
}

// execute runs statements behind the engine's back.
func (b *bench) execute(statements ...string) {
	b.t.Helper()
	b.in(func(ctx context.Context, tx warehouse.Tx) error {
		for _, sql := range statements {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}
