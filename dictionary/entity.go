package dictionary

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
)

func entity(m *schema.EntityModel) Table {
	t := Table{Name: m.Current.Name.String(), Kind: Entity, About: m.Current.Comment, Owner: m.Owner, Tags: m.Tags, Columns: columns(m.Current)}
	t.Grain = "the newest state of one of " + m.Name
	t.detail("Natural key", list(m.Key()))
	t.detail("All events", m.Log.Name.String())
	if m.Conformed != nil {
		conformed(&t, m)
	} else {
		mapped(&t, m)
	}
	for _, c := range m.Computed {
		t.set(c.Name, func(x *Column) { x.From = "computed: " + c.Value })
	}
	for _, r := range m.Rules {
		t.Rules = append(t.Rules, Rule{r.Name, r.Check, r.Otherwise})
	}
	for i, c := range m.Columns {
		if i >= m.KeyCount && c.Required {
			t.set(c.Name, func(x *Column) { x.Required = true })
		}
	}
	t.Columns = kept(t.Columns)
	return t
}

// mapped says from where in the records of its streams an entity's columns are.
func mapped(t *Table, m *schema.EntityModel) {
	for _, from := range m.From {
		if !slices.Contains(t.Streams, from.Stream) {
			t.Streams = append(t.Streams, from.Stream)
		}
		for _, c := range m.Entity.Columns {
			path := c.Name // a field of its own name, unless the mapping says otherwise
			if i := slices.IndexFunc(from.Fields, func(f schema.FieldMapping) bool { return f.Name == c.Name }); i >= 0 {
				path = from.Fields[i].From
			}
			t.set(c.Name, func(c *Column) { c.From = also(c.From, fieldOf(path, from)) })
		}
		id := "the key of " + from.Stream
		if from.ID != "" {
			id = fieldOf(from.ID, from)
		}
		if c := m.Column(schema.SourceID); c != nil && c.Type == nil {
			t.set(schema.SourceID, func(c *Column) { c.From = also(c.From, id) })
		}
		if from.ValidAt.Field != "" {
			t.detail("Business time", fieldOf(from.ValidAt.Field, from))
		}
	}
	for _, declared := range m.Entity.Columns {
		t.set(declared.Name, func(c *Column) { c.declared(declared.Type) })
	}
	custom := map[string]string{"": "kept in custom_fields", "keep": "kept in custom_fields", "drop": "left in bronze", "freeze": "stop the load"}
	t.detail("Fields that no mapping knows", custom[m.CustomFields])
}

func fieldOf(path string, from schema.Mapping) string {
	text := from.Stream + ": " + path
	if from.Each != "" {
		text += " (each " + from.Each + ")"
	}
	return text
}

func also(text, more string) string {
	if text == "" {
		return more
	}
	return text + "; " + more
}

// conformed says of which records an entity is matched, and whose values it shows.
func conformed(t *Table, m *schema.EntityModel) {
	var of []string
	for _, e := range m.Conformed.Of {
		t.made(e.Current.Name.String())
		of = append(of, e.Name)
	}
	t.Grain = "one thing, of all records of " + list(of) + " that are matched"
	var rules []string
	for _, on := range m.Conformed.Rules {
		rules = append(rules, strings.Join(on, " and "))
	}
	t.detail("Records are matched by equal", strings.Join(rules, "; or "))
	t.detail("Which record is which", m.Conformed.Members.Name.String())
	for _, s := range m.Conformed.Survivors {
		t.set(s.Name, func(c *Column) { c.From = survives(s) })
	}
	for _, k := range m.Key() {
		t.set(k, func(c *Column) {
			if c.From == "" && !slices.Contains(of, k) {
				c.From = "the record that names the thing"
			}
		})
	}
}

func survives(s schema.Survivor) string {
	switch {
	case len(s.Prefer) > 0:
		return fmt.Sprintf("the first that has one of %s, then the others", list(s.Prefer))
	case s.Take == schema.TakeFirst:
		return "the record that was known first"
	}
	return "the record that changed last"
}
