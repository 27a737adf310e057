package cases

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// TestFactsOfManyVersions: members with many versions are sought one by one, and give the
// facts the same keys as a join would: in force, in a gap, after a delete, before the first.
func TestFactsOfManyVersions(t *testing.T) {
	declare := func(p *lode.Project) {
		p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_sensors", From: "sensors", FirstVersion: "event", Columns: []schema.DimColumn{{Name: "setting", SCD: "2"}}})
		p.Facts = []schema.Fact{{
			Name: "fact_readings", Grain: "one row per reading", From: "readings", EventAt: "read_at", Late: "unknown",
			Dimensions: []schema.Role{{Name: "sensor", Dimension: "dim_sensors", Key: []string{"sensor_id"}}},
		}}
	}
	entities := []string{"sensors@: id | setting integer", "readings: id | sensor_id text, read_at timestamp"}
	const settings = "SELECT f.source_id, f.sensor_key > 0, d.setting FROM gold.fact_readings f JOIN gold.dim_sensors d ON d.sensor_key = f.sensor_key ORDER BY 1"
	eachShop(t, entities, declare, func(s *shop) {
		const sensors, versions = 20, 100
		minute := func(n int) string { return fmt.Sprintf("2025-01-01T%02d:%02d:00Z", n/60, n%60) }
		var records []string
		for i := range sensors {
			for n := range versions {
				records = append(records, fmt.Sprintf("'id':'%d','setting':%d,'at':'%s'", i, n, minute(10+10*n)))
			}
		}
		s.send("sensors", records...)
		s.gone("sensors", "'id':'1','at':'2025-01-01T01:45:00Z'") // in the time of setting 9, until setting 10
		reading := func(id, sensor, at string) string {
			return fmt.Sprintf("'id':'%s','sensor_id':'%s','read_at':'%s'", id, sensor, at)
		}
		s.send("readings", reading("before", "0", minute(9)), reading("first", "0", minute(10)), reading("within", "7", minute(305)), reading("boundary", "7", minute(310)),
			reading("last", "19", minute(1400)), reading("gap", "1", minute(106)), reading("nobody", "99", minute(100)), "'id':'null','read_at':'2025-01-01T00:00:00Z'", "'id':'never','sensor_id':'1'")
		want := []string{"before | false | NULL", "boundary | true | 30", "first | true | 0", "gap | true | 9", "last | true | 99",
			"never | false | NULL", "nobody | false | NULL", "null | false | NULL", "within | true | 29"}
		s.run()
		s.equal(settings, want...)
		s.send("readings", reading("later", "7", minute(304)))
		s.run()
		want = append(want[:4:4], append([]string{"last | true | 99", "later | true | 29"}, want[5:]...)...)
		s.equal(settings, want...)
		// A version comes between two: the facts of its time follow.
		s.send("sensors", "'id':'7','setting':1000,'at':'2025-01-01T05:04:00Z'")
		s.run()
		want[5], want[len(want)-1] = "later | true | 1000", "within | true | 1000"
		s.equal(settings, want...)
		s.rebuildEquals("gold.fact_readings")
	})
}
