package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
)

// Columns of the gold tables that Lode keeps itself.
const (
	ValidFrom  = "valid_from" // half-open, see HighDate
	ValidTo    = "valid_to"
	IsCurrent  = "is_current"
	Version    = "version"
	IsInferred = "is_inferred"
	IsDeleted  = "is_deleted"
	CreatedAt  = "created_at" // when the row was written
	UpdatedAt  = "updated_at" // when it was last changed
	EventAtCol = "event_at"   // business time of the event that began the version
)

// CalendarDate is the natural key of a calendar.
const CalendarDate = "date"

// The special members that every dimension holds from the start.
const (
	UnknownKey       = -1
	NotApplicableKey = -2
)

// LowDate and HighDate stand for the open ends of a version's interval. They are
// finite, so that range predicates need no COALESCE and every client can hold them.
const (
	LowDate  = "1900-01-01"
	HighDate = "9999-12-31"
)

func eventPointer() []Field {
	return []Field{text(EventStream, false), field(EventSeq, record.Int, false)}
}

func deriveDimensionTable(m *DimensionModel, l Layers) {
	fields := []Field{field(m.SurrogateKey, record.Int, true), field(m.DurableKey, record.Int, true)}
	for _, c := range m.Entity.Columns[:m.Entity.KeyCount] {
		fields = append(fields, Field{Name: c.Name, Type: c.Stored, Comment: c.Comment})
	}
	for _, a := range m.Attributes {
		comment := or(a.Description, m.Entity.Column(a.Name).Comment)
		fields = append(fields, Field{Name: a.Name, Type: a.Stored, Comment: comment})
	}
	fields = append(fields,
		field(ValidFrom, record.Timestamp, true), field(ValidTo, record.Timestamp, true),
		field(IsCurrent, record.Bool, true), field(Version, record.Int, true),
		field(IsInferred, record.Bool, true), field(IsDeleted, record.Bool, true),
		field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true),
		field(EventAtCol, record.Timestamp, false))
	key := m.Entity.Key()
	m.Table = Table{
		Name:       Name{l.Gold, m.Name},
		Fields:     append(fields, eventPointer()...),
		PrimaryKey: []string{m.SurrogateKey},
		Indexes: []Index{
			{Columns: slices.Concat(key, []string{ValidFrom}), Unique: true},
			{Columns: key, Unique: true, Where: IsCurrent},
		},
		Comment: or(m.Description, "Dimension of "+m.From+"."),
	}
}

func deriveCalendarTable(m *DimensionModel, l Layers) {
	number := func(name string) Field { return field(name, record.Int, false) }
	m.Table = Table{
		Name: Name{l.Gold, m.Name},
		Fields: []Field{
			field(m.SurrogateKey, record.Int, true), field(CalendarDate, record.Date, false),
			number("year"), number("quarter"), number("month"), text("month_name", false),
			field("month_start_date", record.Date, false), number("iso_year"), number("iso_week"),
			field("week_start_date", record.Date, false), number("day_of_month"), number("day_of_year"),
			number("day_of_week"), text("day_name", false), field("is_weekend", record.Bool, false),
		},
		PrimaryKey: []string{m.SurrogateKey},
		Comment:    or(m.Description, "Calendar, one row per day."),
		Small:      true,
	}
}

func deriveFactTable(m *FactModel, l Layers) {
	var fields []Field
	add := func(name string, notNull bool) {
		c := m.Entity.Column(name)
		if c == nil || slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }) {
			return
		}
		fields = append(fields, Field{Name: c.Name, Type: c.Stored, Comment: c.Comment, NotNull: notNull})
	}
	for _, k := range m.Entity.Key() {
		add(k, true)
	}
	var indexes []Index
	for _, r := range m.Roles {
		fields = append(fields, Field{Name: r.Column, Type: record.Of(record.Int), NotNull: true, Comment: "Key of " + r.Dim.Name + "."})
		indexes = append(indexes, Index{Columns: []string{r.Column}})
	}
	add(m.EventAt, false)
	for _, c := range m.Degenerate {
		add(c, false)
	}
	for _, c := range m.Measures {
		add(c.Name, false)
	}
	fields = append(append(fields, eventPointer()...),
		field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true))
	m.Table = Table{
		Name: Name{l.Gold, m.Name}, Fields: fields, PrimaryKey: m.Entity.Key(), Indexes: indexes,
		Comment: or(m.Description, "Fact.") + " Grain: " + m.Grain + ".",
	}
}

// GroupKey is the aggregate's technical primary key: its group columns may be NULL, so
// they cannot be one themselves.
const GroupKey = "group_key"

func deriveAggregateTable(m *AggregateModel, l Layers) {
	fields := []Field{text(GroupKey, true)}
	for _, g := range m.Groups {
		fields = append(fields, Field{Name: g.Name, Type: g.Stored})
	}
	for _, x := range m.Measures {
		fields = append(fields, Field{Name: x.Name, Type: m.measureType(x)})
	}
	m.Table = Table{
		Name:       Name{l.Gold, m.Name},
		Fields:     append(fields, field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true)),
		PrimaryKey: []string{GroupKey},
		Comment:    or(m.Description, "Aggregate of "+m.From+".") + " Grain: " + m.Grain + ".",
	}
}

func (m *AggregateModel) measureType(x AggMeasure) record.Type {
	switch {
	case x.Sum != "":
		t := m.Fact.Table.Field(x.Sum).Type
		if t.Kind == record.Decimal {
			return record.DecimalOf(38, t.Scale)
		}
		return t
	case x.Min != "":
		return m.Fact.Table.Field(x.Min).Type
	case x.Max != "":
		return m.Fact.Table.Field(x.Max).Type
	}
	return record.Of(record.Int)
}
