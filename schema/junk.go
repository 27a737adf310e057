package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
)

// Junk describes a dimension of the combinations that occur in some columns.
type Junk struct {
	From    string   `yaml:"from" need:"yes" doc:"The entity whose columns these are."`
	Columns []string `yaml:"columns" need:"yes" doc:"Columns with few values each, for example flags. Each combination that occurs is a row and stays one; NULL is a value like any other."`
}

func (r *resolver) junk(m *DimensionModel, rep report) {
	m.Entity = r.model.Entity(m.Junk.From)
	if m.Entity == nil {
		rep.addf("junk.from", "there is no entity %q%s", m.Junk.From, suggest(m.Junk.From, r.entityNames()))
		return
	}
	if len(m.Junk.Columns) == 0 {
		rep.addf("junk.columns", "is empty; name at least one")
	}
	for i, name := range m.Junk.Columns {
		path := indexPath("junk.columns", i)
		c := m.Entity.Column(name)
		switch {
		case c == nil:
			rep.addf(path, "entity %s has no column %q%s", m.Entity.Name, name, suggest(name, modelNames(m.Entity.Columns)))
			continue
		case slices.Contains(m.Junk.Columns[:i], name):
			rep.addf(path, "%s is there twice", name)
		case slices.Contains(m.Entity.Key(), name):
			rep.addf(path, "%s is part of the key of %s: each row would be a combination of its own", name, m.Entity.Name)
		}
		m.Attributes = append(m.Attributes, Attribute{Name: name, Of: name, Stored: c.Stored, Description: c.Comment})
	}
	deriveJunkTable(m, r.model.Layers)
}

func deriveJunkTable(m *DimensionModel, l Layers) {
	fields := append([]Field{field(m.SurrogateKey, record.Int, true)}, attributeFields(m)...)
	m.Table = Table{
		Name: Name{l.Gold, m.Name}, Fields: append(fields, field(CreatedAt, record.Timestamp, true)), PrimaryKey: []string{m.SurrogateKey},
		Comment: or(m.Description, "Combinations that occur in "+m.Junk.From+"."),
	}
}
