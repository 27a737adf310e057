package oracle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/internal/oracle"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// project is a drawn project: items with a history, and sales of them.
type project struct {
	types map[string]string // of the items' columns
	dims  []dimension
	roles []role
	group group
	mini  mini
	kinds kinds
}

type dimension struct {
	oracle.Dimension
	name    string
	gap     oracle.Gap
	inForce bool // what is current
}

type role struct {
	oracle.Role
	name string
	dim  int
}

// group is the attribute of a role that an aggregate groups by.
type group struct {
	role      int
	attribute string
}

// classic is the plain project: a column of type 2, and two of type 1.
func classic() project {
	return project{
		types: map[string]string{"a": "text", "b": "text", "c": "text"},
		dims: []dimension{{name: "dim_items", gap: oracle.ToLast, Dimension: oracle.Dimension{Open: true, Columns: []oracle.Column{
			{Name: "a", Kind: oracle.Tracked}, {Name: "b", Kind: oracle.Newest}, {Name: "c", Kind: oracle.Refreshed},
		}}}},
		roles: []role{{name: "item", Role: oracle.Role{Gap: oracle.ToLast, WhenNull: oracle.Unknown, Infer: true}}},
		group: group{0, "a"},
	}
}

func projects() *rapid.Generator[project] {
	return rapid.Custom(func(t *rapid.T) project {
		if rapid.IntRange(0, 5).Draw(t, "classic") == 0 {
			p := classic()
			p.kinds = drawKinds(t)
			return p
		}
		p := project{types: map[string]string{"a": "text"}}
		for _, name := range []string{"bb", "cc", "dd"} {
			p.types[name] = rapid.SampledFrom(slices.Sorted(maps.Keys(columnTypes()))).Draw(t, "type of "+name)
		}
		simple := rapid.IntRange(0, 2).Draw(t, "simple") == 0
		nullAbsent := simple || rapid.Bool().Draw(t, "absent is null")
		infer := rapid.Bool().Draw(t, "infer")
		for _, name := range []string{"dim_items", "dim_goods"}[:rapid.IntRange(1, 2).Draw(t, "dimensions")] {
			d := drawDimension(t, name, slices.Sorted(maps.Keys(p.types)))
			if simple {
				d.simplify()
			}
			d.NullAbsent = nullAbsent
			d.Open = d.Open || infer // an inferred member has no other way to reach its facts
			p.roles = append(p.roles, drawRole(t, "in_"+name, len(p.dims), d, infer))
			p.dims = append(p.dims, d)
		}
		if d := p.dims[0]; !d.inForce && rapid.Bool().Draw(t, "current role") {
			r := drawRole(t, "now", 0, d, infer)
			r.Current = true
			p.roles = append(p.roles, r)
		}
		p.group = drawGroup(t, p)
		p.mini = drawMini(t, p)
		p.kinds = drawKinds(t)
		return p
	})
}

func drawDimension(t *rapid.T, name string, columns []string) dimension {
	kinds := []oracle.Kind{"", oracle.Earliest, oracle.FirstSeen, oracle.Newest, oracle.Refreshed, oracle.Tracked, oracle.Tracked, oracle.Prior, oracle.Both, oracle.Durable}
	d := dimension{
		name: name, gap: rapid.SampledFrom([]oracle.Gap{oracle.ToLast, oracle.ToMember, oracle.ToUnknown}).Draw(t, "gap"),
		inForce: rapid.IntRange(0, 3).Draw(t, "current") == 0,
	}
	d.Open, d.ByDay = rapid.Bool().Draw(t, "open"), rapid.IntRange(0, 4).Draw(t, "validity") == 0
	d.Again = rapid.IntRange(0, 3).Draw(t, "reused key") == 0
	for _, c := range columns {
		if k := rapid.SampledFrom(kinds).Draw(t, "kind of "+c); k != "" {
			d.Columns = append(d.Columns, oracle.Column{Name: c, Kind: k})
		}
	}
	if len(d.Columns) == 0 {
		d.Columns = []oracle.Column{{Name: "a", Kind: oracle.Tracked}}
	}
	return d
}

// simplify leaves out what makes a dimension compute its keys from all of their events.
func (d *dimension) simplify() {
	d.inForce, d.ByDay, d.Again = false, false, false
	for i, c := range d.Columns {
		if c.Kind == oracle.Prior || c.Kind == oracle.FirstSeen {
			d.Columns[i].Kind = oracle.Tracked
		}
	}
}

// inOrder tells whether a dimension may go on from the current versions of its keys.
func (p project) inOrder() bool {
	return slices.ContainsFunc(p.dims, func(d dimension) bool {
		simple := d
		simple.Columns = slices.Clone(d.Columns)
		simple.simplify()
		return d.NullAbsent && d.inForce == simple.inForce && d.ByDay == simple.ByDay && d.Again == simple.Again && slices.Equal(d.Columns, simple.Columns)
	})
}

func drawRole(t *rapid.T, name string, dim int, d dimension, infer bool) role {
	null := rapid.SampledFrom([]int{oracle.Unknown, oracle.NotApplicable}).Draw(t, "null key")
	return role{name: name, dim: dim, Role: oracle.Role{Gap: d.gap, WhenNull: null, Infer: infer}}
}

// key begins the names of the keys: item_key, item_durable_key.
func (d dimension) key() string { return strings.TrimSuffix(strings.TrimPrefix(d.name, "dim_"), "s") }

// attributes are the columns of a dimension's table, with the column that each is of.
func (d dimension) attributes() (names []string, of map[string]string) {
	of = map[string]string{}
	add := func(name, column string) { names, of[name] = append(names, name), column }
	for _, c := range d.Columns {
		add(c.Name, c.Name)
		switch c.Kind {
		case oracle.Prior:
			add("prior_"+c.Name, c.Name)
		case oracle.Both:
			add("current_"+c.Name, c.Name)
		}
	}
	return names, of
}

// drawGroup picks a text, so that the special members have a name to group by.
func drawGroup(t *rapid.T, p project) group {
	var groups []group
	for i, r := range p.roles {
		names, of := p.dims[r.dim].attributes()
		for _, name := range names {
			if p.types[of[name]] == "text" {
				groups = append(groups, group{i, name})
			}
		}
	}
	if len(groups) == 0 {
		return group{role: -1}
	}
	return rapid.SampledFrom(groups).Draw(t, "group")
}

// String is what a reader needs to build the project again.
func (p project) String() string {
	lines := []string{fmt.Sprintf("types %v", p.types)}
	for _, d := range p.dims {
		lines = append(lines, fmt.Sprintf("%s %+v gap=%s inForce=%t", d.name, d.Dimension, d.gap, d.inForce))
	}
	for _, r := range p.roles {
		lines = append(lines, fmt.Sprintf("role %s of %s %+v", r.name, p.dims[r.dim].name, r.Role))
	}
	return strings.Join(append(lines, fmt.Sprintf("group %+v, mini-dimension %+v, kinds %+v", p.group, p.mini, p.kinds)), "\n\t")
}

// schema is the project as Lode takes it.
func (p project) schema(source *lodetest.Source) schema.Project {
	from := func(name, path string) schema.FieldMapping { return schema.FieldMapping{Name: name, From: path} }
	items := schema.Entity{Name: "items", Key: []string{"source_id"}}
	for _, name := range slices.Sorted(maps.Keys(p.types)) {
		items.Columns = append(items.Columns, schema.Column{Name: name, Type: p.types[name]})
	}
	items.Columns = append(items.Columns, schema.Column{Name: "said_at", Type: "timestamp"})
	m := schema.Mapping{Stream: "s.items", ValidAt: schema.ValidAt{Field: "at"}, Order: "lsn", Fields: []schema.FieldMapping{from("said_at", "at")}, Ignore: []string{"id"}}
	if p.dims[0].NullAbsent {
		m.Absent = "null"
	}
	items.From = []schema.Mapping{m}
	out := schema.Project{
		Name:    "drawn",
		Sources: []schema.Source{{Name: "s", Config: source}},
		Entities: []schema.Entity{items, {
			Name: "sales", Key: []string{"source_id"},
			Columns: []schema.Column{{Name: "item_id", Type: "text"}, {Name: "sold_at", Type: "timestamp"}, {Name: "sold_amount", Type: "decimal(12,2)"}, {Name: "paid_at", Type: "timestamp"}},
			From: []schema.Mapping{{
				Stream: "s.sales", Fields: []schema.FieldMapping{from("item_id", "item"), from("sold_at", "at"), from("sold_amount", "amount"), from("paid_at", "paid")},
				Ignore: []string{"id"},
			}},
		}},
		Dimensions: []schema.Dimension{{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-01-01"}}},
	}
	for _, d := range p.dims {
		out.Dimensions = append(out.Dimensions, d.schema())
	}
	out.Facts = []schema.Fact{p.fact()}
	p.mini.declare(&out, p.roles[0].name)
	p.kinds.declare(p, &out)
	out.Aggregates = p.aggregates()
	return out
}

func (d dimension) schema() schema.Dimension {
	pick := func(yes bool, a, b string) string { return map[bool]string{true: a, false: b}[yes] }
	out := schema.Dimension{
		Name: d.name, From: "items",
		FirstVersion: pick(d.Open, "open", "event"), Current: pick(d.inForce, "in_force", "last"), Validity: pick(d.ByDay, "day", "instant"),
		Deleted: string(d.gap), ReusedKey: pick(d.Again, "new", "same"),
	}
	for _, c := range d.Columns {
		scd, more, _ := strings.Cut(string(c.Kind), " ")
		column := schema.DimColumn{Name: c.Name, SCD: scd}
		switch more {
		case "seen":
			column.Keep = "first_seen"
		case "current":
			column.Scope = "current"
		}
		out.Columns = append(out.Columns, column)
	}
	return out
}

func (p project) fact() schema.Fact {
	f := schema.Fact{
		Name: "fact_sales", Grain: "one row per sale", From: "sales", EventAt: "sold_at",
		Dimensions: []schema.Role{{Name: "sold_on", Dimension: "dim_dates", Key: []string{"sold_at"}}},
		Degenerate: []string{"item_id", "sold_at"},
		Measures:   []schema.Measure{{Name: "sold_amount", Sum: []string{"yes"}}},
		Late:       "unknown",
	}
	for _, r := range p.roles {
		x := schema.Role{Name: r.name, Dimension: p.dims[r.dim].name, Key: []string{"item_id"}}
		if r.Current {
			x.AsOf = "current"
		}
		if r.WhenNull == oracle.NotApplicable {
			x.WhenNull = "not_applicable"
		}
		if r.Infer {
			f.Late = "infer"
		}
		f.Dimensions = append(f.Dimensions, x)
	}
	return f
}

func (p project) aggregates() []schema.Aggregate {
	daily := schema.Aggregate{
		Name: "agg_daily", Grain: "one row per day", From: "fact_sales", Group: []schema.GroupBy{{Name: "sold_on", By: "sold_on.date"}},
		Measures: []schema.AggMeasure{{Name: "least_amount", Min: "sold_amount"}, {Name: "most_amount", Max: "sold_amount"}, {Name: "item_count", CountDistinct: "item_id"}},
	}
	if p.group.role < 0 {
		return []schema.Aggregate{daily}
	}
	return []schema.Aggregate{daily, {
		Name: "agg_grouped", Grain: "one row per attribute", From: "fact_sales",
		Group:    []schema.GroupBy{{Name: "grouped", By: p.roles[p.group.role].name + "." + p.group.attribute}},
		Measures: []schema.AggMeasure{{Name: "sold_amount", Sum: "sold_amount"}, {Name: "sale_count", Count: "rows"}, {Name: "paid_count", Count: "sold_amount"}},
	}}
}
