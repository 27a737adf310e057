package migrate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Difference is what has to happen to one table. Without From it is created, without To
// it is dropped; otherwise the changes lead from the one to the other, in their order.
type Difference struct {
	From, To *schema.Table
	Changes  []schema.Change
}

// Name is the table's.
func (d Difference) Name() schema.Name {
	if d.To != nil {
		return d.To.Name
	}
	return d.From.Name
}

// Diff compares the tables that are there, as Describe reads them, with those that should
// be. Expressions must have one spelling in both, see Spelled. The order of columns does
// not count. The differences come in an order in which they can be carried out.
func Diff(d warehouse.ChangeDialect, is, should []schema.Table) []Difference {
	c := comparison{dialect: d, renamed: renames(is, should)}
	c.retyped = retypes(is, should, c.renamed)
	for _, t := range sorted(should) {
		if old := find(is, t.Name); old != nil {
			c.alter(*old, t)
		} else {
			c.create(t)
		}
	}
	for _, t := range sorted(is) {
		if find(should, t.Name) == nil {
			c.drop(t)
		}
	}
	return slices.Concat(c.before, c.creates, c.alters, c.after, c.drops)
}

// comparison gathers differences. Foreign keys go before all else and come after it.
type comparison struct {
	dialect warehouse.ChangeDialect
	renamed map[schema.Name]map[string]string
	retyped map[schema.Name]map[string]bool // columns that get another type

	before, creates, alters, after, drops []Difference
}

func (c *comparison) create(t schema.Table) {
	kept := c.dialect.Kept(t)
	bare := t
	bare.References = nil
	c.creates = append(c.creates, Difference{To: &bare})
	c.refer(bare, t, kept.References)
}

// refer adds foreign keys to a table, after everything else.
func (c *comparison) refer(from, to schema.Table, references []schema.Reference) {
	if len(references) == 0 {
		return
	}
	added := Difference{From: &from, To: &to}
	for _, r := range references {
		added.Changes = append(added.Changes, schema.Change{Kind: schema.AddReference, Reference: r})
	}
	c.after = append(c.after, added)
}

// unrefer drops foreign keys of a table, before everything else, and returns it without them.
func (c *comparison) unrefer(from schema.Table, references []schema.Reference) schema.Table {
	if len(references) == 0 {
		return from
	}
	to := from
	to.References = without(from.References, references, sameReference)
	dropped := Difference{From: &from, To: &to}
	for _, r := range references {
		dropped.Changes = append(dropped.Changes, schema.Change{Kind: schema.DropReference, Reference: r})
	}
	c.before = append(c.before, dropped)
	return to
}

func (c *comparison) drop(t schema.Table) {
	bare := c.unrefer(t, t.References)
	c.drops = append(c.drops, Difference{From: &bare})
}

func (c *comparison) alter(is, to schema.Table) {
	should := c.dialect.Kept(to)
	// A key between columns that get another type goes, and comes again when both have it.
	stays := slices.DeleteFunc(c.references(is), func(r schema.Reference) bool { return c.retypes(is.Name, r) })
	added := without(should.References, stays, sameReference)
	var dropped []schema.Reference // as they are called now
	for i, r := range c.references(is) {
		if c.retypes(is.Name, r) || len(without([]schema.Reference{r}, should.References, sameReference)) > 0 {
			dropped = append(dropped, is.References[i])
		}
	}
	is = c.unrefer(is, dropped)
	bare := to
	bare.References = without(to.References, added, sameReference)
	if changes := c.changes(is, should); len(changes) > 0 {
		c.alters = append(c.alters, Difference{From: &is, To: &bare, Changes: changes})
	}
	c.refer(bare, to, added)
}

// references are those of a table under the names that columns will have.
func (c *comparison) references(t schema.Table) []schema.Reference {
	out := make([]schema.Reference, len(t.References))
	for i, r := range t.References {
		out[i] = schema.Reference{To: r.To, Columns: renamed(r.Columns, c.renamed[t.Name]), Key: renamed(r.Key, c.renamed[r.To])}
	}
	return out
}

// retypes tells whether a column at either end of a foreign key gets another type.
func (c *comparison) retypes(table schema.Name, r schema.Reference) bool {
	in := func(t schema.Name) func(string) bool { return func(column string) bool { return c.retyped[t][column] } }
	return slices.ContainsFunc(r.Columns, in(table)) || slices.ContainsFunc(r.Key, in(r.To))
}

// changes lists the changes of a table. What depends on columns goes before these change,
// and comes when they are what they should be.
func (c *comparison) changes(is, should schema.Table) []schema.Change {
	names := c.renamed[is.Name]
	old := is
	old.PrimaryKey = renamed(is.PrimaryKey, names)
	old.Indexes = slices.Clone(is.Indexes)
	for i := range old.Indexes {
		old.Indexes[i].Columns = renamed(old.Indexes[i].Columns, names)
	}
	var changes, late []schema.Change
	for i, x := range old.Indexes {
		if !slices.ContainsFunc(should.Indexes, func(y schema.Index) bool { return sameIndex(x, y) }) {
			changes = append(changes, schema.Change{Kind: schema.DropIndex, Index: is.Indexes[i]})
		}
	}
	for _, x := range without(is.Checks, should.Checks, sameCheck) {
		changes = append(changes, schema.Change{Kind: schema.DropCheck, Check: x})
	}
	rekeyed := !slices.Equal(old.PrimaryKey, should.PrimaryKey)
	if rekeyed && len(is.PrimaryKey) > 0 {
		changes = append(changes, schema.Change{Kind: schema.DropKey})
	}
	fields, last := fieldChanges(is, should, names)
	changes = append(changes, fields...)
	if rekeyed && len(should.PrimaryKey) > 0 {
		changes = append(changes, schema.Change{Kind: schema.AddKey})
	}
	changes = append(changes, last...)
	taken := slices.Concat(indexNames(is), indexNames(should))
	for _, x := range should.Indexes {
		if !slices.ContainsFunc(old.Indexes, func(y schema.Index) bool { return sameIndex(y, x) }) {
			x = named(should.Name, x, taken)
			taken = append(taken, x.Name)
			late = append(late, schema.Change{Kind: schema.AddIndex, Index: x})
		}
	}
	for _, x := range without(should.Checks, is.Checks, sameCheck) {
		late = append(late, schema.Change{Kind: schema.AddCheck, Check: x})
	}
	if is.Comment != should.Comment {
		late = append(late, schema.Change{Kind: schema.ChangeComment})
	}
	return append(changes, late...)
}

// fieldChanges lists the changes of columns: those before the new key, and those after it.
func fieldChanges(is, should schema.Table, names map[string]string) (first, last []schema.Change) {
	was := map[string]schema.Field{}
	for _, f := range is.Fields {
		if to, ok := names[f.Name]; ok {
			first = append(first, schema.Change{Kind: schema.RenameField, From: f, To: withName(f, to)})
			f.Name = to
		}
		was[f.Name] = f
	}
	for _, f := range should.Fields {
		old, there := was[f.Name]
		if !there {
			first = append(first, schema.Change{Kind: schema.AddField, To: f})
			continue
		}
		a, b := fieldChange(old, f)
		first, last = append(first, a...), append(last, b...)
	}
	for _, f := range is.Fields {
		if _, moved := names[f.Name]; !moved && should.Field(f.Name) == nil {
			last = append(last, schema.Change{Kind: schema.DropField, From: f})
		}
	}
	return first, last
}

func fieldChange(old, f schema.Field) (first, last []schema.Change) {
	if old.Type != f.Type || old.Verbatim != f.Verbatim || old.Native != f.Native {
		first = append(first, schema.Change{Kind: schema.ChangeType, From: old, To: f})
	} else if old.Default != f.Default {
		first = append(first, schema.Change{Kind: schema.ChangeDefault, From: old, To: f})
	}
	switch {
	case f.NotNull && !old.NotNull:
		first = append(first, schema.Change{Kind: schema.SetNotNull, From: old, To: f})
	case old.NotNull && !f.NotNull:
		last = append(last, schema.Change{Kind: schema.DropNotNull, From: old, To: f})
	}
	if old.Comment != f.Comment {
		last = append(last, schema.Change{Kind: schema.ChangeComment, From: old, To: f})
	}
	return first, last
}

// renames finds the columns that have another name: those whose old name is there, and
// whose new one is not.
func renames(is, should []schema.Table) map[schema.Name]map[string]string {
	out := map[schema.Name]map[string]string{}
	for _, t := range should {
		old := find(is, t.Name)
		for _, f := range t.Fields {
			if old == nil || f.RenamedFrom == "" || old.Field(f.RenamedFrom) == nil || old.Field(f.Name) != nil || t.Field(f.RenamedFrom) != nil {
				continue
			}
			if out[t.Name] == nil {
				out[t.Name] = map[string]string{}
			}
			out[t.Name][f.RenamedFrom] = f.Name
		}
	}
	return out
}

// retypes finds the columns that get another type, by their new names.
func retypes(is, should []schema.Table, renamed map[schema.Name]map[string]string) map[schema.Name]map[string]bool {
	out := map[schema.Name]map[string]bool{}
	for _, t := range should {
		old := find(is, t.Name)
		if old == nil {
			continue
		}
		out[t.Name] = map[string]bool{}
		for _, f := range old.Fields {
			to := t.Field(cmp.Or(renamed[t.Name][f.Name], f.Name))
			if to != nil && to.Type != f.Type {
				out[t.Name][to.Name] = true
			}
		}
	}
	return out
}

func renamed(names []string, to map[string]string) []string {
	out := slices.Clone(names)
	for i, n := range out {
		out[i] = cmp.Or(to[n], n)
	}
	return out
}

func withName(f schema.Field, name string) schema.Field {
	f.Name = name
	return f
}

// named is an index under a name that a later migration can drop it by, and that none of
// the taken ones is.
func named(table schema.Name, i schema.Index, taken []string) schema.Index {
	kind := "idx"
	switch {
	case i.Where != "":
		kind = "partial_idx"
	case i.Unique:
		kind = "key"
	}
	name := i.Name
	for n := 1; name == "" || i.Name == "" && slices.Contains(taken, name); n++ {
		name = warehouse.PartName(kind, append([]string{table.Table}, i.Columns...)...)
		kind = strings.TrimRight(kind, "0123456789") + strconv.Itoa(n)
	}
	i.Name = name
	return i
}

// indexNames lists the names of a table's indexes.
func indexNames(t schema.Table) []string {
	names := make([]string, len(t.Indexes))
	for i, x := range t.Indexes {
		names[i] = x.Name
	}
	return names
}

// sameIndex compares an index that is there with one that should be. A name counts only
// where it is asked for.
func sameIndex(is, should schema.Index) bool {
	return slices.Equal(is.Columns, should.Columns) && is.Unique == should.Unique && is.Where == should.Where && is.Using == should.Using &&
		(should.Name == "" || is.Name == should.Name)
}

func sameCheck(a, b schema.Check) bool { return a == b }

func sameReference(a, b schema.Reference) bool {
	return a.To == b.To && slices.Equal(a.Columns, b.Columns) && slices.Equal(a.Key, b.Key)
}

// without lists what is in the first list only.
func without[T any](list, other []T, same func(a, b T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool {
		return slices.ContainsFunc(other, func(y T) bool { return same(x, y) })
	})
}

func find(tables []schema.Table, name schema.Name) *schema.Table {
	for i := range tables {
		if tables[i].Name == name {
			return &tables[i]
		}
	}
	return nil
}

func sorted(tables []schema.Table) []schema.Table {
	return slices.SortedStableFunc(slices.Values(tables), func(a, b schema.Table) int {
		return cmp.Compare(a.Name.String(), b.Name.String())
	})
}

// Inverse is the way back: what leads from To to From.
func (d Difference) Inverse() Difference {
	back := Difference{From: d.To, To: d.From}
	for _, c := range slices.Backward(d.Changes) {
		back.Changes = append(back.Changes, inverse(c))
	}
	return back
}

// opposite is the kind of change that undoes one; what is not in the list undoes itself.
func opposite(k schema.ChangeKind) schema.ChangeKind {
	for _, pair := range [][2]schema.ChangeKind{
		{schema.AddField, schema.DropField}, {schema.SetNotNull, schema.DropNotNull}, {schema.AddIndex, schema.DropIndex}, {schema.AddKey, schema.DropKey},
		{schema.AddCheck, schema.DropCheck}, {schema.AddReference, schema.DropReference},
	} {
		switch k {
		case pair[0]:
			return pair[1]
		case pair[1]:
			return pair[0]
		}
	}
	return k
}

func inverse(c schema.Change) schema.Change {
	c.Kind, c.From, c.To = opposite(c.Kind), c.To, c.From
	return c
}

// SQL lists the statements that carry the difference out.
func (d Difference) SQL(dialect warehouse.Dialect) []string {
	switch {
	case d.From == nil:
		return append([]string{dialect.CreateSchema(d.To.Name.Schema)}, dialect.CreateTable(*d.To)...)
	case d.To == nil:
		return []string{"DROP TABLE " + dialect.Table(d.From.Name)}
	}
	return dialect.Alter(schema.Alteration{From: *d.From, To: *d.To, Changes: d.Changes})
}

// Texts says in words what happens, change by change.
func (d Difference) Texts() []string {
	switch {
	case d.From == nil:
		return []string{"create table " + d.To.Name.String()}
	case d.To == nil:
		return []string{"drop table " + d.From.Name.String()}
	}
	texts := make([]string, len(d.Changes))
	for i, c := range d.Changes {
		texts[i] = Text(d.To.Name, c)
	}
	return texts
}
