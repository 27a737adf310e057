package schema_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestDerivedTables(t *testing.T) {
	t.Parallel()
	m, problems := resolve(shop())
	if problems != nil {
		t.Fatal(problems)
	}
	var b strings.Builder
	for _, s := range m.Streams {
		describe(&b, m.BronzeTable(s))
	}
	for _, e := range m.Entities {
		describe(&b, e.Log)
		describe(&b, e.Current)
	}
	for _, d := range m.Dimensions {
		describe(&b, d.Table)
	}
	describe(&b, m.Facts[0].Table)
	describe(&b, m.Aggregates[0].Table)
	golden(t, "tables.txt", b.String())
}

// golden holds a text against a file of testdata, or writes the file with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); write it anew with -update if this is meant:\n%s", file, diff)
	}
}

func describe(b *strings.Builder, t schema.Table) {
	fmt.Fprintf(b, "%s: %s\n", t.Name, t.Comment)
	for _, f := range t.Fields {
		notes := ""
		if f.NotNull {
			notes += ", not null"
		}
		if f.Verbatim {
			notes += ", verbatim"
		}
		if f.Comment != "" {
			notes += ", " + f.Comment
		}
		fmt.Fprintf(b, "\t%s %s%s\n", f.Name, f.Type, notes)
	}
	fmt.Fprintf(b, "\tprimary key %v\n", t.PrimaryKey)
	for _, i := range t.Indexes {
		fmt.Fprintf(b, "\tindex %v unique=%t where=%q\n", i.Columns, i.Unique, i.Where)
	}
	b.WriteString("\n")
}

// prints lists the fingerprints of everything in a project.
func prints(t *testing.T, p schema.Project) map[string]string {
	t.Helper()
	m, problems := resolve(p)
	if problems != nil {
		t.Fatal(problems)
	}
	out := map[string]string{}
	for _, e := range m.Entities {
		out[e.Name] = e.Fingerprint
	}
	for _, d := range m.Dimensions {
		out[d.Name] = d.Fingerprint
	}
	for _, f := range m.Facts {
		out[f.Name] = f.Fingerprint
	}
	for _, a := range m.Aggregates {
		out[a.Name] = a.Fingerprint
	}
	return out
}

// What a change makes to be computed anew is what has another fingerprint, no less and no more.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	before := prints(t, shop())
	if diff := cmp.Diff(before, prints(t, shop())); diff != "" {
		t.Fatalf("the same definitions have other fingerprints: %s", diff)
	}
	for name, c := range map[string]struct {
		put  change
		want string // what changes, sorted
	}{
		"the name of the project": {func(p *schema.Project) { p.Name = "store" }, ""},
		"a rule":                  {func(p *schema.Project) { p.Entities[0].Rules[0].Check = "price > 0" }, "items"},
		"a computed column":       {func(p *schema.Project) { p.Entities[0].Computed[0].Value = "price > 50" }, "items"},
		"a mapping":               {func(p *schema.Project) { p.Entities[0].From[0].Fields[0].From = "title" }, "items"},
		"a type of an attribute":  {func(p *schema.Project) { p.Entities[0].Columns[1].Type = "decimal(14,2)" }, "dim_items items"},
		"an SCD type":             {func(p *schema.Project) { p.Dimensions[0].Columns[0].SCD = "2" }, "dim_items"},
		"a scope":                 {func(p *schema.Project) { p.Dimensions[0].Columns[0].Scope = "current" }, "dim_items"},
		"a calendar":              {func(p *schema.Project) { p.Dimensions[1].Calendar.To = "2026-12-31" }, "dim_dates"},
		"the facts' entity":       {func(p *schema.Project) { p.Entities[1].From[0].Each = "rows" }, "agg_sales fact_sales sales"},
		"a role":                  {func(p *schema.Project) { p.Facts[0].Dimensions[0].AsOf = "current" }, "agg_sales fact_sales"},
		"an aggregate":            {func(p *schema.Project) { p.Aggregates[0].Measures[2] = schema.AggMeasure{Name: "best", Min: "rate"} }, "agg_sales"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shop()
			c.put(&p)
			after := prints(t, p)
			var changed []string
			for _, n := range []string{"agg_sales", "dim_dates", "dim_items", "fact_sales", "items", "sales"} {
				if before[n] != after[n] {
					changed = append(changed, n)
				}
			}
			if got := strings.Join(changed, " "); got != c.want {
				t.Errorf("changed: %q, want %q", got, c.want)
			}
		})
	}
}

func TestModelFindsByName(t *testing.T) {
	t.Parallel()
	m, problems := resolve(shop())
	if problems != nil {
		t.Fatal(problems)
	}
	items, fact := m.Entity("items"), m.Fact("fact_sales")
	if items == nil || fact == nil || m.Dimension("dim_items").Entity != items || fact.Role("item").Dim != m.Dimension("dim_items") {
		t.Errorf("the model's objects do not point to each other")
	}
	if m.Entity("x") != nil || m.Dimension("x") != nil || m.Fact("x") != nil || fact.Role("x") != nil || items.Column("x") != nil || items.Current.Field("x") != nil {
		t.Errorf("a name that is not there is found")
	}
	if c := items.Column("is_dear"); c.Program == nil || c.Stored.Kind != record.Bool {
		t.Errorf("the computed column is %+v", c)
	}
	if !m.Entity("sales").Nested() || items.Nested() {
		t.Errorf("only sales come out of a nested list")
	}
	if got := m.Dimensions[0].SurrogateKey + " " + m.Dimensions[0].DurableKey + " " + m.Dimensions[1].SurrogateKey; got != "item_key item_durable_key date_key" {
		t.Errorf("the keys are %s", got)
	}
	if got := strings.Join(m.Dimensions[1].NaturalKey(), " "); got != "date" {
		t.Errorf("the key of the calendar is %s", got)
	}
}

func TestSurrogateKeyNames(t *testing.T) {
	t.Parallel()
	for plural, want := range map[string]string{
		"dim_customers": "customer_key", "dim_categories": "category_key", "dim_addresses": "address_key", "dim_boxes": "box_key",
		"dim_branches": "branch_key", "dim_dishes": "dish_key", "dim_glass": "glass_key", "dim_staff": "staff_key", "things": "thing_key",
	} {
		p := shop()
		p.Facts, p.Aggregates = nil, nil
		p.Dimensions[0].Name = plural
		m, problems := resolve(p)
		if problems != nil {
			t.Fatal(problems)
		}
		if got := m.Dimensions[0].SurrogateKey; got != want {
			t.Errorf("%s has %s, want %s", plural, got, want)
		}
	}
}

func TestShortForms(t *testing.T) {
	t.Parallel()
	var c schema.Column
	var x schema.Computed
	var v schema.ValidAt
	var f schema.FieldMapping
	var d schema.DimColumn
	var g schema.GroupBy
	for _, u := range []interface{ UnmarshalText([]byte) error }{&c, &x, &v, &f, &d, &g} {
		if err := u.UnmarshalText([]byte("short")); err != nil {
			t.Error(err)
		}
	}
	for _, got := range []string{c.Type, x.Value, v.Field, f.From, d.SCD, g.By} {
		if got != "short" {
			t.Errorf("a short form became %q", got)
		}
	}
}

func ExampleResolve() {
	p := schema.Project{Entities: []schema.Entity{{
		Name: "customers", Key: []string{"source_id"},
		Columns: []schema.Column{{Name: "email", Type: "normalized_emial"}},
		From:    []schema.Mapping{{Stream: "crm.customer"}},
	}}}
	_, problems := schema.Resolve(p, coltype.Standard(), []schema.StreamRef{{Source: "crm", Stream: "customers"}})
	for _, problem := range problems {
		fmt.Println(problem.Path)
	}
	// Output:
	// columns.email.type
	// from.0.stream
}
