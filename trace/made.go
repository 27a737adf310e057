package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodehq/lode/schema"
)

// made tells what gave an entity's column its value at event i, and the event that sent it.
func (s *story) made(m *schema.EntityModel, column string, i int) (string, int) {
	if i < 0 {
		return schema.Kept(column), 0
	}
	c := m.Column(column)
	switch {
	case c == nil:
		return schema.Kept(column), 0
	case m.Conformed != nil:
		return survives(m, column), s.events[i].Number
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

// survives tells how a column of a conformed entity is chosen.
func survives(m *schema.EntityModel, column string) string {
	return "survives from the records of " + names(m.Conformed.Of) + " that are one thing; see survive." + column
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

// version explains a version of a member.
type version struct {
	m     *schema.DimensionModel
	is    row
	story *story
}

// explain fills in what gave the columns their values, and marks the events of the version.
func (v version) explain(columns []Column) {
	from, to := v.is.values[schema.EventAtCol], v.is.values[schema.ValidTo]
	within := func(e Event) bool {
		return !from.IsNull() && !e.ValidAt.Before(from.Time()) && e.ValidAt.Before(to.Time())
	}
	began := v.story.oldest(within)
	for i := range columns {
		c := &columns[i]
		c.Made, c.Event = v.column(c.Name, began, within)
	}
	for i, e := range v.story.events {
		switch {
		case e.Part != "":
		case i == began:
			v.story.mark(i, "began the version")
		case within(e):
			v.story.mark(i, "within the version")
		case e.ValidAt.Equal(to.Time()):
			v.story.mark(i, "ended the version")
		}
	}
}

func (v version) column(name string, began int, within func(Event) bool) (string, int) {
	m := v.m
	i := slices.IndexFunc(m.Attributes, func(a schema.Attribute) bool { return a.Name == name })
	switch {
	case slices.Contains(m.NaturalKey(), name):
		return v.story.made(m.Entity, name, max(began, v.story.newest(nil)))
	case i < 0:
		return v.technical(name, began)
	case m.Bridge != nil:
		return "of the group's links in force", 0
	}
	a := m.Attributes[i]
	how, at := v.carried(a, began, within)
	text, event := v.story.made(m.Entity, a.Of, at)
	return how + ": " + text, event
}

// carried tells how an attribute keeps history, and the event whose value it shows.
func (v version) carried(a schema.Attribute, began int, within func(Event) bool) (string, int) {
	switch a.Carry {
	case schema.Tracked:
		return "the version's own", began
	case schema.Overwritten:
		return "the newest value, in all versions", v.story.newest(nil)
	case schema.Refreshed:
		return "the newest value of the version", v.story.newest(within)
	case schema.Earliest:
		return "kept from the earliest event", v.story.oldest(nil)
	case schema.FirstSeen:
		return "kept from the event observed first", v.story.first()
	}
	return "the value before the last change", -1
}

// first is the upsert that was observed first.
func (s *story) first() int {
	found := -1
	for i, e := range s.events {
		if e.Op == "upsert" && s.counts(i) && (found < 0 || e.ObservedAt.Before(s.events[found].ObservedAt)) {
			found = i
		}
	}
	return found
}

// technical explains the columns that every dimension has.
func (v version) technical(name string, began int) (string, int) {
	event := 0
	if began >= 0 {
		event = v.story.events[began].Number
	}
	switch name {
	case v.m.SurrogateKey:
		return "given to the version once; a rebuild keeps it", 0
	case v.m.DurableKey:
		return "given to the member once", 0
	case schema.ValidFrom:
		if v.is.values[schema.ValidFrom].Time().Equal(day(schema.LowDate)) {
			return "open to the past (first_version: open)", event
		}
		return "business time of the event that began the version", event
	case schema.ValidTo:
		if v.is.values[schema.ValidTo].Time().Equal(day(schema.HighDate)) {
			return "no later event ends it", 0
		}
		return "where the next version begins, or a delete", 0
	case schema.EventAtCol:
		return schema.Kept(name), event
	case schema.IsCurrent:
		return "current: " + v.m.Current, 0
	case schema.IsDeleted:
		return "whether a delete ended the last version", 0
	case schema.CreatedAt:
		return "when the row was written", 0
	}
	return schema.Kept(name), 0
}

func day(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("trace: " + err.Error()) // the dates are constants of package schema
	}
	return t
}
