package asof_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/asof"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse/postgres"
)

// The layers of the tests, and what stands for their tables.
func relations() asof.Relations {
	return asof.Relations{
		{Schema: "gold", Table: "fact_orders"}:   {Body: "F"},
		{Schema: "gold", Table: "dim_customers"}: {Body: "D"},
		{Schema: "gold", Table: "agg_sales"}:     {Body: "A", Needs: []schema.Name{{Schema: "gold", Table: "fact_orders"}}},
		{Schema: "gold", Table: "other"}:         {Table: "pg_temp.other"},
		{Schema: "silver", Table: "orders"}:      {Refused: "it is no part of the star"},
	}
}

const (
	withFact = "WITH \"gold.fact_orders\" AS (\nF\n)"
	withDim  = "WITH \"gold.dim_customers\" AS (\nD\n)"
)

func TestRewrite(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT 1":                                                          "SELECT 1",
		"SELECT * FROM public.x":                                            "SELECT * FROM public.x",
		"SELECT * FROM gold.fact_orders":                                    withFact + "\nSELECT * FROM \"gold.fact_orders\" AS fact_orders",
		"TABLE gold.fact_orders":                                            withFact + "\nTABLE \"gold.fact_orders\"",
		"FROM gold.fact_orders SELECT a":                                    withFact + "\nFROM \"gold.fact_orders\" AS fact_orders SELECT a",
		"select f.a from Gold.FACT_orders f where x":                        withFact + "\nselect f.a from \"gold.fact_orders\" f where x",
		`SELECT * FROM "gold"."fact_orders" AS f`:                           withFact + "\nSELECT * FROM \"gold.fact_orders\" AS f",
		"SELECT * FROM shop.gold.fact_orders f":                             withFact + "\nSELECT * FROM \"gold.fact_orders\" f",
		"SELECT gold.fact_orders.a, fact_orders.b FROM gold.fact_orders":    withFact + "\nSELECT fact_orders.a, fact_orders.b FROM \"gold.fact_orders\" AS fact_orders",
		"SELECT * FROM gold.fact_orders -- f\nWHERE a = 'gold.fact_orders'": withFact + "\nSELECT * FROM \"gold.fact_orders\" AS fact_orders -- f\nWHERE a = 'gold.fact_orders'",
		"SELECT $$gold.fact_orders$$, $a$ gold.other $a$, E'\\'gold.other', 'it''s gold.other' /* gold.other /* x */ gold.other */": "SELECT $$gold.fact_orders$$, $a$ gold.other $a$, E'\\'gold.other', 'it''s gold.other' /* gold.other /* x */ gold.other */",
		"SELECT * FROM gold.other o, (SELECT 1) y WHERE x = $1":                                                                     "SELECT * FROM pg_temp.other o, (SELECT 1) y WHERE x = $1",
		"SELECT gold.f(1), t.gold, gold":                                                   "SELECT gold.f(1), t.gold, gold",
		"WITH x AS (SELECT * FROM gold.dim_customers) SELECT * FROM x":                     "WITH \"gold.dim_customers\" AS (\nD\n),\n x AS (SELECT * FROM \"gold.dim_customers\" AS dim_customers) SELECT * FROM x",
		"-- why\nWITH RECURSIVE x AS (SELECT * FROM gold.dim_customers d) SELECT * FROM x": "-- why\nWITH RECURSIVE \"gold.dim_customers\" AS (\nD\n),\n x AS (SELECT * FROM \"gold.dim_customers\" d) SELECT * FROM x",
		"(SELECT * FROM gold.dim_customers c) UNION SELECT 1":                              withDim + "\n(SELECT * FROM \"gold.dim_customers\" c) UNION SELECT 1",
		"SELECT * FROM gold.agg_sales CROSS JOIN gold.agg_sales AS b":                      "WITH \"gold.fact_orders\" AS (\nF\n),\n\"gold.agg_sales\" AS (\nA\n)\nSELECT * FROM \"gold.agg_sales\" AS agg_sales CROSS JOIN \"gold.agg_sales\" AS b",
	} {
		got, err := asof.Rewrite(postgres.Dialect{}, sql, []string{"gold", "silver"}, relations())
		if err != nil || got != want {
			t.Errorf("%s\n got %s, %v\nwant %s", sql, got, err, want)
		}
	}
}

func TestRewriteRefuses(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT * FROM gold.dim_customer": "gold.dim_customer is no table that can be asked as of another time; the star has gold.agg_sales, gold.dim_customers, gold.fact_orders, gold.other",
		"SELECT * FROM silver.orders":     "silver.orders cannot be asked as of another time: it is no part of the star",
	} {
		if _, err := asof.Rewrite(postgres.Dialect{}, sql, []string{"gold", "silver"}, relations()); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", sql, err, want)
		}
	}
}

// What names no table of a layer stays as it is, byte for byte, whatever it is.
func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{"SELECT 'a''b', \"c\"\"d\", $x$ e $x$, E'\\'' -- f\n/* g /* h */", "WITH x AS (SELECT 1) SELECT 1e5, $1, a.b.c", "$", "'", "/*", "\"", "é€"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		got, err := asof.Rewrite(postgres.Dialect{}, sql, []string{"\x00"}, asof.Relations{})
		if err != nil || got != sql {
			t.Errorf("%q became %q, %v", sql, got, err)
		}
		// A table named behind it is found whatever stands before, unless that is not closed.
		closed := sql + "'\"*/$$\n"
		if _, err := asof.Rewrite(postgres.Dialect{}, closed, []string{"gold"}, relations()); err != nil && !strings.Contains(strings.ToLower(sql), "gold") {
			t.Errorf("%q: %v", closed, err)
		}
	})
}
