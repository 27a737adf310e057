package warehousetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// wide is the table of the benchmarks: 13 typed columns, as a silver table has them.
var wide = schema.Table{
	Name: schema.Name{Schema: "silver", Table: "wide"},
	Fields: []schema.Field{
		{Name: "id", Type: record.Of(record.Int)},
		{Name: "source_system", Type: record.Of(record.Text)},
		{Name: "source_id", Type: record.Of(record.Text)},
		{Name: "name", Type: record.Of(record.Text)},
		{Name: "email", Type: record.Of(record.Text)},
		{Name: "quantity", Type: record.Of(record.Int)},
		{Name: "amount", Type: record.DecimalOf(18, 2)},
		{Name: "rate", Type: record.Of(record.Float)},
		{Name: "is_active", Type: record.Of(record.Bool)},
		{Name: "born_on", Type: record.Of(record.Date)},
		{Name: "created_at", Type: record.Of(record.Timestamp)},
		{Name: "updated_at", Type: record.Of(record.Timestamp)},
		{Name: "row_id", Type: record.Of(record.UUID)},
	},
}

// benchRows is the number of rows a benchmark moves at a time.
const benchRows = 200_000

// wideBatches is a stream of benchRows rows of wide in batches of 4096.
func wideBatches() record.Batches {
	b := record.NewBatch(wide.Columns())
	for i := range int64(4096) {
		b.Append(record.IntValue(i), record.TextValue("crm"), record.TextValue(fmt.Sprint("C-", 100_000+i)),
			record.TextValue(fmt.Sprint("Company number ", i)), record.TextValue(fmt.Sprint("person", i, "@example.org")),
			record.IntValue(i*7), record.DecimalValue(fmt.Sprintf("%d.%02d", i*13, i%100)), record.FloatValue(float64(i)/7),
			record.BoolValue(i%2 == 0), record.DateValue(i), record.TimestampValue(i*1e9), record.TimestampValue(i*1e9+123456),
			record.UUIDValue(fmt.Sprintf("01234567-89ab-4cde-8f01-%012x", i)))
	}
	return func(yield func(*record.Batch, error) bool) {
		for range benchRows / b.Len() {
			if !yield(b, nil) {
				return
			}
		}
		rest := record.NewBatch(wide.Columns())
		for i := range benchRows % b.Len() {
			rest.Append(b.Row(i)...)
		}
		yield(rest, nil)
	}
}

// Benchmark measures loading and reading 13 typed columns, in rows a second.
func Benchmark(b *testing.B, open Open) {
	b.Run("load", func(b *testing.B) { benchLoad(b, open(b)) })
	b.Run("query", func(b *testing.B) { benchQuery(b, open(b)) })
}

func benchLoad(b *testing.B, w warehouse.Warehouse) {
	create(b, w, wide)
	batches := wideBatches()
	b.ReportAllocs()
	for b.Loop() {
		load(b, w, wide.Name, batches)
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchQuery(b *testing.B, w warehouse.Warehouse) {
	create(b, w, wide)
	load(b, w, wide.Name, wideBatches())
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for batch, err := range w.Query(context.Background(), "SELECT * FROM "+w.Dialect().Table(wide.Name)) {
			if err != nil {
				b.Fatal(err)
			}
			n += batch.Len()
		}
		if n != benchRows {
			b.Fatalf("read %d rows, want %d", n, benchRows)
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
