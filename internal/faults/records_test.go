package faults

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
)

// absurd are lines that a source may send: each is stored in bronze and either reaches
// silver or waits in quarantine.
func absurd() []string {
	long := strings.Repeat("x", 10<<20)
	return []string{
		`{"id":"plain","name":"a","amount":"1.50"}`,
		`{"id":"nul","name":"a\u0000b","amount":"1"}`,
		"{\"id\":\"raw nul\",\"name\":\"a\x00b\",\"amount\":\"1\"}",
		"{\"id\":\"invalid utf8\",\"name\":\"a\xff\xfeb\",\"amount\":\"1\"}",
		`{"id":"half a surrogate","name":"\ud800","amount":"1"}`,
		`{"id":"ten megabytes","name":"` + long + `","amount":"1"}`,
		`{"id":"deep","name":"a","amount":"1","extra":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		`{"id":"deep objects","name":"a","amount":"1","extra":` + strings.Repeat(`{"a":`, 9_000) + "1" + strings.Repeat("}", 9_000) + `}`,
		`{"id":"never closed","name":` + strings.Repeat("[", 100_000),
		`{"id":"huge number","name":"a","amount":1e400}`,
		`{"id":"tiny number","name":"a","amount":1e-400}`,
		`{"id":"endless number","name":"a","amount":1e999999999}`,
		`{"id":"many digits","name":"a","amount":` + strings.Repeat("9", 5000) + `}`,
		`{"id":"too wide","name":"a","amount":"99999999999999.99"}`,
		`{"id":"NaN","name":"a","amount":"NaN"}`,
		`{"id":"infinite","name":"a","amount":"Infinity"}`,
		`{"id":"bare NaN","name":"a","amount":NaN}`,
		`{"id":"twice","name":"a","name":"b","amount":"1"}`,
		`{"id":"id twice","id":"id twice 2","name":"a","amount":"1"}`,
		`{"id":"sql","name":"'); DROP TABLE silver.items; --","amount":"1; DELETE FROM bronze.f_items"}`,
		`{"id":"'); DROP TABLE silver.items; --","name":"$1 ? :x {{x}} ${HOME}","amount":"1"}`,
		`{"id":"members","name":"a","amount":"1","\"; DROP TABLE x; --":"1","` + strings.Repeat("k", 300) + `":"2","A":1,"a":2,"":3,"\u0000":4}`,
		`{"id":"name is an object","name":{"a":[1,2]},"amount":{"b":2}}`,
		`{"id":"nulls","name":null,"amount":null,"at":null}`,
		`{"id":"wrong types","name":true,"amount":false,"at":17,"on":"x","count":"many","flag":"perhaps"}`,
		`{"id":"years","at":"99999-01-01T00:00:00Z","on":"0000-00-00","count":9223372036854775808}`,
		`{"id":"leap","at":"2025-02-30T25:61:61Z","on":"2025-02-29","count":-9223372036854775808}`,
		`{"id":"least","at":"-4713-01-01T00:00:00Z","on":"-0001-01-01","count":1.5}`,
		`{"id":"   ","name":" ","amount":" "}`,
		`{"id":"","name":"empty key","amount":"1"}`,
		`{"id":null,"name":"null key","amount":"1"}`,
		`{"id":{"a":1},"name":"object key","amount":"1"}`,
		`{"id":[1],"name":"list key","amount":"1"}`,
		`{"id":1e400,"name":"huge key","amount":"1"}`,
		`{"id":true,"name":"true key","amount":"1"}`,
		`{"name":"no key","amount":"1"}`,
		`{"id":"` + strings.Repeat("k", 100_000) + `","name":"long key","amount":"1"}`,
		`{}`, `[]`, `[1,2,3]`, `null`, `true`, `42`, `"text"`, `{`, `}`, `{"id":"cut off","name":"a`, `<html>`, `\`, "\x00", "\xff",
	}
}

const itemColumns = "  at: {type: timestamp}\n  on: {type: date}\n  count: {type: integer}\n  flag: {type: boolean}\n"

// TestAbsurdRecords loses none of the records and crashes over none.
func TestAbsurdRecords(t *testing.T) {
	t.Parallel()
	lines := absurd()
	files := changed("silver/items.yaml", "from:\n", itemColumns+"from:\n")
	files["silver/items.yaml"] = strings.Replace(files["silver/items.yaml"], "amount: amount", "amount: amount, at: at, on: on, count: count, flag: flag", 1)
	files["data/items.jsonl"] = strings.Join(lines, "\n") + "\n"
	for _, kind := range []string{"duckdb", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := lay(t, files)
			address := at(t, p, kind)
			e := p.lode("run", "-q", "--warehouse", address)
			if e.code != 0 && e.code != failed {
				t.Fatalf("code %d: %s", e.code, last(e.stderr))
			}
			if e.code != 0 {
				t.Errorf("the run failed: %s", last(e.stderr))
			}
			reconcile(t, address, "f_items", len(lines))
			for _, args := range [][]string{{"rebuild", "-q"}, {"replay", "-q"}, {"status"}, {"query", "-o", "json", "SELECT * FROM silver.items"}} {
				if e := p.lode(append(args, "--warehouse", address)...); e.code != 0 {
					t.Errorf("lode %s: code %d: %s", args[0], e.code, last(e.stderr))
				}
			}
			reconcile(t, address, "f_items", len(lines))
		})
	}
}

// at is the address of a new warehouse for a project.
func at(t *testing.T, p program, kind string) string {
	t.Helper()
	if kind == "postgres" {
		return pgtest.URL(t)
	}
	return "duckdb:" + filepath.Join(p.dir, "other.duckdb")
}

// reconcile wants so many events in bronze, and each of them in silver's log or in
// quarantine.
func reconcile(t *testing.T, address, bronze string, want int) {
	t.Helper()
	w := open(t, address)
	lodetest.Equal(t, w, "SELECT count(*) FROM bronze."+bronze, fmt.Sprint(want))
	lodetest.Equal(t, w, "SELECT b.seq, b.key, b.note FROM bronze."+bronze+` b
		WHERE NOT EXISTS (SELECT 1 FROM silver.items_log l WHERE l.event_seq = b.seq)
		  AND NOT EXISTS (SELECT 1 FROM lode.quarantine q WHERE q.seq = b.seq AND q.kind = 'record')`)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
