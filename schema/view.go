package schema

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// View asks for views on the tables of gold that show them in another way. Kind is
// business (without technical columns), null_ends (valid_to is NULL where a version has no
// end) or closed (valid_to is the last microsecond of a version, for BETWEEN). Without a
// Schema the views stand beside their tables and end in _ and their kind.
type View struct {
	Kind   string `yaml:"view" need:"yes" doc:"business, without technical columns; null_ends, where valid_to is NULL for a version without end; closed, where valid_to is the last microsecond of a version."`
	Schema string `yaml:"schema" doc:"Schema of the views, which then have the names of their tables; without it they stand beside these, with the kind behind the name."`
}

// The kinds of views.
const (
	BusinessView = "business"
	NullEndsView = "null_ends"
	ClosedView   = "closed"
)

// ViewModel is one view on one table.
type ViewModel struct {
	Name    Name
	Kind    string
	Of      Table
	Columns []string
}

func (r *resolver) views(declared []View) {
	rep := r.report("project")
	taken := map[string]bool{}
	for _, t := range r.model.gold() {
		taken[strings.ToLower(t.Name.String())] = true
	}
	for i, v := range declared {
		path := indexPath("views", i)
		before := len(r.problems)
		rep.oneOf(path+".view", v.Kind, BusinessView, NullEndsView, ClosedView)
		l := r.model.Layers
		if v.Schema != "" && slices.Contains([]string{l.Bronze, l.Silver, l.Gold, l.Lode}, v.Schema) {
			rep.addf(path+".schema", "%q is the schema of a layer; leave it out, or choose another", v.Schema)
		}
		if len(v.Schema) > maxNameLength || strings.ContainsAny(v.Schema, ".\x00") || !utf8.ValidString(v.Schema) {
			rep.addf(path+".schema", "%q is no name that every database takes: at most %d bytes of UTF-8, without a dot", v.Schema, maxNameLength)
		}
		if len(r.problems) > before {
			continue
		}
		for _, t := range r.model.gold() {
			m, shown := viewOf(v, t)
			switch {
			case !shown:
			case len(m.Name.Table) > maxNameLength:
				rep.addf(path, "the name %q is longer than %d bytes; give the views a schema of their own", m.Name.Table, maxNameLength)
			case taken[strings.ToLower(m.Name.String())]:
				rep.addf(path, "the name %s is taken already; give the views a schema of their own", m.Name)
			default:
				taken[strings.ToLower(m.Name.String())] = true
				r.model.Views = append(r.model.Views, m)
			}
		}
	}
}

// gold lists the tables of the star.
func (m *Model) gold() []Table {
	var out []Table
	for _, d := range m.Dimensions {
		out = append(out, d.Table)
	}
	for _, b := range m.Bridges {
		out = append(out, b.Table)
	}
	for _, f := range m.Facts {
		out = append(out, f.Table)
	}
	for _, a := range m.Aggregates {
		out = append(out, a.Table)
	}
	return out
}

// viewOf is the view of a table; false when there is nothing that it would show otherwise.
func viewOf(v View, t Table) (ViewModel, bool) {
	m := ViewModel{Name: Name{v.Schema, t.Name.Table}, Kind: v.Kind, Of: t, Columns: t.FieldNames()}
	if v.Schema == "" {
		m.Name = Name{t.Name.Schema, t.Name.Table + "_" + v.Kind}
	}
	if v.Kind != BusinessView {
		return m, t.Field(ValidTo) != nil
	}
	m.Columns = slices.DeleteFunc(m.Columns, func(c string) bool {
		return slices.Contains([]string{CreatedAt, UpdatedAt, EventAtCol, EventStream, EventSeq, GroupKey}, c)
	})
	return m, true
}
