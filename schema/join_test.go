package schema_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
)

// orders puts a fact of lines that join their order and a rate into the shop.
func orders(put func(p *schema.Project, f *schema.Fact)) change {
	return func(p *schema.Project) {
		column := func(name, kind string) schema.Column { return schema.Column{Name: name, Type: kind} }
		from := []schema.Mapping{{Stream: "crm.items"}}
		p.Entities = append(p.Entities,
			schema.Entity{
				Name: "orders", Key: []string{"source_id"}, From: from,
				Columns: []schema.Column{column("ordered_at", "timestamp"), column("currency", "text"), column("freight", "decimal(12,2)"), column("weight", "float")},
			},
			schema.Entity{
				Name: "lines", Key: []string{"order_id", "line"}, From: from,
				Columns: []schema.Column{column("order_id", "text"), column("line", "integer"), column("amount", "decimal(12,2)"), column("share", "float"), column("currency", "text")},
			},
			schema.Entity{
				Name: "rates", Key: []string{"currency", "rate_date"}, From: from,
				Columns: []schema.Column{column("currency", "text"), column("rate_date", "date"), column("rate", "decimal(12,6)")},
			})
		p.Facts = []schema.Fact{{
			Name: "fact_lines", Grain: "one row per line", From: "lines", EventAt: "order.ordered_at",
			Joins: []schema.Join{
				{Name: "order", Entity: "orders", Key: []string{"order_id"}},
				{Name: "rate", Entity: "rates", Key: []string{"order.currency"}, AsOf: &schema.JoinAsOf{Column: "rate_date", At: "order.ordered_at"}},
			},
			Dimensions: []schema.Role{{Name: "ordered_on", Dimension: "dim_dates", Key: []string{"order.ordered_at"}}},
			Measures: []schema.Measure{
				{Name: "amount", Sum: []string{"yes"}},
				{Name: "euros", Value: "amount * rate.rate"},
				{Name: "freight", Value: "order.freight", Allocate: &schema.Allocation{Over: "order", By: "amount"}},
			},
		}}
		p.Aggregates = nil
		put(p, &p.Facts[0])
	}
}

func TestJoinsResolve(t *testing.T) {
	t.Parallel()
	p := shop()
	orders(func(*schema.Project, *schema.Fact) {})(&p)
	m, problems := resolve(p)
	if problems != nil {
		t.Fatal(problems)
	}
	f := m.Fact("fact_lines")
	if got := strings.Join(f.Table.FieldNames(), " "); got != "order_id line ordered_on_key ordered_at amount euros freight event_stream event_seq created_at updated_at" {
		t.Errorf("fact_lines has %s", got)
	}
	if got := f.Table.Field("euros").Type.String(); got != "decimal(24,8)" {
		t.Errorf("euros is %s", got)
	}
	if got := strings.Join(f.Reads(), " "); got != "order_id line order.ordered_at order.refused_columns amount rate.rate order.freight" {
		t.Errorf("it reads %s", got)
	}
}

func TestJoinProblems(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]change{
		`fact fact_lines: joins.order.entity: there is no entity "order" (did you mean "orders"?)`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins[0].Entity = "order"
		}),
		`fact fact_lines: joins.order: is declared twice`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, f.Joins[0])
		}),
		"fact fact_lines: joins." + strings.Repeat("o", 62) + ": is a name of 62 bytes; 61 is the longest that a join can have": orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: strings.Repeat("o", 62), Entity: "orders", Key: []string{"order_id"}})
		}),
		"fact fact_lines: joins." + strings.Repeat("o", 56) + `: makes of a column the name "` + strings.Repeat("o", 56) + `.freight" of 64 bytes, and 63 is the longest that every warehouse keeps; give the join a shorter name`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: strings.Repeat("o", 56), Entity: "orders", Key: []string{"order_id"}})
			f.Measures = append(f.Measures, schema.Measure{Name: "again", Value: strings.Repeat("o", 56) + ".freight"})
		}),
		`fact fact_lines: joins.the order: is no name that an expression can use; write letters, digits and _`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: "the order", Entity: "orders", Key: []string{"order_id"}})
		}),
		`fact fact_lines: joins.more.key: names 2 columns, orders needs 1 (source_id)`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: "more", Entity: "orders", Key: []string{"order_id", "line"}})
		}),
		`fact fact_lines: joins.more.key: column "line" is integer, which cannot serve here`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: "more", Entity: "orders", Key: []string{"line"}})
		}),
		`fact fact_lines: joins.more.as_of.column: "rate" is no part of the key of rates (currency, rate_date); without it, which of several rows is meant would be chance`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: "more", Entity: "rates", Key: []string{"currency"}, AsOf: &schema.JoinAsOf{Column: "rate", At: "order.ordered_at"}})
		}),
		`fact fact_lines: joins.more.as_of.at: column "amount" is decimal(12,2), which cannot serve here`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: "more", Entity: "rates", Key: []string{"currency"}, AsOf: &schema.JoinAsOf{Column: "rate_date", At: "amount"}})
		}),
		`fact fact_lines: joins.more.key: line is integer; a constant is compared with texts only`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Joins = append(f.Joins, schema.Join{Name: "more", Entity: "lines", Key: []string{"order_id", "'1'"}})
		}),
		`fact fact_lines: measures.euros.value: compile expression "amount * rat.rate": line 1, column 13: unknown column "rat.rate"; did you mean "rate.rate"?`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[1].Value = "amount * rat.rate"
		}),
		`fact fact_lines: measures.euros.value: a measure is a number, this is text`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[1].Value = "order.currency"
		}),
		`fact fact_lines: measures.euros.type: convert expression "amount * rate.rate": its type is decimal(24,8) and the column's is decimal(18,2); write round(…, 2)`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[1].Type = "decimal(18,2)"
		}),
		`fact fact_lines: measures.amount.type: belongs to a value; a column of the entity has its own type`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[0].Type = "decimal(18,2)"
		}),
		`fact fact_lines: degenerate: currency and order.currency would both be the column currency of the fact; rename one of them in its entity`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Degenerate = []string{"currency", "order.currency"}
		}),
		`fact fact_lines: measures.freight.allocate: needs a value: the amount of the joined row, for example order.freight_amount`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[2].Value = ""
		}),
		`fact fact_lines: measures.freight.allocate.over: there is no join "ordr" (did you mean "order"?)`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[2].Allocate.Over = "ordr"
		}),
		`fact fact_lines: measures.freight.allocate: the amount "order.freight + amount" uses amount, which can differ between the rows of one order; use columns of order`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[2].Value = "order.freight + amount"
		}),
		`fact fact_lines: measures.freight.allocate: the amount is a float, and shares of it would not sum up to it; give it a decimal type`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[2].Value = "order.weight"
		}),
		`fact fact_lines: measures.freight.allocate.by: share is a float, and shares in proportion to it would not be exact; use an integer or a decimal`: orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[2].Allocate.By = "share"
		}),
		`fact fact_lines: measures.freight.allocate.over: the join rate is found by order.currency, and only columns of lines itself can tell which rows share an amount` +
			"\nfact fact_lines: measures.freight.allocate: the amount \"order.freight\" uses order.freight, which can differ between the rows of one rate; use columns of rate": orders(func(_ *schema.Project, f *schema.Fact) {
			f.Measures[2].Allocate.Over = "rate"
		}),
	})
}

// monthly puts a fact of monthly balances of items into the shop.
func monthly(put func(p *schema.Project, f *schema.Fact, a *schema.Aggregate)) change {
	return func(p *schema.Project) {
		p.Facts = []schema.Fact{{
			Name: "fact_prices", Grain: "one row per item and month", From: "items", Snapshot: &schema.Snapshot{Every: "month"},
			Dimensions: []schema.Role{{Name: "item", Dimension: "dim_items", Key: []string{"source_system", "source_id"}}},
			Measures:   []schema.Measure{{Name: "price", Sum: []string{"item"}}},
		}}
		p.Aggregates = []schema.Aggregate{{
			Name: "agg_prices", Grain: "one row per month", From: "fact_prices",
			Group:    []schema.GroupBy{{Name: "period_end", By: "period_end"}},
			Measures: []schema.AggMeasure{{Name: "price", Sum: "price"}},
		}}
		put(p, &p.Facts[0], &p.Aggregates[0])
	}
}

func TestSnapshotResolves(t *testing.T) {
	t.Parallel()
	for by, put := range map[string]func(f *schema.Fact, a *schema.Aggregate){
		"period_end": func(*schema.Fact, *schema.Aggregate) {},
		"month_start_date": func(f *schema.Fact, a *schema.Aggregate) {
			f.Dimensions = append(f.Dimensions, schema.Role{Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}})
			a.Group[0].By = "period.month_start_date"
		},
		"week": func(f *schema.Fact, a *schema.Aggregate) {
			f.Snapshot.Every = "week"
			f.Dimensions = append(f.Dimensions, schema.Role{Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}})
			a.Group = []schema.GroupBy{{Name: "y", By: "period.iso_year"}, {Name: "w", By: "period.iso_week"}}
		},
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			p := shop()
			monthly(func(_ *schema.Project, f *schema.Fact, a *schema.Aggregate) { put(f, a) })(&p)
			m, problems := resolve(p)
			if problems != nil {
				t.Fatal(problems)
			}
			if got := strings.Join(m.Facts[0].Table.PrimaryKey, " "); got != "source_system source_id period_end" {
				t.Errorf("its key is %s", got)
			}
		})
	}
}

func TestSnapshotProblems(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]change{
		`fact fact_prices: snapshot.every: "hour" is not known; write day, week, month, quarter, year`: monthly(func(_ *schema.Project, f *schema.Fact, _ *schema.Aggregate) {
			f.Snapshot.Every = "hour"
		}),
		`fact fact_prices: event_at: does not belong to a snapshot, whose time is the end of the period; remove it`: monthly(func(_ *schema.Project, f *schema.Fact, _ *schema.Aggregate) {
			f.EventAt = "price"
		}),
		`fact fact_prices: snapshot: entity items has a column period_end, and so would the fact; rename it in the entity`: monthly(func(p *schema.Project, _ *schema.Fact, _ *schema.Aggregate) {
			p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "period_end", Type: "date"})
		}),
		`fact fact_prices: event_at: is missing; name the column that says when the fact happened`: monthly(func(_ *schema.Project, f *schema.Fact, _ *schema.Aggregate) {
			f.Snapshot = nil
		}),
		"aggregate agg_prices: measures.price: sums price over period_end, but fact_prices says that it may be summed over item. Group by period_end too, or take its last, min, max or avg": monthly(func(_ *schema.Project, _ *schema.Fact, a *schema.Aggregate) {
			a.Group[0].By = "item.name"
		}),
		"aggregate agg_prices: measures.price: sums price over period, but fact_prices says that it may be summed over item. Group by period.date too, or take its last, min, max or avg": monthly(func(_ *schema.Project, f *schema.Fact, a *schema.Aggregate) {
			f.Dimensions = append(f.Dimensions, schema.Role{Name: "period", Dimension: "dim_dates", Key: []string{"period_end"}})
			a.Group[0].By = "period.year"
		}),
	})
}
