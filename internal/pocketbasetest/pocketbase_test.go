// Package pocketbasetest runs the PocketBase example against a real server, changes and
// deletes records through its API between runs, and holds silver and gold against the
// server's own records.
package pocketbasetest

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/pbtest"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/standard"
)

func TestPocketBase(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"duckdb", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := "duckdb:" + filepath.Join(t.TempDir(), "pocketbase.duckdb")
			if name == "postgres" {
				address = pgtest.URL(t)
			}
			pb := pbtest.Start(t)
			l := open(t, pb, address)
			// The server's Date tells whole seconds, and a record that is newer than it does
			// not move the mark: let the second of the seeding pass.
			time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(1100 * time.Millisecond)))
			run(t, l)
			compare(t, l, pb)

			const moved, gone = "c00000000000005", "c00000000000006"
			before := pb.Record("customers", moved)["segment"]
			pb.Update("customers", moved, map[string]any{"segment": "Mid-Market", "credit": 1234.5, "email": "New@Example.com"})
			pb.Delete("customers", gone) // its orders stay, and name no customer any more
			pb.Delete("orders", "o00000000000007")
			pb.Update("orders", "o00000000000008", map[string]any{"total": 99.99, "status": "delivered"})
			made := pb.Create("customers", map[string]any{"name": "Newcomer", "segment": "SMB", "country": "DE", "credit": 10, "active": true})
			order := pb.Create("orders", map[string]any{"customer": made, "status": "placed", "total": 17.25, "ordered_at": "2025-06-01 12:00:00.000Z"})
			run(t, l)
			compare(t, l, pb)
			lodetest.Equal(t, l, "SELECT is_deleted FROM silver.customers WHERE source_id = '"+gone+"'", "true")
			lodetest.Equal(t, l, "SELECT segment FROM gold.dim_customers WHERE source_id = '"+moved+"' ORDER BY valid_from", fmt.Sprint(before), "Mid-Market")
			lodetest.Equal(t, l, "SELECT c.name FROM gold.fact_orders f JOIN gold.dim_customers c ON c.customer_key = f.customer_key WHERE f.source_id = '"+order+"'", "Newcomer")
			lodetest.Equal(t, l, "SELECT DISTINCT l.stream FROM lode.loads l JOIN lode.requests r ON r.load_id = l.load_id WHERE l.mode = 'incremental' AND r.origin LIKE '%filter=updated%' ORDER BY 1",
				"pocketbase.customers", "pocketbase.orders")

			pb.Update("customers", made, map[string]any{"name": "Renamed"})
			run(t, l)
			compare(t, l, pb)
		})
	}
}

func open(t *testing.T, pb *pbtest.Server, address string) *lode.Lode {
	t.Helper()
	env := map[string]string{"LODE_WAREHOUSE": address}
	for _, line := range pb.Env() {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	dir := filepath.Join("..", "..", "examples", "pocketbase", "project")
	p, err := project.Load(dir, standard.Connectors(), func(name string) (string, bool) { v, ok := env[name]; return v, ok })
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

func run(t *testing.T, l *lode.Lode) {
	t.Helper()
	report, err := l.Run(t.Context(), lode.Options{}, nil)
	if err := errors.Join(err, report.Err()); err != nil {
		t.Fatal(err)
	}
	lodetest.Equal(t, l, "SELECT reason, value FROM lode.quarantine")
}

// compare holds the warehouse against what PocketBase itself says at this moment.
func compare(t *testing.T, l *lode.Lode, pb *pbtest.Server) {
	t.Helper()
	var customers, orders, facts []string
	for _, r := range pb.Records("customers") {
		customers = append(customers, fmt.Sprintf("%s | %s | %s | %s | %s | %.2f | %t", r["id"], r["name"],
			null(strings.ToLower(r["email"].(string))), r["segment"], r["country"], r["credit"], r["active"]))
	}
	for _, r := range pb.Records("orders") {
		at, err := time.Parse("2006-01-02 15:04:05.000Z", r["ordered_at"].(string))
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, fmt.Sprintf("%s | %s | %s | %s | %.2f", r["id"], null(r["customer"].(string)), r["status"], at.Format(time.RFC3339), r["total"]))
		facts = append(facts, fmt.Sprintf("%s | %s | %s | %.2f | %s", r["id"], null(r["customer"].(string)), r["status"], r["total"], at.Format(time.DateOnly)))
	}
	equal(t, l, "SELECT source_id, name, email, segment, country_code, credit_amount, is_active FROM silver.customers WHERE NOT is_deleted", customers)
	equal(t, l, "SELECT source_id, customer_id, status, ordered_at, total_amount FROM silver.orders WHERE NOT is_deleted", orders)
	equal(t, l, `SELECT f.source_id, c.source_id, f.status, f.total_amount, d.date FROM gold.fact_orders f
		JOIN gold.dim_customers c ON c.customer_key = f.customer_key JOIN gold.dim_dates d ON d.date_key = f.ordered_on_key`, facts)
	var current []string
	for _, row := range customers { // credit is no attribute of the dimension
		p := strings.Split(row, " | ")
		current = append(current, strings.Join(append(p[:5:5], p[6]), " | "))
	}
	equal(t, l, "SELECT source_id, name, email, segment, country_code, is_active FROM gold.dim_customers WHERE is_current AND NOT is_deleted AND NOT is_inferred AND source_id IS NOT NULL", current)
}

// null is how a text that is not there shows.
func null(text string) string {
	if text == "" {
		return "NULL"
	}
	return text
}

func equal(t *testing.T, l *lode.Lode, sql string, want []string) {
	t.Helper()
	got := lodetest.Rows(t, l, sql)
	slices.Sort(got)
	slices.Sort(want)
	var missing, extra []string
	for _, w := range want {
		if _, found := slices.BinarySearch(got, w); !found {
			missing = append(missing, w)
		}
	}
	for _, g := range got {
		if _, found := slices.BinarySearch(want, g); !found {
			extra = append(extra, g)
		}
	}
	if len(missing)+len(extra) > 0 || len(got) != len(want) {
		t.Errorf("%s\n%d rows, want %d\nmissing: %q\nextra:   %q", sql, len(got), len(want), missing[:min(len(missing), 3)], extra[:min(len(extra), 3)])
	}
}
