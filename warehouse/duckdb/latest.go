package duckdb

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/warehouse"
)

// LatestJoin is an ASOF join, which sorts both sides once.
func (Dialect) LatestJoin(l warehouse.Latest) string {
	var on strings.Builder
	for _, k := range l.Keys {
		fmt.Fprintf(&on, "%s.%s = %s AND ", l.Alias, k[0], k[1])
	}
	return fmt.Sprintf("ASOF LEFT JOIN %s %s ON %s%s >= %s.%s", l.From, l.Alias, on.String(), l.Time, l.Alias, l.At)
}

// SeeksLatest is false: both sides are read and sorted.
func (Dialect) SeeksLatest() bool { return false }

// EachNumber is a lateral FROM item of whole numbers.
func (Dialect) EachNumber(from, to, alias string) string {
	return fmt.Sprintf("LATERAL (SELECT unnest(generate_series(%s, %s)) AS n) AS %s", from, to, alias)
}
