package star_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shop is the model of the example project.
func shop(t testing.TB) *schema.Model {
	t.Helper()
	lookup := func(name string) (string, bool) {
		return "http://127.0.0.1:1", !strings.HasSuffix(name, "_FILE") && !strings.HasSuffix(name, "_COMMAND")
	}
	p, err := project.Load("../examples/shop", standard.Connectors(), lookup)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := lode.Resolve(lode.Project{Project: p.Schema})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var now = time.Date(2025, 6, 2, 0, 0, 0, 0, time.UTC)

// The SQL that people see in a plan and in a log is held word by word, so that a change
// of it is read before it is made.
func TestStatementsOfTheShop(t *testing.T) {
	t.Parallel()
	for _, d := range []warehouse.Dialect{duckdb.Dialect{}, postgres.Dialect{}} {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			m := shop(t)
			for name, scope := range map[string]star.Scope{
				"changes": {After: 100, Latest: now.Add(-3 * time.Hour), LastKey: 7, Now: now, Since: now.Add(-time.Hour)},
				"rebuild": {All: true, LastKey: 7, Now: now},
				"first":   {All: true, Empty: true, Now: now},
			} {
				golden(t, d.Name()+"_"+name+".sql", statements(d, m, scope))
			}
		})
	}
}

func statements(d warehouse.Dialect, m *schema.Model, s star.Scope) string {
	var b strings.Builder
	print := func(title string, list []sqltext.Statement) {
		fmt.Fprintf(&b, "-- == %s\n", title)
		for _, x := range list {
			if x.SQL == "" {
				continue
			}
			fmt.Fprintf(&b, "-- %s [%s]\n%s;\n\n", x.Note, x.Count, x.SQL)
		}
	}
	fact, agg := m.Fact("fact_orders"), m.Aggregates[0]
	queue := star.Queue(agg, m.Layers.Lode)
	for _, dim := range m.Dimensions {
		if dim.Entity == nil {
			continue
		}
		print(dim.Name, star.Dimension(d, dim, s))
		if s.Empty {
			continue
		}
		print("what moves with "+dim.Name, append(star.Moved(d, dim, s), star.MovedFacts(d, fact, dim, s, 0)...))
		if touch, ok := star.TouchByDimension(d, agg, dim, queue); ok {
			print("groups that move with "+dim.Name, []sqltext.Statement{touch})
		}
	}
	if !s.All {
		print("new facts", star.FactKeys(d, fact, s))
	}
	print(fact.Name, star.Fact(d, fact, s, star.FactKeysTable, map[string]int64{"dim_customers": 7, "dim_products": 5}, star.TouchByFact(d, agg, queue)))
	print(agg.Name, star.Aggregate(d, agg, queue, s))
	return b.String()
}

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

func TestCalendarDays(t *testing.T) {
	t.Parallel()
	dim := *shop(t).Dimension("dim_dates")
	day := func(date, weekStarts string) string {
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		calendar := *dim.Calendar
		calendar.WeekStarts = weekStarts
		dim.Calendar = &calendar
		return fmt.Sprint(star.CalendarDays(&dim, at, at).Row(0))
	}
	for _, c := range []struct{ date, weekStarts, want string }{
		{"2025-01-01", "monday", "[20250101 2025-01-01 2025 1 1 January 2025-01-01 2025 1 2024-12-30 1 1 3 Wednesday false]"},
		{"2025-01-01", "sunday", "[20250101 2025-01-01 2025 1 1 January 2025-01-01 2025 1 2024-12-29 1 1 4 Wednesday false]"},
		{"2024-02-29", "", "[20240229 2024-02-29 2024 1 2 February 2024-02-01 2024 9 2024-02-26 29 60 4 Thursday false]"},
		{"2024-12-30", "monday", "[20241230 2024-12-30 2024 4 12 December 2024-12-01 2025 1 2024-12-30 30 365 1 Monday false]"},
		{"2027-01-03", "monday", "[20270103 2027-01-03 2027 1 1 January 2027-01-01 2026 53 2026-12-28 3 3 7 Sunday true]"},
		{"1969-12-31", "monday", "[19691231 1969-12-31 1969 4 12 December 1969-12-01 1970 1 1969-12-29 31 365 3 Wednesday false]"},
	} {
		if got := day(c.date, c.weekStarts); got != c.want {
			t.Errorf("%s, weeks from %s:\n got %s\nwant %s", c.date, c.weekStarts, got, c.want)
		}
	}
	first := time.Date(2024, 2, 28, 0, 0, 0, 0, time.UTC)
	if n := star.CalendarDays(&dim, first, first.AddDate(0, 0, 2)).Len(); n != 3 {
		t.Errorf("two days on from 28 February 2024 are %d days, want 3", n)
	}
}

func TestSpecialMembers(t *testing.T) {
	t.Parallel()
	dim := shop(t).Dimension("dim_products")
	b := star.SpecialMembers(dim, now)
	at := func(i int, name string) record.Value { return b.Row(i)[b.Index(name)] }
	if b.Len() != 5 {
		t.Fatalf("%d special members", b.Len())
	}
	for i, want := range []string{"-1 -1 Unknown true 1 1900-01-01T00:00:00Z 9999-12-31T00:00:00Z NULL", "-2 -2 Not applicable true 1 1900-01-01T00:00:00Z 9999-12-31T00:00:00Z NULL",
		"-3 -3 Deleted true 1 1900-01-01T00:00:00Z 9999-12-31T00:00:00Z NULL", "-4 -4 Error true 1 1900-01-01T00:00:00Z 9999-12-31T00:00:00Z NULL",
		"-5 -5 Not yet true 1 1900-01-01T00:00:00Z 9999-12-31T00:00:00Z NULL"} {
		got := fmt.Sprint(at(i, "product_key"), " ", at(i, "product_durable_key"), " ", at(i, "name"), " ", at(i, schema.IsCurrent), " ", at(i, schema.Version), " ",
			at(i, schema.ValidFrom), " ", at(i, schema.ValidTo), " ", at(i, "source_id"))
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func ExampleTouchAll() {
	fact := &schema.FactModel{Table: schema.Table{Name: schema.Name{Schema: "gold", Table: "fact_sales"}}}
	agg := &schema.AggregateModel{Aggregate: schema.Aggregate{Name: "agg_sales"}, Fact: fact, Groups: []schema.GroupModel{{Name: "shop", Column: "shop"}}}
	queue := schema.Table{Name: schema.Name{Schema: "lode", Table: "waiting_agg_sales"}}
	s := star.TouchAll(duckdb.Dialect{}, agg, queue)
	fmt.Println(s.Note)
	// Output: groups of agg_sales that this touches
}
