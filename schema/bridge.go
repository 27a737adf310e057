package schema

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
)

// Bridge resolves many-valued relations. Of groups: which members a thing has, and with
// which weight, over time. Of a hierarchy: every member with every one above it.
type Bridge struct {
	Name        string     `yaml:"bridge" need:"yes" doc:"Table name, bridge_ and what it joins."`
	Description string     `yaml:"description" doc:"Becomes the table's comment."`
	Owner       string     `yaml:"owner" doc:"Who answers for it: a person or a team."`
	Tags        []string   `yaml:"tags" doc:"Labels for --select tag:NAME."`
	From        string     `yaml:"from" doc:"The entity whose rows are the links: one row for each group and member."`
	Group       []string   `yaml:"group" doc:"Columns of the links that say what the group belongs to, for example account_id."`
	Groups      string     `yaml:"groups" doc:"Name of the dimension of groups that facts point to; default from the bridge's name: bridge_account_holders has dim_account_holder_groups."`
	Member      *Member    `yaml:"member" doc:"The dimension of the members."`
	Weight      string     `yaml:"weight" doc:"Column of the links to which a member's share is in proportion, an integer or a decimal; or equal. The shares of a group add up to 1. Without it the members have none."`
	Hierarchy   *Hierarchy `yaml:"hierarchy" doc:"A hierarchy instead of groups."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// Member is the dimension of a bridge's members.
type Member struct {
	Dimension string   `yaml:"dimension" need:"yes" doc:"The dimension table."`
	Key       []string `yaml:"key" need:"yes" doc:"Columns of the links that hold its natural key, in its order."`
}

// Hierarchy is a dimension whose members stand above each other, as deep as they like.
type Hierarchy struct {
	Dimension string   `yaml:"dimension" need:"yes" doc:"The dimension table."`
	Parent    []string `yaml:"parent" need:"yes" doc:"Columns of the dimension's entity that hold the natural key of the member above."`
}

// BridgeModel is a checked bridge. Groups and Links are nil for a hierarchy.
type BridgeModel struct {
	Bridge
	Entity      *EntityModel
	Groups      *DimensionModel // the history of each group; facts point to its rows
	Links       *DimensionModel // the history of each link; it has no table
	Member      *DimensionModel
	Table       Table
	Fingerprint string
}

// EqualWeight gives all members of a group the same share.
const EqualWeight = "equal"

// Columns of a bridge and of its dimension of groups.
const (
	BridgeWeight = "weight"
	MemberDigest = "member_digest" // of the members and their weights: equal digest, equal group
	MemberCount  = "member_count"
	Depth        = "depth"
	IsTop        = "is_top"
	IsBottom     = "is_bottom"
	Ancestor     = "ancestor_"
	Descendant   = "descendant_"
	groupDigests = "Digest of the group's members and their weights."
	bridgePrefix = "bridge_"
)

func (r *resolver) bridge(b Bridge) {
	rep := r.report("bridge " + b.Name)
	m := &BridgeModel{Bridge: b}
	switch {
	case b.Hierarchy != nil:
		r.hierarchy(m, rep)
	case b.From == "" || len(b.Group) == 0 || b.Member == nil:
		rep.addf("", "needs from, group and member; or a hierarchy")
	default:
		r.groups(m, rep)
	}
	if !rep.clean() {
		return
	}
	rep.table(m.Table)
	m.Fingerprint = fingerprint(m.Bridge, m.Table)
	r.model.Bridges = append(r.model.Bridges, m)
	if m.Groups != nil {
		r.model.Dimensions = append(r.model.Dimensions, m.Groups)
	}
}

func (r *resolver) groups(m *BridgeModel, rep report) {
	m.Entity = r.model.Entity(m.From)
	m.Member = r.historied(m.Bridge.Member.Dimension, "member.dimension", rep)
	if m.Entity == nil {
		rep.addf("from", "there is no entity %q%s", m.From, suggest(m.From, r.entityNames()))
		return
	}
	if m.Member == nil {
		return
	}
	r.keyColumns(m.Entity, "member.key", m.Bridge.Member.Key, m.Member, rep)
	for i, c := range m.Group {
		if m.Entity.Column(c) == nil {
			rep.addf(indexPath("group", i), "entity %s has no column %q%s", m.Entity.Name, c, suggest(c, modelNames(m.Entity.Columns)))
		}
	}
	if c := m.Entity.Column(m.Weight); m.Weight != "" && m.Weight != EqualWeight {
		if c == nil || c.Stored.Kind != record.Int && c.Stored.Kind != record.Decimal {
			rep.addf("weight", "%q is no integer or decimal of entity %s, whose shares are exact; write one of its columns, or equal", m.Weight, m.Entity.Name)
		}
	}
	if !rep.clean() {
		return
	}
	m.Entity.Log.Indexes = append(m.Entity.Log.Indexes, Index{Columns: m.Group})
	m.Links = m.links()
	r.groupDimension(m, rep)
	deriveBridgeTable(m, r.model.Layers)
}

// historied finds a dimension that is the history of an entity.
func (r *resolver) historied(name, path string, rep report) *DimensionModel {
	dim := r.model.Dimension(name)
	switch {
	case dim == nil:
		rep.addf(path, "there is no dimension %q%s", name, suggest(name, r.dimensionNames()))
	case dim.Kind() != HistoryDimension:
		rep.addf(path, "%s is not the history of an entity", name)
		return nil
	case r.broken[name]:
		rep.addf(path, "%s has mistakes of its own", name)
		return nil
	}
	return dim
}

// keyColumns checks that columns of an entity can hold a dimension's natural key.
func (r *resolver) keyColumns(e *EntityModel, path string, columns []string, dim *DimensionModel, rep report) {
	key := dim.NaturalKey()
	if len(columns) != len(key) {
		rep.addf(path, "names %d columns, the natural key of %s has %d (%s)", len(columns), dim.Name, len(key), strings.Join(key, ", "))
		return
	}
	for i, c := range columns {
		column, want := e.Column(c), dim.Table.Field(key[i])
		switch {
		case column == nil:
			rep.addf(indexPath(path, i), "entity %s has no column %q%s", e.Name, c, suggest(c, modelNames(e.Columns)))
		case column.Stored.Kind != want.Type.Kind:
			rep.addf(indexPath(path, i), "column %q is %s, and %s of %s is %s", c, column.Stored, key[i], dim.Name, want.Type)
		}
	}
}

// links describes the links' own history as a dimension without a table: a link changes
// when it moves to another group or member, or gets another weight. What stands in the key of
// its entity is in its history already.
func (m *BridgeModel) links() *DimensionModel {
	links := &DimensionModel{Dimension: Dimension{Name: m.Name, From: m.From, FirstVersion: "event", Current: "last"}, Entity: m.Entity}
	columns := slices.Concat(m.Group, m.Bridge.Member.Key)
	if m.Weighted() {
		columns = append(columns, m.Weight)
	}
	for _, c := range columns {
		if !slices.Contains(m.Entity.Key(), c) && !slices.Contains(links.Tracks(), c) {
			links.Attributes = append(links.Attributes, Attribute{Name: c, Of: c, Carry: Tracked, Stored: m.Entity.Column(c).Stored})
		}
	}
	return links
}

// Weighted tells whether the links carry the weights.
func (m *BridgeModel) Weighted() bool { return m.Weight != "" && m.Weight != EqualWeight }

func (r *resolver) groupDimension(m *BridgeModel, rep report) {
	single := singular(strings.TrimPrefix(m.Name, bridgePrefix)) + "_group"
	name := or(m.Bridge.Groups, "dim_"+single+"s")
	if r.model.Dimension(name) != nil {
		rep.addf("groups", "the dimension %s is declared already; choose another name", name)
	}
	m.Groups = &DimensionModel{
		Dimension: Dimension{Name: name, From: m.From, FirstVersion: "open", Current: "last", Tags: m.Tags, Owner: m.Owner, Description: "Groups of " + m.Name + " and their history."},
		Entity:    m.Entity, Bridge: m, SurrogateKey: single + "_key", DurableKey: single + "_durable_key",
		Attributes: []Attribute{
			{Name: MemberDigest, Of: MemberDigest, Carry: Tracked, Stored: record.Of(record.Text), Description: groupDigests},
			{Name: MemberCount, Of: MemberCount, Carry: Tracked, Stored: record.Of(record.Int), Description: "How many members the group has."},
		},
	}
	deriveDimensionTable(m.Groups, r.model.Layers)
	rep.table(m.Groups.Table)
	m.Groups.Fingerprint = fingerprint(m.Bridge, m.Groups.Table)
}

func deriveBridgeTable(m *BridgeModel, l Layers) {
	fields := []Field{{Name: m.Groups.SurrogateKey, Type: record.Of(record.Int), NotNull: true, Comment: "Key of " + m.Groups.Name + "."}}
	for _, c := range slices.Concat(m.Group, m.Bridge.Member.Key) {
		if slices.ContainsFunc(fields, func(f Field) bool { return f.Name == c }) {
			continue
		}
		fields = append(fields, Field{Name: c, Type: m.Entity.Column(c).Stored, NotNull: true, Comment: m.Entity.Column(c).Comment})
	}
	fields = append(fields, Field{Name: m.Member.DurableKey, Type: record.Of(record.Int), NotNull: true, Comment: "Durable key of " + m.Member.Name + "."})
	if m.Weight != "" {
		fields = append(fields, Field{Name: BridgeWeight, Type: record.Of(record.Float), Comment: "The member's share of the group. The shares of a group add up to 1."})
	}
	key := append([]string{m.Groups.SurrogateKey}, m.Bridge.Member.Key...)
	m.Table = Table{
		Name: Name{l.Gold, m.Name}, PrimaryKey: key,
		Fields:  append(fields, field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true)),
		Indexes: []Index{{Columns: m.Group}, {Columns: []string{m.Member.DurableKey}}},
		Comment: or(m.Description, "Bridge from "+m.Groups.Name+" to "+m.Member.Name+"."),
	}
}

func (r *resolver) hierarchy(m *BridgeModel, rep report) {
	if m.From != "" || len(m.Group) > 0 || m.Bridge.Member != nil || m.Weight != "" {
		rep.addf("hierarchy", "needs no from, group, member or weight; remove them")
	}
	m.Member = r.historied(m.Bridge.Hierarchy.Dimension, "hierarchy.dimension", rep)
	if m.Member == nil {
		return
	}
	m.Entity = m.Member.Entity
	if m.Entity.Conformed != nil {
		rep.addf("hierarchy.dimension", "%s is of things that are matched of records, which have no parent of their own; take a dimension of the records", m.Member.Name)
		return
	}
	r.keyColumns(m.Entity, "hierarchy.parent", m.Bridge.Hierarchy.Parent, m.Member, rep)
	if rep.clean() {
		deriveHierarchyTable(m, r.model.Layers)
	}
}

// deriveHierarchyTable makes a table of every member with every one above it, itself included.
func deriveHierarchyTable(m *BridgeModel, l Layers) {
	var fields []Field
	var key []string
	for _, side := range []string{Descendant, Ancestor} {
		for _, c := range m.Member.NaturalKey() {
			key = append(key, side+c)
			fields = append(fields, Field{Name: side + c, Type: m.Member.Table.Field(c).Type, NotNull: true})
		}
		fields = append(fields, Field{Name: side + m.Member.DurableKey, Type: record.Of(record.Int), NotNull: true, Comment: "Durable key of " + m.Member.Name + "."})
	}
	fields = append(fields, Field{Name: Depth, Type: record.Of(record.Int), NotNull: true, Comment: "Steps from the descendant up to the ancestor; 0 is the member itself."},
		Field{Name: IsTop, Type: record.Of(record.Bool), NotNull: true, Comment: "Nothing stands above the ancestor."},
		Field{Name: IsBottom, Type: record.Of(record.Bool), NotNull: true, Comment: "Nothing stands below the descendant."},
		field(CreatedAt, record.Timestamp, true), field(UpdatedAt, record.Timestamp, true))
	n := len(m.Member.NaturalKey())
	m.Table = Table{
		Name: Name{l.Gold, m.Name}, Fields: fields, PrimaryKey: key, Indexes: []Index{{Columns: key[n:]}},
		Comment: or(m.Description, "Every member of "+m.Member.Name+" with every one above it."),
	}
}
