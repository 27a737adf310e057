package cases

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
)

// richer adds profiles, loads, and a fact of each kind with its aggregate.
func richer(p *schema.Project) {
	p.Dimensions[0].Columns = append(p.Dimensions[0].Columns, schema.DimColumn{Name: "n", SCD: "5", Mini: "dim_profiles"})
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_audits", Audit: true})
	profile := schema.Role{Name: "profile", Dimension: "dim_profiles", Of: "item"}
	back := p.Facts[0]
	back.Name, back.Corrections = "fact_reversals", "reversal"
	back.Dimensions = append(slices.Clone(back.Dimensions), profile, schema.Role{Name: "load", Dimension: "dim_audits"})
	stock := schema.Fact{
		Name: "fact_stock", Grain: "one row per item and month", From: "items", Snapshot: &schema.Snapshot{Every: "month"},
		Dimensions: []schema.Role{{Name: "item", Dimension: "dim_items", Key: []string{"source_id"}}, profile, {Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}}},
		Measures:   []schema.Measure{{Name: "n", Sum: []string{"item"}}},
	}
	stays := schema.Fact{
		Name: "fact_stays", Grain: "one row per sale", From: "sales", EventAt: "sold_at",
		Dimensions: []schema.Role{{Name: "item", Dimension: "dim_items", Key: []string{"item_id"}}},
		Joins:      []schema.Join{{Name: "pay", Entity: "payments", Key: []string{"source_id"}}},
		Milestones: &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{{Name: "sold", At: "sold_at"}, {Name: "paid", At: "pay.paid_at"}}},
		Lags:       []schema.Lag{{Name: "waited", From: "sold", To: "paid", In: "minutes", Sum: []string{"yes"}}},
	}
	p.Facts = append(p.Facts, back, stock, stays)
	sum := func(name, from, of string, by ...schema.GroupBy) schema.Aggregate {
		return schema.Aggregate{Name: name, Grain: "a group", From: from, Group: by, Measures: []schema.AggMeasure{{Name: of, Sum: of}}}
	}
	p.Aggregates = append(p.Aggregates,
		sum("agg_reversals", "fact_reversals", "sold_amount", schema.GroupBy{Name: "a", By: "item.a"}),
		sum("agg_stock", "fact_stock", "n", schema.GroupBy{Name: "a", By: "item.a"}, schema.GroupBy{Name: "period_end", By: "period_end"}),
		sum("agg_stays", "fact_stays", "waited", schema.GroupBy{Name: "month", By: "paid.month"}))
}

// redefinition is a change of a definition.
type redefinition struct {
	name   string
	change func(p *schema.Project)
}

// of finds the first dimension of which something holds.
func of(p *schema.Project, holds func(schema.Dimension) bool) *schema.Dimension {
	return &p.Dimensions[slices.IndexFunc(p.Dimensions, holds)]
}

var redefinitions = []redefinition{
	{"nothing", func(*schema.Project) {}},
	{"type 2 to 1", func(p *schema.Project) { p.Dimensions[0].Columns[0].SCD = "1" }},
	{"type 2 to 1, anew", func(p *schema.Project) { p.Dimensions[0].Columns[0].SCD, p.Dimensions[0].Redefined = "1", "rebuild" }},
	{"type 1 to 2", func(p *schema.Project) { p.Dimensions[0].Columns[1].SCD = "2" }},
	{"type 1 to 2, anew", func(p *schema.Project) { p.Dimensions[0].Columns[1].SCD, p.Dimensions[0].Redefined = "2", "rebuild" }},
	{"type 1 to 2, opened", func(p *schema.Project) {
		p.Dimensions[0].Columns[1].SCD, p.Dimensions[0].Redefined = "2", "new_version"
	}},
	{"deleted", func(p *schema.Project) { p.Dimensions[0].Deleted = "member" }},
	{"validity", func(p *schema.Project) { p.Dimensions[0].Validity = "day" }},
	{"first version", func(p *schema.Project) {
		p.Dimensions[0].FirstVersion = "event"
		for i := range p.Facts {
			p.Facts[i].Late = "unknown"
		}
	}},
	{"reused key", func(p *schema.Project) { p.Dimensions[0].ReusedKey, p.Dimensions[0].Columns[2].SCD = "new", "4" }},
	{"outrigger's type", func(p *schema.Project) {
		of(p, func(d schema.Dimension) bool { return d.Name == "dim_regions" }).Columns[0].SCD = "1"
	}},
	{"zone", func(p *schema.Project) { p.Facts[0].Dimensions[1].Zone = "Asia/Tokyo" }},
	{"absent", func(p *schema.Project) { p.Entities[0].From[0].Absent = "null" }},
	{"mapping", func(p *schema.Project) { p.Entities[0].From[0].Fields[0].From = "b" }},
	{"rule", func(p *schema.Project) {
		p.Entities[1].Rules = []schema.Rule{{Name: "much", Check: "sold_amount > 1.5"}}
	}},
	{"weight", func(p *schema.Project) { p.Bridges[0].Weight = "equal" }},
	{"fiscal year", func(p *schema.Project) { p.Dimensions[1].Calendar.Fiscal = &schema.Fiscal{Starts: "04-01"} }},
	{"quarters", func(p *schema.Project) {
		p.Facts[slices.IndexFunc(p.Facts, func(f schema.Fact) bool { return f.Snapshot != nil })].Snapshot.Every = "quarter"
	}},
	{"measure", func(p *schema.Project) {
		p.Aggregates[0].Measures[0] = schema.AggMeasure{Name: "sold_amount", Max: "sold_amount"}
	}},
	{"bands", func(p *schema.Project) {
		of(p, func(d schema.Dimension) bool { return d.Bands != nil }).Bands = []schema.Band{{Label: "small", To: "3"}, {Label: "large"}}
	}},
	{"flags", func(p *schema.Project) {
		of(p, func(d schema.Dimension) bool { return d.Junk != nil }).Junk.Columns = []string{"is_gift", "rate"}
		p.Aggregates[1].Group = []schema.GroupBy{{Name: "is_gift", By: "flags.is_gift"}}
	}},
}

// What a plan says of changed definitions is what the run does: no table of silver or gold
// changes that it does not name, and no more rows of one than it says. With each definition
// that changes the one before is what it was.
func TestPlanOfDefinitionsIsWhatHappens(t *testing.T) {
	each(t, func(p *lode.Project) {
		everyKind(p)
		richer(&p.Project)
	}, func(w *world) {
		w.filled()
		w.items.Send(whole("1", "B", "", "7", 21), whole("2", "Y", "", "2", 6), whole("9", "N", "", "7", 40))
		w.run(lode.Options{})
		w.run(lode.Options{})
		for _, r := range redefinitions {
			p := lode.Project{Project: drawn(lodetest.NewSource())}
			everyKind(&p)
			richer(&p.Project)
			p.Sources[0].Config = w.source
			r.change(&p.Project)
			w.project.Project = p.Project
			w.reopen()
			happens(w.t, r.name, w.Lode, func() { w.run(lode.Options{}) })
		}
		w.holds()
		w.rebuilt(nil)
	})
}

// The same holds of conformed entities, and of those that they are made of.
func TestPlanOfMatchesIsWhatHappens(t *testing.T) {
	worlds(t, parties, func(t *testing.T, w *lodetest.World) {
		must(t, w.Play(t.Context(), twoWhoAgreeByTax))
		for _, r := range []redefinition{
			{"by other rules", func(p *schema.Project) { p.Entities[0].Match.On = [][]string{{"email"}} }},
			{"records mapped again", func(p *schema.Project) {
				p.Entities[1].Rules = []schema.Rule{{Name: "nobody is Ada", Check: `name != "Ada"`}}
			}},
			{"survivors", func(p *schema.Project) { p.Entities[0].Survive[0] = schema.Survivor{Name: "name", Take: "most_recent"} }},
		} {
			must(t, w.Redefine(t.Context(), r.change))
			happens(t, r.name, w.Lode, func() { must(t, w.Play(t.Context(), "-- run")) })
		}
	})
}

// specialMembers are those of a dimension that a change of its columns writes anew.
const specialMembers = 5

// happens plans, runs, and compares.
func happens(t *testing.T, name string, l *lode.Lode, run func()) {
	t.Helper()
	plan, err := l.Plan(t.Context(), lode.Options{})
	must(t, err)
	before := contents(t, l)
	run()
	after := contents(t, l)
	planned := map[string]map[medallion.Deed]int64{}
	for _, w := range plan.Work {
		for _, r := range w.Rows {
			if planned[r.Table] == nil {
				planned[r.Table] = map[medallion.Deed]int64{}
			}
			planned[r.Table][r.Does] = r.Rows
			if is, known := before[r.Table]; known && r.Rows != int64(len(is)) {
				t.Errorf("%s: the plan counts %d rows of %s, which has %d", name, r.Rows, r.Table, len(is))
			}
		}
	}
	if changed := len(plan.Changes) > 0 || len(planned) > 0; name == "nothing" && changed {
		t.Errorf("the plan says %v, %v when nothing has changed", plan.Changes, planned)
	}
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if strings.HasPrefix(table, "gold.dim_") && slices.ContainsFunc(plan.Changes, func(c medallion.Change) bool { return c.Text == "make table "+table+" anew" }) {
			continue
		}
		went, came := differing(before[table], after[table])
		says, written := planned[table], false
		most := int64(0)
		for does, n := range says {
			written = written || does != medallion.Reads
			if does == medallion.Writes || does == medallion.Rekeys {
				most = n
			}
		}
		if strings.HasPrefix(table, "gold.dim_") && slices.ContainsFunc(plan.Changes, func(c medallion.Change) bool { return strings.Contains(c.Text, " "+table+".") }) {
			most, written = max(most, specialMembers), true
		}
		if int64(went) > most || came > 0 && !written {
			t.Errorf("%s: of %s went %d rows, and %d came; the plan says %v", name, table, went, came, says)
		}
	}
}

// contents are the rows of the tables of silver and gold, by column.
func contents(t *testing.T, l *lode.Lode) map[string][]map[string]string {
	t.Helper()
	out := map[string][]map[string]string{}
	tables := lodetest.Rows(t, l, "SELECT CAST(table_schema AS text) || '.' || CAST(table_name AS text) FROM information_schema.tables WHERE table_schema IN ('silver', 'gold') AND table_type = 'BASE TABLE'")
	for _, table := range tables {
		out[table] = nil
		for b, err := range l.Query(t.Context(), "SELECT * FROM "+table) {
			must(t, err)
			for i := range b.Len() {
				row := map[string]string{}
				for j, c := range b.Columns {
					row[c.Name] = fmt.Sprint(b.Vectors[j].Value(i))
				}
				out[table] = append(out[table], row)
			}
		}
	}
	return out
}

// differing counts the rows that went and came, by the columns that are there before and after.
func differing(before, after []map[string]string) (went, came int) {
	if len(before) == 0 || len(after) == 0 {
		return len(before), len(after)
	}
	var columns []string
	for _, c := range slices.Sorted(maps.Keys(before[0])) {
		if _, stays := after[0][c]; stays {
			columns = append(columns, c)
		}
	}
	count := map[string]int{}
	text := func(row map[string]string) string {
		var b strings.Builder
		for _, c := range columns {
			fmt.Fprintf(&b, "%s=%s\n", c, row[c])
		}
		return b.String()
	}
	for _, row := range before {
		count[text(row)]++
	}
	for _, row := range after {
		count[text(row)]--
	}
	for _, n := range count {
		went, came = went+max(n, 0), came+max(-n, 0)
	}
	return went, came
}

// The plan says what a definition that changed causes, table by table.
func TestPlanSaysWhatADefinitionCauses(t *testing.T) {
	each(t, func(p *lode.Project) {
		everyKind(p)
		p.Dimensions[0].Columns[1].SCD = "3"
	}, func(w *world) {
		w.filled()
		w.says(func(p *schema.Project) {
			p.Bridges = slices.Clone(p.Bridges)
			p.Bridges[0].Weight = "equal"
		}, "gold.dim_account_holder_groups", "definition changed: compute every key again",
			"read 3 of silver.holders_log", "rewrite 9 of gold.dim_account_holder_groups", "rewrite 5 of gold.bridge_account_holders", "re-key 2 of gold.fact_payments")
		retyped := func(scd string) func(*schema.Project) {
			return func(p *schema.Project) {
				p.Dimensions[0].Columns = slices.Clone(p.Dimensions[0].Columns)
				p.Dimensions[0].Columns[1].SCD = scd
			}
		}
		dim := []string{"read 5 of silver.items_log", "rewrite 10 of gold.dim_items", "re-key 5 of gold.bridge_account_holders", "re-key 5 of gold.fact_sales"}
		w.says(retyped("2"), "gold.dim_items", "definition changed: compute every key again; versions from now on begin also with b, and up to 3 older ones show NULL there", dim...)
		w.says(retyped("2"), "gold.agg_sales", "sum up the groups that changes touch", "rewrite 4 of gold.agg_sales")
		w.says(retyped("2"), "gold.fact_payments", wait)
	})
}

// wait is what a plan says of a step that only follows others.
const wait = "what the steps before it bring"

// says wants the plan to say of a step, after a change, an action and the tables.
func (w *world) says(change func(*schema.Project), step, action string, tables ...string) {
	w.t.Helper()
	w.declared(change, func() {
		plan, err := w.Plan(w.t.Context(), lode.Options{})
		must(w.t, err)
		i := slices.IndexFunc(plan.Work, func(x medallion.Work) bool { return x.Step.Name == step })
		var got []string
		for _, r := range plan.Work[i].Rows {
			got = append(got, fmt.Sprintf("%s %d of %s", r.Does, r.Rows, r.Table))
		}
		if plan.Work[i].Action != action || !slices.Equal(got, tables) {
			w.t.Errorf("the plan says of %s: %q, %q; want %q, %q", step, plan.Work[i].Action, got, action, tables)
		}
	})
}
