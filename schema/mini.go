package schema

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
)

// Columns of types 4 and 5 leave their dimension. Those that name the same mini-dimension
// make three things out of what there is already: the combinations that occur, as of a junk
// dimension; the history of who had which combination when, as of any entity, whose rows
// point to the combinations; and with a column of type 5 a key in the dimension itself, that of the
// newest row of this history.

// MiniModel is what a mini-dimension consists of, besides its combinations.
type MiniModel struct {
	Of      *DimensionModel // the dimension that its columns left
	History *DimensionModel // which member of it had which combination when
}

// isMini tells whether the column is kept in a mini-dimension.
func (c DimColumn) isMini() bool { return c.SCD == "4" || c.SCD == "5" }

// miniColumn checks what a column says of its mini-dimension.
func miniColumn(c DimColumn, path string, rep report) {
	switch {
	case c.isMini() && c.Mini == "":
		rep.addf(path+".mini", "is missing; name the mini-dimension that holds the column, as dim_profiles")
	case !c.isMini() && c.Mini != "":
		rep.addf(path+".mini", "belongs to columns of types 4 and 5 only")
	}
}

// minis lists the mini-dimensions that the columns name, each once.
func (d Dimension) minis() []string {
	var names []string
	for _, c := range d.Columns {
		if c.isMini() && c.Mini != "" && !slices.Contains(names, c.Mini) {
			names = append(names, c.Mini)
		}
	}
	return names
}

// inMini lists the columns that a mini-dimension holds.
func (d Dimension) inMini(name string) []DimColumn {
	return slices.DeleteFunc(slices.Clone(d.Columns), func(c DimColumn) bool { return !c.isMini() || c.Mini != name })
}

// miniHistory names the history of a mini-dimension: dim_profiles has dim_profile_history.
func miniHistory(mini string) string { return singular(mini) + "_history" }

// minis makes the mini-dimensions, when the declared dimensions are known.
func (r *resolver) minis() {
	for _, m := range slices.Clone(r.model.Dimensions) {
		for _, name := range m.Dimension.minis() {
			r.mini(m, name)
		}
	}
}

// checkMinis finds tables of mini-dimensions whose names others have. That a name belongs to
// another dimension is told when they are made.
func checkMinis(p Project, l Layers, check func(object, path, layer, table string)) {
	for i, d := range p.Dimensions {
		for _, mini := range d.minis() {
			path := "columns." + d.inMini(mini)[0].Name + ".mini"
			taken := func(o Dimension) bool { return o.Name == mini }
			if slices.ContainsFunc(p.Dimensions, taken) || slices.ContainsFunc(p.Dimensions[:i], func(o Dimension) bool { return slices.Contains(o.minis(), mini) }) {
				continue
			}
			check("dimension "+d.Name, path, l.Gold, mini)
			check("dimension "+d.Name, path, l.Gold, miniHistory(mini))
		}
	}
}

func (r *resolver) mini(m *DimensionModel, name string) {
	rep := r.report("dimension " + m.Name)
	columns := m.inMini(name)
	path := "columns." + columns[0].Name
	taken := r.model.Dimension(name)
	switch {
	case taken != nil && taken.Mini != nil:
		rep.addf(path+".mini", "%s is the mini-dimension of %s already; a profile is one of one dimension, so choose another name", name, taken.Mini.Of.Name)
		return
	case taken != nil:
		rep.addf(path+".mini", "%s is declared as a dimension already; a mini-dimension is made of the columns that name it, so choose another name", name)
		return
	case m.ReusedKey == "new" && slices.ContainsFunc(columns, func(c DimColumn) bool { return c.SCD == "5" }):
		rep.addf("reused_key", "makes several things of one key, whose current profiles are not told apart; declare the columns of %s as type 4", name)
		r.broken[name] = true
		return
	case slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Object == rep.object }):
		r.broken[name] = true // each mistake is told once
		return
	}
	r.makeMini(m, name, columns)
}

// makeMini makes the combinations, their history, and with type 5 the current key.
func (r *resolver) makeMini(m *DimensionModel, name string, columns []DimColumn) {
	names, tracked := make([]string, len(columns)), slices.Clone(columns)
	for i, c := range columns {
		names[i] = c.Name
		tracked[i].SCD, tracked[i].Mini = "2", ""
	}
	r.dimension(Dimension{Name: name, Tags: m.Tags, Owner: m.Owner, Description: "Combinations of " + strings.Join(names, ", ") + " that occurred in " + m.From + ".", Junk: &Junk{From: m.From, Columns: names}})
	past := m.Dimension
	past.Name, past.Columns, past.SurrogateKey, past.Outriggers = miniHistory(name), tracked, "", nil
	past.Description = "Which of " + name + " each of " + m.Name + " had when."
	r.dimension(past)
	mini, history := r.model.Dimension(name), r.model.Dimension(past.Name)
	mini.Mini = &MiniModel{Of: m, History: history}
	history.point(OutriggerModel{Outrigger{name, name, names}, mini, mini.SurrogateKey, ""}, "Key of "+name+".")
	if slices.ContainsFunc(columns, func(c DimColumn) bool { return c.SCD == "5" }) {
		current := currentPrefix + mini.SurrogateKey
		m.point(OutriggerModel{Outrigger{current, history.Name, m.NaturalKey()}, history, current, mini.SurrogateKey}, "Newest key of "+name+".")
	}
}

// point gives a dimension the key of another one.
func (d *DimensionModel) point(o OutriggerModel, comment string) {
	d.Outriggers = append(d.Outriggers, o)
	at := slices.IndexFunc(d.Table.Fields, func(f Field) bool { return f.Name == ValidFrom })
	d.Table.Fields = slices.Insert(d.Table.Fields, at, Field{Name: o.Column, Type: record.Of(record.Int), Comment: comment})
}

// Profile is the key of a mini-dimension that the rows of its history hold, nil in any
// other dimension.
func (d *DimensionModel) Profile() *OutriggerModel {
	i := slices.IndexFunc(d.Outriggers, func(o OutriggerModel) bool { return o.Dim.Mini != nil })
	if i < 0 {
		return nil
	}
	return &d.Outriggers[i]
}

// Points is the dimension whose keys the role's column holds. They are found in Dim, which
// is another one where the role shows the profile of a member: its history.
func (r RoleModel) Points() *DimensionModel {
	if r.Of == "" {
		return r.Dim
	}
	return r.Dim.Profile().Dim
}

// Takes is the column of Dim whose value is the role's key.
func (r RoleModel) Takes() string {
	if r.Of == "" {
		return r.Dim.SurrogateKey
	}
	return r.Dim.Profile().Column
}

// profileOf completes a role that shows the profile of a member by the role of that
// member. It gives the history in which the profile is found, nil if too little is known.
func (r *resolver) profileOf(m *FactModel, role *Role, dim *DimensionModel, path string, rep report) *DimensionModel {
	switch {
	case dim.Mini == nil:
		rep.addf(path+".of", "belongs to mini-dimensions, and %s is none; remove it", dim.Name)
		return nil
	case role.Of == "":
		rep.addf(path+".of", "is missing; %s holds profiles of %s, so name the role whose profile this is", dim.Name, dim.Mini.Of.Name)
		return nil
	case len(role.Key) > 0:
		rep.addf(path+".key", "comes from the role %s; remove it", role.Of)
	case role.Zone != "":
		rep.addf(path+".zone", "belongs to days and times of day, and %s holds neither; remove it", dim.Name)
	}
	i := slices.IndexFunc(m.Fact.Dimensions, func(o Role) bool { return o.Name == role.Of })
	switch {
	case i < 0:
		rep.addf(path+".of", "the fact has no role %q%s", role.Of, suggest(role.Of, m.declaredRoles()))
		return nil
	case m.Fact.Dimensions[i].Dimension != dim.Mini.Of.Name:
		rep.addf(path+".of", "%s is a role of %s, and %s holds profiles of %s", role.Of, m.Fact.Dimensions[i].Dimension, dim.Name, dim.Mini.Of.Name)
		return nil
	}
	of := m.Fact.Dimensions[i]
	role.Key, role.AsOf, role.WhenNull = of.Key, or(role.AsOf, of.AsOf), or(role.WhenNull, of.WhenNull)
	return dim.Mini.History
}
