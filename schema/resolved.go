package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/expr"
	"github.com/lodehq/lode/schema/mapping"
)

// Model is a project that has been checked: names resolved, types parsed,
// expressions compiled, tables derived. Objects refer to each other by pointer.
type Model struct {
	Description string // what the project is for
	Lint        Lint

	Name       string
	Layers     Layers
	AfterLoad  bool // each step checks the keys that it touched
	Streams    []StreamRef
	Entities   []*EntityModel
	Dimensions []*DimensionModel
	Bridges    []*BridgeModel
	Facts      []*FactModel
	Aggregates []*AggregateModel
	Views      []ViewModel
	AppTables  []*AppTableModel
}

// StreamRef names a stream of a source.
type StreamRef struct{ Source, Stream string }

func (s StreamRef) String() string { return s.Source + "." + s.Stream }

// EntityModel is a checked entity. Columns lists the key columns first, then the
// declared ones in their order, then the computed ones.
type EntityModel struct {
	Entity
	Columns     []ColumnModel
	KeyCount    int // the first KeyCount columns are the natural key
	Rules       []RuleModel
	Specs       []mapping.Spec  // one for each of From
	Log         Table           // silver.<entity>_log
	Current     Table           // silver.<entity>
	Conformed   *ConformedModel // set when its records are those of other entities
	Fingerprint string
}

// Nested tells whether a mapping takes rows out of nested lists.
func (e *EntityModel) Nested() bool {
	return slices.ContainsFunc(e.From, func(m Mapping) bool { return m.Each != "" })
}

// Key is the names of the natural key's columns.
func (e *EntityModel) Key() []string { return e.Current.PrimaryKey }

// Column finds a column by name, nil if there is none.
func (e *EntityModel) Column(name string) *ColumnModel {
	for i := range e.Columns {
		if e.Columns[i].Name == name {
			return &e.Columns[i]
		}
	}
	return nil
}

// Inputs lists the columns that a column is computed from in the end, none of them computed
// itself: a column that is not computed is its own.
func (e *EntityModel) Inputs(name string) []string {
	c := e.Column(name)
	if c == nil || c.Program == nil {
		return []string{name}
	}
	var out []string
	for _, n := range c.Program.Columns() {
		out = append(out, e.Inputs(n)...)
	}
	return out
}

// Fields are the columns as fields of a table.
func (e *EntityModel) Fields() []Field {
	fields := make([]Field, len(e.Columns))
	for i, c := range e.Columns {
		fields[i] = Field{Name: c.Name, Type: c.Stored, Comment: c.Comment, NotNull: i < e.KeyCount, RenamedFrom: c.RenamedFrom}
	}
	return fields
}

// ColumnModel is a checked column. Type is nil for the built-in key columns and for
// computed columns; Program is nil for all but computed ones.
type ColumnModel struct {
	Name     string
	Stored   record.Type
	Type     coltype.Type
	Program  *expr.Program
	Required bool
	Comment  string
	// RenamedFrom is the name that the column had before, "" if it has always had its own.
	RenamedFrom string
	// Default is the value of a row that has none, of an application table; NULL is none.
	Default record.Value
}

// RuleModel is a checked rule.
type RuleModel struct {
	Rule
	Program *expr.Program
}

// DimensionModel is a checked dimension. Entity is what its members come from, nil when
// they are generated.
type DimensionModel struct {
	Dimension
	Entity       *EntityModel
	SurrogateKey string
	DurableKey   string
	Attributes   []Attribute
	Outriggers   []OutriggerModel
	Fiscal       *FiscalModel   // set when the calendar has a fiscal year
	DayParts     []DayPartModel // of times of day
	Bridge       *BridgeModel   // set when the members are the groups of a bridge
	Mini         *MiniModel     // set when the members are the profiles of another dimension's
	Table        Table
	Fingerprint  string
}

// Tracks lists the entity's columns whose change begins a version.
func (d *DimensionModel) Tracks() []string {
	var names []string
	for _, a := range d.Attributes {
		if a.Carry == Tracked {
			names = append(names, a.Of)
		}
	}
	return names
}

// Durable tells whether facts carry the durable key beside the surrogate key: when a
// column is of type 7.
func (d *DimensionModel) Durable() bool {
	return slices.ContainsFunc(d.Dimension.Columns, func(c DimColumn) bool { return c.SCD == "7" })
}

// Attribute is a column of a dimension that takes its values from the entity's column
// Of. What an SCD type means is one or two attributes: type 6 is a tracked NAME and an
// overwritten current_NAME.
type Attribute struct {
	Name        string
	Of          string
	Carry       Carry
	Stored      record.Type
	Description string
}

// Carry says which of a key's values an attribute shows in a version.
type Carry string

// The ways in which values are carried. Time is business time.
const (
	Tracked     Carry = "tracked"     // the version's own; a change begins a version
	Overwritten Carry = "overwritten" // the newest, in all versions
	Refreshed   Carry = "refreshed"   // the newest of the version
	Earliest    Carry = "earliest"    // the value at the first event
	FirstSeen   Carry = "first seen"  // the value of the event that was observed first
	Prior       Carry = "prior"       // the value before the last change
)

// Entity finds an entity by name, nil if there is none.
func (m *Model) Entity(name string) *EntityModel { return find(m.Entities, name, entityName) }

// Lists names the nested lists of a stream that some entity takes its rows from: they are
// known fields, also to mappings that do not name them.
func (m *Model) Lists(stream string) []string {
	var paths []string
	for _, e := range m.Entities {
		for _, from := range e.From {
			if from.Stream == stream && from.Each != "" {
				paths = append(paths, from.Each)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// listsBeside are the lists of an entity's streams, which it does not keep as custom fields.
func (m *Model) listsBeside(e *EntityModel) []string {
	var paths []string
	for _, from := range e.From {
		paths = append(paths, m.Lists(from.Stream)...)
	}
	return paths
}

// Dimension finds a dimension by name, nil if there is none.
func (m *Model) Dimension(name string) *DimensionModel {
	return find(m.Dimensions, name, dimensionName)
}

// Fact finds a fact by name, nil if there is none.
func (m *Model) Fact(name string) *FactModel { return find(m.Facts, name, factName) }

func entityName(e *EntityModel) string { return e.Name }

func dimensionName(d *DimensionModel) string { return d.Name }

func factName(f *FactModel) string { return f.Name }

func find[T any](all []*T, name string, nameOf func(*T) string) *T {
	for _, x := range all {
		if nameOf(x) == name {
			return x
		}
	}
	return nil
}
