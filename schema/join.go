package schema

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// JoinModel is a checked join. Its row is the one whose key columns equal Pairs and, with
// as_of, the latest of these at or before the time.
type JoinModel struct {
	Join
	Entity *EntityModel
	Pairs  []JoinPair
}

// JoinPair says what a column of the joined entity equals: a source column of the fact,
// or a constant when that is "".
type JoinPair struct {
	Column   string
	Source   string
	Constant string
}

// Needs lists the source columns that the join is found by.
func (j JoinModel) Needs() []string {
	var names []string
	for _, p := range j.Pairs {
		if p.Source != "" {
			names = append(names, p.Source)
		}
	}
	if j.AsOf != nil {
		names = append(names, j.AsOf.At)
	}
	return names
}

// Join finds a join by name, nil if there is none.
func (f *FactModel) Join(name string) *JoinModel {
	for i := range f.Joins {
		if f.Joins[i].Name == name {
			return &f.Joins[i]
		}
	}
	return nil
}

// Joined lists the entities that the fact reads beside its own, each once.
func (f *FactModel) Joined() []*EntityModel {
	var out []*EntityModel
	for _, j := range f.Joins {
		if j.Entity != f.Entity && !slices.Contains(out, j.Entity) {
			out = append(out, j.Entity)
		}
	}
	return out
}

// JoinsItself tells whether a row of the fact also reads other rows of its entity.
func (f *FactModel) JoinsItself() bool {
	return slices.ContainsFunc(f.Joins, func(j JoinModel) bool { return j.Entity == f.Entity })
}

func (r *resolver) join(m *FactModel, j Join, rep report) {
	path := "joins." + j.Name
	model := JoinModel{Join: j, Entity: r.model.Entity(j.Entity)}
	switch {
	case model.Entity == nil:
		rep.addf(path+".entity", "there is no entity %q%s", j.Entity, suggest(j.Entity, r.entityNames()))
		return
	case model.Entity.Conformed != nil:
		rep.addf(path+".entity", "%s is matched of records, and is not found by the key of any of them; join the entity of the records (%s)", j.Entity, strings.Join(model.Entity.Match.Of, ", "))
		return
	case m.Join(j.Name) != nil:
		rep.addf(path, "is declared twice")
		return
	case !isWord(j.Name):
		rep.addf(path, "is no name that an expression can use; write letters, digits and _")
		return
	case len(JoinedAs+j.Name) > maxNameLength:
		rep.addf(path, "is a name of %d bytes; %d is the longest that a join can have", len(j.Name), maxNameLength-len(JoinedAs))
		return
	}
	key := slices.Clone(model.Entity.Key())
	if j.AsOf != nil {
		at := slices.Index(key, j.AsOf.Column)
		if at < 0 {
			rep.addf(path+".as_of.column", "%q is no part of the key of %s (%s); without it, which of several rows is meant would be chance",
				j.AsOf.Column, j.Entity, strings.Join(key, ", "))
			return
		}
		key = slices.Delete(key, at, at+1)
		r.joinTimes(m, model, path+".as_of", rep)
	}
	if len(key) != len(j.Key) {
		rep.addf(path+".key", "names %d columns, %s needs %d (%s)", len(j.Key), j.Entity, len(key), strings.Join(key, ", "))
		return
	}
	for i, c := range key {
		model.Pairs = append(model.Pairs, r.joinPair(m, model.Entity.Column(c), j.Key[i], path+".key", rep))
	}
	m.Joins = append(m.Joins, model)
	r.indexJoin(m, model)
}

// JoinedAs begins the name that a joined table has in statements: j_header.
const JoinedAs = "j_"

// joinedNames wants the columns that are read of a join to have room for its name before them,
// as the statements of the fact call them.
func (f *FactModel) joinedNames(rep report) {
	for _, name := range f.Reads() {
		if join, _, ok := strings.Cut(name, "."); ok && len(name) > maxNameLength {
			rep.addf("joins."+join, "makes of a column the name %q of %d bytes, and %d is the longest that every warehouse keeps; give the join a shorter name", name, len(name), maxNameLength)
		}
	}
}

// joinTimes wants the two times of an as-of join to be of one kind: a day has no place
// among instants.
func (r *resolver) joinTimes(m *FactModel, j JoinModel, path string, rep report) {
	column := j.Entity.Column(j.AsOf.Column).Stored.Kind
	if column != record.Date && column != record.Timestamp {
		rep.addf(path+".column", "%q is neither a date nor a timestamp", j.AsOf.Column)
	}
	before := len(*rep.found)
	r.factColumn(m, path+".at", j.AsOf.At, rep, record.Date, record.Timestamp)
	if t, ok := m.Source(j.AsOf.At); ok && len(*rep.found) == before && column == record.Timestamp && t.Kind == record.Date {
		rep.addf(path+".at", "%q is a date and %s is a timestamp: which rows of that day are before it cannot be said. Compare with a timestamp", j.AsOf.At, j.AsOf.Column)
	}
}

func (r *resolver) joinPair(m *FactModel, column *ColumnModel, source, path string, rep report) JoinPair {
	if text, ok := constant(source); ok {
		if column.Stored.Kind != record.Text {
			rep.addf(path, "%s is %s; a constant is compared with texts only", column.Name, column.Stored)
		}
		return JoinPair{Column: column.Name, Constant: text}
	}
	r.factColumn(m, path, source, rep, column.Stored.Kind)
	return JoinPair{Column: column.Name, Source: source}
}

// constant reads a text in single quotes.
func constant(text string) (string, bool) {
	if len(text) < 2 || text[0] != '\'' || text[len(text)-1] != '\'' {
		return "", false
	}
	return strings.ReplaceAll(text[1:len(text)-1], "''", "'"), true
}

func isWord(name string) bool {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// indexJoin gives the fact's entity an index on the columns that a join is found by, so
// that a changed header finds its lines without reading them all.
func (r *resolver) indexJoin(m *FactModel, j JoinModel) {
	var columns []string
	for _, p := range j.Pairs {
		if p.Source != "" && !strings.Contains(p.Source, ".") {
			columns = append(columns, p.Source)
		}
	}
	if t := &m.Entity.Current; len(columns) > 0 && !t.leads(columns...) {
		t.Indexes = append(t.Indexes, Index{Columns: columns})
	}
}

// AllocationModel is a checked allocation: among the facts with the same values in Group,
// in proportion to By, or equally when that is nil.
type AllocationModel struct {
	Group []string
	By    *expr.Program
}

// Allocates is how the fact divides amounts among its rows, nil if it does not.
func (f *FactModel) Allocates() *AllocationModel {
	for _, c := range f.Columns {
		if c.Allocation != nil {
			return c.Allocation
		}
	}
	return nil
}

func (r *resolver) allocation(m *FactModel, a Allocation, amount *expr.Program, path string, rep report) *AllocationModel {
	join := m.Join(a.Over)
	if join == nil {
		rep.addf(path+".over", "there is no join %q%s", a.Over, suggest(a.Over, joinNames(m.Joins)))
		return nil
	}
	out := &AllocationModel{Group: join.Needs()}
	if i := slices.IndexFunc(out.Group, func(c string) bool { return strings.Contains(c, ".") }); i >= 0 {
		rep.addf(path+".over", "the join %s is found by %s, and only columns of %s itself can tell which rows share an amount", a.Over, out.Group[i], m.Entity.Name)
	}
	if other := m.Allocates(); other != nil && !slices.Equal(other.Group, out.Group) {
		rep.addf(path+".over", "the fact also allocates over (%s); a fact can divide amounts of one header only", strings.Join(other.Group, ", "))
	}
	for _, c := range amount.Columns() {
		if !m.ownedBy(c, a.Over) {
			rep.addf(path, "the amount %q uses %s, which can differ between the rows of one %s; use columns of %s", amount, c, a.Over, a.Over)
		}
	}
	if k := amount.Type().Kind; k == record.Float {
		rep.addf(path, "the amount is a float, and shares of it would not sum up to it; give it a decimal type")
	}
	if a.By != "" {
		out.By = r.weight(m, a.By, path+".by", rep)
	}
	return out
}

// ownedBy tells whether a source column has one value for each row of a join.
func (f *FactModel) ownedBy(source, join string) bool {
	name, _, dotted := strings.Cut(source, ".")
	if !dotted || name == join {
		return dotted || slices.Contains(f.Join(join).Needs(), source)
	}
	for _, n := range f.Join(name).Needs() {
		if !f.ownedBy(n, join) {
			return false
		}
	}
	return true
}

// weight is the program of what shares are in proportion to.
func (r *resolver) weight(m *FactModel, by, path string, rep report) *expr.Program {
	if c := m.Column(by); c != nil && c.Program != nil {
		if c.Allocation != nil {
			rep.addf(path, "%s is allocated itself", by)
			return nil
		}
		return r.exact(c.Program, path, rep)
	}
	before := len(*rep.found)
	r.factColumn(m, path, by, rep, record.Int, record.Decimal, record.Float)
	if len(*rep.found) > before {
		return nil
	}
	program, err := expr.Compile(by, m.sources())
	if err != nil {
		rep.addf(path, "%v", err)
		return nil
	}
	return r.exact(program, path, rep)
}

func (r *resolver) exact(program *expr.Program, path string, rep report) *expr.Program {
	if program.Type().Kind == record.Float {
		rep.addf(path, "%s is a float, and shares in proportion to it would not be exact; use an integer or a decimal", program)
	}
	return program
}

func joinNames(joins []JoinModel) []string {
	names := make([]string, len(joins))
	for i, j := range joins {
		names[i] = j.Name
	}
	return names
}
