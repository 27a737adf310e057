package star

import (
	"slices"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// SpecialMembers makes the members that every dimension holds from the start.
func SpecialMembers(m *schema.DimensionModel, now time.Time) *record.Batch {
	b := record.NewBatch(m.Table.Columns())
	for _, special := range []struct {
		key   int64
		label string
	}{
		{schema.UnknownKey, "Unknown"}, {schema.NotApplicableKey, "Not applicable"}, {schema.DeletedKey, "Deleted"},
		{schema.ErrorKey, "Error"}, {schema.NotYetKey, "Not yet"},
	} {
		for i, f := range m.Table.Fields {
			b.Vectors[i].Append(specialValue(m, f, special.key, special.label, now))
		}
	}
	return b
}

func specialValue(m *schema.DimensionModel, f schema.Field, key int64, label string, now time.Time) record.Value {
	switch f.Name {
	case m.SurrogateKey, m.DurableKey:
		return record.IntValue(key)
	case schema.ValidFrom:
		return dayValue(schema.LowDate)
	case schema.ValidTo:
		return dayValue(schema.HighDate)
	case schema.IsCurrent:
		return record.BoolValue(true)
	case schema.IsInferred, schema.IsDeleted:
		return record.BoolValue(false)
	case schema.Version:
		return record.IntValue(1)
	case schema.CreatedAt, schema.UpdatedAt:
		return record.TimeValue(now)
	}
	if f.Type.Kind == record.Text && labelled(m, f.Name) {
		return record.TextValue(label)
	}
	return record.Null
}

// labelled tells whether a text column of a special member says what it is: attributes
// do, the natural key of an entity and what Lode keeps of its events do not.
func labelled(m *schema.DimensionModel, column string) bool {
	return m.Kind() != schema.HistoryDimension || slices.ContainsFunc(m.Attributes, func(a schema.Attribute) bool { return a.Name == column })
}

func dayValue(date string) record.Value {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("star: " + err.Error()) // the dates are constants of package schema
	}
	return record.TimeValue(t)
}
