package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Dialect spells SQL for PostgreSQL.
type Dialect struct{}

// Name is "postgres".
func (Dialect) Name() string { return "postgres" }

// Quote quotes an identifier.
func (Dialect) Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Table quotes a table name. Temporary tables have a schema of their own, pg_temp.
func (d Dialect) Table(n schema.Name) string {
	if n.Schema == "" {
		return "pg_temp." + d.Quote(n.Table)
	}
	return d.Quote(n.Schema) + "." + d.Quote(n.Table)
}

// CreateSchema is the statement that creates a schema if it is missing.
func (d Dialect) CreateSchema(name string) string {
	return "CREATE SCHEMA IF NOT EXISTS " + d.Quote(name)
}

// CreateTable lists the statements that create a table, its indexes and comments.
func (d Dialect) CreateTable(t schema.Table) []string {
	lines := d.columns(t.Fields)
	if len(t.PrimaryKey) > 0 {
		lines = append(lines, "CONSTRAINT "+d.Quote(keyName(t))+" PRIMARY KEY ("+d.list(t.PrimaryKey)+")")
	}
	for _, c := range t.Checks {
		lines = append(lines, d.check(c))
	}
	for _, r := range t.References {
		lines = append(lines, d.reference(t.Name, r))
	}
	create := "CREATE TABLE "
	if t.Scratch {
		create = "CREATE UNLOGGED TABLE "
	}
	statements := []string{create + d.Table(t.Name) + " (\n  " + strings.Join(lines, ",\n  ") + "\n)"}
	for _, index := range t.Indexes {
		statements = append(statements, d.createIndex(t.Name, index))
	}
	return append(statements, d.comments(t)...)
}

// columns spells the columns of a new table.
func (d Dialect) columns(fields []schema.Field) []string {
	lines := make([]string, len(fields))
	for i, f := range fields {
		lines[i] = d.column(f)
		if f.NotNull {
			lines[i] += " NOT NULL"
		}
		if f.Default != "" {
			lines[i] += " DEFAULT " + f.Default
		}
	}
	return lines
}

func (d Dialect) column(f schema.Field) string {
	return d.Quote(f.Name) + " " + cmp.Or(f.Native, typeName(f))
}

// typeName is the type that Lode gives a column.
func typeName(f schema.Field) string {
	if f.Type.Kind == record.JSON && f.Verbatim {
		return "json" // jsonb would sort keys and rewrite numbers
	}
	return Dialect{}.TypeName(f.Type)
}

// keyName is the name of the constraint of a table's primary key.
func keyName(t schema.Table) string {
	return cmp.Or(t.KeyName, warehouse.PartName("pkey", t.Name.Table))
}

func (d Dialect) list(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = d.Quote(name)
	}
	return strings.Join(quoted, ", ")
}

// createIndex leaves the name of an index that has none to PostgreSQL, which makes it fit
// and unique.
func (d Dialect) createIndex(table schema.Name, index schema.Index) string {
	create := "CREATE INDEX "
	if index.Unique {
		create = "CREATE UNIQUE INDEX "
	}
	if index.Name != "" {
		create += d.Quote(index.Name) + " "
	}
	sql := create + "ON " + d.Table(table)
	if index.Using != "" {
		sql += " USING " + index.Using
	}
	sql += " (" + d.list(index.Columns) + ")"
	if index.Where != "" {
		sql += " WHERE " + index.Where
	}
	return sql
}

func (d Dialect) comments(t schema.Table) []string {
	var statements []string
	if t.Comment != "" {
		statements = append(statements, "COMMENT ON TABLE "+d.Table(t.Name)+" IS "+quoteText(t.Comment))
	}
	for _, f := range t.Fields {
		if f.Comment != "" {
			statements = append(statements, "COMMENT ON COLUMN "+d.Table(t.Name)+"."+d.Quote(f.Name)+" IS "+quoteText(f.Comment))
		}
	}
	return statements
}

// CreateTemp creates a temporary table, which vanishes at the end of the transaction.
func (d Dialect) CreateTemp(name string, fields []schema.Field) []string {
	table := d.Table(schema.Name{Table: name})
	return []string{
		"DROP TABLE IF EXISTS " + table,
		"CREATE TEMPORARY TABLE " + d.Quote(name) + " (\n  " + strings.Join(d.columns(fields), ",\n  ") + "\n) ON COMMIT DROP",
	}
}

// Analyze refreshes the planner's statistics of a table, or of columns of it. A temporary
// table is made for few statements, and its statistics in a tenth of the time from a tenth
// of the rows that PostgreSQL would look at.
func (d Dialect) Analyze(n schema.Name, columns ...string) string {
	analyze := "ANALYZE " + d.Table(n)
	if len(columns) > 0 {
		quoted := make([]string, len(columns))
		for i, c := range columns {
			quoted[i] = d.Quote(c)
		}
		analyze += " (" + strings.Join(quoted, ", ") + ")"
	}
	if n.Schema != "" {
		return analyze
	}
	return "DO " + quoteText(fmt.Sprintf("DECLARE target text := current_setting('default_statistics_target');\nBEGIN\n"+
		"PERFORM set_config('default_statistics_target', '10', true);\n%s;\nPERFORM set_config('default_statistics_target', target, true);\nEND", analyze))
}

// Limits of PostgreSQL.
const (
	maxColumns   = 1600
	maxPrecision = 1000
	maxIndexed   = 32
)

// Check tells why PostgreSQL cannot hold a table.
func (d Dialect) Check(t schema.Table) error {
	errs := []error{warehouse.CheckNames(d.Name(), t)}
	report := func(format string, args ...any) {
		errs = append(errs, warehouse.Unsupported(d.Name(), t.Name, format, args...))
	}
	if len(t.Fields) > maxColumns {
		report("it has %d columns, at most %d are possible", len(t.Fields), maxColumns)
	}
	if strings.HasPrefix(t.Name.Schema, "pg_") || t.Name.Schema == "information_schema" {
		report("schema %q belongs to PostgreSQL", t.Name.Schema)
	}
	if len(t.PrimaryKey) > maxIndexed {
		report("its key has %d columns, at most %d are possible", len(t.PrimaryKey), maxIndexed)
	}
	for _, f := range t.Fields {
		if err := checkField(f); err != nil {
			report("column %q: %v", f.Name, err)
		}
	}
	for _, i := range t.Indexes {
		if !slices.Contains([]string{"", "gin", "gist", "brin", "hash"}, i.Using) {
			report("an index of kind %q is not possible; write gin, gist, brin or hash, or leave it out for a tree", i.Using)
		}
	}
	return errors.Join(errs...)
}

func checkField(f schema.Field) error {
	switch f.Name {
	case "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid":
		return errors.New("PostgreSQL has a hidden column of this name in each table")
	}
	if f.Type.Kind == record.Invalid {
		return errors.New("it has no type")
	}
	if p, s := f.Type.Precision, f.Type.Scale; f.Type.Kind == record.Decimal && (p < 1 || p > maxPrecision || s < 0 || s > p) {
		return fmt.Errorf("%s is not possible; precision is 1 to %d and scale 0 to precision", f.Type, maxPrecision)
	}
	return nil
}

// EachMember is a lateral FROM item over the members of a JSON object.
func (d Dialect) EachMember(x, alias string) string {
	object := "(" + x + ")::jsonb"
	return "LATERAL (SELECT key AS name, value::text AS value FROM jsonb_each(CASE jsonb_typeof(" + object +
		") WHEN 'object' THEN " + object + " END)) AS " + d.Quote(alias)
}

// CollectMembers aggregates pairs into a JSON object; of no pairs it makes {}.
func (Dialect) CollectMembers(name, value string) string {
	return fmt.Sprintf(`coalesce(jsonb_object_agg(%[1]s, (%[2]s)::jsonb ORDER BY (%[1]s) COLLATE "C") FILTER (WHERE %[1]s IS NOT NULL), '{}'::jsonb)`, name, value)
}

// pairsAtOnce is how many pairs fit into one call: a function has at most 100 arguments.
const pairsAtOnce = 50

// JSONObject builds a JSON object from name/expression pairs.
func (Dialect) JSONObject(pairs ...string) string {
	var calls []string
	for len(pairs) > 0 {
		n := min(len(pairs), 2*pairsAtOnce)
		args := make([]string, 0, n)
		for i := 0; i+1 < n; i += 2 {
			args = append(args, quoteText(pairs[i])+", "+pairs[i+1])
		}
		calls = append(calls, "jsonb_build_object("+strings.Join(args, ", ")+")")
		pairs = pairs[n:]
	}
	switch len(calls) {
	case 0:
		return "'{}'::jsonb"
	case 1:
		return calls[0]
	}
	return "(" + strings.Join(calls, " || ") + ")"
}

// MaxNameLength is the longest identifier in bytes.
func (Dialect) MaxNameLength() int { return warehouse.MaxNameLength }
