package star

import (
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Bands makes the rows of a dimension of bands. Held are the surrogate keys of the labels
// that are there; new ones are numbered behind last.
func Bands(m *schema.DimensionModel, held map[string]int64, last int64) *record.Batch {
	b := record.NewBatch(m.Table.Columns())
	from := record.Null
	for i, band := range m.Bands {
		key, known := held[band.Label]
		if !known {
			last++
			key = last
		}
		to := record.Null
		if band.To != "" {
			to = record.DecimalValue(band.To)
		}
		b.Append(record.IntValue(key), record.TextValue(band.Label), number(i+1), from, to)
		from = to
	}
	return b
}

// inBand is the condition that a number lies in the band of a row.
func inBand(d warehouse.Dialect, alias string, m *schema.DimensionModel, x string) string {
	low, high := sqltext.Column(d, alias, schema.LowerBound), sqltext.Column(d, alias, schema.UpperBound)
	return fmt.Sprintf("(%s IS NULL OR %s <= %s) AND (%s IS NULL OR %s < %s) AND %s > 0",
		low, low, x, high, x, high, sqltext.Column(d, alias, m.SurrogateKey))
}
