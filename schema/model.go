package schema

// Project is everything a user declares. It comes from a folder of files or from Go.
type Project struct {
	Name        string
	Description string
	Layers      Layers
	Checks      string // after_load: each step checks the keys that it touched
	Sources     []Source
	Entities    []Entity
	Dimensions  []Dimension
	Bridges     []Bridge
	Facts       []Fact
	Aggregates  []Aggregate
	Views       []View
	Tables      []AppTable

	Lint Lint
}

// Layers names the database schemas of the layers. The zero value means the defaults
// bronze, silver, gold, lode and app.
type Layers struct {
	Bronze string `yaml:"bronze" doc:"Schema of the raw change log; default bronze."`
	Silver string `yaml:"silver" doc:"Schema of the typed entities; default silver."`
	Gold   string `yaml:"gold" doc:"Schema of the star; default gold."`
	Lode   string `yaml:"lode" doc:"Schema of Lode's own tables; default lode."`
	App    string `yaml:"app" doc:"Schema of the tables that applications write; default app."`
}

// Source is an outside system. Config is its connector's configuration, a source.Config.
type Source struct {
	Name   string
	Config any
}

// Entity is a thing the business speaks of, conformed over all its sources.
type Entity struct {
	Name         string     `yaml:"entity" need:"yes" doc:"Name of the entity, snake_case and plural."`
	Description  string     `yaml:"description" doc:"What one row means; becomes the table's comment."`
	Owner        string     `yaml:"owner" doc:"Who answers for it: a person or a team."`
	Tags         []string   `yaml:"tags" doc:"Labels for --select tag:NAME."`
	Key          []string   `yaml:"key" doc:"Natural key: declared columns, or the built-in source_system and source_id."`
	Columns      []Column   `yaml:"columns,keyed" doc:"Typed columns by name."`
	Computed     []Computed `yaml:"computed,keyed" doc:"Columns computed from the others by an expression."`
	Rules        []Rule     `yaml:"rules" doc:"What must hold for each row."`
	CustomFields string     `yaml:"custom_fields" oneof:"keep drop freeze" doc:"What happens to fields no mapping knows: keep (default) stores them in custom_fields, drop leaves them in bronze only, freeze stops the load."`
	From         []Mapping  `yaml:"from" doc:"One mapping for each stream that feeds the entity."`
	Match        *Match     `yaml:"match" doc:"Instead of key, columns and from: the entity is made of the records of other entities."`
	Survive      []Survivor `yaml:"survive,keyed" doc:"With match: the columns, and which record's value each shows: most_recent, first, or {prefer: [SOURCE, ...]}."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// Column is a typed column of an entity.
type Column struct {
	Name        string `yaml:"-"`
	Type        string `yaml:"type" need:"yes" doc:"Column type, for example text, decimal(18,2), normalized_email."`
	Required    bool   `yaml:"required" doc:"A row without a value is quarantined."`
	Description string `yaml:"description" doc:"Becomes the column's comment."`

	NoLint      map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
	RenamedFrom string            `yaml:"renamed_from" json:",omitzero" doc:"The name that this column had before: its values move to the new name, instead of being dropped and mapped again. A mapping that does not say where the column comes from looks for the field under both names."`
}

// UnmarshalText lets a column be written as its type alone.
func (c *Column) UnmarshalText(text []byte) error {
	c.Type = string(text)
	return nil
}

// Computed is a column computed from the others, in Go on a row and as SQL in a query.
type Computed struct {
	Name        string `yaml:"-"`
	Type        string `yaml:"type" doc:"Stored type; default is the expression's own."`
	Value       string `yaml:"value" need:"yes" doc:"Expression over the columns of the entity."`
	Description string `yaml:"description" doc:"Becomes the column's comment."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// UnmarshalText lets a computed column be written as its expression alone.
func (c *Computed) UnmarshalText(text []byte) error {
	c.Value = string(text)
	return nil
}

// Rule must hold for each row; NULL (unknown) counts as held, as in a SQL CHECK.
type Rule struct {
	Name      string `yaml:"name" need:"yes" doc:"Said in the quarantine when the rule is broken."`
	Check     string `yaml:"check" need:"yes" doc:"Boolean expression over the columns."`
	Otherwise string `yaml:"otherwise" oneof:"quarantine fail warn" doc:"quarantine (default) keeps the row out, fail stops the run, warn keeps the row and notes it."`
}

// Mapping says how the records of one stream become rows of an entity.
type Mapping struct {
	Stream       string         `yaml:"stream" need:"yes" doc:"SOURCE.STREAM."`
	Each         string         `yaml:"each" doc:"Path of a nested list: one row for each element; ^ then names the record around it."`
	SourceSystem string         `yaml:"source_system" doc:"Value of source_system; default the source's name."`
	ID           string         `yaml:"id" doc:"Path of source_id; default the stream's key."`
	ValidAt      ValidAt        `yaml:"valid_at" doc:"Path of the business time; default the time of observation."`
	Order        string         `yaml:"order" doc:"Path of an integer that orders events of equal business time, for example an LSN."`
	Fields       []FieldMapping `yaml:"fields,keyed" need:"yes" doc:"Column: path | other spelling, a quoted constant, or an expression."`
	Absent       string         `yaml:"absent" oneof:"inherit null" doc:"What a field means that a record does not carry: inherit (default) the value known before, or null."`
	Ignore       []string       `yaml:"ignore" doc:"Fields that are known and not wanted, not even as custom fields."`
}

// ValidAt says where the business time of a record stands.
type ValidAt struct {
	Field string `yaml:"field" need:"yes" doc:"Path in the record."`
	Type  string `yaml:"type" doc:"Column type of the time; default timestamp."`
	Zone  string `yaml:"zone" doc:"Time zone of times without offset, for example Europe/Berlin."`
	Fold  string `yaml:"fold" oneof:"earlier later" doc:"Which instant a local time means that happens twice; default earlier."`
}

// UnmarshalText lets the business time be written as its path alone.
func (v *ValidAt) UnmarshalText(text []byte) error {
	v.Field = string(text)
	return nil
}

// FieldMapping says where a column's value comes from.
type FieldMapping struct {
	Name string `yaml:"-"`
	From string `yaml:"from" need:"yes" doc:"Path | other spelling, a quoted constant, or an expression."`
}

// UnmarshalText lets a field be written as its origin alone.
func (f *FieldMapping) UnmarshalText(text []byte) error {
	f.From = string(text)
	return nil
}

// Dimension is a dimension table: the history of an entity, or one of Calendar, TimeOfDay,
// Bands, Junk and Audit.
type Dimension struct {
	Name               string      `yaml:"dimension" need:"yes" doc:"Table name, dim_ and a plural."`
	Description        string      `yaml:"description" doc:"Becomes the table's comment."`
	Owner              string      `yaml:"owner" doc:"Who answers for it: a person or a team."`
	Tags               []string    `yaml:"tags" doc:"Labels for --select tag:NAME."`
	From               string      `yaml:"from" doc:"The entity whose history this is."`
	SurrogateKey       string      `yaml:"surrogate_key" doc:"Name of the surrogate key; default from the table's name: dim_customers has customer_key."`
	Columns            []DimColumn `yaml:"columns,keyed" doc:"Attributes and how each keeps history."`
	FirstVersion       string      `yaml:"first_version" oneof:"open event" doc:"open (default): the first version holds for all time before it; event: from its own event on."`
	Current            string      `yaml:"current" oneof:"last in_force" doc:"What is_current means: last (default) the newest version; in_force the one in force at the time of the run."`
	CollapseIntrabatch bool        `yaml:"collapse_intrabatch" doc:"Of several changes of one key in one load only the last makes a version."`
	Validity           string      `yaml:"validity" oneof:"instant day" doc:"Grain of valid_from and valid_to: instant (default); day: of several changes in a day (UTC) the last one counts, for the whole day."`
	Deleted            string      `yaml:"deleted" oneof:"last member unknown" doc:"Where facts point whose event falls into a gap or after a delete: last (default) the version before, member the deleted member, unknown the unknown member."`
	Redefined          string      `yaml:"redefined" oneof:"from_now new_version rebuild" doc:"What it means when the set of type 2 columns changes: from_now (default) adds no versions, a new column fills the versions in force; new_version begins a version of each key; rebuild computes the whole history anew with the new set."`
	ReusedKey          string      `yaml:"reused_key" oneof:"same new" doc:"A natural key that comes back after a delete is the same (default) thing, or a new one with a durable key of its own."`
	Outriggers         []Outrigger `yaml:"outriggers,keyed" doc:"Other dimensions that this one points to: each becomes a column NAME_key with the durable key."`
	Calendar           *Calendar   `yaml:"calendar" doc:"Generates a date dimension instead of reading an entity."`
	TimeOfDay          *TimeOfDay  `yaml:"time_of_day" doc:"Generates a dimension of the times of a day; the grain alone will do: minute."`
	Bands              []Band      `yaml:"bands" doc:"Declares ranges of numbers, in their order; facts find theirs by a number."`
	Junk               *Junk       `yaml:"junk" doc:"Collects the combinations that occur in some columns of an entity, as of flags."`
	Audit              bool        `yaml:"audit" doc:"Describes the loads, one row each: when, from which stream, by which version of Lode, with how many records, changes and deletes. A fact points to the load that brought the event that its row is made of."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// DimColumn is an attribute of a dimension.
type DimColumn struct {
	Name        string `yaml:"-"`
	SCD         string `yaml:"scd" need:"yes" oneof:"0 1 2 3 4 5 6 7" doc:"0: kept as it first was; 1: overwritten; 2: a change makes a new version; 3: overwritten, and prior_NAME holds the value before; 4: kept in a mini-dimension of profiles, to which facts point; 5: as 4, and the dimension also holds the key of the current profile; 6: as 2, and current_NAME holds the newest value in all versions; 7: as 2, and facts also carry the durable key."`
	Mini        string `yaml:"mini" doc:"Types 4 and 5 only: the mini-dimension, for example dim_profiles. The columns that name the same one make its profiles."`
	Keep        string `yaml:"keep" oneof:"earliest first_seen" doc:"Type 0 only: the value of the earliest event (default), which a late event may correct, or of the one that was observed first."`
	RenamedFrom string `yaml:"renamed_from" doc:"The name that this column had before, so that a rename is not taken for a column that went and one that came."`
	Scope       string `yaml:"scope" oneof:"all current" doc:"Type 1 only: overwrite all versions (default) or the current one."`
	Description string `yaml:"description" doc:"Becomes the column's comment."`
}

// UnmarshalText lets an attribute be written as its SCD type alone.
func (c *DimColumn) UnmarshalText(text []byte) error {
	c.SCD = string(text)
	return nil
}
