package lodetest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
)

// towns is a project of customers whose town is history, and of what they buy.
func towns(source any) lode.Project {
	return lode.Project{Drivers: standard.Warehouses(), Project: schema.Project{
		Name:    "towns",
		Sources: []schema.Source{{Name: "crm", Config: source}},
		Entities: []schema.Entity{{
			Name: "customers", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "town", Type: "text"}},
			From: []schema.Mapping{{Stream: "crm.customers", ValidAt: schema.ValidAt{Field: "at"}, Ignore: []string{"id"}}},
		}, {
			Name: "orders", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "customer_id", Type: "text"}, {Name: "ordered_at", Type: "timestamp"}},
			From: []schema.Mapping{{Stream: "crm.orders", Fields: []schema.FieldMapping{{Name: "customer_id", From: "customer.id"}}, Ignore: []string{"id"}}},
		}},
		Dimensions: []schema.Dimension{{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "town", SCD: "2"}}}},
		Facts: []schema.Fact{{
			Name: "fact_orders", Grain: "one row per order", From: "orders", EventAt: "ordered_at",
			Dimensions: []schema.Role{{Name: "buyer", Dimension: "dim_customers", Key: []string{"customer_id"}}},
		}},
	}}
}

func crm() *lodetest.Source {
	s := lodetest.NewSource()
	s.Stream("customers", "id")
	s.Stream("orders", "id")
	return s
}

// A test that reads as it would be drawn on a board: a customer moves, and an order that
// lay in between belongs to the new town when that becomes known late.
func ExampleWorld_Play() {
	ctx := context.Background()
	w, err := lodetest.NewWorld(ctx, towns(crm()))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = w.Play(ctx, `
-- events crm.customers
id | at | town
1  | 10 | London
-- events crm.orders
id | orderedAt | customer.id
7  | 25        | 1
-- run
-- table gold.dim_customers
customer_key | town   | valid_from | valid_to
$london      | London | -inf       | inf
-- table gold.fact_orders
source_id | buyer_key
7         | $london

# What was true since minute 20 is told now.
-- events crm.customers
id | at | town
1  | 20 | Paris
-- run
-- table gold.dim_customers
customer_key | town   | valid_from | valid_to
$london      | London | -inf       | 20
$paris       | Paris  | 20         | inf
-- table gold.fact_orders
source_id | buyer_key
7         | $london
`)
	fmt.Println(errors.Join(err, w.Close()))
	// Output:
	// line 25: -- table gold.fact_orders: the table differs from the drawn one
	// want                     got
	// source_id | buyer_key    source_id | buyer_key
	// 7         | $london    ! 7         | $paris
}

func TestPlay(t *testing.T) {
	t.Parallel()
	lodetest.Play(t, towns(crm()), `
-- snapshot crm.customers
id | at | town
1  | 10 | London
2  | 10 | Rome
-- clock 2025-07-01
-- run bronze.* silver.customers
-- table silver.customers
source_id | town   | synced_at
1         | London | 2025-07-01T00:01:00Z
2         | Rome   | 2025-07-01T00:01:00Z
-- table gold.dim_customers
customer_key
-- clock +1h
-- run
-- full
writes nothing
-- events crm.customers
id | at | op
1  | 30 | delete
-- run
-- table gold.dim_customers c WHERE customer_key > 0
customer_key | c.town | valid_to | is_deleted
$london      | London | 30       | true
$rome        | Rome   | inf      | false
-- rebuild gold.*
-- table gold.dim_customers
customer_key | town
$london      | London
$rome        | Rome
-- run nonsense
fails: nonsense
`)
}

// TestPlaySaysWhatIsWrong: each script goes wrong, and says where.
func TestPlaySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"-- runs":                        "line 1: there is no section",
		"-- events crm.items\nid\n1":     "line 1: -- events crm.items: no source offers this stream",
		"-- events crm.orders\nop\ndrop": "line 1: -- events crm.orders: line 3: op is",
		"\n-- clock soon":                `line 2: -- clock soon: "soon" is neither a time nor a duration such as +25h`,
		"-- run\nsucceeds":               `line 1: -- run: "succeeds" says nothing about a run`,
		"-- run\nfails: gone":            `line 1: -- run: it should fail with "gone"`,
		"-- run nonsense":                "line 1: -- run nonsense: ",
		"-- table gold.dim_x\na":         "line 1: -- table gold.dim_x: ",
		"-- events crm.customers\nid | at\n1 | 5\n-- run\nwrites nothing": "line 4: -- run: silver.customers: inserted 1 rows where it should write nothing",
	} {
		w, err := lodetest.NewWorld(t.Context(), towns(crm()))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Play(t.Context(), script); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q\n got %v\nwant %s", script, err, want)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRedefine(t *testing.T) {
	t.Parallel()
	p := towns(crm())
	p.Warehouse = "duckdb:" + filepath.Join(t.TempDir(), "towns.duckdb")
	w, err := lodetest.NewWorld(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		w.Play(t.Context(), "-- events crm.customers\nid | at | town\n1 | 10 | London\n1 | 20 | Rome\n-- run\n-- table gold.dim_customers\ncustomer_key | town\n$a | London\n$b | Rome"),
		w.Redefine(t.Context(), func(p *schema.Project) { p.Facts = nil }),
		w.Play(t.Context(), "-- run\n-- table gold.dim_customers\ncustomer_key | town\n$a | London\n$b | Rome"),
		w.Close())
	if err != nil {
		t.Error(err)
	}
}

// TestFolder plays in the shop of the examples, whose sources are APIs.
func TestFolder(t *testing.T) {
	t.Parallel()
	anything := func(name string) (string, bool) {
		return "http://shop.test/" + name, !strings.HasPrefix(name, "LODE_WAREHOUSE") && !strings.HasSuffix(name, "_FILE") && !strings.HasSuffix(name, "_COMMAND")
	}
	files, err := project.Load("../examples/shop", standard.Connectors(), anything)
	if err != nil {
		t.Fatal(err)
	}
	lodetest.Play(t, lode.Project{Project: files.Schema, Drivers: standard.Warehouses()}, `
-- events crm.customers
customerId | lastModified | companyName | segment.refName | address.country
1          | 10           | Ada         | Small           | DE
1          | 30           | Ada Ltd     | Enterprise      | DE
-- run
-- table gold.dim_customers
customer_key | name    | segment    | country_code | valid_from | valid_to
$small       | Ada Ltd | Small      | DE           | -inf       | 30
$enterprise  | Ada Ltd | Enterprise | DE           | 30         | inf
`)
}
