package schema

import (
	"slices"
	"strings"
)

// additivity checks what a measure says it may be summed over.
func (f *FactModel) additivity(x Measure, path string, rep report) MeasureModel {
	out := MeasureModel{Measure: x}
	if len(x.Sum) == 1 {
		switch x.Sum[0] {
		case "yes", "true", "on":
			out.Everywhere = true
			return out
		case "no", "false", "off":
			return out
		}
	}
	for _, role := range x.Sum {
		switch {
		case slices.Contains([]string{"yes", "no", "true", "false"}, role):
			rep.addf(path+".sum", "%q stands alone; write yes, no, or a list of roles", role)
		case !slices.Contains(f.declaredRoles(), role):
			rep.addf(path+".sum", "the fact has no role %q%s; write yes, no, or the roles over which it may be summed", role, suggest(role, f.declaredRoles()))
		}
		out.Over = append(out.Over, role)
	}
	return out
}

func (f *FactModel) declaredRoles() []string {
	var names []string
	for _, r := range slices.Concat(f.Dimensions, f.milestoneRoles()) {
		names = append(names, r.Name)
	}
	return names
}

// sums says why an aggregate may not sum a measure, nothing if it may. Except names a role
// over which nothing is added, because one of its members is picked.
func (m *AggregateModel) sums(x MeasureModel, except func(RoleModel) bool) string {
	if x.Everywhere {
		return ""
	}
	var over, groups []string
	period := RoleModel{Role: Role{Name: PeriodEnd, Key: []string{PeriodEnd}}, Dim: &DimensionModel{Dimension: Dimension{Calendar: &Calendar{}}}} // where no role stands for it
	for _, r := range m.Fact.Roles {
		if r.Of != "" || r.Dim.Lookup() == ByEvent || slices.Contains(x.Over, r.Name) || m.keeps(r) || except(r) { // a profile is one of a member at a time, and these are asked for; a row has one load
			continue
		}
		over, groups = append(over, r.Name), append(groups, m.Fact.groupingBy(r))
	}
	if m.Fact.Snapshot != nil && !slices.ContainsFunc(m.Fact.Roles, m.Fact.isTime) && !m.keeps(period) && !except(period) {
		over, groups = append(over, PeriodEnd), append(groups, PeriodEnd)
	}
	if len(over) == 0 && len(x.Over) > 0 {
		return ""
	}
	may := "nothing"
	if len(x.Over) > 0 {
		may = strings.Join(x.Over, ", ")
	}
	text := "sums " + x.Name + " over " + or(strings.Join(over, " and "), "the rows of a group") + ", but " + m.Fact.Name + " says that it may be summed over " + may + ". "
	if len(groups) > 0 && len(x.Over) > 0 {
		return text + "Group by " + strings.Join(groups, " and ") + " too, or take its last, min, max or avg"
	}
	return text + "Take its last, min, max or avg, or declare {sum: yes} on the fact if it may be added"
}

// groupingBy is what an aggregate groups by to keep a role.
func (f *FactModel) groupingBy(r RoleModel) string {
	switch r.Dim.Lookup() {
	case ByDay, ByTime:
		return r.Name + "." + r.Dim.NaturalKey()[0]
	}
	return r.Column
}

// keeps tells whether the rows of a group all have the same member in a role, whatever
// else they differ in.
func (m *AggregateModel) keeps(r RoleModel) bool {
	grouped := func(role *RoleModel, column string) bool {
		return slices.ContainsFunc(m.Groups, func(g GroupModel) bool {
			return g.Column == column && (g.Role == nil) == (role == nil) && (role == nil || g.Role.Name == role.Name)
		})
	}
	all := func(role *RoleModel, columns []string) bool {
		return !slices.ContainsFunc(columns, func(c string) bool { return !grouped(role, c) })
	}
	held := make([]string, len(r.Key))
	for i, source := range r.Key {
		held[i] = m.Fact.Holds(source)
	}
	if r.Dim.Lookup() == ByEvent {
		held = []string{""} // the fact holds the event, and many have the same load
	}
	if m.Fact.isTime(r) && slices.ContainsFunc(m.Fact.periodGroups(), func(set []string) bool { return all(&r, set) }) {
		return true
	}
	return grouped(nil, r.Column) || r.Durable != "" && grouped(nil, r.Durable) || all(nil, held) ||
		grouped(&r, r.Dim.SurrogateKey) || grouped(&r, r.Dim.DurableKey) || all(&r, r.Dim.NaturalKey())
}

// isTime tells whether a role is the day, or the time of day, of the fact's own time.
func (f *FactModel) isTime(r RoleModel) bool {
	how := r.Dim.Lookup()
	return (how == ByDay || how == ByTime) && len(r.Key) == 1 && r.Key[0] == f.EventAt
}
