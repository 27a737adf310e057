package dictionary

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
)

func dimension(m *schema.DimensionModel) Table {
	t := Table{Name: m.Table.Name.String(), Kind: Dimension, About: m.Table.Comment, Owner: m.Owner, Tags: m.Tags, Columns: columns(m.Table)}
	t.Grain = grainOf(m)
	t.detail("Natural key", list(m.NaturalKey()))
	switch m.Kind() {
	case schema.HistoryDimension:
		history(&t, m)
	case schema.CalendarDimension:
		t.detail("Days", m.Calendar.From+" to "+m.Calendar.To)
	case schema.BandDimension:
		var bands []string
		for _, b := range m.Bands {
			bands = append(bands, b.Label)
		}
		t.detail("Bands", list(bands))
	case schema.JunkDimension:
		t.made(m.Entity.Current.Name.String())
		for _, a := range m.Attributes {
			t.set(a.Name, func(c *Column) { c.From = m.Entity.Name + "." + a.Of })
		}
	}
	for _, n := range m.NaturalKey() {
		t.set(n, func(c *Column) { c.Key = "natural" })
	}
	t.set(m.SurrogateKey, func(c *Column) { c.Key, c.About, c.Kept = "primary", surrogate(m), true })
	t.detail("Special members", "-1 unknown, -2 not applicable, -3 deleted, -4 error, -5 not yet")
	t.Columns = kept(t.Columns)
	return t
}

func grainOf(m *schema.DimensionModel) string {
	switch m.Kind() {
	case schema.CalendarDimension:
		return "one day"
	case schema.TimeDimension:
		return "one " + m.TimeOfDay.Grain + " of a day"
	case schema.BandDimension:
		return "one range of numbers"
	case schema.AuditDimension:
		return "one load: an extraction from a stream"
	case schema.JunkDimension:
		return "one combination of " + list(m.Junk.Columns) + " that occurs"
	}
	if m.Bridge != nil {
		return "one version of a group"
	}
	return "one version of one of " + m.From
}

func surrogate(m *schema.DimensionModel) string {
	switch m.Lookup() {
	case schema.ByDay:
		return "Surrogate key: the day as a number."
	case schema.ByVersion:
		return "Surrogate key: tells the version."
	}
	return "Surrogate key."
}

// history says how the columns of a dimension with versions keep it.
func history(t *Table, m *schema.DimensionModel) {
	t.made(m.Entity.Current.Name.String())
	t.set(m.DurableKey, func(c *Column) {
		c.Key, c.About, c.Kept = "durable", "Durable key: the same for all versions of a member.", true
	})
	for _, n := range m.NaturalKey() {
		t.set(n, func(c *Column) { c.From = m.Entity.Name + "." + n })
	}
	for _, a := range m.Attributes {
		t.set(a.Name, func(c *Column) {
			c.History = carried(a)
			if m.Bridge == nil {
				c.From = m.Entity.Name + "." + a.Of
			}
			if i := slices.IndexFunc(m.Dimension.Columns, func(d schema.DimColumn) bool { return d.Name == a.Of }); i >= 0 {
				c.SCD = m.Dimension.Columns[i].SCD
			}
		})
	}
	t.detail("History", types(m))
	for _, o := range m.Outriggers {
		t.made(o.Dim.Table.Name.String())
		points := o.Dim
		if p := o.Dim.Profile(); o.Takes != "" && p != nil {
			points = p.Dim // the key of the newest profile
		}
		t.set(o.Column, func(c *Column) { c.Key, c.Points = "foreign", points.Table.Name.String() })
	}
	t.set(schema.IsDeleted, func(c *Column) { c.About, c.Kept = "Whether a delete ended the last version.", true })
	t.set(schema.CreatedAt, func(c *Column) { c.About, c.Kept = "When the row was written.", true })
	options(t, m)
}

// options are the declared choices that a reader of the table should know.
func options(t *Table, m *schema.DimensionModel) {
	said := map[string]string{
		"event": "begins with the key's first event", "day": "a version holds for whole days (UTC)", "in_force": "the version in force when the project was run",
		"member": "to the deleted member (-3)", "unknown": "to the unknown member (-1)", "new": "another thing, with a durable key of its own",
	}
	t.detail("First version", said[m.FirstVersion])
	t.detail("Validity", said[m.Validity])
	t.detail("Current", said[m.Current])
	t.detail("Facts after a delete point", said[m.Deleted])
	t.detail("A key that comes back is", said[m.ReusedKey])
}

func carried(a schema.Attribute) string {
	switch a.Carry {
	case schema.Tracked:
		return "a change begins a version"
	case schema.Overwritten:
		return "the newest value, in all versions"
	case schema.Refreshed:
		return "the newest value of the version"
	case schema.Earliest:
		return "the value of the earliest event"
	case schema.FirstSeen:
		return "the value that was observed first"
	}
	return "the value before the last change"
}

// types lists the columns of each SCD type.
func types(m *schema.DimensionModel) string {
	var said []string
	for _, scd := range []string{"0", "1", "2", "3", "4", "5", "6", "7"} {
		var names []string
		for _, c := range m.Dimension.Columns {
			if c.SCD == scd {
				name := c.Name
				if c.Mini != "" {
					name = fmt.Sprintf("%s (in %s)", name, c.Mini)
				}
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			said = append(said, "type "+scd+": "+list(names))
		}
	}
	return strings.Join(said, "; ")
}

func bridge(m *schema.BridgeModel) Table {
	t := Table{Name: m.Table.Name.String(), Kind: Bridge, About: m.Table.Comment, Owner: m.Owner, Tags: m.Tags, Columns: columns(m.Table)}
	if m.Groups == nil {
		t.Grain = "a member and one above it, or itself"
		t.made(m.Member.Table.Name.String())
		for _, side := range []string{schema.Ancestor, schema.Descendant} {
			t.set(side+m.Member.DurableKey, func(c *Column) { c.Points = m.Member.Table.Name.String() })
		}
	} else {
		t.Grain = "a member of a group"
		t.made(m.Entity.Current.Name.String())
		t.made(m.Groups.Table.Name.String())
		t.made(m.Member.Table.Name.String())
		t.detail("Group", list(m.Group))
		t.detail("Member", list(m.Bridge.Member.Key))
		t.set(m.Groups.SurrogateKey, func(c *Column) { c.Points = m.Groups.Table.Name.String() })
		t.set(m.Member.DurableKey, func(c *Column) { c.Key, c.Points = "foreign", m.Member.Table.Name.String() })
		for _, n := range slices.Concat(m.Group, m.Bridge.Member.Key) {
			t.set(n, func(c *Column) { c.From = m.Entity.Name + "." + n })
		}
		switch {
		case m.Weighted():
			t.detail("Weights", m.Entity.Name+"."+m.Weight+", taken as they are")
		case m.Weight != "":
			t.detail("Weights", "equal shares; those of a group add up to 1")
		}
	}
	t.Columns = kept(t.Columns)
	return t
}
