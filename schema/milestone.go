package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
)

// LagModel is a checked lag between two source columns.
type LagModel struct {
	From, To string
	In       string // days, hours or minutes
}

// milestoneRoles are the roles that the milestones of a fact are.
func (f Fact) milestoneRoles() []Role {
	if f.Milestones == nil {
		return nil
	}
	roles := make([]Role, len(f.Milestones.Dates))
	for i, d := range f.Milestones.Dates {
		roles[i] = Role{Name: d.Name, Dimension: f.Milestones.Calendar, Key: []string{d.At}, WhenNull: "not_yet"}
	}
	return roles
}

func (r *resolver) milestones(m *FactModel, rep report) {
	dim := r.model.Dimension(m.Milestones.Calendar)
	switch {
	case m.Snapshot != nil:
		rep.addf("milestones", "does not belong to a periodic snapshot; declare a fact of its own for them")
		return
	case len(m.Milestones.Dates) == 0:
		rep.addf("milestones.dates", "is empty; name at least one")
		return
	case dim == nil:
		rep.addf("milestones.calendar", "there is no dimension %q%s", m.Milestones.Calendar, suggest(m.Milestones.Calendar, r.dimensionNames()))
		return
	case dim.Calendar == nil:
		rep.addf("milestones.calendar", "%s is no calendar", dim.Name)
		return
	}
	for _, role := range m.milestoneRoles() {
		r.role(m, role, "milestones.dates."+role.Name, rep)
	}
}

// lag checks a lag and adds its column.
func (r *resolver) lag(m *FactModel, l Lag, rep report) {
	path := "lags." + l.Name
	rep.oneOf(path+".in", l.In, "days", "hours", "minutes")
	model := &LagModel{From: r.milestone(m, l.From, path+".from", rep), To: r.milestone(m, l.To, path+".to", rep), In: or(l.In, "days")}
	for _, source := range []string{model.From, model.To} {
		if t, ok := m.Source(source); ok && t.Kind == record.Date && model.In != "days" {
			rep.addf(path+".in", "%q is a date and has no %s; write days", source, model.In)
		}
	}
	m.Measures = append(m.Measures, m.additivity(Measure{Name: l.Name, Sum: l.Sum, Description: l.Description}, path, rep))
	comment := or(l.Description, "From "+l.From+" to "+l.To+", in "+model.In+".")
	r.addValue(m, path, FactColumn{Name: l.Name, Lag: model, Stored: record.Of(record.Int), Comment: comment}, rep)
}

// milestone is the source column of a milestone.
func (r *resolver) milestone(m *FactModel, name, path string, rep report) string {
	if m.Milestones == nil {
		rep.addf(path, "the fact declares no milestones")
		return ""
	}
	dates := m.Milestones.Dates
	i := slices.IndexFunc(dates, func(d Milestone) bool { return d.Name == name })
	if i < 0 {
		names := make([]string, len(dates))
		for i, d := range dates {
			names[i] = d.Name
		}
		rep.addf(path, "there is no milestone %q%s", name, suggest(name, names))
		return ""
	}
	return dates[i].At
}
