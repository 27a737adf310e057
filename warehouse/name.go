package warehouse

import (
	"fmt"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// MaxNameLength is the longest identifier in bytes, the same for every warehouse: it is
// PostgreSQL's, so that a project written on one database also fits the other.
const MaxNameLength = 63

// ShortName is name itself if it fits into limit bytes, and otherwise its beginning, an
// underscore and eight hexadecimal digits of its hash. The hash is of the exact
// name: two long names that differ only in their case, or only behind the cut, stay
// different also where identifiers are compared without case. A limit below 10
// leaves room for the hash alone.
func ShortName(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	keep := max(limit-9, 0)
	for keep > 0 && !utf8.RuneStart(name[keep]) {
		keep--
	}
	return fmt.Sprintf("%s_%08x", name[:keep], uint32(xxh3.HashString(name)))
}
