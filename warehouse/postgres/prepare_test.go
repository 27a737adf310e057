package postgres_test

import (
	"testing"

	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/postgres"
)

// A statement that is prepared on a connection is prepared anew when its table has changed.
func TestSelectAfterAChangeOfItsTable(t *testing.T) {
	t.Parallel()
	w, err := postgres.Driver{}.Open(t.Context(), pgtest.URL(t)+"?pool_max_conns=3")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	change := func(sql string) {
		tx, err := w.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer rollback(t, tx)
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	read := func() string {
		text := ""
		for b, err := range w.(warehouse.Selector).Select(t.Context(), "SELECT * FROM things WHERE n = $1", record.IntValue(7)) {
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range b.Row(0) {
				text += v.String() + " "
			}
		}
		return text
	}
	change("CREATE TABLE things AS SELECT 7::bigint AS n")
	for range 4 {
		if got := read(); got != "7 " {
			t.Fatalf("read %q", got)
		}
	}
	change("ALTER TABLE things ADD COLUMN name text DEFAULT 'x'")
	for range 4 {
		if got := read(); got != "7 x " {
			t.Fatalf("after the change: read %q", got)
		}
	}
}
