package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/schema"
)

// made tells what gave an entity's column its value at event i, and the event that sent it.
func (s *story) made(m *schema.EntityModel, column string, i int) (string, int) {
	c := m.Column(column)
	switch {
	case c == nil:
		return schema.Kept(column), 0
	case i < 0:
		return "no event tells it any more", 0
	case m.Conformed != nil && slices.Contains(m.Key(), column):
		return "the key of the oldest record of " + names(m.Conformed.Of) + " that is this thing", 0
	case m.Conformed != nil && c.Program == nil:
		return survives(m, column, s.events[i].Number), 0
	case c.Program != nil:
		return computed(m, column), s.events[i].Number
	case c.Type == nil:
		return builtin(m, column, s.events[i].Stream), s.events[i].Number
	}
	j := s.sent(i, column)
	if j < 0 {
		return "no event sent it", 0
	}
	text := mapped(m, column, s.events[j].Stream)
	if j < i {
		text += "; event " + strconv.Itoa(s.events[i].Number) + " did not send it"
	}
	for _, p := range s.events[j].Problems {
		if p.Column == column {
			text += fmt.Sprintf("; the value %q was refused: %s", p.Value, p.Reason)
		}
	}
	return text, s.events[j].Number
}

func computed(m *schema.EntityModel, column string) string {
	for _, c := range m.Computed {
		if c.Name == column {
			return "computed: " + c.Value
		}
	}
	return "computed"
}

// survives tells how a column of a conformed entity is chosen at an event, which may be one
// of another record than the value is of.
func survives(m *schema.EntityModel, column string, event int) string {
	return fmt.Sprintf("survives from the records of %s that are one thing, as of event %d; see survive.%s", names(m.Conformed.Of), event, column)
}

func names(entities []*schema.EntityModel) string {
	out := make([]string, len(entities))
	for i, e := range entities {
		out[i] = e.Name
	}
	return strings.Join(out, ", ")
}

// mappingOf is the mapping of a stream, nil if there is none any more.
func mappingOf(m *schema.EntityModel, stream string) *schema.Mapping {
	i := slices.IndexFunc(m.From, func(f schema.Mapping) bool { return f.Stream == stream })
	if i < 0 {
		return nil
	}
	return &m.From[i]
}

func builtin(m *schema.EntityModel, column, stream string) string {
	from := mappingOf(m, stream)
	switch {
	case from == nil:
		return "of " + stream
	case column == schema.SourceSystem:
		return fmt.Sprintf("source_system of the mapping of %s: %q", stream, from.SourceSystem)
	case from.ID != "":
		return fmt.Sprintf("id: %s of %s", from.ID, stream)
	}
	return "the key of " + stream
}

// mapped tells where in the record a column is, and how it is read.
func mapped(m *schema.EntityModel, column, stream string) string {
	from := mappingOf(m, stream)
	if from == nil {
		return stream + " is no longer mapped"
	}
	path := column
	for _, f := range from.Fields {
		if f.Name == column {
			path = f.From
		}
	}
	text := fmt.Sprintf("%s of %s", path, stream)
	if from.Each != "" {
		text += ", each " + from.Each
	}
	if i := slices.IndexFunc(m.Entity.Columns, func(c schema.Column) bool { return c.Name == column }); i >= 0 {
		text += ", read as " + m.Entity.Columns[i].Type
	}
	return text
}
