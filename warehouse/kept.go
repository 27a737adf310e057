package warehouse

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// KeptAnywhere is what every warehouse keeps of a table: its key is not NULL, its types
// have their own parameters only, and what a definition says to Lode alone is gone. A
// Dialect's Kept begins with it.
func KeptAnywhere(t schema.Table) schema.Table {
	t.Small = false
	t.Fields = slices.Clone(t.Fields)
	for i, f := range t.Fields {
		if f.Type.Kind != record.Decimal {
			f.Type = record.Of(f.Type.Kind)
		}
		f.NotNull = f.NotNull || slices.Contains(t.PrimaryKey, f.Name)
		f.RenamedFrom = ""
		t.Fields[i] = f
	}
	return t
}

// PartName is the name of a part of a table, such as an index: the names that it is made
// of and what it is, shortened where that is too long.
func PartName(kind string, names ...string) string {
	return ShortName(strings.Join(names, "_"), MaxNameLength-len(kind)-1) + "_" + kind
}
