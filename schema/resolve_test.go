package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
)

// shop is a project without a mistake, made anew for each test to change.
func shop() schema.Project {
	return schema.Project{
		Name: "shop",
		Entities: []schema.Entity{{
			Name: "items", Key: []string{"source_system", "source_id"}, Description: "What is sold.",
			Columns:  []schema.Column{{Name: "name", Type: "text", Required: true}, {Name: "price", Type: "decimal(12,2)", Description: "In EUR."}, {Name: "maker", Type: "text"}},
			Computed: []schema.Computed{{Name: "is_dear", Value: "price > 100"}},
			Rules:    []schema.Rule{{Name: "price is not negative", Check: "price >= 0"}},
			From:     []schema.Mapping{{Stream: "crm.items", Fields: []schema.FieldMapping{{Name: "name", From: "title | name"}}}},
		}, {
			Name: "sales", Key: []string{"source_id", "line"},
			Columns: []schema.Column{{Name: "line", Type: "integer"}, {Name: "sold_at", Type: "timestamp"}, {Name: "item_system", Type: "text"},
				{Name: "item_id", Type: "text"}, {Name: "amount", Type: "decimal(12,2)"}, {Name: "rate", Type: "float"}},
			From: []schema.Mapping{{Stream: "crm.sales", Each: "lines", Fields: []schema.FieldMapping{{Name: "sold_at", From: "^.sold"}}}},
		}},
		Dimensions: []schema.Dimension{
			{Name: "dim_items", From: "items", Columns: []schema.DimColumn{{Name: "name", SCD: "1"}, {Name: "price", SCD: "2"}}},
			{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-12-31"}},
		},
		Facts: []schema.Fact{{
			Name: "fact_sales", Grain: "one row per line", From: "sales", EventAt: "sold_at",
			Dimensions: []schema.Role{
				{Name: "item", Dimension: "dim_items", Key: []string{"item_system", "item_id"}},
				{Name: "sold_on", Dimension: "dim_dates", Key: []string{"sold_at"}},
			},
			Measures: []schema.Measure{{Name: "amount", Sum: []string{"yes"}}, {Name: "rate"}},
		}},
		Aggregates: []schema.Aggregate{{
			Name: "agg_sales", Grain: "one row per item name and day", From: "fact_sales",
			Group:    []schema.GroupBy{{Name: "name", By: "item.name"}, {Name: "sold_at", By: "sold_at"}},
			Measures: []schema.AggMeasure{{Name: "total", Sum: "amount"}, {Name: "lines", Count: "rows"}, {Name: "best", Max: "rate"}},
		}},
	}
}

var streams = []schema.StreamRef{{Source: "crm", Stream: "items"}, {Source: "crm", Stream: "sales"}}

func resolve(p schema.Project) (*schema.Model, schema.Problems) {
	return schema.Resolve(p, coltype.Standard(), streams)
}

func TestResolveFindsNothingWrong(t *testing.T) {
	t.Parallel()
	if _, problems := resolve(shop()); problems != nil {
		t.Fatal(problems)
	}
}

// change is one mistake put into the shop.
type change func(p *schema.Project)

func checkProblems(t *testing.T, cases map[string]change) {
	t.Helper()
	for want, put := range cases {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := shop()
			put(&p)
			model, problems := resolve(p)
			if model != nil {
				t.Errorf("a model came with the problems")
			}
			if got := problems.Error(); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestNameProblems(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 60) + "ä"
	checkProblems(t, map[string]change{
		"entity : has no name": func(p *schema.Project) {
			p.Entities = append(p.Entities, entity("", "crm.items"))
		},
		`entity ` + long + `: the name "` + long + `_log" is longer than 63 bytes; choose a shorter one`: func(p *schema.Project) {
			p.Entities = append(p.Entities, entity(long, "crm.items"))
		},
		"entity ITEMS: the table name silver.ITEMS is taken by entity items already\nentity ITEMS: the table name silver.ITEMS_log is taken by entity items already": func(p *schema.Project) {
			p.Entities = append(p.Entities, entity("ITEMS", "crm.items"))
		},
		"entity items_log: the table name silver.items_log is taken by entity items already": func(p *schema.Project) {
			p.Entities = append(p.Entities, entity("items_log", "crm.items"))
		},
		"fact dim_items: the table name gold.dim_items is taken by dimension dim_items already": func(p *schema.Project) {
			f := p.Facts[0]
			f.Name = "dim_items"
			p.Facts = append(p.Facts, f)
		},
		"dimension dim_dates: the table name gold.dim_dates is taken by dimension dim_dates already": func(p *schema.Project) {
			p.Dimensions = append(p.Dimensions, p.Dimensions[1])
		},
	})
}

func entity(name, stream string) schema.Entity {
	return schema.Entity{Name: name, Key: []string{"source_id"}, From: []schema.Mapping{{Stream: stream}}}
}

func TestEntityProblems(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]change{
		`entity items: columns.valid_at: the name is used by Lode itself; choose another`: func(p *schema.Project) { p.Entities[0].Columns[2].Name = "valid_at" },
		`entity items: columns.t: a column of JSON needs a longer name: where a statement calls a table t, DuckDB takes t.id for a member of the column`: func(p *schema.Project) {
			p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "t", Type: "json"}, schema.Column{Name: "u", Type: "text"})
		},
		`entity items: columns.d10: a column of JSON needs a longer name: where a statement calls a table d10, DuckDB takes d10.id for a member of the column`: func(p *schema.Project) {
			p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "d10", Type: "json"}, schema.Column{Name: "dt", Type: "json"})
		},
		`entity items: columns.name: is declared twice`: func(p *schema.Project) {
			p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "name", Type: "text"})
		},
		`entity items: key: is empty; name the natural key, for example [source_system, source_id]`: func(p *schema.Project) {
			p.Entities[0].Key = nil
			p.Dimensions, p.Facts, p.Aggregates = p.Dimensions[1:], nil, nil
		},
		`entity items: key: column "makr" is not declared (did you mean "maker"?)`: func(p *schema.Project) {
			p.Entities[0].Key = []string{"source_system", "makr"}
			p.Facts, p.Aggregates = nil, nil
		},
		`entity items: computed.name: the name is taken; choose another`:                      func(p *schema.Project) { p.Entities[0].Computed[0].Name = "name" },
		`entity items: rules.0.check: a rule must be true or false, this is decimal(12,2)`:    func(p *schema.Project) { p.Entities[0].Rules[0].Check = "price" },
		`entity items: rules.0.otherwise: "shout" is not known; write quarantine, fail, warn`: func(p *schema.Project) { p.Entities[0].Rules[0].Otherwise = "shout" },
		`entity items: custom_fields: "lose" is not known; write keep, drop, freeze`:          func(p *schema.Project) { p.Entities[0].CustomFields = "lose" },
		`entity items: from: names no stream; give at least one mapping`:                      func(p *schema.Project) { p.Entities[0].From = nil },
		`entity items: from.0.stream: no source offers the stream "crm.item" (did you mean "crm.items"?)`: func(p *schema.Project) {
			p.Entities[0].From[0].Stream = "crm.item"
		},
		`entity items: from.1: the stream "crm.items" is mapped twice`: func(p *schema.Project) {
			p.Entities[0].From = append(p.Entities[0].From, p.Entities[0].From[0])
		},
		`entity items: from.0.fields.nam: the entity has no such column (did you mean "name"?)`: func(p *schema.Project) { p.Entities[0].From[0].Fields[0].Name = "nam" },
		`entity items: from.0.fields.is_dear: the entity has no such column`:                    func(p *schema.Project) { p.Entities[0].From[0].Fields[0].Name = "is_dear" },
		`entity items: from.0.fields.name: ^ has no meaning without each`:                       func(p *schema.Project) { p.Entities[0].From[0].Fields[0].From = "^.name" },
		`entity sales: from.0.valid_at: must come from the record around the list (^.), because a list changes as a whole`: func(p *schema.Project) {
			p.Entities[1].From[0].ValidAt.Field = "changed"
		},
		`entity items: from.0.order: "$now" is no built-in; there are $seq, $index and $stream`: func(p *schema.Project) { p.Entities[0].From[0].Order = "$now" },
	})
}

// Of what other packages say only the place is theirs to know.
func TestProblemsOfTypesAndExpressionsHaveAPlace(t *testing.T) {
	t.Parallel()
	for path, put := range map[string]change{
		"columns.price.type": func(p *schema.Project) {
			p.Entities[0].Columns[2].Type, p.Entities[0].Columns[1].Type = "text", "decimal(99)"
		},
		"computed.is_dear":      func(p *schema.Project) { p.Entities[0].Computed[0].Value = "nothing > 1" },
		"computed.is_dear.type": func(p *schema.Project) { p.Entities[0].Computed[0].Type = "colour" },
		"rules.0.check":         func(p *schema.Project) { p.Entities[0].Rules[0].Check = "price >" },
		"from.0.valid_at": func(p *schema.Project) {
			p.Entities[0].From[0].ValidAt = schema.ValidAt{Field: "at", Zone: "Mars/Base"}
		},
		"from.0.fields.name": func(p *schema.Project) { p.Entities[0].From[0].Fields[0].From = "a + " },
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			p := shop()
			put(&p)
			_, problems := resolve(p)
			want := func(x schema.Problem) bool { return x.Object == "entity items" && x.Path == path && x.Text != "" }
			if !slices.ContainsFunc(problems, want) {
				t.Errorf("no problem at %s, but:\n%v", path, problems)
			}
		})
	}
}

func TestDimensionProblems(t *testing.T) {
	t.Parallel()
	dim := func(put func(d *schema.Dimension)) change {
		return func(p *schema.Project) {
			p.Facts, p.Aggregates = nil, nil
			put(&p.Dimensions[0])
		}
	}
	calendar := func(put func(d *schema.Dimension)) change {
		return func(p *schema.Project) { put(&p.Dimensions[1]) }
	}
	checkProblems(t, map[string]change{
		`dimension dim_items: from: names no entity; a dimension needs one, or is a calendar, time_of_day, bands, junk or audit`: dim(func(d *schema.Dimension) { d.From = "" }),
		`dimension dim_items: from: there is no entity "item" (did you mean "items"?)`:                                           dim(func(d *schema.Dimension) { d.From = "item" }),
		`dimension dim_items: columns: is empty; name the attributes and their SCD types`:                                        dim(func(d *schema.Dimension) { d.Columns = nil }),
		`dimension dim_items: columns.nam: entity items has no such column (did you mean "name"?)`: dim(func(d *schema.Dimension) {
			d.Columns[0].Name = "nam"
		}),
		`dimension dim_items: columns.source_id: is part of the natural key, which is always there`: dim(func(d *schema.Dimension) {
			d.Columns[0].Name = "source_id"
		}),
		`dimension dim_items: columns.price.scope: belongs to type 1 columns only`: dim(func(d *schema.Dimension) { d.Columns[1].Scope = "all" }),
		`dimension dim_items: gold.dim_items would have two columns "version", one of them Lode's own; choose another name`: func(p *schema.Project) {
			p.Entities[0].Columns[2].Name = "version"
			p.Dimensions[0].Columns[0].Name = "version"
			p.Aggregates[0].Group = p.Aggregates[0].Group[1:]
		},
		`dimension dim_items: columns.name: is declared twice`: dim(func(d *schema.Dimension) {
			d.Columns = append(d.Columns, d.Columns[0])
		}),
		`dimension dim_items: columns.name: the SCD type "9" is not known; write 0 (kept), 1 (overwritten), 2 (a change makes a new version), 3 (with the value before), 4 (in a mini-dimension), 5 (4 with the key of the current profile), 6 (2 with the newest value) or 7 (2 with durable keys in the facts)`: dim(func(d *schema.Dimension) { d.Columns[0].SCD = "9" }),
		`dimension dim_items: columns.name.scope: "last" is not known; write all, current`:       dim(func(d *schema.Dimension) { d.Columns[0].Scope = "last" }),
		`dimension dim_items: first_version: "now" is not known; write open, event`:              dim(func(d *schema.Dimension) { d.FirstVersion = "now" }),
		`dimension dim_items: current: "newest" is not known; write last, in_force`:              dim(func(d *schema.Dimension) { d.Current = "newest" }),
		`dimension dim_dates: calendar.from: "1 May" is no date; write YYYY-MM-DD`:               calendar(func(d *schema.Dimension) { d.Calendar.From = "1 May" }),
		`dimension dim_dates: calendar.to: "2025-02-30" is no date; write YYYY-MM-DD`:            calendar(func(d *schema.Dimension) { d.Calendar.To = "2025-02-30" }),
		`dimension dim_dates: calendar.to: lies before from`:                                     calendar(func(d *schema.Dimension) { d.Calendar.To = "2024-12-31" }),
		`dimension dim_dates: calendar: must lie between 1900 and 2200`:                          calendar(func(d *schema.Dimension) { d.Calendar.From = "1899-12-31" }),
		`dimension dim_dates: calendar: is generated; remove from and columns`:                   calendar(func(d *schema.Dimension) { d.From = "items" }),
		`dimension dim_dates: calendar.week_starts: "friday" is not known; write monday, sunday`: calendar(func(d *schema.Dimension) { d.Calendar.WeekStarts = "friday" }),
	})
}

func TestFactProblems(t *testing.T) {
	t.Parallel()
	fact := func(put func(f *schema.Fact)) change {
		return func(p *schema.Project) { put(&p.Facts[0]) }
	}
	checkProblems(t, map[string]change{
		`fact fact_sales: from: there is no entity "sale" (did you mean "sales"?)`:                                 fact(func(f *schema.Fact) { f.From = "sale" }),
		`fact fact_sales: grain: is missing; say what one row means`:                                               fact(func(f *schema.Fact) { f.Grain = "" }),
		`fact fact_sales: event_at: entity sales has no column "sold_a" (did you mean "sold_at"?)`:                 fact(func(f *schema.Fact) { f.EventAt = "sold_a" }),
		`fact fact_sales: event_at: column "amount" is decimal(12,2), which cannot serve here`:                     fact(func(f *schema.Fact) { f.EventAt = "amount" }),
		`fact fact_sales: degenerate: entity sales has no column "lin" (did you mean "line"?)`:                     fact(func(f *schema.Fact) { f.Degenerate = []string{"lin"} }),
		`fact fact_sales: measures.item_id: column "item_id" is text, which cannot serve here`:                     fact(func(f *schema.Fact) { f.Measures[1].Name = "item_id" }),
		`fact fact_sales: dimensions.item.dimension: there is no dimension "dim_item" (did you mean "dim_items"?)`: fact(func(f *schema.Fact) { f.Dimensions[0].Dimension = "dim_item" }),
		`fact fact_sales: dimensions.item.key: column "line" is integer, which cannot serve here`:                  fact(func(f *schema.Fact) { f.Dimensions[0].Key[1] = "line" }),
		`fact fact_sales: dimensions.sold_on.key: column "item_id" is text, which cannot serve here`:               fact(func(f *schema.Fact) { f.Dimensions[1].Key[0] = "item_id" }),
		`fact fact_sales: dimensions.item.as_of: "now" is not known; write event, current`:                         fact(func(f *schema.Fact) { f.Dimensions[0].AsOf = "now" }),
		`fact fact_sales: dimensions.item.when_null: "zero" is not known; write unknown, not_applicable, not_yet`:  fact(func(f *schema.Fact) { f.Dimensions[0].WhenNull = "zero" }),
		`fact fact_sales: dimensions.item: its column item_key is also a column of the entity that the fact keeps; choose another name`: func(p *schema.Project) {
			p.Entities[1].Columns = append(p.Entities[1].Columns, schema.Column{Name: "item_key", Type: "text"})
			p.Facts[0].Degenerate = []string{"item_key"}
		},
		`fact fact_sales: late: "wait" is not known; write infer, unknown`: fact(func(f *schema.Fact) { f.Late = "wait" }),
		`fact fact_sales: dimensions.item: is declared twice`: fact(func(f *schema.Fact) {
			f.Dimensions = append(f.Dimensions, f.Dimensions[0])
		}),
		`fact fact_sales: dimensions.item.key: names 1 columns, the natural key of dim_items has 2 (source_system, source_id)`: fact(func(f *schema.Fact) {
			f.Dimensions[0].Key = f.Dimensions[0].Key[:1]
		}),
		`fact fact_sales: late: infer needs a dimension whose first version is open to the past; dim_items declares first_version: event. Declare late: unknown`: func(p *schema.Project) {
			p.Dimensions[0].FirstVersion = "event"
		},
	})
}

func TestAggregateProblems(t *testing.T) {
	t.Parallel()
	agg := func(put func(a *schema.Aggregate)) change {
		return func(p *schema.Project) { put(&p.Aggregates[0]) }
	}
	checkProblems(t, map[string]change{
		`aggregate agg_sales: from: there is no fact "fact_sale" (did you mean "fact_sales"?)`:                     agg(func(a *schema.Aggregate) { a.From = "fact_sale" }),
		`aggregate agg_sales: group.name: fact fact_sales has no role "items"`:                                     agg(func(a *schema.Aggregate) { a.Group[0].By = "items.name" }),
		`aggregate agg_sales: group.name: gold.dim_items has no column "nam" (did you mean "name"?)`:               agg(func(a *schema.Aggregate) { a.Group[0].By = "item.nam" }),
		`aggregate agg_sales: group: is empty; name at least one column`:                                           agg(func(a *schema.Aggregate) { a.Group = nil }),
		`aggregate agg_sales: measures.total: give exactly one of sum, count, count_distinct, min, max, avg, last`: agg(func(a *schema.Aggregate) { a.Measures[0].Min = "rate" }),
		`aggregate agg_sales: measures.lines: give exactly one of sum, count, count_distinct, min, max, avg, last`: agg(func(a *schema.Aggregate) { a.Measures[1].Count = "" }),
		`aggregate agg_sales: measures.best: fact fact_sales has no column "rat" (did you mean "rate"?)`:           agg(func(a *schema.Aggregate) { a.Measures[2].Max = "rat" }),
		`aggregate agg_sales: measures.total: sums rate over item, but fact_sales says that it may be summed over nothing. Take its last, min, max or avg, or declare {sum: yes} on the fact if it may be added`: agg(func(a *schema.Aggregate) {
			a.Measures[0].Sum = "rate"
		}),
	})
}

// One mistake must not be reported as many: what hangs on a wrong declaration is not wrong itself.
func TestProblemsDoNotSpread(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]change{
		`entity items: rules.0.check: a rule must be true or false, this is text`: func(p *schema.Project) { p.Entities[0].Rules[0].Check = "maker" },
		`fact fact_sales: grain: is missing; say what one row means`:              func(p *schema.Project) { p.Facts[0].Grain = "" },
		`dimension dim_items: from: there is no entity "goods"`:                   func(p *schema.Project) { p.Dimensions[0].From = "goods" },
		`entity items: key: column "sku" is not declared`:                         func(p *schema.Project) { p.Entities[0].Key[1] = "sku" },
		"dimension dim_items: columns.name: the SCD type \"\" is not known; write 0 (kept), 1 (overwritten), 2 (a change makes a new version), 3 (with the value before), 4 (in a mini-dimension), 5 (4 with the key of the current profile), 6 (2 with the newest value) or 7 (2 with durable keys in the facts)\n" +
			`aggregate agg_sales: measures.total: give exactly one of sum, count, count_distinct, min, max, avg, last`: func(p *schema.Project) {
			p.Dimensions[0].Columns[0].SCD = ""
			p.Aggregates[0].Measures[0].Min = "rate"
		},
	})
}

// balances is a fact whose amount may be summed over items, not over time.
func balances(put func(a *schema.Aggregate)) change {
	return func(p *schema.Project) {
		p.Facts[0].Measures[0].Sum = []string{"item"}
		a := &p.Aggregates[0]
		a.Group = []schema.GroupBy{{Name: "name", By: "item.name"}}
		a.Measures = []schema.AggMeasure{{Name: "total", Sum: "amount"}}
		put(a)
	}
}

func TestAdditivityProblems(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]change{
		"aggregate agg_sales: measures.total: sums amount over sold_on, but fact_sales says that it may be summed over item. Group by sold_on.date too, or take its last, min, max or avg": balances(func(*schema.Aggregate) {}),
		"aggregate agg_sales: measures.total: sums rate over item and sold_on, but fact_sales says that it may be summed over nothing. Take its last, min, max or avg, or declare {sum: yes} on the fact if it may be added": balances(func(a *schema.Aggregate) {
			a.Measures[0].Sum = "rate"
		}),
		`aggregate agg_sales: measures.total: "sold_at" is no measure of fact_sales; last takes measures only`: balances(func(a *schema.Aggregate) {
			a.Measures[0] = schema.AggMeasure{Name: "total", Last: "sold_at"}
		}),
		`aggregate agg_sales: measures.total: avg needs a number, "sold_at" is timestamp`: balances(func(a *schema.Aggregate) {
			a.Measures[0] = schema.AggMeasure{Name: "total", Avg: "sold_at"}
		}),
		`fact fact_sales: measures.amount.sum: the fact has no role "itm" (did you mean "item"?); write yes, no, or the roles over which it may be summed`: func(p *schema.Project) {
			p.Facts[0].Measures[0].Sum = []string{"itm"}
			p.Aggregates = nil
		},
		`fact fact_sales: measures.amount.sum: "yes" stands alone; write yes, no, or a list of roles`: func(p *schema.Project) {
			p.Facts[0].Measures[0].Sum = []string{"yes", "item"}
			p.Aggregates = nil
		},
	})
}

// TestSemiAdditive lists what makes a sum right that collapses no role but those named.
func TestSemiAdditive(t *testing.T) {
	t.Parallel()
	for by, measure := range map[string]schema.AggMeasure{
		"sold_on.date":     {Name: "total", Sum: "amount"},
		"sold_on_key":      {Name: "total", Sum: "amount"},
		"sold_on.date_key": {Name: "total", Sum: "amount"},
		"sold_at":          {Name: "total", Sum: "amount"},
		"sold_on.month":    {Name: "total", Last: "amount"},
		"sold_on.year":     {Name: "total", Last: "rate"},
		"item.name":        {Name: "total", Avg: "amount"},
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			p := shop()
			balances(func(a *schema.Aggregate) {
				a.Group, a.Measures = []schema.GroupBy{{Name: "by", By: by}}, []schema.AggMeasure{measure}
			})(&p)
			if _, problems := resolve(p); problems != nil {
				t.Error(problems)
			}
		})
	}
}
