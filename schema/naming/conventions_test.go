package naming_test

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/naming"
)

func TestTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind naming.Kind
		name string
		want string // level and rule of each finding
	}{
		{naming.Entity, "customers", ""},
		{naming.Entity, "stg_customers", ""},
		{naming.Entity, "order_lines", ""},
		{naming.Entity, "people", ""},
		{naming.Entity, "customer", "[warning plural]"},
		{naming.Entity, "address", "[warning plural]"},
		{naming.Entity, "dim_customers", "[error prefix]"},
		{naming.Entity, "OrderLines", "[error snake_case]"},
		{naming.Entity, "order__lines", "[error snake_case]"},
		{naming.Entity, "_lines", "[error snake_case]"},
		{naming.Dimension, "dim_customers", ""},
		{naming.Dimension, "customers", "[error prefix]"},
		{naming.Dimension, "dim_customer", "[warning plural]"},
		{naming.Fact, "fact_orders", ""},
		{naming.Fact, "dim_orders", "[error prefix][error prefix]"},
		{naming.Bridge, "bridge_groups", ""},
		{naming.Aggregate, "agg_monthly_revenue", ""},
		{naming.Aggregate, "monthly_revenue", "[error prefix]"},
	} {
		if got := brief(naming.Table(c.kind, c.name)); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.kind, c.name, got, c.want)
		}
	}
}

func TestColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kind record.Kind
		want string
	}{
		{"name", record.Text, ""},
		{"is_active", record.Bool, ""},
		{"is_active", record.Text, "[error type]"},
		{"active", record.Bool, "[warning name]"},
		{"created_at", record.Timestamp, ""},
		{"ingest_timestamp", record.Timestamp, ""},
		{"created_at", record.Text, "[error type]"},
		{"created", record.Timestamp, "[warning name]"},
		{"order_date", record.Date, ""},
		{"order_date", record.Timestamp, "[error type]"},
		{"ordered", record.Date, "[warning name]"},
		{"credit_amount", record.Decimal, ""},
		{"credit_amount", record.Float, "[error type]"},
		{"line_count", record.Int, ""},
		{"line_count", record.Text, "[error type]"},
		{"tax_rate", record.Float, ""},
		{"tax_rate", record.Bool, "[error type]"},
		{"weight", record.Decimal, ""},
		{"companyName", record.Text, "[error snake_case]"},
		{"größe", record.Int, "[error snake_case]"},
		{"", record.Int, "[error snake_case]"},
	} {
		if got := brief(naming.Column(c.name, c.kind)); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.name, c.kind, got, c.want)
		}
	}
}

func brief(found []naming.Finding) string {
	out := ""
	for _, f := range found {
		out += fmt.Sprintf("[%s %s]", f.Level, f.Rule)
	}
	return out
}

func ExampleColumn() {
	for _, f := range naming.Column("is_active", record.Text) {
		fmt.Println(f.Level, f.Text)
	}
	// Output: error is_active is text, and is_... promises a boolean; change the type or the name
}
