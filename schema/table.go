package schema

import (
	"slices"

	"github.com/lodehq/lode/record"
)

// Name is a schema-qualified table name, unquoted.
type Name struct{ Schema, Table string }

func (n Name) String() string { return n.Schema + "." + n.Table }

// Field is a column of a stored table.
type Field struct {
	Name    string
	Type    record.Type
	NotNull bool
	Comment string
	// Verbatim keeps a JSON text byte for byte (numbers, key order, spaces).
	Verbatim bool
	// Default is the SQL literal that a row has which does not say otherwise; "" is none.
	Default string
	// RenamedFrom is the name that the column had before. Where the table still has a column
	// of that name, a migration renames it and keeps its values.
	RenamedFrom string
	// Native is the database's own name of the type where it is another one than Lode gives
	// Type: "smallint". Describe says so of a column that somebody else made or changed.
	Native string `json:",omitzero"`
}

// Index is an index of a stored table. Where, if set, is the SQL predicate of a partial
// index. A warehouse without large indexes may leave a non-unique index out; the
// uniqueness it cannot hold is checked inside the writing transaction.
type Index struct {
	// Name is that of the index in its schema; "" leaves it to the warehouse.
	Name    string
	Columns []string
	Unique  bool
	Where   string
	// Using is the kind of the index: "gin" for the members of a JSON column; "" is a tree.
	Using string
}

// Check is a condition that holds for every row: SQL over the table's columns.
type Check struct{ Name, SQL string }

// Reference is a foreign key: the columns name a row of another table by its key. A
// warehouse without foreign keys leaves it out, see docs/adr/0003.
type Reference struct {
	Columns []string
	To      Name
	Key     []string // columns of To
}

// Table is a stored table as plain data.
type Table struct {
	Name       Name
	Fields     []Field
	PrimaryKey []string
	// KeyName is the name of the primary key's constraint where it is not the one that Lode
	// gives it, as Describe finds it.
	KeyName    string `json:",omitzero"`
	Indexes    []Index
	Checks     []Check
	References []Reference
	Comment    string
	// Small tells that the table stays small, so that every warehouse keeps its primary key.
	Small bool
	// Scratch tables need not survive a crash of the database server.
	Scratch bool
}

// Columns are the fields as the columns of a batch.
func (t Table) Columns() []record.Column {
	columns := make([]record.Column, len(t.Fields))
	for i, f := range t.Fields {
		columns[i] = record.Column{Name: f.Name, Type: f.Type}
	}
	return columns
}

// leads tells whether the primary key or a whole index begins with columns.
func (t Table) leads(columns ...string) bool {
	begins := func(with []string) bool {
		return len(columns) <= len(with) && slices.Equal(with[:len(columns)], columns)
	}
	return begins(t.PrimaryKey) || slices.ContainsFunc(t.Indexes, func(i Index) bool { return i.Where == "" && begins(i.Columns) })
}

// Field finds a field by name, nil if there is none.
func (t Table) Field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// FieldNames lists the names of the fields.
func (t Table) FieldNames() []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}
