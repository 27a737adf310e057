package schema

// AppTable is a table of the application: its rows are written by programs through package
// store, while all other tables are made from bronze.
type AppTable struct {
	Name        string      `yaml:"table" need:"yes" doc:"Name of the table, snake_case and plural."`
	Description string      `yaml:"description" doc:"What one row means; becomes the table's comment."`
	Owner       string      `yaml:"owner" doc:"Who answers for it: a person or a team."`
	Key         []string    `yaml:"key" need:"yes" doc:"Primary key: declared columns."`
	Columns     []AppColumn `yaml:"columns,keyed" need:"yes" doc:"Typed columns by name."`
	Computed    []Computed  `yaml:"computed,keyed" doc:"Columns computed from the others by an expression, whenever a row is written."`
	Rules       []AppRule   `yaml:"rules" doc:"What must hold for each row; a row that breaks one is refused."`
	Unique      [][]string  `yaml:"unique" doc:"Lists of columns whose values no two rows share."`
	Indexes     [][]string  `yaml:"indexes" doc:"Lists of columns by which rows are often sought; a column of JSON stands alone, and is sought by what it holds."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// AppColumn is a typed column of an application table.
type AppColumn struct {
	Name        string `yaml:"-"`
	Type        string `yaml:"type" need:"yes" doc:"Column type, for example text, decimal(18,2), normalized_email."`
	Required    bool   `yaml:"required" doc:"A row without a value is refused. Key columns are required in any case."`
	Description string `yaml:"description" doc:"Becomes the column's comment."`
	// Default is as it would come from outside; nil is none.
	Default *string `yaml:"default" doc:"Value of a row that is written without one, and of the rows that are there when the column is added. It is a value of the column's type, as a source would send it, and no SQL."`

	References string `yaml:"references" doc:"An application table of which the column names a row, by its key: a foreign key, with an index."`

	RenamedFrom string `yaml:"renamed_from" doc:"The name that this column had before: its values move to the new name, instead of being dropped."`

	NoLint map[string]string `yaml:"nolint" doc:"Rules of lode lint that do not count here: the name of the rule, and the reason."`
}

// AppRule must hold for each row; NULL (unknown) counts as held, as in a SQL CHECK.
type AppRule struct {
	Name  string `yaml:"name" need:"yes" doc:"Said in the error when the rule is broken."`
	Check string `yaml:"check" need:"yes" doc:"Boolean expression over the columns."`
}

// UnmarshalText lets a column be written as its type alone.
func (c *AppColumn) UnmarshalText(text []byte) error {
	c.Type = string(text)
	return nil
}
