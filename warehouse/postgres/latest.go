package postgres

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/warehouse"
)

// LatestJoin looks each row up by itself, by an index if there is one.
func (Dialect) LatestJoin(l warehouse.Latest) string {
	var on strings.Builder
	for _, k := range l.Keys {
		fmt.Fprintf(&on, "lode_x.%s = %s AND ", k[0], k[1])
	}
	return fmt.Sprintf("LEFT JOIN LATERAL (SELECT * FROM %s lode_x WHERE %slode_x.%s <= %s ORDER BY lode_x.%s DESC LIMIT 1) %s ON TRUE",
		l.From, on.String(), l.At, l.Time, l.At, l.Alias)
}

// SeeksLatest is true: each row is looked up by itself.
func (Dialect) SeeksLatest() bool { return true }

// EachNumber is a lateral FROM item of whole numbers.
func (Dialect) EachNumber(from, to, alias string) string {
	return fmt.Sprintf("LATERAL generate_series(%s, %s) AS %s(n)", from, to, alias)
}
