package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// BenchmarkPayload measures the three ways to keep a payload of 400 bytes; the figures are in
// the decision on payloads in docs/adr.
func BenchmarkPayload(b *testing.B) {
	const rows = 100_000
	for _, kind := range []string{"text", "json", "jsonb"} {
		w := dbtest.Postgres(b)
		table := schema.Name{Schema: "public", Table: "payload"}
		exec := func(sql string) {
			tx, err := w.Begin(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tx.Exec(b.Context(), sql); err != nil {
				b.Fatal(err)
			}
			if err := tx.Commit(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		exec("CREATE SCHEMA IF NOT EXISTS public")
		exec("CREATE TABLE public.payload (seq bigint, payload " + kind + ")")
		b.Run("copy/"+kind, func(b *testing.B) {
			for b.Loop() {
				tx, err := w.Begin(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := tx.Load(b.Context(), table, payloads(rows)); err != nil {
					b.Fatal(err)
				}
				if err := tx.Commit(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run("read/"+kind, func(b *testing.B) {
			for b.Loop() {
				for _, err := range w.Query(b.Context(), "SELECT seq, payload FROM public.payload LIMIT 100000") {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// payloads is a stream of rows of about 400 bytes of JSON.
func payloads(rows int) record.Batches {
	b := record.NewBatch([]record.Column{{Name: "seq", Type: record.Of(record.Int)}, {Name: "payload", Type: record.Of(record.JSON)}})
	for i := range 4000 {
		b.Append(record.IntValue(int64(i)), record.JSONValue(fmt.Sprintf(`{"customerId":"C-%06d","companyName":"Company number %d","emailAddress":"person%d@example.org",`+
			`"status":"active","isVip":"F","creditAmount":"%d.50","currency":{"id":"%d","refName":"EUR"},"lastModified":"2026-03-01T12:%02d:00Z",`+
			`"address":{"line1":"Main Street %d","city":"Springfield","zip":"%05d","country":"US"},"phone":"+1 555 %07d","tags":["a","b"],"custom_note":"%s"}`,
			i, i, i, i*10, i%7, i%60, i, i, i, strings.Repeat("x", 40))))
	}
	return func(yield func(*record.Batch, error) bool) {
		for range rows / b.Len() {
			if !yield(b, nil) {
				return
			}
		}
	}
}
