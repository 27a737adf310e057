package dictionary

import (
	"strings"

	"github.com/lodehq/lode/schema"
)

// appTable describes a table that programs write.
func appTable(m *schema.AppTableModel) Table {
	t := Table{Name: m.Table.Name.String(), Kind: App, About: m.Table.Comment, Owner: m.Owner, Columns: columns(m.Table)}
	t.Grain = "one of " + m.Name
	for _, c := range m.AppTable.Columns {
		t.set(c.Name, func(x *Column) {
			x.declared(c.Type)
			if c.Default != nil {
				x.From = "default: " + *c.Default
			}
		})
	}
	for _, r := range m.Table.References {
		t.set(r.Columns[0], func(x *Column) { x.Key, x.Points = "foreign", r.To.String() })
	}
	for _, c := range m.Computed {
		t.set(c.Name, func(x *Column) { x.From = "computed: " + c.Value })
	}
	for _, columns := range m.Unique {
		t.detail("No two rows have equal", strings.Join(columns, " and "))
	}
	for _, r := range m.Rules {
		t.Rules = append(t.Rules, Rule{r.Name, r.Check, "the row is refused"})
	}
	t.set(schema.SyncedAt, func(c *Column) { c.About, c.Kept = "When the row was last brought in from outside.", true })
	t.set(schema.SchemaVersion, func(c *Column) { c.About, c.Kept = "Version of the table's definition.", true })
	t.Columns = kept(t.Columns)
	return t
}

// declared shows a declared column type with the type that is stored.
func (c *Column) declared(spec string) {
	if strings.ReplaceAll(spec, " ", "") != c.Type {
		c.Type = spec + " as " + c.Type
	}
}
