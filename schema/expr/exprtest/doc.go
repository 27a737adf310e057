// Package exprtest holds the two meanings of expressions against each other: cases that
// cover every operator and function, rows full of edges, and Agree, which evaluates the
// cases on the rows in Go and in a database. DuckDB is a small dialect for tests that
// need a database and no warehouse.
package exprtest

import "github.com/lodehq/lode/record"

// Case is an expression over columns.
type Case struct {
	Text    string
	Columns []record.Column
}

// Columns are the columns of all cases: two of most types, so that they can be compared.
func Columns() []record.Column {
	of := func(name string, t record.Type) record.Column { return record.Column{Name: name, Type: t} }
	return []record.Column{
		of("i", record.Of(record.Int)), of("j", record.Of(record.Int)),
		of("f", record.Of(record.Float)), of("g", record.Of(record.Float)),
		of("d", record.DecimalOf(18, 2)), of("e", record.DecimalOf(10, 4)), of("big", record.DecimalOf(38, 10)),
		of("b", record.Of(record.Bool)), of("c", record.Of(record.Bool)),
		of("s", record.Of(record.Text)), of("t", record.Of(record.Text)),
		of("day", record.Of(record.Date)), of("day2", record.Of(record.Date)),
		of("at", record.Of(record.Timestamp)), of("at2", record.Of(record.Timestamp)),
		of("u", record.Of(record.UUID)), of("x", record.Of(record.JSON)),
	}
}

// Cases covers every operator and function of the language.
func Cases() []Case {
	columns := Columns()
	cases := make([]Case, len(texts))
	for i := range texts {
		cases[i] = Case{Text: texts[i], Columns: columns}
	}
	return cases
}
