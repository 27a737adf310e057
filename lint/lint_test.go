package lint_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/lint"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/naming"
)

func said(column, typ string) schema.Column {
	return schema.Column{Name: column, Type: typ, Description: "Said."}
}

// clean is a project with one of each kind of table, in which nothing is to be told.
func clean() schema.Project {
	return schema.Project{
		Name: "shop",
		Entities: []schema.Entity{{
			Name: "orders", Description: "What was bought.", Key: []string{"source_system", "source_id"},
			Columns:  []schema.Column{said("customer_id", "text"), said("ordered_at", "timestamp"), said("is_gift", "boolean"), said("total_amount", "decimal(18,2)")},
			Computed: []schema.Computed{{Name: "is_large", Value: "total_amount > 10", Description: "Large."}},
			From:     []schema.Mapping{{Stream: "till.orders", Fields: []schema.FieldMapping{{Name: "customer_id", From: "customer"}}}},
		}},
		Dimensions: []schema.Dimension{
			{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-12-31"}},
			{Name: "dim_orders", Description: "Orders as they were.", From: "orders", Columns: []schema.DimColumn{{Name: "is_gift", SCD: "2"}}},
		},
		Bridges: []schema.Bridge{{Name: "bridge_orders", Description: "Orders of orders.", Hierarchy: &schema.Hierarchy{Dimension: "dim_orders", Parent: []string{"source_system", "customer_id"}}}},
		Facts: []schema.Fact{{
			Name: "fact_orders", Grain: "one row per order", From: "orders", EventAt: "ordered_at",
			Dimensions: []schema.Role{{Name: "ordered_on", Dimension: "dim_dates", Key: []string{"ordered_at"}}},
			Measures:   []schema.Measure{{Name: "total_amount", Sum: []string{"yes"}}, {Name: "tax_amount", Value: "total_amount * 0.19", Sum: []string{"yes"}, Description: "Tax."}},
			Milestones: &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{{Name: "placed", At: "ordered_at"}}},
			Lags:       []schema.Lag{{Name: "day_count", From: "placed", To: "placed"}},
		}},
		Aggregates: []schema.Aggregate{{
			Name: "agg_revenue", Grain: "one row per month", From: "fact_orders",
			Group:    []schema.GroupBy{{Name: "month_start_date", By: "ordered_on.month_start_date"}},
			Measures: []schema.AggMeasure{{Name: "revenue_amount", Sum: "total_amount"}, {Name: "order_count", Count: "rows"}},
		}},
	}
}

// found checks a changed project; each finding as "level rule object path".
func found(t *testing.T, change func(p *schema.Project)) []string {
	t.Helper()
	p := clean()
	change(&p)
	m, problems := schema.Resolve(p, coltype.Standard(), []schema.StreamRef{{Source: "till", Stream: "orders"}})
	if problems != nil {
		t.Fatal(problems)
	}
	var out []string
	for _, f := range lint.Check(m) {
		out = append(out, fmt.Sprintf("%s %s %s %s", f.Level, f.Rule, f.Object, f.Path))
	}
	return out
}

func TestCheck(t *testing.T) {
	t.Parallel()
	silence := func(rule, reason string) map[string]string { return map[string]string{rule: reason} }
	for name, c := range map[string]struct {
		change func(p *schema.Project)
		want   []string
	}{
		"nothing": {func(*schema.Project) {}, nil},
		"a table without a description": {func(p *schema.Project) {
			p.Entities[0].Description, p.Dimensions[1].Description, p.Bridges[0].Description = "", " ", ""
		},
			[]string{"warning table_description entity orders entity", "warning table_description dimension dim_orders dimension", "warning table_description bridge bridge_orders bridge"}},
		"columns without descriptions are told together": {func(p *schema.Project) {
			p.Entities[0].Columns[0].Description, p.Entities[0].Columns[2].Description, p.Entities[0].Computed[0].Description, p.Facts[0].Measures[1].Description = "", "", "", ""
		}, []string{"warning column_description entity orders columns", "warning column_description fact fact_orders measures"}},
		"owners, when they are asked for": {func(p *schema.Project) {
			p.Lint.Rules.Owner = "error"
			p.Entities[0].Owner, p.Facts[0].Owner = "sales", "billing"
		}, []string{"error owner dimension dim_dates dimension", "error owner dimension dim_orders dimension", "error owner bridge bridge_orders bridge", "error owner aggregate agg_revenue aggregate"}},
		"names of tables": {func(p *schema.Project) {
			p.Bridges, p.Facts, p.Aggregates = nil, nil, nil
			p.Entities[0].Name, p.Dimensions[1].Name, p.Dimensions[1].From = "stg_order", "orders", "stg_order"
		}, []string{"warning plural entity stg_order entity", "error prefix dimension orders dimension"}},
		"names and types of columns": {func(p *schema.Project) {
			p.Entities[0].Columns = append(p.Entities[0].Columns, said("paid_at", "text"), said("active", "boolean"), said("unitPrice", "float"), said("net_amount", "float"))
			p.Facts[0].Measures[1].Name, p.Facts[0].Lags[0].Name = "is_tax", "has_days"
			p.Aggregates[0].Measures[1].Name, p.Aggregates[0].Group[0].Name = "can_count", "month"
		}, []string{
			"error type entity orders columns.paid_at", "warning name entity orders columns.active", "error snake_case entity orders columns.unitPrice", "error type entity orders columns.net_amount",
			"error type fact fact_orders measures.is_tax", "error type fact fact_orders lags.has_days", "warning name aggregate agg_revenue group.month", "error type aggregate agg_revenue measures.can_count",
		}},
		"roles": {func(p *schema.Project) {
			p.Facts[0].Dimensions[0].Name, p.Aggregates = "orderedOn", nil
		}, []string{"error snake_case fact fact_orders dimensions.orderedOn"}},
		"application tables": {func(p *schema.Project) {
			p.Tables = []schema.AppTable{{
				Name: "dim_note", Key: []string{"note_id"}, NoLint: map[string]string{"table_description": "plain"},
				Columns:  []schema.AppColumn{{Name: "note_id", Type: "uuid", Description: "Its key."}, {Name: "read", Type: "boolean", NoLint: map[string]string{"type": "why"}}},
				Computed: []schema.Computed{{Name: "is_new", Value: "!read"}},
			}}
		}, []string{
			"error prefix table dim_note table", "warning plural table dim_note table", "warning name table dim_note columns.read",
			"error lint table dim_note columns.read.nolint.type", "warning column_description table dim_note columns",
		}},
		"a project's own names": {func(p *schema.Project) {
			p.Lint.Names = []schema.NameRule{{Name: "_on", Type: "date"}, {Name: "was_", Type: "boolean"}}
			p.Entities[0].Columns = append(p.Entities[0].Columns, said("paid_on", "date"), said("sent_on", "timestamp"), said("was_late", "boolean"))
		}, []string{"error type entity orders columns.sent_on"}},
		"levels": {func(p *schema.Project) {
			p.Lint.Rules.Name, p.Lint.Rules.TableDescription, p.Entities[0].Description = "error", "off", ""
			p.Entities[0].Columns = append(p.Entities[0].Columns, said("active", "boolean"))
		}, []string{"error name entity orders columns.active"}},
		"silenced at the column": {func(p *schema.Project) {
			p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "active", Type: "boolean", NoLint: map[string]string{"name": "the till's word", "column_description": "plain"}})
		}, nil},
		"silenced for the whole table": {func(p *schema.Project) {
			p.Entities[0].NoLint = map[string]string{"name": "the till's words", "table_description": "plain"}
			p.Entities[0].Description = ""
			p.Entities[0].Columns = append(p.Entities[0].Columns, said("active", "boolean"), said("paid", "date"))
		}, nil},
		"no reason": {func(p *schema.Project) {
			p.Entities[0].Description, p.Entities[0].NoLint = "", silence("table_description", " ")
		}, []string{"error lint entity orders nolint.table_description"}},
		"nothing to silence": {func(p *schema.Project) {
			p.Facts[0].Measures[0].NoLint, p.Dimensions[0].NoLint, p.Aggregates[0].Group[0].NoLint = silence("type", "why"), silence("plural", "why"), silence("name", "why")
		}, []string{"error lint dimension dim_dates nolint.plural", "error lint fact fact_orders measures.total_amount.nolint.type", "error lint aggregate agg_revenue group.month_start_date.nolint.name"}},
		"an unknown rule":      {func(p *schema.Project) { p.Bridges[0].NoLint = silence("plurals", "why") }, []string{"error lint bridge bridge_orders nolint.plurals"}},
		"a rule that is off":   {func(p *schema.Project) { p.Bridges[0].NoLint = silence("owner", "why") }, []string{"error lint bridge bridge_orders nolint.owner"}},
		"lint silences itself": {func(p *schema.Project) { p.Bridges[0].NoLint = map[string]string{"lint": "why", "plural": "why"} }, []string{"error lint bridge bridge_orders nolint.lint", "error lint bridge bridge_orders nolint.plural"}},
		"or is off":            {func(p *schema.Project) { p.Bridges[0].NoLint, p.Lint.Rules.Lint = silence("plural", "why"), "off" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, found(t, c.change)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Each rule can be set in lode.yaml, and what can be set there is a rule.
func TestRulesAndSettingsAreTheSame(t *testing.T) {
	t.Parallel()
	var keys []string
	set := reflect.TypeFor[schema.LintRules]()
	for i := range set.NumField() {
		keys = append(keys, set.Field(i).Tag.Get("yaml"))
		p := clean()
		reflect.ValueOf(&p.Lint.Rules).Elem().Field(i).SetString("off")
		rule, _ := lint.Find(keys[i])
		if says := set.Field(i).Tag.Get("doc"); !strings.HasSuffix(says, "default "+string(rule.Level)+".") {
			t.Errorf("the default of %s is %s, and the key says: %s", keys[i], rule.Level, says)
		}
	}
	if !slices.Equal(keys, lint.Names()) {
		t.Errorf("keys %v, rules %v", keys, lint.Names())
	}
	field, _ := reflect.TypeFor[schema.NameRule]().FieldByName("Type")
	oneof, known := strings.Fields(field.Tag.Get("oneof")), schema.NameTypes()
	slices.Sort(oneof)
	slices.Sort(known)
	if !slices.Equal(oneof, known) {
		t.Errorf("the tag has %v, the types are %v", oneof, known)
	}
}

// Turning a rule off turns off that rule, and no other.
func TestEachRuleCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	broken := func(p *schema.Project) {
		e := &p.Entities[0]
		e.Name, e.Description, e.NoLint = "order", "", map[string]string{"prefix": "why"}
		e.Columns = append(e.Columns, schema.Column{Name: "Active", Type: "boolean"}, said("sent_at", "text"))
		p.Dimensions[1].From, p.Dimensions[1].Name, p.Facts[0].From, p.Bridges = "order", "orders", "order", nil
		p.Lint.Rules.Owner = "warning"
	}
	rules := func(set func(p *schema.Project)) []string {
		var out []string
		for _, f := range found(t, func(p *schema.Project) { broken(p); set(p) }) {
			if rule := strings.Fields(f)[1]; !slices.Contains(out, rule) {
				out = append(out, rule)
			}
		}
		slices.Sort(out)
		return out
	}
	all := slices.Sorted(slices.Values(lint.Names()))
	if got := rules(func(*schema.Project) {}); !slices.Equal(got, all) {
		t.Fatalf("the project breaks %v, want all of %v", got, all)
	}
	for i, name := range lint.Names() {
		got := rules(func(p *schema.Project) { reflect.ValueOf(&p.Lint.Rules).Elem().Field(i).SetString("off") })
		if want := slices.DeleteFunc(slices.Clone(all), func(r string) bool { return r == name }); !slices.Equal(got, want) {
			t.Errorf("without %s: %v", name, got)
		}
	}
}

func ExampleCheck() {
	m, problems := schema.Resolve(schema.Project{
		Name: "shop", Entities: []schema.Entity{{
			Name: "customers", Description: "Who buys.", Key: []string{"customer_id"},
			Columns: []schema.Column{
				{Name: "customer_id", Type: "text", Description: "Number of the customer."},
				{Name: "credit_amount", Type: "float", Description: "How much they may owe."},
				{Name: "active", Type: "boolean", Description: "Whether they buy.", NoLint: map[string]string{"name": "the CRM calls it so"}},
			},
			From: []schema.Mapping{{Stream: "crm.customers", Fields: []schema.FieldMapping{{Name: "customer_id", From: "id"}}}},
		}},
	}, coltype.Standard(), []schema.StreamRef{{Source: "crm", Stream: "customers"}})
	if problems != nil {
		fmt.Println(problems)
		return
	}
	for _, f := range lint.Check(m) {
		fmt.Printf("%s %s: %s\n", f.Object, f.Path, f.Text)
		rule, _ := lint.Find(f.Rule)
		fmt.Println(f.Level == naming.Error, rule.Why)
	}
	// Output:
	// entity customers columns.credit_amount: credit_amount is float, and ..._amount promises an exact number (decimal or integer); change the type or the name
	// true A name is believed. A date called _at is compared with instants; a float called _amount does not add up to the cent.
}
