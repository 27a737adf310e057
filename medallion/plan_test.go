package medallion_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
)

// everything is what a plan says of each step.
func everything(load, entity, gold, calendar, aggregate string) map[string]string {
	return map[string]string{
		"bronze.s_items": load, "bronze.s_sales": load, "silver.items": entity, "silver.sales": entity,
		"gold.dim_items": gold, "gold.fact_sales": gold, "gold.dim_dates": calendar, "gold.agg_sales": aggregate,
	}
}

func (b *bench) plansAll(mode medallion.Mode, want map[string]string) {
	b.t.Helper()
	if got := b.planned(mode); !maps.Equal(got, want) {
		b.t.Errorf("the plan is\n%v\nwant\n%v", got, want)
	}
}

const wait = "(what the steps before it bring)"

func TestPlanBeforeAndAfterTheFirstRun(t *testing.T) {
	each(t, func(b *bench) {
		b.plansAll(medallion.Mode{}, everything("first load: read everything", wait, wait, "generate", "sum up for the first time"))
		b.items.Send(item(1, "a", "1"), item(2, "b", "2"))
		b.sales.Send(sale(1, 1, "2025-03-01T00:00:00Z", "5"))
		b.run(medallion.Mode{})
		b.plansAll(medallion.Mode{}, everything("read what changed since the last load", wait, wait, "(nothing new)", "(sum up the groups that changes touch)"))
		b.plansAll(medallion.Mode{Rebuild: true}, everything("read what changed since the last load", "map every event again from bronze", "compute every key again", "generate anew", "sum up every group anew"))
		b.plansAll(medallion.Mode{Replay: true}, everything("read what changed since the last load", "map the quarantined records again", wait, "(nothing new)", "(sum up the groups that changes touch)"))
	})
}

// What the plan calls idle does nothing; the events that it counts are those that are read.
func TestPlanIsWhatHappens(t *testing.T) {
	each(t, func(b *bench) {
		b.run(medallion.Mode{})
		b.items.Send(item(1, "a", "1"), item(2, "b", "2"))
		b.run(medallion.Mode{}, "bronze.s_items")
		b.plans(medallion.Mode{}, "silver.items", "2 new events")
		b.plans(medallion.Mode{}, "gold.dim_items", wait)
		if got := b.run(medallion.Mode{}, "silver.items")["silver.items"].RowsIn; got != 2 {
			b.t.Errorf("%d events were read", got)
		}
		b.plans(medallion.Mode{}, "silver.items", wait)
		b.plans(medallion.Mode{}, "gold.dim_items", "2 new events")
		b.run(medallion.Mode{}, "gold.dim_items")
		planned := b.planned(medallion.Mode{})
		for name, result := range b.run(medallion.Mode{}) {
			if strings.HasPrefix(planned[name], "(") && result != (medallion.Result{}) {
				b.t.Errorf("%s is %s, and did %+v", name, planned[name], result)
			}
		}
	})
}

func TestPlanOfLoads(t *testing.T) {
	broken := &source.Error{Kind: source.Failed, Op: "read", Err: errors.New("gone")}
	each(t, func(b *bench) {
		b.items.Describe.Incremental = false
		b.define(b.project())
		b.sales.Send(sale(1, 1, "2025-03-01T00:00:00Z", "5"))
		b.run(medallion.Mode{})
		b.plans(medallion.Mode{}, "bronze.s_items", "read everything, store what differs")
		b.plans(medallion.Mode{Full: true}, "bronze.s_sales", "read everything, store what differs")
		b.plans(medallion.Mode{From: "2025-01-01"}, "bronze.s_sales", `back-fill from "2025-01-01" to ""; the watermark stays`)
		b.sales.Send(sale(2, 1, "2025-03-01T00:00:00Z", "5"))
		b.sales.Fail = broken
		if err := b.try("bronze.s_sales", medallion.Mode{}); !errors.Is(err, broken) {
			b.t.Errorf("the load ended with %v", err)
		}
		b.plans(medallion.Mode{}, "bronze.s_sales", "read what changed since the last load")
	})
}

// A sweep that is due makes the load another one, and the plan says so.
func TestPlanOfSweeps(t *testing.T) {
	for mode, want := range map[source.Mode]string{
		source.Full: "read everything, store what differs, and delete what is gone",
		source.Keys: "read what changed since the last load, and delete what is gone",
	} {
		t.Run(string(mode), func(t *testing.T) {
			each(t, func(b *bench) {
				s := &b.items.Describe
				s.Sweep, s.SweepMode, s.SweepEvery = true, mode, time.Hour
				b.define(b.project())
				b.plans(medallion.Mode{}, "bronze.s_items", "first load: read everything, and delete what is gone")
				b.items.Send(item(1, "a", "1"))
				b.run(medallion.Mode{})
				b.plans(medallion.Mode{}, "bronze.s_items", "read what changed since the last load")
				b.plans(medallion.Mode{Full: true}, "bronze.s_items", "read everything, store what differs, and delete what is gone")
				b.clock.Add(time.Hour)
				b.plans(medallion.Mode{}, "bronze.s_items", want)
				s.SweepMode = source.Snapshots // no matter when the last one was
				b.define(b.project())
				b.plans(medallion.Mode{}, "bronze.s_items", "read what changed since the last load, and delete what is gone")
				b.plans(medallion.Mode{From: "1"}, "bronze.s_items", `back-fill from "1" to ""; the watermark stays`)
			})
		})
	}
}

// A definition that changes touches its own step, and those whose definition it is a part of.
func TestPlanAfterAChange(t *testing.T) {
	const again = "definition changed: map every event again from bronze"
	for name, c := range map[string]struct {
		change func(*schema.Project)
		want   map[string]string // what is not idle
	}{
		"nothing":   {func(*schema.Project) {}, nil},
		"a mapping": {func(p *schema.Project) { p.Entities[0].From[0].Fields[0].From = "name | title" }, map[string]string{"silver.items": again, "gold.dim_items": "every key, because silver.items is mapped again"}},
		"a rule": {func(p *schema.Project) {
			p.Entities[1].Rules = []schema.Rule{{Name: "paid", Check: "sold_amount >= 0"}}
		}, map[string]string{
			"silver.sales": again, "gold.fact_sales": "definition changed: compute every key again", "gold.agg_sales": "sum up every group anew",
		}},
		"a calendar":  {func(p *schema.Project) { p.Dimensions[1].Calendar.WeekStarts = "sunday" }, map[string]string{"gold.dim_dates": "generate anew"}},
		"a dimension": {func(p *schema.Project) { p.Dimensions[0].Columns[0].SCD = "1" }, map[string]string{"gold.dim_items": "definition changed: compute every key again"}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(b *bench) {
				b.items.Send(item(1, "a", "1"))
				b.sales.Send(sale(1, 1, "2025-03-01T00:00:00Z", "5"))
				b.run(medallion.Mode{})
				p := b.project()
				c.change(&p)
				b.define(p)
				got := map[string]string{}
				for step, action := range b.planned(medallion.Mode{}) {
					if !strings.HasPrefix(action, "(") && !strings.HasPrefix(step, "bronze") {
						got[step] = action
					}
				}
				if !maps.Equal(got, c.want) {
					b.t.Errorf("the plan is %v, want %v", got, c.want)
				}
				b.run(medallion.Mode{})
				for step, action := range b.planned(medallion.Mode{}) {
					if !strings.HasPrefix(action, "(") && !strings.HasPrefix(step, "bronze") {
						b.t.Errorf("after the run %s has still to %s", step, action)
					}
				}
			})
		})
	}
}

func TestStepsComeAfterTheirInputs(t *testing.T) {
	each(t, func(b *bench) {
		var names []string
		for _, s := range b.Steps() {
			for _, in := range s.Inputs {
				if !slices.Contains(names, in) {
					b.t.Errorf("%s comes before its input %s", s.Name, in)
				}
			}
			names = append(names, s.Name)
		}
		if len(names) != 8 {
			b.t.Errorf("the steps are %v", names)
		}
	})
}
