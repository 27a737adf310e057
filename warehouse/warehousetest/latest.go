package warehousetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lodehq/lode/warehouse"
)

func latest() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"the latest row is the one at or before a time": testLatest,
		"each number from one to another is there once": testEachNumber,
	}
}

// testLatest joins facts with rates of days and of instants: at, before and after a row,
// without a time, without a key and without any row.
func testLatest(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	commit(t, w, d.CreateSchema("gold"),
		"CREATE TABLE gold.f (id integer, k text, happened_at timestamp)", "CREATE TABLE gold.r (k text, day date, rate integer)",
		"INSERT INTO gold.f VALUES (1, 'a', TIMESTAMP '2025-01-02 00:00:00'), (2, 'a', TIMESTAMP '2025-01-01 23:59:59'), (3, 'a', TIMESTAMP '2024-12-31 00:00:00'),"+
			" (4, 'a', TIMESTAMP '2026-01-01 00:00:00'), (5, 'b', TIMESTAMP '2025-01-02 00:00:00'), (6, NULL, TIMESTAMP '2025-01-02 00:00:00'), (7, 'a', NULL)",
		"INSERT INTO gold.r VALUES ('a', DATE '2025-01-01', 10), ('a', DATE '2025-01-02', 20), ('c', DATE '2025-01-01', 30), (NULL, DATE '2025-01-01', 40)")
	join := d.LatestJoin(warehouse.Latest{
		From: "(SELECT * FROM gold.r WHERE rate < 100)", Alias: "r", Keys: [][2]string{{"k", "f.k"}}, At: "day", Time: "f.happened_at",
	})
	var got []string
	for _, row := range rows(t, w, "SELECT f.id, r.rate FROM gold.f f "+join+" ORDER BY f.id") {
		got = append(got, fmt.Sprint(row))
	}
	want := []string{"[1 20]", "[2 10]", "[3 NULL]", "[4 20]", "[5 NULL]", "[6 NULL]", "[7 NULL]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func testEachNumber(t *testing.T, w warehouse.Warehouse) {
	var got []string
	for _, row := range rows(t, w, "SELECT x.k, g.n FROM (VALUES (1, 3, 5), (2, 4, 4), (3, 5, 4), (4, -1, 0)) AS x(k, a, b) CROSS JOIN "+
		w.Dialect().EachNumber("x.a", "x.b", "g")+" ORDER BY 1, 2") {
		got = append(got, fmt.Sprint(row))
	}
	want := []string{"[1 3]", "[1 4]", "[1 5]", "[2 4]", "[4 -1]", "[4 0]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
