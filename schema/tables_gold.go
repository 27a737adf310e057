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

// The special members that every dimension holds from the start.
const (
	UnknownKey       = -1 // no such member, or nothing known
	NotApplicableKey = -2 // there is none
	DeletedKey       = -3 // the member had been deleted
	ErrorKey         = -4 // the key could not be read
	NotYetKey        = -5 // it has not happened yet
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
	key := m.NaturalKey()
	for _, n := range key {
		c := m.Entity.Column(n)
		fields = append(fields, Field{Name: c.Name, Type: c.Stored, Comment: c.Comment})
	}
	fields = append(fields, attributeFields(m)...)
	fields = append(fields,
		field(ValidFrom, record.Timestamp, true), field(ValidTo, record.Timestamp, true),
		field(IsCurrent, record.Bool, true), field(Version, record.Int, true),
		field(IsInferred, record.Bool, true), field(IsDeleted, record.Bool, true),
		field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true),
		field(EventAtCol, record.Timestamp, false))
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
