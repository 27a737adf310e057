package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// The names of dangers, which a person allows by them.
const (
	DropData     = "drop-data"   // values go that nothing brings back
	DropBronze   = "drop-bronze" // records go as they were received, of which all else is made
	NarrowType   = "narrow-type" // values may not fit the new type, or lose something
	RewriteTable = string(schema.Rewrites)
	LongLock     = string(schema.Blocks)
)

// DangerNames lists the names.
func DangerNames() []string {
	return []string{DropData, DropBronze, NarrowType, RewriteTable, LongLock}
}

// Large is how many rows a table has at least for its rewriting or locking to be a danger.
const Large = 100_000

// Danger is what a migration risks in one table, and why.
type Danger struct {
	Name  string
	Table schema.Name
	Why   string
}

// From is the number of rows from which on the danger counts.
func (d Danger) From() int64 {
	if d.Name == RewriteTable || d.Name == LongLock {
		return Large
	}
	return 1
}

// dangers lists what differences risk, each danger of a table once.
func dangers(d warehouse.ChangeDialect, differences []Difference) []Danger {
	var out []Danger
	for _, x := range differences {
		if x.To == nil {
			out = append(out, Danger{DropData, x.From.Name, "the table goes, and its rows with it"})
			continue
		}
		if x.From == nil {
			continue
		}
		for _, c := range x.Changes {
			if name, why := loss(c); name != "" {
				out = append(out, Danger{name, x.To.Name, why})
			}
			if name, why := burden(d.Weigh(schema.Alteration{From: *x.From, To: *x.To}, c), x.To.Name, c); name != "" &&
				!slices.ContainsFunc(out, func(o Danger) bool { return o.Name == name && o.Table == x.To.Name }) {
				out = append(out, Danger{name, x.To.Name, why})
			}
		}
	}
	return out
}

// loss tells what values a change loses.
func loss(c schema.Change) (name, why string) {
	switch {
	case c.Kind == schema.DropField:
		return DropData, fmt.Sprintf("column %s goes, and its values with it", c.From.Name)
	case c.Kind == schema.ChangeType && !widens(c.From.Type, c.To.Type):
		then := "ends the migration, or loses digits"
		if c.Lenient {
			then = "becomes NULL, until a run writes the row again"
		}
		return NarrowType, fmt.Sprintf("column %s becomes %s, and not every %s is one: such a value %s", c.To.Name, c.To.Type, c.From.Type, then)
	}
	return "", ""
}

func burden(w schema.Weight, table schema.Name, c schema.Change) (name, why string) {
	switch w {
	case schema.Rewrites:
		return RewriteTable, "every row is written anew, to " + Text(table, c)
	case schema.Blocks:
		return LongLock, "nobody can write while every row is read, to " + Text(table, c)
	}
	return "", ""
}

// widens tells whether every value of a type is one of another.
func widens(from, to record.Type) bool {
	switch {
	case from == to, to.Kind == record.Text, to.Kind == record.JSON:
		return true
	case from.Kind == record.Decimal && to.Kind == record.Decimal:
		return to.Scale >= from.Scale && to.Precision-to.Scale >= from.Precision-from.Scale
	case from.Kind == record.Int && to.Kind == record.Decimal:
		return to.Precision-to.Scale >= 19
	case from.Kind == record.Date && to.Kind == record.Timestamp:
		return true
	}
	return from.Kind == to.Kind && from.Kind != record.Decimal
}

// dangerMark begins the line of a file that tells a danger.
const dangerMark = "-- danger "

func (d Danger) line() string {
	return fmt.Sprintf("%s%s %s.%s: %s", dangerMark, d.Name, spelled(d.Table.Schema), spelled(d.Table.Table), strings.ReplaceAll(d.Why, "\n", " "))
}

// spelled is a name as the line of a danger holds it: in quotes where it is no plain word.
func spelled(name string) string {
	if plainWord.MatchString(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
