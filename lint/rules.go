package lint

import (
	"slices"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/naming"
)

// Off is the level of a rule that does not count.
const Off naming.Level = "off"

// Rule is a convention, with what it is for.
type Rule struct {
	Name  string       `json:"rule"`
	Level naming.Level `json:"level"` // unless the project says otherwise
	Says  string       `json:"says"`
	Why   string       `json:"why"`
	Wrong string       `json:"wrong"`
	Right string       `json:"right"`
}

// Rules lists all rules.
func Rules() []Rule {
	return slices.Concat(nameRules(), otherRules())
}

func nameRules() []Rule {
	return []Rule{
		{
			Name: "snake_case", Level: naming.Error,
			Says:  "Names of tables, columns and roles are snake_case: small letters a-z, digits and single underscores, a letter first.",
			Why:   "Such a name never has to be quoted, and means the same in every database and in every tool that writes SQL.",
			Wrong: "companyName, Größe, order__id", Right: "company_name, size, order_id",
		},
		{
			Name: "prefix", Level: naming.Error,
			Says:  "A dimension begins with dim_, a fact with fact_, a bridge with bridge_, an aggregate with agg_; all others with none of these, entities also with stg_.",
			Why:   "Who reads a query sees what each table is: what it joins, what may be summed, and which table keeps history.",
			Wrong: "dimension: customers", Right: "dimension: dim_customers",
		},
		{
			Name: "plural", Level: naming.Warning,
			Says:  "A table is named in the plural; an aggregate is named for what it holds.",
			Why:   "A table holds many rows. One habit for all of them saves everyone from guessing.",
			Wrong: "entity: customer", Right: "entity: customers",
		},
		{
			Name: "type", Level: naming.Error,
			Says:  "A column has the type that its name promises: is_ has_ can_ a boolean, _at and _timestamp a timestamp, _date a date, _amount a decimal or an integer and never a float, _count an integer, _rate a number; and what lint.names in lode.yaml adds.",
			Why:   "A name is believed. A date called _at is compared with instants; a float called _amount does not add up to the cent.",
			Wrong: "credit_amount: float", Right: `credit_amount: "decimal(18,2)"`,
		},
		{
			Name: "name", Level: naming.Warning,
			Says:  "A boolean, a timestamp and a date say so in their names; what lint.names in lode.yaml adds counts, too.",
			Why:   "WHERE is_active needs no look at the schema; nor does the difference between a day and an instant, which is one of time zones.",
			Wrong: "active: boolean", Right: "is_active: boolean",
		},
	}
}

func otherRules() []Rule {
	return []Rule{
		{
			Name: "table_description", Level: naming.Warning,
			Says:  "Every entity, bridge, application table, and dimension that is the history of an entity has a description. Facts and aggregates have a grain, and the other dimensions say what they are.",
			Why:   "It becomes the comment in the database and the first line in the data dictionary: all that most people will know of the table.",
			Wrong: "entity: customers", Right: "entity: customers\ndescription: Everybody the shop sells to.",
		},
		{
			Name: "column_description", Level: naming.Warning,
			Says:  "Every column of an entity or application table, computed ones too, and every measure with a value of its own has a description. Dimensions and facts take over those of the entity.",
			Why:   "It becomes the column's comment wherever the column goes. Net or gross, whose time, which unit: the name cannot say it.",
			Wrong: "total_amount: \"decimal(18,2)\"", Right: "total_amount: {type: \"decimal(18,2)\", description: \"With tax, in the order's currency.\"}",
		},
		{
			Name: "owner", Level: Off,
			Says:  "Every table that is declared has an owner.",
			Why:   "Somebody has to answer what a number means, and agree before it changes.",
			Wrong: "fact: fact_orders", Right: "fact: fact_orders\nowner: billing",
		},
		{
			Name: "lint", Level: naming.Error,
			Says:  "nolint names a rule that is known, gives a reason, and keeps something silent.",
			Why:   "An exception without a reason cannot be judged by the next reader, and one that is no longer needed hides what comes later.",
			Wrong: "active: {type: boolean, nolint: {name: }}", Right: "active: {type: boolean, nolint: {name: the CRM calls it so}}",
		},
	}
}

// Find finds a rule by its name.
func Find(name string) (Rule, bool) {
	all := Rules()
	i := slices.IndexFunc(all, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return all[i], true
}

// Names lists the names of the rules.
func Names() []string {
	var names []string
	for _, r := range Rules() {
		names = append(names, r.Name)
	}
	return names
}

// levels are the levels of the rules in a project.
func levels(set schema.LintRules) map[string]naming.Level {
	said := map[string]string{
		"snake_case": set.SnakeCase, "prefix": set.Prefix, "plural": set.Plural, "type": set.Type, "name": set.Name,
		"table_description": set.TableDescription, "column_description": set.ColumnDescription, "owner": set.Owner, "lint": set.Lint,
	}
	out := map[string]naming.Level{}
	for _, r := range Rules() {
		out[r.Name] = r.Level
		if level := said[r.Name]; level != "" {
			out[r.Name] = naming.Level(level)
		}
	}
	return out
}
