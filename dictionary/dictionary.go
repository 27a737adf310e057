// Package dictionary says what a warehouse holds: its tables, what one row of each means,
// their columns, how they keep history, what may be added up, who answers for them, and
// from which stream they come. It is made of the checked project alone, as plain data, and
// written as Markdown or as one HTML page.
package dictionary

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
)

// Dictionary is what a project's warehouse holds.
type Dictionary struct {
	Project string   `json:"project"`
	About   string   `json:"about,omitzero"`
	Streams []Stream `json:"streams"`
	Tables  []Table  `json:"tables"` // from silver to aggregates, and those of the application
}

// Stream is where data comes in.
type Stream struct {
	Name  string   `json:"name"`  // crm.customers
	Table string   `json:"table"` // bronze.crm_customers
	Feeds []string `json:"feeds"` // names of tables
}

// Kind is a kind of table.
type Kind string

// The kinds of tables.
const (
	Entity    Kind = "entity"
	Dimension Kind = "dimension"
	Bridge    Kind = "bridge"
	Fact      Kind = "fact"
	Aggregate Kind = "aggregate"
	App       Kind = "application" // written by programs, and not by a run
)

// Table is a table of silver or gold, or of the application.
type Table struct {
	Name    string   `json:"name"` // gold.dim_customers
	Kind    Kind     `json:"kind"`
	About   string   `json:"about,omitzero"`
	Owner   string   `json:"owner,omitzero"`
	Tags    []string `json:"tags,omitzero"`
	Grain   string   `json:"grain,omitzero"` // what one row means
	Details []Detail `json:"details,omitzero"`
	Columns []Column `json:"columns"`
	Rules   []Rule   `json:"rules,omitzero"`
	Streams []string `json:"streams,omitzero"` // that it is made of
	From    []string `json:"from,omitzero"`    // tables that it is made of
	Feeds   []string `json:"feeds,omitzero"`   // tables that are made of it
	Views   []string `json:"views,omitzero"`
	layer   int      // how far from the streams
}

// Detail is a property of one kind of table, such as the key of an entity.
type Detail struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Column is a column of a table.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required,omitzero"` // never NULL
	Key      string `json:"key,omitzero"`      // primary, natural, durable, or the table that it points to
	Points   string `json:"points,omitzero"`   // that table's name
	About    string `json:"about,omitzero"`
	History  string `json:"history,omitzero"` // how an attribute keeps history
	SCD      string `json:"scd,omitzero"`     // and its SCD type
	Sum      string `json:"sum,omitzero"`     // what a measure may be summed over
	From     string `json:"from,omitzero"`    // where its values are from
	Kept     bool   `json:"kept,omitzero"`    // by Lode itself
}

// Rule is what must hold of each row of an entity.
type Rule struct {
	Name      string `json:"name"`
	Check     string `json:"check"`
	Otherwise string `json:"otherwise"`
}

// New describes the warehouse of a checked project.
func New(m *schema.Model) *Dictionary {
	d := &Dictionary{Project: m.Name, About: m.Description, Streams: []Stream{}, Tables: []Table{}}
	for _, e := range m.Entities {
		d.Tables = append(d.Tables, entity(e))
	}
	for _, x := range m.Dimensions {
		d.Tables = append(d.Tables, dimension(x))
	}
	for _, b := range m.Bridges {
		d.Tables = append(d.Tables, bridge(b))
	}
	for _, f := range m.Facts {
		d.Tables = append(d.Tables, fact(f))
	}
	for _, a := range m.Aggregates {
		d.Tables = append(d.Tables, aggregate(a))
	}
	for _, t := range m.AppTables {
		d.Tables = append(d.Tables, appTable(t))
	}
	for _, s := range m.Streams {
		d.Streams = append(d.Streams, Stream{Name: s.String(), Table: m.BronzeTable(s).Name.String()})
	}
	for _, v := range m.Views {
		t := d.Table(v.Of.Name.String())
		t.Views = append(t.Views, v.Name.String()+" ("+v.Kind+")")
	}
	d.connect()
	return d
}

// Table finds a table by its name, nil if there is none.
func (d *Dictionary) Table(name string) *Table {
	i := slices.IndexFunc(d.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Tables[i]
}

// columns describes the fields of a table as far as every table has them.
func columns(t schema.Table) []Column {
	out := make([]Column, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = Column{Name: f.Name, Type: f.Type.String(), Required: f.NotNull, About: f.Comment}
		if slices.Contains(t.PrimaryKey, f.Name) {
			out[i].Key, out[i].Required = "primary", true
		}
	}
	return out
}

// kept says what the columns mean that Lode keeps itself, if nothing else has been said.
func kept(columns []Column) []Column {
	for i, c := range columns {
		if means := schema.Kept(c.Name); means != "" && c.About == "" {
			columns[i].About = sentence(means)
			columns[i].Kept = c.From == "" && c.Key != "natural" && c.Name != schema.SourceSystem && c.Name != schema.SourceID
		}
	}
	return columns
}

// sentence begins a text with a capital and ends it with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// set fills in a column of a table; there may be none of the name.
func (t *Table) set(name string, change func(c *Column)) {
	if i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name }); i >= 0 {
		change(&t.Columns[i])
	}
}

// detail adds a property, unless there is nothing to say.
func (t *Table) detail(name, text string) {
	if text != "" {
		t.Details = append(t.Details, Detail{name, text})
	}
}

// made adds a table that this one is made of, once.
func (t *Table) made(of string) {
	if of != t.Name && !slices.Contains(t.From, of) {
		t.From = append(t.From, of)
	}
}

func list(names []string) string { return strings.Join(names, ", ") }
