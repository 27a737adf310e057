package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
)

func (r *resolver) fact(f Fact) {
	rep := r.report("fact " + f.Name)
	m := &FactModel{Fact: f}
	m.Late = or(f.Late, "infer")
	defer func() { r.broken[f.Name] = r.model.Fact(f.Name) == nil }()
	m.Entity = r.model.Entity(f.From)
	if m.Entity == nil {
		rep.addf("from", "there is no entity %q%s", f.From, suggest(f.From, r.entityNames()))
		return
	}
	if f.Grain == "" {
		rep.addf("grain", "is missing; say what one row means")
	}
	r.corrections(m, rep)
	if f.Snapshot != nil {
		r.snapshot(m, rep)
	}
	for _, j := range f.Joins {
		r.join(m, j, rep)
	}
	if len(m.Joins) < len(f.Joins) {
		return
	}
	r.factColumns(m, rep)
	rep.oneOf("late", f.Late, "infer", "unknown")
	for _, role := range f.Dimensions {
		r.role(m, role, "dimensions."+role.Name, rep)
	}
	if f.Milestones != nil {
		r.milestones(m, rep)
	}
	if len(f.Dimensions) == 0 && f.Milestones == nil {
		rep.addf("dimensions", "is empty; name at least one")
	}
	m.joinedNames(rep)
	if !rep.clean() || len(m.Roles) < len(f.Dimensions)+len(m.milestoneRoles()) {
		return
	}
	m.WeekStarts = m.weekStarts()
	deriveFactTable(m, r.model.Layers)
	rep.table(m.Table)
	m.Fingerprint = fingerprint(m.Fact, m.Table, m.Entity.Fingerprint, joinedFingerprints(m), m.WeekStarts, deletedMembers(m))
	r.model.Facts = append(r.model.Facts, m)
}

// deletedMembers says, for each role, where facts point whose member is deleted: its
// dimension declares that, and no version moves when it changes.
func deletedMembers(m *FactModel) []string {
	out := make([]string, len(m.Roles))
	for i, r := range m.Roles {
		out[i] = or(r.Dim.Deleted, "last")
	}
	return out
}

func joinedFingerprints(m *FactModel) []string {
	var out []string
	for _, e := range m.Joined() {
		out = append(out, e.Fingerprint)
	}
	return out
}

// factColumns finds the columns that a row holds beside its keys of dimensions. Amounts
// that are allocated come last, because they may be divided by any of the others.
func (r *resolver) factColumns(m *FactModel, rep report) {
	for _, k := range m.Entity.Key() {
		r.keep(m, "key", k, rep)
	}
	if m.EventAt == "" {
		rep.addf("event_at", "is missing; name the column that says when the fact happened")
	} else {
		r.factColumn(m, "event_at", m.EventAt, rep, record.Timestamp, record.Date)
		r.keep(m, "event_at", m.EventAt, rep)
	}
	if m.Snapshot != nil {
		r.keep(m, "snapshot", PeriodStart, rep)
	}
	for _, c := range m.Degenerate {
		r.factColumn(m, "degenerate", c, rep)
		r.keep(m, "degenerate", c, rep)
	}
	for _, allocated := range []bool{false, true} {
		for _, x := range m.Fact.Measures {
			if (x.Allocate != nil) == allocated {
				r.measure(m, x, rep)
			}
		}
	}
	for _, l := range m.Lags {
		r.lag(m, l, rep)
	}
}

func (r *resolver) role(m *FactModel, role Role, path string, rep report) {
	dim := r.model.Dimension(role.Dimension)
	switch {
	case r.broken[role.Dimension]:
		return // what is wrong has been reported
	case dim == nil:
		rep.addf(path+".dimension", "there is no dimension %q%s", role.Dimension, suggest(role.Dimension, r.dimensionNames()))
		return
	case dim.Profile() != nil:
		rep.addf(path+".dimension", "%s is the history of %s; point to that one, with of", dim.Name, dim.Profile().Dim.Name)
		return
	case m.Role(role.Name) != nil:
		rep.addf(path, "is declared twice")
	case m.Column(role.Name+"_key") != nil:
		rep.addf(path, "its column %s_key is also a column of the entity that the fact keeps; choose another name", role.Name)
	}
	rep.oneOf(path+".as_of", role.AsOf, "event", "current")
	rep.oneOf(path+".when_null", role.WhenNull, "unknown", "not_applicable", "not_yet")
	if dim.Mini != nil || role.Of != "" {
		if dim = r.profileOf(m, &role, dim, path, rep); dim == nil {
			return
		}
	} else if !r.roleKey(m, &role, dim, path, rep) {
		return
	}
	role.AsOf, role.WhenNull = or(role.AsOf, "event"), or(role.WhenNull, "unknown")
	if role.Of == "" {
		r.lateness(m, dim, rep)
	}
	model := RoleModel{Role: role, Dim: dim, Column: role.Name + "_key"}
	if dim.Durable() {
		model.Durable = durableColumn(role.Name)
	}
	m.Roles = append(m.Roles, model)
}

// lateness checks what a fact does with members that are not known yet.
func (r *resolver) lateness(m *FactModel, dim *DimensionModel, rep report) {
	for _, other := range r.model.Facts {
		if other.Late != m.Late && dim.Lookup() == ByVersion && slices.ContainsFunc(other.Roles, func(o RoleModel) bool { return o.Dim == dim }) {
			rep.addf("late", "is %s, and %s declares %s for the same dimension %s; one of them would see what the other infers. Declare the same in both", m.Late, other.Name, other.Late, dim.Name)
		}
	}
	if dim.FirstVersion == "event" && m.Late == "infer" {
		rep.addf("late", "infer needs a dimension whose first version is open to the past; %s declares first_version: event. Declare late: unknown", dim.Name)
	}
}

func (r *resolver) factNames() []string {
	names := make([]string, len(r.model.Facts))
	for i, f := range r.model.Facts {
		names[i] = f.Name
	}
	return names
}
