package schema_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
)

// fulfilments puts a fact with milestones into the shop.
func fulfilments(put func(p *schema.Project, f *schema.Fact)) change {
	return func(p *schema.Project) {
		p.Entities[1].Columns = append(p.Entities[1].Columns, schema.Column{Name: "sent_date", Type: "date"})
		p.Facts[0].Milestones = &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{{Name: "sold", At: "sold_at"}, {Name: "sent", At: "sent_date"}}}
		p.Facts[0].Lags = []schema.Lag{{Name: "days_to_send", From: "sold", To: "sent", Sum: []string{"yes"}}}
		put(p, &p.Facts[0])
	}
}

func TestMilestonesResolve(t *testing.T) {
	t.Parallel()
	p := shop()
	fulfilments(func(p *schema.Project, f *schema.Fact) {
		f.Dimensions = nil
		p.Aggregates = nil
	})(&p)
	m, problems := resolve(p)
	if problems != nil {
		t.Fatal(problems)
	}
	if got := strings.Join(m.Facts[0].Table.FieldNames(), " "); got != "source_id line sold_key sent_key sold_at amount rate days_to_send event_stream event_seq created_at updated_at" {
		t.Errorf("fact_sales has %s", got)
	}
}

func TestMilestoneProblems(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]change{
		`fact fact_sales: milestones.calendar: there is no dimension "dim_date" (did you mean "dim_dates"?)`: fulfilments(func(_ *schema.Project, f *schema.Fact) {
			f.Milestones.Calendar = "dim_date"
		}),
		`fact fact_sales: milestones.calendar: dim_items is no calendar`: fulfilments(func(_ *schema.Project, f *schema.Fact) { f.Milestones.Calendar = "dim_items" }),
		`fact fact_sales: milestones.dates.sent.key: column "amount" is decimal(12,2), which cannot serve here`: fulfilments(func(_ *schema.Project, f *schema.Fact) {
			f.Milestones.Dates[1].At = "amount"
		}),
		`fact fact_sales: milestones.dates.sold_on: is declared twice`: fulfilments(func(_ *schema.Project, f *schema.Fact) {
			f.Milestones.Dates[0].Name, f.Lags[0].From = "sold_on", "sold_on"
		}),
		`fact fact_sales: lags.days_to_send.to: there is no milestone "sen" (did you mean "sent"?)`: fulfilments(func(_ *schema.Project, f *schema.Fact) { f.Lags[0].To = "sen" }),
		`fact fact_sales: lags.days_to_send.in: "sent_date" is a date and has no hours; write days`: fulfilments(func(_ *schema.Project, f *schema.Fact) { f.Lags[0].In = "hours" }),
		`fact fact_sales: lags.days_to_send.from: the fact declares no milestones` + "\n" + `fact fact_sales: lags.days_to_send.to: the fact declares no milestones`: fulfilments(func(_ *schema.Project, f *schema.Fact) {
			f.Milestones = nil
		}),
		`fact fact_sales: lags.amount: the fact keeps another column amount already; choose another name`: fulfilments(func(p *schema.Project, f *schema.Fact) {
			f.Lags[0].Name, p.Aggregates = "amount", nil
		}),
		`fact fact_sales: dimensions: is empty; name at least one`: fulfilments(func(p *schema.Project, f *schema.Fact) {
			f.Dimensions, f.Milestones, f.Lags, p.Aggregates = nil, nil, nil, nil
		}),
	})
}

// reversed makes the shop's fact correct by reversal.
func reversed(put func(p *schema.Project)) change {
	return func(p *schema.Project) {
		p.Facts[0].Corrections = "reversal"
		p.Aggregates[0].Measures = []schema.AggMeasure{{Name: "total", Sum: "amount"}, {Name: "lines", Count: "rows"}, {Name: "mean", Avg: "rate"}}
		put(p)
	}
}

func TestReversalResolves(t *testing.T) {
	t.Parallel()
	p := shop()
	reversed(func(*schema.Project) {})(&p)
	m, problems := resolve(p)
	if problems != nil {
		t.Fatal(problems)
	}
	if got := strings.Join(m.Facts[0].Table.FieldNames(), " "); got != "source_id line correction item_key sold_on_key sold_at amount rate is_reversal recorded_at event_stream event_seq created_at updated_at" {
		t.Errorf("fact_sales has %s", got)
	}
	if got := strings.Join(m.Facts[0].Table.PrimaryKey, " "); got != "source_id line correction" {
		t.Errorf("its key is %s", got)
	}
}

func TestReversalProblems(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]change{
		`fact fact_sales: corrections: "undo" is not known; write in_place, reversal`: reversed(func(p *schema.Project) { p.Facts[0].Corrections = "undo" }),
		`fact fact_sales: corrections: reversal keeps every state that the rows of sales had, and joined rows are read as they are now; remove the joins, or reversal`: reversed(func(p *schema.Project) {
			p.Facts[0].Joins = []schema.Join{{Name: "item", Entity: "items", Key: []string{"item_system", "item_id"}}}
		}),
		`fact fact_sales: gold.fact_sales would have two columns "recorded_at", one of them Lode's own; choose another name`: reversed(func(p *schema.Project) {
			p.Entities[1].Columns = append(p.Entities[1].Columns, schema.Column{Name: "recorded_at", Type: "timestamp"})
			p.Facts[0].Degenerate = []string{"recorded_at"}
		}),
		`aggregate agg_sales: measures.total: fact_sales keeps the rows that it took back (corrections: reversal), and this measure would see their values; use sum, count or avg, which net them out`: reversed(func(p *schema.Project) {
			p.Aggregates[0].Measures[0] = schema.AggMeasure{Name: "total", Max: "amount"}
		}),
		`fact fact_sales: corrections: a periodic snapshot replaces the rows of its periods; remove reversal`: reversed(func(p *schema.Project) {
			p.Facts[0].Snapshot, p.Facts[0].EventAt, p.Facts[0].Dimensions[1].Key = &schema.Snapshot{Every: "month"}, "", []string{"period_end"}
			p.Aggregates = nil
		}),
	})
}
