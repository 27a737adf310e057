package asof

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// takenBy is the outrigger that gives a column the newest profile of a member, nil for any
// other column.
func takenBy(m *schema.DimensionModel, column string) *schema.OutriggerModel {
	for _, o := range m.Outriggers {
		if o.Column == column && o.Takes != "" {
			return &o
		}
	}
	return nil
}

// profile is the profile that the member of a version had at the time: the current one then.
func (s asOf) profile(o schema.OutriggerModel) string {
	return fmt.Sprintf("(SELECT max(n.%s) FROM %s n WHERE %s AND %s)", s.d.Quote(o.Takes), s.d.Table(o.Dim.Table.Name),
		sqltext.OnPairs(s.d, "n", o.Dim.NaturalKey(), "d", o.Key), s.inForce("n"))
}

// profileNow joins, to each version of a fact's member, the profile of that member in force.
func (s asOf) profileNow(m *schema.FactModel, r schema.RoleModel, i int) string {
	d, of := s.d, m.Role(r.Of)
	sk, key := d.Quote(of.Dim.SurrogateKey), of.Dim.NaturalKey()
	return fmt.Sprintf("LEFT JOIN (SELECT p.%s AS lode_key, n.%s AS lode_now FROM %s p JOIN %s n ON %s AND %s) v%d ON v%d.lode_key = f.%s\n",
		sk, d.Quote(r.Takes()), d.Table(of.Dim.Table.Name), d.Table(r.Dim.Table.Name), sqltext.OnPairs(d, "n", key, "p", key), strings.TrimSpace(s.inForce("n")), i, i, d.Quote(of.Column))
}
