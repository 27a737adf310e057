// Package shop_test runs the shop as a user does and holds the star against the shop's
// own books.
package shop_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/examples/shop/server"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/standard"
)

const days = 4

// TestShop goes through some days with every fault switched on, and compares the star
// with the truth after each.
func TestShop(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"duckdb", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := "duckdb:" + filepath.Join(t.TempDir(), "shop.duckdb")
			if name == "postgres" {
				address = pgtest.URL(t)
			}
			shop, err := server.New(server.Config{Customers: 1000, Orders: 4000, Faults: true})
			if err != nil {
				t.Fatal(err)
			}
			web := httptest.NewServer(shop)
			t.Cleanup(web.Close)
			l := open(t, web.URL, shop, address)
			for day := 1; day <= days; day++ {
				if err := shop.SetDay(day); err != nil {
					t.Fatal(err)
				}
				report, err := l.Run(t.Context(), lode.Options{}, nil)
				if err := errors.Join(err, report.Err()); err != nil {
					t.Fatalf("day %d: %v", day, err)
				}
				truth, err := shop.Truth(day)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, l, truth)
			}
		})
	}
}

func open(t *testing.T, base string, shop *server.Server, address string) *lode.Lode {
	t.Helper()
	env := map[string]string{"LODE_WAREHOUSE": address}
	for _, line := range shop.Env(base) {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	p, err := project.Load(".", standard.Connectors(), func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	l, err := lode.Open(t.Context(), lode.Project{Project: p.Schema, Warehouse: address, Dir: p.Dir, Drivers: standard.Warehouses()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

// compare holds the star against the books.
func compare(t *testing.T, l *lode.Lode, truth server.Truth) {
	t.Helper()
	one := func(what, sql string, want int) {
		t.Helper()
		if got := lodetest.Rows(t, l, sql); len(got) != 1 || got[0] != fmt.Sprint(want) {
			t.Errorf("day %d: %s: got %v, want %d", truth.Day, what, got, want)
		}
	}
	one("customers", "SELECT count(*) FROM silver.customers WHERE NOT is_deleted", truth.Customers)
	one("products", "SELECT count(*) FROM silver.products WHERE NOT is_deleted", truth.Products)
	one("orders", "SELECT count(*) FROM silver.orders WHERE NOT is_deleted", truth.Orders)
	one("facts", "SELECT count(*) FROM gold.fact_orders", truth.Lines)
	one("inferred customers", "SELECT count(*) FROM gold.dim_customers WHERE is_inferred", truth.Unlisted)
	one("facts without a customer, product or date", `SELECT count(*) FROM gold.fact_orders f
		LEFT JOIN gold.dim_customers c ON c.customer_key = f.customer_key LEFT JOIN gold.dim_products p ON p.product_key = f.product_key
		LEFT JOIN gold.dim_dates d ON d.date_key = f.ordered_on_key WHERE c.customer_key IS NULL OR p.product_key IS NULL OR d.date_key IS NULL`, 0)
	open := map[string]bool{}
	for _, b := range truth.Open() {
		id, _, _ := strings.Cut(b.ID, "/")
		open[b.Entity+" | "+b.Stream+" | [\""+id+"\"]"] = true
	}
	lodetest.Equal(t, l, `SELECT DISTINCT entity, stream, record_key FROM lode.quarantine WHERE kind = 'record' AND NOT superseded ORDER BY 1, 2, 3`, slices.Sorted(maps.Keys(open))...)
	revenue(t, l, truth)
	story(t, l, truth)
}

func revenue(t *testing.T, l *lode.Lode, truth server.Truth) {
	t.Helper()
	var want []string
	for _, r := range truth.Revenue {
		segment := r.Segment
		if segment == "" {
			segment = "NULL"
		}
		want = append(want, fmt.Sprintf("%s | %s | %s | %d | %d", r.Month, segment, r.Amount, r.Orders, r.Lines))
	}
	// The unknown member stands for a customer whose key was NULL.
	const columns = "CAST(month_start_date AS varchar), CASE WHEN segment = 'Unknown' THEN NULL ELSE segment END AS segment, %s FROM gold."
	for _, sql := range []string{
		"SELECT " + fmt.Sprintf(columns, "sum(revenue_amount), CAST(sum(order_count) AS bigint), CAST(sum(line_count) AS bigint)") + "agg_monthly_revenue GROUP BY 1, 2",
		"SELECT CAST(month_start_date AS varchar), CASE WHEN segment = 'Unknown' THEN NULL ELSE segment END AS segment, sum(line_amount), count(DISTINCT order_id), count(*)" +
			" FROM gold.fact_orders f JOIN gold.dim_customers c ON c.customer_key = f.customer_key JOIN gold.dim_dates d ON d.date_key = f.ordered_on_key GROUP BY 1, 2",
	} {
		got := lodetest.Rows(t, l, sql)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("day %d: revenue differs\n got: %s\nwant: %s", truth.Day, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
		}
	}
}

// story holds the versions of one customer, and the segment each of its orders counts for.
func story(t *testing.T, l *lode.Lode, truth server.Truth) {
	t.Helper()
	var versions, orders []string
	for i, v := range truth.Story.Versions {
		from := v.From.UTC().Format("2006-01-02T15:04:05.999999Z")
		if i == 0 {
			from = "1900-01-01T00:00:00Z"
		}
		versions = append(versions, v.Segment+" | "+v.Country+" | "+from)
	}
	for _, o := range truth.Story.Orders {
		orders = append(orders, o.ID+" | "+o.Segment+" | "+o.Amount)
	}
	slices.Sort(orders)
	id := truth.Story.Customer
	lodetest.Equal(t, l, "SELECT segment, country_code, valid_from FROM gold.dim_customers WHERE source_id = '"+id+"' ORDER BY valid_from", versions...)
	lodetest.Equal(t, l, "SELECT f.order_id, c.segment, sum(f.line_amount) FROM gold.fact_orders f JOIN gold.dim_customers c ON c.customer_key = f.customer_key"+
		" WHERE c.source_id = '"+id+"' GROUP BY 1, 2 ORDER BY 1", orders...)
}
