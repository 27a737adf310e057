package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
)

// Match makes an entity of the records of other entities: those that are one thing. It
// is exact and transitive. What no rule says is not matched.
type Match struct {
	Of []string   `yaml:"of" need:"yes" doc:"The entities whose records are matched. Their keys have the same columns."`
	On [][]string `yaml:"on" need:"yes" doc:"Rules, in their order, each a list of columns: two records match if they have the same values in all of them. NULL matches nothing."`
}

// Survivor says which record's value a column of a conformed entity shows, in Take or,
// if Take is empty, by precedence in Prefer.
type Survivor struct {
	Name        string   `yaml:"-"`
	Take        string   `yaml:"take" oneof:"most_recent first" doc:"most_recent: the value of the record that changed last; first: the value that was known first."`
	Prefer      []string `yaml:"prefer" doc:"Source systems, or entities where several are matched: the value of the first of them that has one. Those not named come last; of several records of one the one that changed last counts."`
	Description string   `yaml:"description" doc:"Becomes the column's comment."`
}

// UnmarshalText lets a survivor be written as most_recent or first alone.
func (s *Survivor) UnmarshalText(text []byte) error {
	s.Take = string(text)
	return nil
}

// The ways to choose a value that survives, but for precedence.
const (
	TakeMostRecent = "most_recent"
	TakeFirst      = "first"
)

// Columns of the tables that tell which records are one thing.
const (
	SourceEntity = "source_entity" // the entity of a record, where records of several are matched
	MasterPrefix = "master_"       // begins the names of the columns that hold the thing's key
	MatchRule    = "rule"          // number of a rule, from 1
	MatchValue   = "value"         // what a record says in its columns
)

// ConformedModel is what is known of an entity that is matched of the records of others.
type ConformedModel struct {
	Of        []*EntityModel
	Rules     [][]string
	Survivors []Survivor
	// Members says which thing each record is: its key and, behind MasterPrefix, the
	// thing's, NULL for a record that is no longer there. Its log_seq tells when that
	// changed last, in the numbers of the entity's log.
	Members Table
	// Values holds what each record says in the columns of each rule.
	Values Table
}

// RecordKey is the names of the columns of a record's key, as the record's entity has them.
func (c *ConformedModel) RecordKey() []string { return c.Of[0].Key() }

// Several tells whether records of more than one entity are matched: then the key begins
// with SourceEntity.
func (c *ConformedModel) Several() bool { return len(c.Of) > 1 }

// Tables are the tables that the entity is stored in.
func (e *EntityModel) Tables() []Table {
	tables := []Table{e.Log, e.Current}
	if e.Conformed != nil {
		tables = append(tables, e.Conformed.Members, e.Conformed.Values)
	}
	return tables
}

// MasterKey is the names of the columns of Members that hold a thing's key.
func (e *EntityModel) MasterKey() []string {
	names := slices.Clone(e.Key())
	for i := range names {
		names[i] = MasterPrefix + names[i]
	}
	return names
}

// conformed checks an entity with match. The entities it is made of have been checked.
func (r *resolver) conformed(e Entity) {
	rep := r.report("entity " + e.Name)
	m := &EntityModel{Entity: e, Conformed: &ConformedModel{Rules: e.Match.On, Survivors: e.Survive}}
	m.CustomFields = "drop"
	onlyMatched(e, rep)
	r.matchedEntities(m, rep)
	if len(m.Conformed.Of) > 0 {
		m.keyOfRecords()
		matchRules(m, rep)
		r.survivors(m, rep)
		r.computed(m, rep)
	}
	deriveEntityTables(m, r.model.Layers)
	deriveMatchTables(m, r.model.Layers)
	if rep.clean() {
		rep.table(m.Current)
		rep.table(m.Conformed.Members)
		rep.table(m.Conformed.Values)
	}
	m.Fingerprint = fingerprint(m.Entity, m.Log)
	r.model.Entities = append(r.model.Entities, m)
}

// onlyMatched refuses what an entity has from its own records.
func onlyMatched(e Entity, rep report) {
	for _, x := range []struct {
		path  string
		given bool
	}{
		{"key", len(e.Key) > 0}, {"columns", len(e.Columns) > 0}, {"rules", len(e.Rules) > 0},
		{"from", len(e.From) > 0}, {"custom_fields", e.CustomFields != ""},
	} {
		if x.given {
			rep.addf(x.path, "belongs to the entities whose records are matched; remove it here")
		}
	}
}

// matchedEntities finds the entities whose records are matched, and holds their keys
// against each other.
func (r *resolver) matchedEntities(m *EntityModel, rep report) {
	if len(m.Match.Of) == 0 {
		rep.addf("match.of", "is empty; name the entities whose records are matched")
	}
	c := m.Conformed
	for i, name := range m.Match.Of {
		path, of := indexPath("match.of", i), r.model.Entity(name)
		switch {
		case of == nil:
			rep.addf(path, "there is no entity %q%s", name, suggest(name, r.entityNames()))
		case of.Conformed != nil:
			rep.addf(path, "%s is made by matching itself; match the records it is made of", name)
		case slices.Contains(c.Of, of):
			rep.addf(path, "is named twice")
		case of.KeyCount == 0 || of.KeyCount < len(of.Entity.Key):
			// What is wrong with its key has been reported.
		case len(c.Of) > 0 && !sameKey(c.Of[0], of):
			rep.addf(path, "its key differs from that of %s; records of both need the same columns to be named by", c.Of[0].Name)
		default:
			c.Of = append(c.Of, of)
		}
	}
}

func sameKey(a, b *EntityModel) bool {
	same := func(x, y ColumnModel) bool { return x.Name == y.Name && x.Stored == y.Stored }
	return slices.EqualFunc(a.Columns[:a.KeyCount], b.Columns[:b.KeyCount], same)
}

// keyOfRecords gives the entity the key of the records: a thing is named by one of its own.
func (e *EntityModel) keyOfRecords() {
	if e.Conformed.Several() {
		e.Columns = append(e.Columns, ColumnModel{Name: SourceEntity, Stored: record.Of(record.Text), Required: true, Comment: "Entity of the record that names it."})
	}
	of := e.Conformed.Of[0]
	for _, c := range of.Columns[:of.KeyCount] {
		e.Columns = append(e.Columns, ColumnModel{Name: c.Name, Stored: c.Stored, Required: true, Comment: c.Comment})
	}
	e.KeyCount = len(e.Columns)
	e.Entity.Key = modelNames(e.Columns)
}

func matchRules(m *EntityModel, rep report) {
	if len(m.Match.On) == 0 {
		rep.addf("match.on", "is empty; name the columns in which records of one thing agree")
	}
	for i, rule := range m.Match.On {
		path := indexPath("match.on", i)
		if len(rule) == 0 {
			rep.addf(path, "names no column")
		}
		before := len(*rep.found)
		for _, name := range rule {
			if c := m.recordColumn(name, path, rep); c != nil && (c.Stored.Kind == record.Float || c.Stored.Kind == record.JSON) {
				rep.addf(path, "column %q is %s, which is not compared exactly; match on text, numbers or dates", name, c.Stored)
			}
		}
		speaks := func(of *EntityModel) bool { return of.HasColumns(rule) }
		if len(*rep.found) == before && len(rule) > 0 && !slices.ContainsFunc(m.Conformed.Of, speaks) {
			rep.addf(path, "no entity has all of its columns")
		}
	}
}

// HasColumns tells whether the entity has all of the columns.
func (e *EntityModel) HasColumns(columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return e.Column(c) == nil })
}

// recordColumn finds a column of the records, which has one type wherever it is; nil after
// a problem.
func (e *EntityModel) recordColumn(name, path string, rep report) *ColumnModel {
	var found *ColumnModel
	var names []string
	for _, of := range e.Conformed.Of {
		names = append(names, modelNames(of.Columns)...)
		c := of.Column(name)
		switch {
		case c == nil:
		case found == nil:
			found = c
		case found.Stored != c.Stored:
			rep.addf(path, "column %q is %s in one entity and %s in %s; give it one type", name, found.Stored, c.Stored, of.Name)
			return nil
		}
	}
	if found == nil {
		rep.addf(path, "none of the matched entities has a column %q%s", name, suggest(name, names))
	}
	return found
}

func (r *resolver) survivors(m *EntityModel, rep report) {
	if len(m.Survive) == 0 {
		rep.addf("survive", "is empty; name the columns, and which record's value each shows")
	}
	for _, s := range m.Survive {
		path := "survive." + s.Name
		switch {
		case reservedColumn(s.Name) || m.Column(s.Name) != nil:
			rep.addf(path, "the name is taken; choose another")
			continue
		case (s.Take == "") == (len(s.Prefer) == 0):
			rep.addf(path, "write most_recent, first or {prefer: [SOURCE, ...]}")
		}
		rep.oneOf(path, s.Take, TakeMostRecent, TakeFirst)
		m.preferred(s, path+".prefer", rep)
		if c := m.recordColumn(s.Name, path, rep); c != nil {
			m.Columns = append(m.Columns, ColumnModel{Name: s.Name, Stored: c.Stored, Comment: or(s.Description, c.Comment)})
		}
	}
}

// preferred holds the names of a precedence against those that records can have.
func (e *EntityModel) preferred(s Survivor, path string, rep report) {
	if len(s.Prefer) == 0 {
		return
	}
	known := e.sourcesOfRecords()
	if len(known) == 0 {
		rep.addf(path, "the records do not say which source they are of; make source_system part of the key of %s", e.Conformed.Of[0].Name)
		return
	}
	for i, name := range s.Prefer {
		switch {
		case !slices.Contains(known, name):
			rep.addf(indexPath(path, i), "no record is of %q%s", name, suggest(name, known))
		case slices.Index(s.Prefer, name) != i:
			rep.addf(indexPath(path, i), "is named twice")
		}
	}
}

// sourcesOfRecords lists the source systems of the records, and their entities where
// there are several.
func (e *EntityModel) sourcesOfRecords() []string {
	var known []string
	for _, of := range e.Conformed.Of {
		if e.Conformed.Several() {
			known = append(known, of.Name)
		}
		if slices.Contains(of.Key(), SourceSystem) {
			for _, m := range of.From {
				known = append(known, m.SourceSystem)
			}
		}
	}
	return known
}

const (
	membersSuffix = "_members"
	valuesSuffix  = "_match_values"
)

func deriveMatchTables(m *EntityModel, l Layers) {
	key := m.Fields()[:m.KeyCount]
	members, values := key, append(slices.Clone(key), field(MatchRule, record.Int, true), text(MatchValue, true))
	for _, f := range key {
		members = append(members[:len(members):len(members)], Field{Name: MasterPrefix + f.Name, Type: f.Type})
	}
	m.Conformed.Members = Table{
		Name:       Name{l.Silver, m.Name + membersSuffix},
		Fields:     append(members, field(LogSeq, record.Int, true)),
		PrimaryKey: m.Key(),
		Indexes:    []Index{{Columns: m.MasterKey()}},
		Comment:    "Which of " + m.Name + " each record is.",
	}
	m.Conformed.Values = Table{
		Name:       Name{l.Silver, m.Name + valuesSuffix},
		Fields:     values,
		PrimaryKey: append(slices.Clone(m.Key()), MatchRule),
		Indexes:    []Index{{Columns: []string{MatchValue, MatchRule}}},
		Comment:    "What each record says in the columns by which " + m.Name + " are matched.",
	}
}
