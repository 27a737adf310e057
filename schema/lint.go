package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Lint says how a project departs from the conventions for names. NoLint, where a
// declaration has one, names rules that do not count there, each with the reason.
type Lint struct {
	Rules LintRules  `yaml:"rules" doc:"How bad it is to break a rule, by its name; lode lint --explain says what each is for."`
	Names []NameRule `yaml:"names,keyed" doc:"What else names of columns promise: _on: date is an ending, was_: boolean a beginning."`
}

// LintRules are the levels of the rules; "" is a rule's own.
type LintRules struct {
	SnakeCase         string `yaml:"snake_case" oneof:"off warning error" doc:"Names are snake_case; default error."`
	Prefix            string `yaml:"prefix" oneof:"off warning error" doc:"Tables begin with the prefix of their kind; default error."`
	Plural            string `yaml:"plural" oneof:"off warning error" doc:"Tables are named in the plural; default warning."`
	Type              string `yaml:"type" oneof:"off warning error" doc:"A column has the type that its name promises; default error."`
	Name              string `yaml:"name" oneof:"off warning error" doc:"The name of a boolean, date or timestamp says so; default warning."`
	TableDescription  string `yaml:"table_description" oneof:"off warning error" doc:"Tables are described; default warning."`
	ColumnDescription string `yaml:"column_description" oneof:"off warning error" doc:"Columns are described; default warning."`
	Owner             string `yaml:"owner" oneof:"off warning error" doc:"Tables have an owner; default off."`
	Lint              string `yaml:"lint" oneof:"off warning error" doc:"What is not to count is named with a reason, and is there; default error."`
}

// NameRule is what a part of a column's name promises of its type.
type NameRule struct {
	Name string `yaml:"-"` // _on, or is_
	Type string `yaml:"type" need:"yes" oneof:"boolean date timestamp integer decimal float number exact text json uuid" doc:"The type; number is any of integer, decimal and float, exact one of integer and decimal."`
}

// NameTypes lists what a name can promise.
func NameTypes() []string {
	return []string{"boolean", "date", "timestamp", "integer", "decimal", "float", "number", "exact", "text", "json", "uuid"}
}

// UnmarshalText lets a promise be written as its type alone.
func (n *NameRule) UnmarshalText(text []byte) error {
	n.Type = string(text)
	if !slices.Contains(NameTypes(), n.Type) {
		return fmt.Errorf("%q is not one of %s", n.Type, strings.Join(NameTypes(), ", "))
	}
	return nil
}

// checkLint finds promises that no name can make.
func (r *resolver) checkLint(l Lint) {
	rep := r.report("project")
	for _, n := range l.Names {
		path := "lint.names." + n.Name
		if len(n.Name) < 2 || strings.HasPrefix(n.Name, "_") == strings.HasSuffix(n.Name, "_") {
			rep.addf(path, "is no part of a name; begin it with _ if names end with it, or end it with _ if they begin with it")
		}
		rep.oneOf(path, n.Type, NameTypes()...)
	}
}
