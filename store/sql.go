package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// statement is a SQL text that grows, with its arguments.
type statement struct {
	d       warehouse.Dialect
	catalog catalog
	args    []record.Value
	errs    []error
	depth   int // of related rows, each of which has an alias of its own
}

// catalog finds the table of a model.
type catalog map[*model.Info]*bound

func (c catalog) of(i *model.Info) (*bound, error) {
	if b := c[i]; b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%s: the store was opened without this model; add it to the list given to store.Open", i)
}

// arg adds an argument.
func (s *statement) arg(v record.Value) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// typed adds an argument that stands alone, where nothing else tells its type.
func (s *statement) typed(v record.Value, t record.Type) string {
	return "CAST(" + s.arg(v) + " AS " + s.d.TypeName(t) + ")"
}

func (s *statement) fail(err error) string {
	s.errs = append(s.errs, err)
	return "NULL"
}

func (s *statement) column(alias string, r model.Ref) string {
	x := s.d.Quote(r.Name)
	if alias != "" {
		x = alias + "." + x
	}
	if len(r.Path) > 0 {
		return s.d.JSONPath(x, r.Path...)
	}
	return x
}

// sortable is a column as it is compared and ordered: texts byte by byte on every database.
func (s *statement) sortable(alias string, r model.Ref, b *bound) string {
	x := s.column(alias, r)
	if f := b.table.Field(r.Name); len(r.Path) > 0 || f != nil && f.Type.Kind == record.Text {
		return s.d.Binary(x)
	}
	return x
}

// values converts what a column is compared with.
func (s *statement) values(b *bound, n model.Node) []string {
	out := make([]string, len(n.Values))
	spelled := len(n.Values) > mostKeys || n.Op == model.OpIn && len(s.args)+len(n.Values) > 2*mostKeys
	for i, v := range n.Values {
		x, err := v, error(nil)
		if len(n.Ref.Path) == 0 && n.Op != model.OpPrefix && n.Op != model.OpContains && n.Op != model.OpHasKey && n.Op != model.OpHolds {
			x, err = b.convert(n.Ref.Name, v)
		}
		if err != nil {
			s.fail(err)
		}
		if x.IsNull() {
			out[i] = "NULL" // equals nothing
			continue
		}
		if spelled {
			out[i] = s.d.Literal(x, b.compared(n.Ref, x))
			continue
		}
		out[i] = s.arg(x)
	}
	return out
}

// where spells a condition on the rows that alias names.
func (s *statement) where(alias string, b *bound, n model.Node) string {
	switch n.Op {
	case model.OpAnd:
		return s.joined(alias, b, n.Nodes, " AND ", "TRUE")
	case model.OpOr:
		return s.joined(alias, b, n.Nodes, " OR ", "FALSE")
	case model.OpNot:
		return "(NOT " + s.where(alias, b, n.Nodes[0]) + ")"
	case model.OpRelated:
		return s.related(alias, n)
	}
	if n.Ref.Err() == nil && b.table.Field(n.Ref.Name) == nil {
		return s.fail(fmt.Errorf("%s: %s has no column %q", b.info, b.table.Name, n.Ref.Name))
	}
	values := s.values(b, n)
	x := s.column(alias, n.Ref)
	switch n.Op {
	case model.OpNull:
		return "(" + x + " IS NULL)"
	case model.OpIn:
		if len(values) == 0 {
			return "FALSE"
		}
		return "(" + x + " IN (" + strings.Join(values, ", ") + "))"
	case model.OpPrefix:
		return "starts_with(" + x + ", " + values[0] + ")"
	case model.OpContains:
		return "(strpos(" + x + ", " + values[0] + ") > 0)"
	case model.OpHasKey:
		return s.d.JSONHas(x, values[0])
	case model.OpHolds:
		return s.d.JSONHolds(x, values[0])
	case model.OpEqual, model.OpDiffers:
		return "(" + x + " " + string(n.Op) + " " + values[0] + ")"
	default:
		return "(" + s.sortable(alias, n.Ref, b) + " " + string(n.Op) + " " + values[0] + ")"
	}
}

func (s *statement) joined(alias string, b *bound, nodes []model.Node, word, none string) string {
	if len(nodes) == 0 {
		return none
	}
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = s.where(alias, b, n)
	}
	return "(" + strings.Join(parts, word) + ")"
}

func (s *statement) related(alias string, n model.Node) string {
	to, err := s.catalog.of(n.Link.To.Model)
	if err != nil {
		return s.fail(err)
	}
	s.depth++
	other := "r" + strconv.Itoa(s.depth)
	return fmt.Sprintf("EXISTS (SELECT 1 FROM %s %s WHERE %s = %s AND %s)", s.d.Table(to.table.Name), other,
		s.column(other, n.Link.To), s.column(alias, n.Link.From), s.where(other, to, n.Nodes[0]))
}

// selection is a read as plain data.
type selection struct {
	of     *bound
	where  model.Node
	orders []order
	limit  int // 0: all
	offset int
	sums   []sum // with groups: an aggregation
	groups []named
}

type order struct {
	ref  model.Ref
	desc bool
}

// named is a column under a name of the result.
type named struct {
	ref  model.Ref
	name string
}

// sum is an aggregate of the rows that filter leaves.
type sum struct {
	named
	function string // count, sum, min, max, avg
	filter   *model.Node
}

func (s *statement) selected(q selection) string {
	var text strings.Builder
	text.WriteString("SELECT " + s.results(q) + " FROM " + s.d.Table(q.of.table.Name) + " t WHERE " + s.where("t", q.of, q.where))
	for i, g := range q.groups {
		text.WriteString([]string{" GROUP BY ", ", "}[min(i, 1)] + s.column("t", g.ref))
	}
	for i, o := range q.orders {
		if q.of.table.Field(o.ref.Name) == nil {
			s.fail(errors.Join(o.ref.Err(), fmt.Errorf("%s: %s has no column %q", q.of.info, q.of.table.Name, o.ref.Name)))
		}
		text.WriteString([]string{" ORDER BY ", ", "}[min(i, 1)] + s.sortable("t", o.ref, q.of) + map[bool]string{true: " DESC"}[o.desc] + " NULLS LAST")
	}
	if q.limit > 0 {
		text.WriteString(" LIMIT " + strconv.Itoa(q.limit))
	}
	if q.offset > 0 {
		text.WriteString(" OFFSET " + strconv.Itoa(q.offset))
	}
	return text.String()
}

// results are the columns of the result: those of the struct, or groups and sums.
func (s *statement) results(q selection) string {
	if len(q.groups) == 0 && len(q.sums) == 0 {
		parts := make([]string, len(q.of.columns))
		for i, c := range q.of.columns {
			parts[i] = "t." + s.d.Quote(c)
		}
		return strings.Join(parts, ", ")
	}
	var parts []string
	for _, g := range q.groups {
		parts = append(parts, s.column("t", g.ref)+" AS "+s.d.Quote(g.name))
	}
	for _, x := range q.sums {
		parts = append(parts, s.aggregate(q.of, x)+" AS "+s.d.Quote(x.name))
	}
	return strings.Join(parts, ", ")
}

func (s *statement) aggregate(b *bound, x sum) string {
	if err := x.ref.Err(); err != nil {
		return s.fail(err)
	}
	of := "1"
	if x.function != "count" || x.ref.Name != "" {
		of = s.column("t", x.ref)
	}
	if x.function == "min" || x.function == "max" {
		of = s.sortable("t", x.ref, b)
	}
	if x.filter != nil {
		of = "CASE WHEN " + s.where("t", b, *x.filter) + " THEN " + of + " END"
	}
	text := x.function + "(" + of + ")"
	if f := b.table.Field(x.ref.Name); f != nil && len(x.ref.Path) == 0 {
		text = s.extreme(x.function, of, f.Type)
	}
	if t, ok := x.result(b); ok {
		return "CAST(" + text + " AS " + s.d.TypeName(t) + ")"
	}
	return text
}

// extreme spells an aggregate of a column. PostgreSQL knows no greatest boolean, and no greatest
// uuid.
func (s *statement) extreme(function, of string, t record.Type) string {
	least, greatest := function == "min", function == "max"
	switch {
	case t.Kind == record.Bool && greatest:
		return "bool_or(" + of + ")"
	case t.Kind == record.Bool && least:
		return "bool_and(" + of + ")"
	case t.Kind == record.UUID && (least || greatest):
		return "CAST(" + function + "(CAST(" + of + " AS text)) AS " + s.d.TypeName(t) + ")"
	}
	return function + "(" + of + ")"
}

// result is the type of an aggregate, where it is not that of its column.
func (x sum) result(b *bound) (record.Type, bool) {
	f := b.table.Field(x.ref.Name)
	switch {
	case x.function == "count":
		return record.Of(record.Int), true
	case x.function == "avg":
		return record.Of(record.Float), true
	case f == nil || x.function != "sum":
		return record.Type{}, false
	case f.Type.Kind == record.Decimal:
		return record.DecimalOf(38, f.Type.Scale), true
	default:
		return f.Type, true
	}
}

// after spells the value that a column will have once some columns are set.
func (s *statement) after(b *bound, set map[string]record.Value) func(name string) string {
	var after func(name string) string
	after = func(name string) string {
		if v, is := set[name]; is {
			return s.typed(v, b.table.Field(name).Type)
		}
		for _, c := range b.own {
			if c.Name == name && c.Program != nil {
				return "(" + c.Program.SQL(s.d, after) + ")"
			}
		}
		return s.d.Quote(name)
	}
	return after
}

// assigned spells an update of all rows that a condition leaves. Computed columns follow
// from the values that the others will have.
func (s *statement) assigned(b *bound, set map[string]record.Value, now record.Value, where model.Node) string {
	after := s.after(b, set)
	var parts []string
	for _, c := range b.own {
		if _, is := set[c.Name]; is {
			parts = append(parts, s.d.Quote(c.Name)+" = "+after(c.Name))
		} else if c.Program != nil {
			parts = append(parts, s.d.Quote(c.Name)+" = "+c.Program.SQL(s.d, after))
		}
	}
	if v, is := set[schema.SyncedAt]; is {
		parts = append(parts, s.d.Quote(schema.SyncedAt)+" = "+s.typed(v, record.Of(record.Timestamp)))
	}
	parts = append(parts, s.d.Quote(schema.UpdatedAt)+" = "+s.typed(now, record.Of(record.Timestamp)),
		s.d.Quote(schema.RowVersion)+" = "+s.d.Quote(schema.RowVersion)+" + 1")
	return "UPDATE " + s.d.Table(b.table.Name) + " AS t SET " + strings.Join(parts, ", ") + " WHERE " + s.where("t", b, where)
}

// inserted spells an insert of a few rows.
func (s *statement) inserted(b *bound, rows *record.Batch) string {
	lines := make([]string, rows.Len())
	for i := range lines {
		values := rows.Row(i)
		parts := make([]string, len(values))
		for k, v := range values {
			parts[k] = s.arg(v)
		}
		lines[i] = "(" + strings.Join(parts, ", ") + ")"
	}
	names := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
		names[i] = s.d.Quote(c.Name)
	}
	return "INSERT INTO " + s.d.Table(b.table.Name) + " AS t (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(lines, ", ")
}

// upserted spells an insert that overwrites the rows of the same key.
func (s *statement) upserted(b *bound, rows *record.Batch) string {
	key := make([]string, len(b.table.PrimaryKey))
	for i, name := range b.table.PrimaryKey {
		key[i] = s.d.Quote(name)
	}
	var set []string
	for _, f := range b.table.Fields[len(key):] {
		switch name := s.d.Quote(f.Name); f.Name {
		case schema.CreatedAt, schema.SchemaVersion:
		case schema.RowVersion:
			set = append(set, name+" = t."+name+" + 1")
		default:
			set = append(set, name+" = excluded."+name)
		}
	}
	return s.inserted(b, rows) + " ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
}
