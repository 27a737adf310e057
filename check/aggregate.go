package check

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Aggregate lists the checks of an aggregate. Groups selects its rows as they should be.
func (w Writer) Aggregate(m *schema.AggregateModel, groups string) []Check {
	key := []string{schema.GroupKey}
	return []Check{
		{Unique, m.Table.Name, w.unique(m.Table, key, key)},
		{Summed, m.Table.Name, w.summed(m, groups)},
	}
}

func (w Writer) summed(m *schema.AggregateModel, groups string) string {
	d := w.Dialect
	named := make([]string, len(m.Groups))
	for i, g := range m.Groups {
		named[i] = fmt.Sprintf("COALESCE(%s, %s)", sqltext.Column(d, "s", g.Name), sqltext.Column(d, "a", g.Name))
	}
	differs := []string{"s.group_key IS NULL", "a.group_key IS NULL"}
	for _, x := range m.Measures {
		differs = append(differs, w.differs(*m.Table.Field(x.Name)))
	}
	return w.brokenIn("", w.key(named...), "FROM (\n"+groups+"\n) s", "FULL JOIN "+w.rows(m.Table, "a", []string{schema.GroupKey})+" ON s.group_key = a.group_key",
		"WHERE "+strings.Join(differs, " OR "))
}

// differs is the condition that a measure is another one. Floats added up in another order
// differ in their last places.
func (w Writer) differs(f schema.Field) string {
	s, a := sqltext.Column(w.Dialect, "s", f.Name), sqltext.Column(w.Dialect, "a", f.Name)
	differs := s + " IS DISTINCT FROM " + a
	if f.Type.Kind == record.Float {
		differs = fmt.Sprintf("(%s AND (%s IS NULL OR %s IS NULL OR abs(%s - %s) > 1e-9 * GREATEST(abs(%s), abs(%s))))", differs, s, a, s, a, s, a)
	}
	return differs
}
