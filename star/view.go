package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// View is the statement that creates a view of a table of gold.
func View(d warehouse.Dialect, v schema.ViewModel) string {
	columns := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		columns[i] = d.Quote(c)
		if c == schema.ValidTo {
			columns[i] = ending(d, v.Kind)
		}
	}
	return fmt.Sprintf("CREATE VIEW %s AS SELECT %s FROM %s", d.Table(v.Name), strings.Join(columns, ", "), d.Table(v.Of.Name))
}

// ending is the end of a version as a kind of view shows it.
func ending(d warehouse.Dialect, kind string) string {
	to, open := sqltext.Column(d, "", schema.ValidTo), affected.Day(d, schema.HighDate)
	switch kind {
	case schema.NullEndsView:
		return fmt.Sprintf("NULLIF(%s, %s) AS %s", to, open, to)
	case schema.ClosedView:
		return fmt.Sprintf("CASE WHEN %s = %s THEN %s ELSE %s - INTERVAL '1 microsecond' END AS %s", to, open, to, to, to)
	}
	return to
}
