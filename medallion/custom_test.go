package medallion_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/medallion"
)

// A number that no database's JSON can hold must not stop the table: it is kept as text.
func TestImmenseNumbersAreKeptAsText(t *testing.T) {
	numbers := map[string]string{
		"1": strings.Repeat("9", 140_000), "2": "0." + strings.Repeat("0", 20_000) + "1", "3": "1e200000", "4": strings.Repeat("9", 130_000) + "e9999",
		"5": `[1, {"deep": -` + strings.Repeat("1", 140_000) + `}]`,
	}
	each(t, func(b *bench) {
		for id, n := range numbers {
			b.items.Send(`{"id":"` + id + `","name":"n","extra":` + n + `}`)
		}
		b.items.Send(`{"id":"9","name":"n","extra":12345678901234567890.5}`)
		result := b.run(medallion.Mode{})["silver.items"]
		if result.RowsIn != 6 || result.Quarantined != 0 {
			b.t.Errorf("the result is %+v", result)
		}
		b.equal("SELECT count(*) FROM silver.items WHERE custom_fields IS NOT NULL", "6")
	})
}
