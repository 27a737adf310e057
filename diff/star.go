package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// special is the column that tells a special member, whose natural key is NULL, from others.
const special = "special_member"

// Star makes the relations of a project's tables in a form that does not depend on which
// surrogate keys were given: a key shows which version of which member it is. What says
// when a row was written is left out, and what depends on the clock.
type Star struct {
	Dialect warehouse.Dialect
	// PerMember compares dimensions by member and not by version, for two stars in each
	// of which a member has one.
	PerMember bool
}

// Of is the relation of a table of the model, false for one that is none of the star's.
func (s Star) Of(m *schema.Model, name schema.Name) (Relation, bool) {
	for _, e := range m.Entities {
		if e.Current.Name == name {
			return s.entity(e), true
		}
	}
	for _, x := range m.Dimensions {
		if x.Table.Name == name {
			return s.dimension(x), true
		}
	}
	for _, b := range m.Bridges {
		if b.Table.Name == name {
			return s.bridge(b), true
		}
	}
	for _, f := range m.Facts {
		if f.Table.Name == name {
			return s.fact(f), true
		}
	}
	for _, a := range m.Aggregates {
		if a.Table.Name == name {
			return s.aggregate(a), true
		}
	}
	return Relation{}, false
}

func (s Star) entity(m *schema.EntityModel) Relation {
	return s.relation(m.Current, m.Key(), view{}, "schema_version")
}

// dimension is compared by natural key, and where a version begins.
func (s Star) dimension(m *schema.DimensionModel) Relation {
	t := m.Table
	if t.Field(schema.ValidFrom) == nil && m.Calendar != nil {
		return s.relation(t, []string{m.SurrogateKey}, view{})
	}
	leave := []string{m.SurrogateKey, m.DurableKey}
	if m.Current == "in_force" {
		leave = append(leave, schema.IsCurrent)
	}
	var v view
	v.show(special, s.special("t", m))
	for _, o := range m.Outriggers {
		s.outrigger(&v, o.Column, o)
	}
	return s.relation(t, append(s.identity(m), special), v, leave...)
}

// identity names the columns that tell the rows of a dimension apart.
func (s Star) identity(m *schema.DimensionModel) []string {
	if m.Table.Field(schema.ValidFrom) == nil {
		return sqltext.Without(m.Table.FieldNames(), m.SurrogateKey, m.DurableKey, schema.CreatedAt, schema.UpdatedAt)
	}
	if s.PerMember {
		return slices.Clone(m.NaturalKey())
	}
	return append(slices.Clone(m.NaturalKey()), schema.ValidFrom)
}

func (s Star) special(alias string, m *schema.DimensionModel) string {
	sk := sqltext.Column(s.Dialect, alias, m.SurrogateKey)
	return fmt.Sprintf("CASE WHEN %s < 0 THEN %s END", sk, sk)
}

func (s Star) fact(m *schema.FactModel) Relation {
	var v view
	for _, r := range m.Roles {
		s.stands(&v, r.Column, r.Points())
		if r.Durable != "" {
			s.standsFor(&v, r.Durable, r.Dim)
		}
	}
	return s.relation(m.Table, m.Table.PrimaryKey, v)
}

func (s Star) bridge(m *schema.BridgeModel) Relation {
	var v view
	for _, f := range m.Table.Fields {
		if strings.HasSuffix(f.Name, m.Member.DurableKey) {
			s.standsFor(&v, f.Name, m.Member)
		}
	}
	if m.Groups != nil {
		s.stands(&v, m.Groups.SurrogateKey, m.Groups)
	}
	return s.relation(m.Table, m.Table.PrimaryKey, v)
}

// aggregate is compared by its groups. Those by a key show what it stands for.
func (s Star) aggregate(m *schema.AggregateModel) Relation {
	var v view
	key := make([]string, len(m.Groups))
	for i, g := range m.Groups {
		key[i] = g.Name
		if g.Role != nil {
			s.member(&v, g, g.Role.Points())
			continue
		}
		for _, r := range m.Fact.Roles {
			switch g.Column {
			case r.Column:
				s.stands(&v, g.Name, r.Points())
			case r.Durable:
				s.standsFor(&v, g.Name, r.Dim)
			}
		}
	}
	return s.relation(m.Table, key, v, schema.GroupKey)
}

// member lets a group by a key in the rows of a dimension show what it stands for.
func (s Star) member(v *view, g schema.GroupModel, m *schema.DimensionModel) {
	switch g.Column {
	case m.SurrogateKey:
		s.stands(v, g.Name, m)
		return
	case m.DurableKey:
		s.standsFor(v, g.Name, m)
		return
	}
	for _, o := range m.Outriggers {
		if o.Column == g.Column {
			s.outrigger(v, g.Name, o)
		}
	}
}

// outrigger lets the key of an outrigger show what it stands for.
func (s Star) outrigger(v *view, column string, o schema.OutriggerModel) {
	switch {
	case o.Dim.Mini != nil:
		s.stands(v, column, o.Dim)
	case o.Takes != "":
		s.stands(v, column, o.Dim.Profile().Dim)
	default:
		s.standsFor(v, column, o.Dim)
	}
}

// view is what a relation shows in place of what is stored.
type view struct {
	own   map[string]string // the SQL of a column
	joins []string          // what that SQL reads besides the table
}

// show puts SQL in place of a column, and adds what that reads besides the table.
func (v *view) show(column, sql string, joins ...string) {
	if v.own == nil {
		v.own = map[string]string{}
	}
	v.own[column] = sql
	v.joins = append(v.joins, joins...)
}

// stands lets a key show what it stands for, as text: natural key and beginning of the
// version, or the values of a combination. Slashes in them are escaped, so that different
// things have different texts. A calendar's key stands for itself.
func (s Star) stands(v *view, column string, m *schema.DimensionModel) {
	if m.Calendar != nil {
		return
	}
	d, alias := s.Dialect, fmt.Sprintf("v%d", len(v.joins))
	key := sqltext.Column(d, "t", column)
	text := d.TypeName(record.Of(record.Text))
	var parts []string
	for _, c := range s.identity(m) {
		value := sqltext.Column(d, alias, c)
		if m.Table.Field(c).Type.Kind == record.Timestamp {
			value = d.ISO(value)
		}
		parts = append(parts, fmt.Sprintf("COALESCE(replace(replace(CAST(%s AS %s), '~', '~0'), '/', '~1'), '~')", value, text))
	}
	sk := sqltext.Column(d, alias, m.SurrogateKey)
	v.show(column, fmt.Sprintf("CASE WHEN %s > 0 THEN %s ELSE CAST(%s AS %s) END", sk, strings.Join(parts, " || '/' || "), key, text),
		fmt.Sprintf(" LEFT JOIN %s %s ON %s = %s", d.Table(m.Table.Name), alias, sk, key))
}

// standsFor lets a durable key show the natural key of its member, as text.
func (s Star) standsFor(v *view, column string, m *schema.DimensionModel) {
	d, alias := s.Dialect, fmt.Sprintf("v%d", len(v.joins))
	key, durable := sqltext.Column(d, "t", column), d.Quote(m.DurableKey)
	v.show(column, fmt.Sprintf("CASE WHEN %s > 0 THEN %s.lode_stands ELSE CAST(%s AS %s) END", key, alias, key, d.TypeName(record.Of(record.Text))),
		fmt.Sprintf(" LEFT JOIN (SELECT o.%s AS lode_durable, min(%s) AS lode_stands FROM %s o GROUP BY o.%s) %s ON %s.lode_durable = %s",
			durable, sqltext.Signature(d, "o", m.NaturalKey()...), d.Table(m.Table.Name), durable, alias, alias, key))
}

// relation compares a table by key, but for the columns to leave out.
func (s Star) relation(t schema.Table, key []string, v view, leave ...string) Relation {
	audit := []string{schema.EventStream, schema.EventSeq}
	if t.Field("synced_at") == nil { // where it is, created_at and updated_at tell of observation
		audit = append(audit, schema.CreatedAt, schema.UpdatedAt)
	}
	r := Relation{Key: key, Values: sqltext.Without(t.FieldNames(), slices.Concat(key, leave, audit)...)}
	parts := make([]string, 0, len(t.Fields))
	for _, c := range r.Columns() {
		if own := v.own[c]; own != "" {
			parts = append(parts, own+" AS "+s.Dialect.Quote(c))
			continue
		}
		parts = append(parts, groupable(s.Dialect, "t", *t.Field(c)))
	}
	r.SQL = fmt.Sprintf("SELECT %s FROM %s t%s", strings.Join(parts, ", "), s.Dialect.Table(t.Name), strings.Join(v.joins, ""))
	return r
}
