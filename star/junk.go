package star

import (
	"fmt"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Junk lists the statements that add the combinations that new events of the entity have
// brought. The facts' own steps do the same for what they find in other columns.
func Junk(d warehouse.Dialect, m *schema.DimensionModel, s Scope) []sqltext.Statement {
	touched := ""
	if !s.All && s.After > 0 {
		touched = fmt.Sprintf(" JOIN (%s) k ON %s", newKeys(d, m.Entity, s.After, ""), sqltext.On(d, "k", "s", m.Entity.Key()...))
	}
	c := combinationOf(d, m)
	create := c.create(fmt.Sprintf("SELECT %s FROM %s s%s WHERE NOT s.is_deleted", sqltext.List(d, "s", c.columns...), d.Table(m.Entity.Current.Name), touched), s.LastKey, s)
	create.Count = sqltext.Inserted
	return []sqltext.Statement{create}
}
