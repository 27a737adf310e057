package schema

import "slices"

// appReferences adds the foreign keys of application tables, once all of them are known.
func (r *resolver) appReferences(p Project) {
	for _, m := range r.model.AppTables {
		rep := r.report("table " + m.Name)
		for _, c := range m.AppTable.Columns {
			if c.References != "" {
				r.appReference(p, m, c, rep)
			}
		}
	}
}

func (r *resolver) appReference(p Project, m *AppTableModel, c AppColumn, rep report) {
	path := "columns." + c.Name + ".references"
	to, column := r.model.AppTable(c.References), m.Column(c.Name)
	switch {
	case to == nil && madeByRuns(p, c.References):
		rep.addf(path, "%s is made by runs, which take its rows out and write them anew; a foreign key names an application table", c.References)
	case to == nil:
		names := make([]string, len(r.model.AppTables))
		for i, t := range r.model.AppTables {
			names[i] = t.Name
		}
		rep.addf(path, "there is no application table %q%s", c.References, suggest(c.References, names))
	case len(to.Key) != 1:
		rep.addf(path, "the key of %s has %d columns; one column cannot name its rows", to.Name, len(to.Key))
	case column == nil || to.Column(to.Key[0]) == nil: // reported where it is declared
	case column.Stored != to.Column(to.Key[0]).Stored:
		rep.addf(path, "the column is %s, and the key %s of %s is %s", column.Stored, to.Key[0], to.Name, to.Column(to.Key[0]).Stored)
	default:
		m.Table.References = append(m.Table.References, Reference{Columns: []string{c.Name}, To: to.Table.Name, Key: to.Key})
		if !m.Table.leads(c.Name) {
			m.Table.Indexes = append(m.Table.Indexes, Index{Columns: []string{c.Name}})
		}
	}
}

// madeByRuns tells whether a name is that of something that is made from bronze.
func madeByRuns(p Project, name string) bool {
	return slices.ContainsFunc(p.Entities, func(x Entity) bool { return x.Name == name }) ||
		slices.ContainsFunc(p.Dimensions, func(x Dimension) bool { return x.Name == name }) ||
		slices.ContainsFunc(p.Bridges, func(x Bridge) bool { return x.Name == name }) ||
		slices.ContainsFunc(p.Facts, func(x Fact) bool { return x.Name == name }) ||
		slices.ContainsFunc(p.Aggregates, func(x Aggregate) bool { return x.Name == name })
}
