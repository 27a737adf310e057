package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Log selects the upserts and deletes of an entity's log as l, narrowed by join. When
// partial, the log knows of fields that were not sent: a column then shows the value in
// force at its event, which is that of the last event before it that sent one, and a
// computed column is computed from these values. A delete ends what can be inherited.
// Columns names those that the caller reads; schema.Refused among them then holds those
// whose inherited value could not be read.
func Log(d warehouse.Dialect, m *schema.EntityModel, partial bool, join string, columns ...string) string {
	log := d.Table(m.Log.Name) + " l"
	if !partial {
		return fmt.Sprintf("SELECT l.* FROM %s%s WHERE l.op IN ('upsert', 'delete')", log, join)
	}
	f := filling{d: d, m: m, read: columns}
	inherit := f.inherited()
	if len(inherit) == 0 {
		return fmt.Sprintf("SELECT l.* FROM %s%s WHERE l.op IN ('upsert', 'delete')", log, join)
	}
	return lines(
		"SELECT "+f.computed("y"),
		fmt.Sprintf("FROM (SELECT %s FROM (", f.filled("x", inherit)),
		fmt.Sprintf("  SELECT l.*, %s FROM %s%s WHERE l.op IN ('upsert', 'delete')) x) y", f.sendings(inherit), log, join))
}

type filling struct {
	d    warehouse.Dialect
	m    *schema.EntityModel
	read []string
}

// inherited lists the columns to be filled: those that are read, and those that a
// computed column among them is computed from.
func (f filling) inherited() []string {
	var need []string
	for _, n := range f.read {
		need = append(need, f.m.Inputs(n)...)
	}
	var names []string
	for i, c := range f.m.Columns {
		if i >= f.m.KeyCount && c.Type != nil && slices.Contains(need, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// sendings counts, for each column, the events up to this one that sent it or ended all.
func (f filling) sendings(names []string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		sent := fmt.Sprintf("l.op = 'delete' OR l.absent IS NULL OR strpos(',' || l.absent || ',', %s) = 0", quoted(","+n+","))
		parts[i] = fmt.Sprintf("count(CASE WHEN %s THEN 1 END) OVER (PARTITION BY %s ORDER BY l.valid_at, %s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS %s",
			sent, sqltext.List(f.d, "l", f.m.Key()...), arrival(f.d, "l"), f.d.Quote(sqltext.Derived("lode_sent_", n)))
	}
	return strings.Join(parts, ",\n         ")
}

// filled gives each event the values of the last sending.
func (f filling) filled(alias string, names []string) string {
	columns := make([]string, len(f.m.Log.Fields))
	for i, field := range f.m.Log.Fields {
		columns[i] = sqltext.Column(f.d, alias, field.Name)
		switch {
		case slices.Contains(names, field.Name):
			columns[i] = f.sent(alias, field.Name, fmt.Sprintf("CASE %s.op WHEN 'delete' THEN NULL ELSE %s END", alias, columns[i])) + " AS " + f.d.Quote(field.Name)
		case field.Name == schema.Refused && slices.Contains(f.read, schema.Refused):
			columns[i] = f.refused(alias, names) + " AS " + schema.Refused
		}
	}
	return strings.Join(columns, ", ")
}

// sent is what an expression says of the last event that sent a column.
func (f filling) sent(alias, column, x string) string {
	return fmt.Sprintf("first_value(%s) OVER (PARTITION BY %s, %s ORDER BY %s.valid_at, %s)", x,
		sqltext.List(f.d, alias, f.m.Key()...), sqltext.Column(f.d, alias, sqltext.Derived("lode_sent_", column)), alias, arrival(f.d, alias))
}

// refused lists the columns whose value, inherited or the event's own, could not be read.
func (f filling) refused(alias string, inherited []string) string {
	parts := []string{"''"}
	for _, c := range f.m.Columns {
		own := Refused(sqltext.Column(f.d, alias, schema.Refused), c.Name)
		switch {
		case slices.Contains(inherited, c.Name):
			parts = append(parts, fmt.Sprintf("CASE WHEN %s THEN %s ELSE '' END", f.sent(alias, c.Name, own), quoted(","+c.Name)))
		case c.Program != nil:
			parts = append(parts, fmt.Sprintf("CASE WHEN %s THEN %s ELSE '' END", own, quoted(","+c.Name)))
		}
	}
	return "NULLIF(substr(" + strings.Join(parts, " || ") + ", 2), '')"
}

// Refused tells whether a column is among those of a list, schema.Refused of its row; NULL
// when there is no list.
func Refused(list, column string) string {
	return fmt.Sprintf("strpos(',' || %s || ',', %s) > 0", list, quoted(","+column+","))
}

// computed computes the computed columns anew.
func (f filling) computed(alias string) string {
	columns := make([]string, len(f.m.Log.Fields))
	for i, field := range f.m.Log.Fields {
		columns[i] = sqltext.Column(f.d, alias, field.Name)
		if c := f.m.Column(field.Name); c != nil && c.Program != nil && slices.Contains(f.read, c.Name) {
			columns[i] = computed(f.d, f.m, *c, alias) + " AS " + f.d.Quote(c.Name)
		}
	}
	return strings.Join(columns, ", ")
}

// computed is a computed column as SQL over the plain columns of a relation: what it is
// computed from may be computed itself.
func computed(d warehouse.Dialect, m *schema.EntityModel, c schema.ColumnModel, alias string) string {
	value := func(name string) string {
		if input := m.Column(name); input.Program != nil {
			return computed(d, m, *input, alias)
		}
		return sqltext.Column(d, alias, name)
	}
	return fmt.Sprintf("CAST(%s AS %s)", c.Program.SQL(d, value), d.TypeName(c.Stored))
}

// arrival is EventOrder turned round: the winner last.
func arrival(d warehouse.Dialect, alias string) string {
	c := func(name string) string { return sqltext.Column(d, alias, name) }
	return fmt.Sprintf("%s NULLS FIRST, CASE %s WHEN 'delete' THEN 1 ELSE 0 END, %s, %s, %s, %s",
		c(schema.SourceOrder), c(schema.Op), c(schema.ObservedAt), c(schema.EventStream), c(schema.EventSeq), c(schema.EventOrdinal))
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
