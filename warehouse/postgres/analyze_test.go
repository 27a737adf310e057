package postgres_test

import (
	"testing"

	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/postgres"
)

// A temporary table gets statistics, by whatever name, and the next table is looked at as
// the session says.
func TestAnalyzeOfATemporaryTable(t *testing.T) {
	t.Parallel()
	w, err := postgres.Driver{}.Open(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	const name = `it's $$ "quoted"`
	d := w.Dialect()
	for _, sql := range []string{
		"SET LOCAL default_statistics_target = 70",
		"CREATE TEMPORARY TABLE " + d.Quote(name) + " AS SELECT n, n AS more FROM generate_series(1, 20000) AS t(n)",
		d.Analyze(schema.Name{Table: name}, "n"),
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]string{
		"SELECT current_setting('default_statistics_target')":                                               "70",
		"SELECT string_agg(attname || ' ' || n_distinct, ', ') FROM pg_stats WHERE tablename LIKE 'it''s%'": "n -1",
		"SELECT reltuples::bigint::text FROM pg_class WHERE relname LIKE 'it''s%'":                          "20000",
	} {
		if got := text(t, tx, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func text(t *testing.T, tx warehouse.Tx, query string) (out string) {
	t.Helper()
	for b, err := range tx.Query(t.Context(), query) {
		if err != nil {
			t.Fatal(err)
		}
		out = b.Row(0)[0].Text()
	}
	return out
}
