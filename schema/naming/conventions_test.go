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

// A project's own promises stand beside the general ones, replace one of the same part,
// and of two that a name makes the longer counts.
func TestOwnPromises(t *testing.T) {
	t.Parallel()
	own := []naming.Promise{
		naming.Promised("_on", "date"), naming.Promised("was_", "boolean"), naming.Promised("_pct", "number"), naming.Promised("_end_date", "timestamp"),
		naming.Promised("_rate", "exact"), naming.Promised("_ref", "uuid"),
	}
	for _, c := range []struct {
		name string
		kind record.Kind
		want string
	}{
		{"signed_on", record.Date, ""},
		{"signed_on", record.Text, "[error type]"},
		{"was_rich", record.Bool, ""},
		{"was_rich", record.Int, "[error type]"},
		{"share_pct", record.Float, ""},
		{"share_pct", record.Text, "[error type]"},
		{"term_end_date", record.Timestamp, ""},
		{"term_end_date", record.Date, "[error type]"},
		{"start_date", record.Date, ""},
		{"tax_rate", record.Decimal, ""},
		{"tax_rate", record.Float, "[error type]"},
		{"order_ref", record.UUID, ""},
		{"order_ref", record.Text, "[error type]"},
	} {
		if got := brief(naming.Column(c.name, c.kind, own...)); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.name, c.kind, got, c.want)
		}
	}
	if got := naming.Column("tax_rate", record.Float, own...)[0].Text; got != "tax_rate is float, and ..._rate promises an exact number (decimal or integer); change the type or the name" {
		t.Error(got)
	}
	if got := naming.Column("line_count", record.Text, naming.Promised("_count", "integer"))[0].Text; got != "line_count is text, and ..._count promises an integer; change the type or the name" {
		t.Error(got)
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
