package medallion_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
)

// However much of the input is bad, all of it is noted, once, in transactions of a
// bounded size, and a rebuild and a replay note the same.
func TestMuchBadInput(t *testing.T) {
	const many = 25_000
	each(t, func(b *bench) {
		bad := make([]string, many)
		for i := range bad {
			bad[i] = fmt.Sprintf(`{"id":"%d","name":"n","price":"dear","colour":"red"}`, i)
		}
		b.items.Send(bad...)
		noted := func() {
			b.t.Helper()
			b.equal("SELECT count(*), count(DISTINCT seq), count(DISTINCT record_key) FROM lode.quarantine", "25000 | 25000 | 25000")
			b.equal("SELECT name, count FROM lode.custom_fields", "colour | 25000")
			b.equal("SELECT count(*), count(price) FROM silver.items", "25000 | 0")
			b.equal("SELECT position FROM lode.positions WHERE step = 'silver.items'", "25000")
		}
		if r := b.run(medallion.Mode{})["silver.items"]; r.RowsIn != many || r.Inserted != many || r.Quarantined != 0 {
			b.t.Errorf("the result is %+v", r)
		}
		noted()
		for _, mode := range []medallion.Mode{{Rebuild: true}, {Replay: true}, {}} {
			b.run(mode, "silver.items")
			noted()
		}
	})
}

// A broken rule keeps the record out, warns, or stops the step before it has written.
func TestRules(t *testing.T) {
	each(t, func(b *bench) {
		p := b.project()
		rule := &schema.Rule{Name: "it has a price", Check: "price > 0"}
		p.Entities[0].Rules = []schema.Rule{*rule, {Name: "it is not dear", Check: "price < 1000", Otherwise: "warn"}}
		b.define(p)
		b.items.Send(item(1, "a", "-1"), item(2, "b", "1000"), item(3, "c", "5"), `{"id":"4","name":"d"}`)
		if r := b.run(medallion.Mode{})["silver.items"]; r.Quarantined != 1 || r.RowsIn != 4 {
			b.t.Errorf("the result is %+v", r)
		}
		b.equal("SELECT source_id FROM silver.items ORDER BY 1", "2", "3", "4") // a rule about NULL holds
		b.equal("SELECT kind, record_key, reason FROM lode.quarantine ORDER BY seq", `record | ["1"] | rule broken: it has a price`, `warning | ["2"] | rule broken: it is not dear`)
		p.Entities[0].Rules[0].Otherwise = "fail"
		b.define(p)
		b.prepare()
		err := b.try("silver.items", medallion.Mode{})
		if err == nil || !strings.Contains(err.Error(), `rule broken: it has a price (price > 0), by record ["1"] of s.items`) {
			b.t.Errorf("the error is %v", err)
		}
		b.equal("SELECT source_id FROM silver.items ORDER BY 1", "2", "3", "4")
		b.equal("SELECT count(*) FROM lode.quarantine", "2")
	})
}

// A key that comes twice in the first load is found also when a chunk lies between.
func TestFirstLoadKnowsItsOwnKeys(t *testing.T) {
	each(t, func(b *bench) {
		var records []string
		for i := range 45_000 {
			records = append(records, fmt.Sprintf(`{"id":"%d","name":"n"}`, i%30_000))
		}
		for from := 0; from < len(records); from += 5000 {
			b.items.Send(records[from : from+5000]...)
		}
		b.items.Send(`{"id":"7","name":"other"}`, `{"id":"7","name":"n"}`)
		r := b.run(medallion.Mode{}, "bronze.s_items")["bronze.s_items"]
		if r.RowsIn != 45_002 || r.Inserted != 30_002 || r.Unchanged != 15_000 {
			b.t.Errorf("the load did %+v", r)
		}
		b.equal("SELECT count(*), count(DISTINCT key), max(seq) FROM bronze.s_items", "30002 | 30000 | 30002")
		b.equal(`SELECT repeats FROM bronze.s_items WHERE key = '["7"]' ORDER BY seq`, "NULL", "NULL", "8")
	})
}

// A step that fails leaves its position where it was, and goes on from there.
func TestAStepThatFailsIsWhereItWas(t *testing.T) {
	each(t, func(b *bench) {
		b.items.Send(item(1, "a", "1"))
		b.run(medallion.Mode{})
		b.items.Send(item(2, "b", "2"))
		b.run(medallion.Mode{}, "bronze.s_items")
		b.execute("ALTER TABLE silver.items RENAME TO moved")
		if err := b.try("silver.items", medallion.Mode{}); err == nil || errors.Unwrap(err) == nil || !strings.Contains(err.Error(), "silver.items") {
			b.t.Errorf("without its table the step ended with %v", err)
		}
		b.execute("ALTER TABLE silver.moved RENAME TO items")
		b.plans(medallion.Mode{}, "silver.items", "1 new events")
		b.run(medallion.Mode{})
		b.equal("SELECT source_id FROM silver.items ORDER BY 1", "1", "2")
		b.equal("SELECT count(*) FROM silver.items_log", "2")
	})
}
