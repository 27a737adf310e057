package star

import (
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Groups selects the rows that an aggregate should have, but for its audit columns: all
// of its groups summed up from the facts and dimensions as they stand.
func Groups(d warehouse.Dialect, m *schema.AggregateModel) string { return summary(d, m, "") }
