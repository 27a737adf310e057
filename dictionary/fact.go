package dictionary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
)

func fact(m *schema.FactModel) Table {
	t := Table{Name: m.Table.Name.String(), Kind: Fact, About: withoutGrain(m.Table.Comment, m.Description), Owner: m.Owner, Tags: m.Tags, Grain: m.Grain, Columns: columns(m.Table)}
	t.made(m.Entity.Current.Name.String())
	for _, j := range m.Joins {
		t.made(j.Entity.Current.Name.String())
		t.detail("Reads", fmt.Sprintf("%s as %s", j.Entity.Current.Name, j.Name))
	}
	if m.Snapshot != nil {
		t.detail("Snapshot", "every "+m.Snapshot.Every)
	} else {
		t.detail("Happened at", m.EventAt)
	}
	for _, c := range m.Columns {
		t.set(c.Name, func(x *Column) { x.From = valueOf(m, c) })
	}
	for _, x := range m.Measures {
		t.set(x.Name, func(c *Column) { c.Sum = summed(x) })
	}
	for _, r := range m.Roles {
		role(&t, r)
	}
	if m.Late == "unknown" {
		t.detail("A key without a member", "points to the unknown member until it arrives")
	} else {
		t.detail("A key without a member", "makes an inferred member")
	}
	if m.Reverses() {
		t.detail("Corrections", "a changed row is taken back by a row of its own; measures net out")
	}
	t.Columns = kept(t.Columns)
	return t
}

// withoutGrain leaves out of a table's comment what stands beside it.
func withoutGrain(comment, description string) string {
	if description == "" {
		return ""
	}
	about, _, _ := strings.Cut(comment, " Grain: ")
	return cmp.Or(description, about)
}

// role says which member a key points to.
func role(t *Table, r schema.RoleModel) {
	points := r.Points().Table.Name.String()
	t.made(points)
	how := cmp.Or(list(r.Key), "the load that brought the event")
	if r.Dim.Lookup() == schema.ByVersion {
		when := "as of the event"
		if r.AsOf == "current" {
			when = "the current version"
		}
		how += ", " + when
	}
	if r.Zone != "" {
		how += ", in " + r.Zone
	}
	t.set(r.Column, func(c *Column) { c.Key, c.Points, c.From = "foreign", points, how })
	t.set(r.Durable, func(c *Column) { c.Key, c.Points, c.From = "foreign", points, how })
}

// valueOf says where the values of a fact's column are from.
func valueOf(m *schema.FactModel, c schema.FactColumn) string {
	switch {
	case c.Allocation != nil:
		return "allocated: " + measureOf(m, c.Name)
	case c.Lag != nil:
		return fmt.Sprintf("%s from %s to %s", c.Lag.In, c.Lag.From, c.Lag.To)
	case c.Program != nil:
		return "computed: " + measureOf(m, c.Name)
	case c.From == schema.PeriodStart || c.From == schema.PeriodEnd:
		return ""
	case strings.Contains(c.From, "."):
		return c.From
	}
	return m.Entity.Name + "." + c.From
}

func measureOf(m *schema.FactModel, name string) string {
	if i := slices.IndexFunc(m.Fact.Measures, func(x schema.Measure) bool { return x.Name == name }); i >= 0 {
		return m.Fact.Measures[i].Value
	}
	return ""
}

// summed says what a measure may be summed over.
func summed(x schema.MeasureModel) string {
	switch {
	case x.Everywhere:
		return "everything"
	case len(x.Over) > 0:
		return list(x.Over)
	}
	return "nothing"
}

func aggregate(m *schema.AggregateModel) Table {
	t := Table{Name: m.Table.Name.String(), Kind: Aggregate, About: withoutGrain(m.Table.Comment, m.Description), Owner: m.Owner, Tags: m.Tags, Grain: m.Grain, Columns: columns(m.Table)}
	t.made(m.Fact.Table.Name.String())
	for _, g := range m.Groups {
		from := m.Fact.Name + "." + g.Column
		if g.Role != nil {
			t.made(g.Role.Points().Table.Name.String())
			from = g.Role.Points().Name + "." + g.Column + ", of " + g.Role.Name
		}
		t.set(g.Name, func(c *Column) { c.Key, c.From = "group", from })
	}
	for _, x := range m.Measures {
		t.set(x.Name, func(c *Column) { c.From = measured(x) })
	}
	t.Columns = kept(t.Columns)
	return t
}

func measured(x schema.AggMeasure) string {
	for _, f := range [][2]string{{"sum of", x.Sum}, {"count of", x.Count}, {"count of different", x.CountDistinct}, {"least", x.Min}, {"greatest", x.Max}, {"mean of", x.Avg}, {"last", x.Last}} {
		if f[1] != "" {
			return f[0] + " " + f[1]
		}
	}
	return ""
}
