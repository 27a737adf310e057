package lint

import (
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/naming"
)

// table is what the declarations of all tables have in common.
type table struct {
	kind               naming.Kind
	name               string
	description, owner string // the grain serves as a description
	nolint             map[string]string
}

// open begins a table; close ends it.
func (l *linter) open(t table) place {
	top := place{object: string(t.kind) + " " + t.name, silences: []*silence{silenceOf("", t.nolint)}}
	named := top
	named.path = string(t.kind)
	l.add(named, naming.Table(t.kind, t.name)...)
	if strings.TrimSpace(t.description) == "" {
		l.add(named, naming.Finding{Rule: "table_description", Text: t.name + " has no description; say what one row means"})
	}
	if strings.TrimSpace(t.owner) == "" {
		l.add(named, naming.Finding{Rule: "owner", Text: t.name + " has no owner; name who answers for it"})
	}
	return top
}

// column is a declared column.
type column struct {
	path, name  string
	description string
	nolint      map[string]string
	told        bool // there need be no description
}

// columns checks declared columns against the types behind them in the stored table, and
// tells those without a description together.
func (l *linter) columns(p place, path string, stored schema.Table, all []column) {
	var silent []string
	for _, c := range all {
		at := p.at(c.path, c.nolint)
		if f := stored.Field(c.name); f != nil {
			l.add(at, naming.Column(c.name, f.Type.Kind, l.names...)...)
		}
		if !c.told && strings.TrimSpace(c.description) == "" && (l.levels["column_description"] == Off || !at.silencedHere("column_description")) {
			silent = append(silent, c.name)
		}
		l.close(at)
	}
	if len(silent) > 0 {
		p.path = path
		have := " has"
		if len(silent) > 1 {
			have = " have"
		}
		l.add(p, naming.Finding{Rule: "column_description", Text: strings.Join(silent, ", ") + have + " no description; say what the values mean"})
	}
}

// silencedHere tells whether the innermost declaration silences a rule.
func (p place) silencedHere(rule string) bool {
	inner := p
	inner.silences = p.silences[:1]
	return inner.silent(rule)
}

func (l *linter) entity(e *schema.EntityModel) {
	p := l.open(table{naming.Entity, e.Name, e.Description, e.Owner, e.NoLint})
	var all []column
	for _, c := range e.Entity.Columns {
		all = append(all, column{"columns." + c.Name, c.Name, c.Description, c.NoLint, false})
	}
	for _, c := range e.Computed {
		all = append(all, column{"computed." + c.Name, c.Name, c.Description, c.NoLint, false})
	}
	path := "columns"
	if len(e.Entity.Columns) == 0 {
		path = "computed"
	}
	l.columns(p, path, e.Current, all)
	l.close(p)
}

func (l *linter) dimension(d *schema.DimensionModel) {
	said := d.Description
	if d.Kind() != schema.HistoryDimension {
		said = d.Table.Comment // such as a calendar, one row per day
	}
	p := l.open(table{naming.Dimension, d.Name, said, d.Owner, d.NoLint})
	for _, o := range d.Dimension.Outriggers {
		l.add(p.at("outriggers."+o.Name, nil), naming.Role(o.Name)...)
	}
	l.close(p)
}

func (l *linter) bridge(b *schema.BridgeModel) {
	p := l.open(table{naming.Bridge, b.Name, b.Description, b.Owner, b.NoLint})
	l.close(p)
}

func (l *linter) fact(f *schema.FactModel) {
	p := l.open(table{naming.Fact, f.Name, f.Grain, f.Owner, f.NoLint})
	for _, r := range f.Fact.Dimensions {
		l.add(p.at("dimensions."+r.Name, nil), naming.Role(r.Name)...)
	}
	var all []column
	for _, x := range f.Fact.Measures {
		if x.Value != "" { // the others are columns of the entity
			all = append(all, column{"measures." + x.Name, x.Name, x.Description, x.NoLint, false})
		} else if len(x.NoLint) > 0 {
			l.close(p.at("measures."+x.Name, x.NoLint))
		}
	}
	for _, x := range f.Lags {
		all = append(all, column{"lags." + x.Name, x.Name, x.Description, x.NoLint, true}) // its declaration says it
	}
	l.columns(p, "measures", f.Table, all)
	l.close(p)
}

// appTable checks a table that programs write.
func (l *linter) appTable(t *schema.AppTableModel) {
	p := l.open(table{naming.App, t.Name, t.Description, t.Owner, t.NoLint})
	var all []column
	for _, c := range t.AppTable.Columns {
		all = append(all, column{"columns." + c.Name, c.Name, c.Description, c.NoLint, false})
	}
	for _, c := range t.Computed {
		all = append(all, column{"computed." + c.Name, c.Name, c.Description, c.NoLint, false})
	}
	l.columns(p, "columns", t.Table, all)
	l.close(p)
}

// aggregate checks an aggregate, whose columns say themselves what they are made of.
func (l *linter) aggregate(a *schema.AggregateModel) {
	p := l.open(table{naming.Aggregate, a.Name, a.Grain, a.Owner, a.NoLint})
	var all []column
	for _, g := range a.Group {
		all = append(all, column{"group." + g.Name, g.Name, "", g.NoLint, true})
	}
	for _, x := range a.Aggregate.Measures {
		all = append(all, column{"measures." + x.Name, x.Name, "", x.NoLint, true})
	}
	l.columns(p, "measures", a.Table, all)
	l.close(p)
}
