package trace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Tracer traces the rows of a project.
type Tracer struct {
	Model  *schema.Model
	Ledger ledger.Ledger
	Reader ledger.Reader
}

// ErrNoRow is returned by Trace when the table has no row of the key.
var ErrNoRow = errors.New("there is no such row")

// Trace traces a row of a table, given with its schema or without. A row of a dimension
// is named by its surrogate key, every other by the columns of its key with "/" between,
// or as a JSON list. Column, if given, leaves out the others.
func (t Tracer) Trace(ctx context.Context, table, key, column string) (Trace, error) {
	out, err := t.trace(ctx, table, key)
	if err != nil {
		return out, fmt.Errorf("trace %s %s: %w", table, key, err)
	}
	if column == "" {
		return out, nil
	}
	i := slices.IndexFunc(out.Columns, func(c Column) bool { return c.Name == column })
	if i < 0 {
		names := make([]string, len(out.Columns))
		for i, c := range out.Columns {
			names[i] = c.Name
		}
		return out, fmt.Errorf("trace %s: there is no column %q; it has %s", table, column, strings.Join(names, ", "))
	}
	out.Columns = out.Columns[i : i+1]
	if n := out.Columns[0].Event; n > 0 {
		out.Events = slices.DeleteFunc(out.Events, func(e Event) bool { return e.Number != n })
	}
	return out, nil
}

func (t Tracer) trace(ctx context.Context, table, key string) (Trace, error) {
	is := func(n schema.Name) bool {
		return n.String() == table || n.Table == table && n.Schema == t.Model.Layers.Gold
	}
	for _, m := range t.Model.Dimensions {
		if is(m.Table.Name) {
			return t.dimension(ctx, m, key)
		}
	}
	for _, m := range t.Model.Facts {
		if is(m.Table.Name) {
			return t.fact(ctx, m, key)
		}
	}
	for _, m := range t.Model.Entities {
		if is(m.Current.Name) || m.Current.Name.Table == table {
			return t.entity(ctx, m, key)
		}
	}
	return Trace{}, t.unknown(is)
}

// unknown tells why a table cannot be traced.
func (t Tracer) unknown(is func(schema.Name) bool) error {
	for _, m := range t.Model.Aggregates {
		if is(m.Table.Name) {
			return fmt.Errorf("a group is made of many facts; ask %s for those of the group, and trace one of them", m.Fact.Table.Name)
		}
	}
	for _, m := range t.Model.Bridges {
		if is(m.Table.Name) {
			return fmt.Errorf("a bridge is made of the rows of %s; trace one of them", m.Entity.Current.Name)
		}
	}
	var names []string
	for _, m := range t.Model.Facts {
		names = append(names, m.Table.Name.String())
	}
	for _, m := range t.Model.Dimensions {
		names = append(names, m.Table.Name.String())
	}
	for _, m := range t.Model.Entities {
		names = append(names, m.Current.Name.String())
	}
	return fmt.Errorf("the project makes no such table; it makes %s", strings.Join(names, ", "))
}

// row is a row by the names of its columns.
type row struct {
	names  []string
	values map[string]record.Value
}

// row reads the one row of a query.
func (t Tracer) row(ctx context.Context, sql string) (row, error) {
	out := row{values: map[string]record.Value{}}
	for b, err := range t.Reader.Query(ctx, sql) {
		if err != nil {
			return out, err
		}
		for i := range min(b.Len(), 1) {
			for j, v := range b.Row(i) {
				out.names = append(out.names, b.Columns[j].Name)
				out.values[b.Columns[j].Name] = v
			}
		}
	}
	if out.names == nil {
		return out, ErrNoRow
	}
	return out, nil
}

// columns are the row's columns, in the order of the table.
func (r row) columns(t schema.Table) []Column {
	out := make([]Column, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = Column{Name: f.Name, Value: textOf(r.values[f.Name])}
	}
	return out
}

// stored reads the row of a table by the columns of a key.
func (t Tracer) stored(ctx context.Context, table schema.Table, key []string, parts []string) (row, error) {
	d := t.Ledger.Dialect
	return t.row(ctx, fmt.Sprintf("SELECT %s FROM %s t WHERE %s", sqltext.List(d, "t", table.FieldNames()...), d.Table(table.Name), t.equal(table, "t", key, parts)))
}

// equal is the condition that key columns have the values written in parts. What is no
// value of its column equals nothing.
func (t Tracer) equal(table schema.Table, alias string, key []string, parts []string) string {
	d := t.Ledger.Dialect
	conditions := make([]string, len(key))
	for i, k := range key {
		value := d.Literal(record.TextValue(parts[i]), record.Of(record.Text))
		if f := table.Field(k); f != nil && f.Type.Kind != record.Text {
			value = d.TryCast(value, f.Type)
		}
		conditions[i] = sqltext.Column(d, alias, k) + " = " + value
	}
	return strings.Join(conditions, " AND ")
}

// split takes a key apart: a JSON list, or as many parts as there are columns.
func split(key string, columns []string) ([]string, error) {
	wrong := fmt.Errorf("the key is %s: write its values with / between, or as a JSON list", strings.Join(columns, ", "))
	if strings.HasPrefix(key, "[") {
		var values []any
		decoder := json.NewDecoder(strings.NewReader(key))
		decoder.UseNumber()
		if err := decoder.Decode(&values); err != nil || len(values) != len(columns) {
			return nil, wrong
		}
		parts := make([]string, len(values))
		for i, v := range values {
			parts[i] = fmt.Sprint(v)
		}
		return parts, nil
	}
	if len(columns) == 1 {
		return []string{key}, nil
	}
	parts := strings.Split(key, "/")
	if len(parts) != len(columns) {
		return nil, wrong
	}
	return parts, nil
}

// entity traces a row of silver.
func (t Tracer) entity(ctx context.Context, m *schema.EntityModel, key string) (Trace, error) {
	out := Trace{Table: m.Current.Name.String(), Kind: "entity"}
	parts, err := split(key, m.Key())
	if err != nil {
		return out, err
	}
	is, err := t.stored(ctx, m.Current, m.Key(), parts)
	if err != nil {
		return out, err
	}
	story, err := t.story(ctx, m, m.Key(), parts)
	if err != nil {
		return out, err
	}
	out.Columns = is.columns(m.Current)
	story.instants()
	gave := story.newest(nil)
	for i := range out.Columns {
		c := &out.Columns[i]
		c.Made, c.Event = story.made(m, c.Name, gave)
	}
	story.mark(gave, "gave the row")
	out.Events = story.events
	return out, nil
}

// dimension traces a version of a member, or another row of a dimension.
func (t Tracer) dimension(ctx context.Context, m *schema.DimensionModel, key string) (Trace, error) {
	out := Trace{Table: m.Table.Name.String(), Kind: "dimension"}
	if _, err := strconv.ParseInt(key, 10, 64); err != nil {
		return out, fmt.Errorf("a row of a dimension is named by its surrogate key %s, a whole number", m.SurrogateKey)
	}
	is, err := t.stored(ctx, m.Table, []string{m.SurrogateKey}, []string{key})
	if err != nil {
		return out, err
	}
	out.Columns = is.columns(m.Table)
	if strings.HasPrefix(key, "-") {
		out.Notes = append(out.Notes, "a special member, which every dimension has from the start")
		return out, nil
	}
	if m.Kind() != schema.HistoryDimension {
		out.Notes = append(out.Notes, made(m))
		return out, nil
	}
	v, err := t.version(ctx, m, is)
	if err != nil {
		return out, err
	}
	v.explain(out.Columns)
	if v.inferred() {
		out.Notes = append(out.Notes, "an inferred member: facts named its key, and no event has spoken of it yet")
	}
	out.Events = v.story.events
	return out, nil
}

// made tells how a dimension without events gets its rows.
func made(m *schema.DimensionModel) string {
	switch m.Kind() {
	case schema.CalendarDimension:
		return fmt.Sprintf("generated: a calendar from %s to %s, and as far as facts need it", m.Calendar.From, m.Calendar.To)
	case schema.TimeDimension:
		return "generated: every " + m.TimeOfDay.Grain + " of a day"
	case schema.BandDimension:
		return "declared: a band, from where the one before it ends"
	case schema.AuditDimension:
		return "written down by the load itself; lode.requests has its requests"
	}
	return "made by the values themselves when they first occurred together; it stays"
}
