package schema

// Fact is a fact table: of transactions, or with snapshot of states at regular times.
type Fact struct {
	Name        string      `yaml:"fact" need:"yes" doc:"Table name, fact_ and a plural."`
	Description string      `yaml:"description" doc:"Becomes the table's comment."`
	Owner       string      `yaml:"owner" doc:"Who answers for it: a person or a team."`
	Tags        []string    `yaml:"tags" doc:"Labels for --select tag:NAME."`
	Grain       string      `yaml:"grain" need:"yes" doc:"What one row means."`
	From        string      `yaml:"from" need:"yes" doc:"The entity whose rows become facts."`
	EventAt     string      `yaml:"event_at" doc:"Timestamp or date column, or JOIN.column: when the fact happened. A snapshot has none."`
	Snapshot    *Snapshot   `yaml:"snapshot" doc:"Makes a row for each key and each period, of the values in force at the period's end."`
	Corrections string      `yaml:"corrections" oneof:"in_place reversal" doc:"What a changed row becomes: in_place (default) it is updated; reversal adds a row that takes the old values back and one with the new values."`
	Joins       []Join      `yaml:"joins,keyed" doc:"Entities whose current rows the fact also reads, by the name that their columns are then called by: order.customer_id."`
	Dimensions  []Role      `yaml:"dimensions,keyed" doc:"Roles: each becomes a column ROLE_key."`
	Degenerate  []string    `yaml:"degenerate" doc:"Columns, or JOIN.column, kept in the fact itself."`
	Measures    []Measure   `yaml:"measures,keyed" doc:"Measures by column name."`
	Milestones  *Milestones `yaml:"milestones" doc:"Dates that a row reaches one after the other: each a key of a calendar, which is that of the member not yet until it is reached."`
	Lags        []Lag       `yaml:"lags,keyed" doc:"Times between two milestones, by column name."`
	Late        string      `yaml:"late" oneof:"infer unknown" doc:"A key with no member: infer (default) makes an inferred member, unknown points to the unknown member until it arrives."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// Snapshot makes a fact dense: one row for each key and period, from the period of the
// key's first event on, while it is not deleted.
type Snapshot struct {
	Every string `yaml:"every" need:"yes" oneof:"day week month quarter year" doc:"The period."`
	Open  bool   `yaml:"open" doc:"Also writes the period that has not ended yet, with what is known so far, and a column is_open. Default no."`
}

// Join is another entity that a fact reads, by its current row.
type Join struct {
	Name   string    `yaml:"-"`
	Entity string    `yaml:"entity" need:"yes" doc:"The entity."`
	Key    []string  `yaml:"key" need:"yes" doc:"What the entity's natural key equals, in its order: columns of the fact's entity, JOIN.column of a join above, or a constant in single quotes. Without the column of as_of."`
	AsOf   *JoinAsOf `yaml:"as_of" doc:"Of several rows, as of rates, takes the latest one at or before a time."`
}

// JoinAsOf picks the latest row at or before a time.
type JoinAsOf struct {
	Column string `yaml:"column" need:"yes" doc:"The part of the entity's natural key that orders its rows in time: a date or timestamp."`
	At     string `yaml:"at" need:"yes" doc:"The time: a column of the fact's entity, or JOIN.column of a join above."`
}

// Allocation divides an amount of a header among its lines.
type Allocation struct {
	Over string `yaml:"over" need:"yes" doc:"The join that the amount comes from."`
	By   string `yaml:"by" doc:"What the shares are in proportion to: a measure of the fact, or a column of the entity. Default: equal shares."`
}

// Milestones are the dates of an accumulating snapshot.
type Milestones struct {
	Calendar string      `yaml:"calendar" need:"yes" doc:"The calendar that their keys point to."`
	Dates    []Milestone `yaml:"dates,keyed" need:"yes" doc:"NAME: a date or timestamp column, or JOIN.column; its key is NAME_key."`
}

// Milestone is one of them.
type Milestone struct {
	Name string `yaml:"-"`
	At   string `yaml:"at" need:"yes" doc:"A date or timestamp column, or JOIN.column."`
}

// UnmarshalText lets a milestone be written as its column alone.
func (m *Milestone) UnmarshalText(text []byte) error {
	m.At = string(text)
	return nil
}

// Lag is the time from one milestone to another: NULL as long as one of them is not
// reached, negative when they are out of order.
type Lag struct {
	Name        string   `yaml:"-"`
	From        string   `yaml:"from" need:"yes" doc:"A milestone."`
	To          string   `yaml:"to" need:"yes" doc:"A milestone."`
	In          string   `yaml:"in" oneof:"days hours minutes" doc:"days (default) counts midnights (UTC) between them; hours and minutes are whole ones that have passed."`
	Sum         []string `yaml:"sum" doc:"What it may be summed over, as of a measure: yes, no (default), or roles."`
	Description string   `yaml:"description" doc:"Becomes the column's comment."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// Role is a dimension in the part that it plays for a fact.
type Role struct {
	Name      string   `yaml:"-"`
	Dimension string   `yaml:"dimension" need:"yes" doc:"The dimension table."`
	Key       []string `yaml:"key" doc:"Columns of the fact's entity, or JOIN.column, that hold the dimension's natural key, in its order: of a calendar a date or timestamp, of times of day a timestamp, of bands a number. Default, of a junk dimension only: its own columns."`
	Of        string   `yaml:"of" doc:"Of a mini-dimension only: the role of the member whose profile this is."`
	AsOf      string   `yaml:"as_of" oneof:"event current" doc:"event (default): the version in force when the fact happened; current: the current version."`
	WhenNull  string   `yaml:"when_null" oneof:"unknown not_applicable not_yet" doc:"Member for a NULL key; default unknown."`
	Zone      string   `yaml:"zone" doc:"Time zone in which the day, or the time of day, of a timestamp is read, for example Europe/Berlin; default UTC."`
}

// Measure is a number of a fact. Sum is yes, no, or the roles over which it may be added up.
type Measure struct {
	Name        string      `yaml:"-"`
	Value       string      `yaml:"value" doc:"Expression over the columns of the entity and of the joins; default the entity's column of this name."`
	Type        string      `yaml:"type" doc:"Stored type of the value, for example decimal(18,2); default the expression's own."`
	Allocate    *Allocation `yaml:"allocate" doc:"Divides an amount of a joined row among the facts that join it; they sum up to it exactly."`
	Sum         []string    `yaml:"sum" doc:"What it may be summed over: yes, every dimension; no (default), none; or the names of roles, for example [account] for a balance, which may not be summed over time."`
	Description string      `yaml:"description" doc:"Becomes the column's comment."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// Aggregate is a summary of a fact, kept in step by recomputing the groups that a change touched.
type Aggregate struct {
	Name        string       `yaml:"aggregate" need:"yes" doc:"Table name, agg_ and what it holds."`
	Description string       `yaml:"description" doc:"Becomes the table's comment."`
	Owner       string       `yaml:"owner" doc:"Who answers for it: a person or a team."`
	Tags        []string     `yaml:"tags" doc:"Labels for --select tag:NAME."`
	Grain       string       `yaml:"grain" need:"yes" doc:"What one row means."`
	From        string       `yaml:"from" need:"yes" doc:"The fact table."`
	Group       []GroupBy    `yaml:"group,keyed" need:"yes" doc:"Column: role.attribute, or a column of the fact."`
	Measures    []AggMeasure `yaml:"measures,keyed" need:"yes" doc:"Column: {sum: measure}, {count: rows}, {count_distinct: column}, {min: column}, {max: column}, {avg: column}, {last: measure}."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// GroupBy is a grouping column of an aggregate.
type GroupBy struct {
	Name string `yaml:"-"`
	By   string `yaml:"by" need:"yes" doc:"role.attribute, or a column of the fact."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// UnmarshalText lets a grouping column be written as its origin alone.
func (g *GroupBy) UnmarshalText(text []byte) error {
	g.By = string(text)
	return nil
}

// AggMeasure is a measure of an aggregate; exactly one of the fields is set.
type AggMeasure struct {
	Name          string `yaml:"-"`
	Sum           string `yaml:"sum" doc:"A measure that may be summed over each role that the aggregate leaves out."`
	Count         string `yaml:"count" doc:"rows, or a column whose non-NULL values are counted."`
	CountDistinct string `yaml:"count_distinct" doc:"A column of the fact."`
	Min           string `yaml:"min" doc:"A column of the fact."`
	Max           string `yaml:"max" doc:"A column of the fact."`
	Avg           string `yaml:"avg" doc:"A number of the fact; the mean of its rows, exact to four more decimal places."`
	Last          string `yaml:"last" doc:"A measure at the latest time of the group: of a balance the closing balance, summed over the roles over which it may be summed."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}
