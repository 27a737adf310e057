package cases

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// PostgreSQL keeps 63 bytes of a name: what a step derives from two long ones must not
// become one.
func TestLongNamesThatBeginAlike(t *testing.T) {
	for _, scd := range []string{"0", "1", "2", "3"} {
		t.Run(scd, func(t *testing.T) {
			long := strings.Repeat("x", 62)
			if scd == "3" {
				long = long[:52] // the column of the value before has a longer name
			}
			names := []string{long + "1", long + "2"}
			each(t, func(p *lode.Project) {
				for _, name := range names {
					p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: name, Type: "text"})
					p.Entities[0].From[0].Fields = append(p.Entities[0].From[0].Fields, schema.FieldMapping{Name: name, From: name})
					p.Dimensions[0].Columns = append(p.Dimensions[0].Columns, schema.DimColumn{Name: name, SCD: scd})
				}
			}, func(w *world) {
				for i, v := range []string{"A", "B", "B"} {
					w.items.Send(fmt.Sprintf(`{"id":"1","a":"a","b":"b","n":"1","at":%s,%q:%q,%q:%q}`, lodetest.At(10+i), names[0], v, names[1], v+v))
					w.run(lode.Options{})
					w.holds()
				}
				last := map[string]string{"0": "A | AA", "1": "B | BB", "2": "B | BB", "3": "B | BB"}[scd]
				w.equal(fmt.Sprintf("SELECT %s, %s FROM gold.dim_items WHERE is_current AND item_key > 0", names[0], names[1]), last)
				w.rebuilt(nil)
			})
		})
	}
}

// Keys whose only event comes in order, keys with several, late ones, new and deleted ones
// take different ways through one step, and share its surrogate keys.
func TestAllWaysInOneLoad(t *testing.T) {
	// A record that does not send every column lets all keys take the long way.
	item := func(id, a string, at int) string {
		return fmt.Sprintf(`{"id":%q,"a":%q,"b":"b","n":"1","at":%s}`, id, a, lodetest.At(at))
	}
	each(t, nil, func(w *world) {
		for _, id := range []string{"1", "2", "3", "4", "5"} {
			w.items.Send(item(id, "A", 10), item(id, "B", 30))
			w.sales.Send(sale("s"+id, id, 20, "1"), sale("t"+id, id, 50, "1"))
		}
		w.run(lode.Options{})
		w.items.Send(
			item("1", "C", 40),
			item("2", "C", 40), item("2", "D", 45),
			item("3", "C", 15),
			item("4", "B", 40),
			item("6", "A", 40),
		)
		w.items.Delete(fmt.Sprintf(`{"id":"5","at":%s}`, lodetest.At(40)))
		w.run(lode.Options{})
		w.equal("SELECT source_id, version, a, item_key <= 10 FROM gold.dim_items WHERE item_key > 0 ORDER BY 1, 2",
			"1 | 1 | A | true", "1 | 2 | B | true", "1 | 3 | C | false",
			"2 | 1 | A | true", "2 | 2 | B | true", "2 | 3 | C | false", "2 | 4 | D | false",
			"3 | 1 | A | true", "3 | 2 | C | false", "3 | 3 | B | true",
			"4 | 1 | A | true", "4 | 2 | B | true",
			"5 | 1 | A | true", "5 | 2 | B | true",
			"6 | 1 | A | false")
		// The late key has left a hole.
		w.equal("SELECT count(*), count(DISTINCT item_key), max(item_key) FROM gold.dim_items WHERE item_key > 0", "15 | 15 | 16")
		w.equal("SELECT source_id FROM gold.dim_items WHERE is_current AND item_key > 0 ORDER BY 1", "1", "2", "3", "4", "6")
		w.holds()
		w.rebuilt(nil)
	})
}
