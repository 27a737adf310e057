package schema

import (
	"github.com/lodehq/lode/record"
)

func deriveFactTable(m *FactModel, l Layers) {
	key := len(m.Unit())
	fields := columnFields(m.Columns[:key], true)
	if m.Reverses() {
		fields = append(fields, field(Correction, record.Int, true))
	}
	var indexes []Index
	for _, r := range m.Roles {
		fields = append(fields, Field{Name: r.Column, Type: record.Of(record.Int), NotNull: true, Comment: "Key of " + r.Points().Name + "."})
		indexes = append(indexes, Index{Columns: []string{r.Column}})
		if r.Durable != "" {
			fields = append(fields, durableField(r))
		}
	}
	fields = append(fields, columnFields(m.Columns[key:], false)...)
	if m.Reverses() {
		fields = append(fields, reversalFields()...)
	}
	if m.Snapshot != nil && m.Snapshot.Open {
		fields = append(fields, field(IsOpen, record.Bool, true))
	}
	fields = append(append(fields, eventPointer()...),
		field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true))
	m.Table = Table{
		Name: Name{l.Gold, m.Name}, Fields: fields, PrimaryKey: m.identity(), Indexes: indexes,
		Comment: or(m.Description, "Fact.") + " Grain: " + m.Grain + ".",
	}
}

func columnFields(columns []FactColumn, notNull bool) []Field {
	fields := make([]Field, len(columns))
	for i, c := range columns {
		fields[i] = Field{Name: c.Name, Type: c.Stored, Comment: c.Comment, NotNull: notNull}
	}
	return fields
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
	case x.Avg != "":
		return meanType(m.Fact.Table.Field(x.Avg).Type)
	case x.Last != "":
		return m.measureType(AggMeasure{Sum: x.Last})
	case x.Min != "":
		return m.Fact.Table.Field(x.Min).Type
	case x.Max != "":
		return m.Fact.Table.Field(x.Max).Type
	}
	return record.Of(record.Int)
}

// meanType is the type of a mean: four more decimal places than its values have.
func meanType(t record.Type) record.Type {
	switch t.Kind {
	case record.Decimal:
		return record.DecimalOf(38, t.Scale+4)
	case record.Int:
		return record.DecimalOf(38, 4)
	}
	return t
}
