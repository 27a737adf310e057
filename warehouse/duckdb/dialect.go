package duckdb

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Dialect spells SQL for DuckDB.
type Dialect struct{}

// Name is "duckdb".
func (Dialect) Name() string { return "duckdb" }

// Quote quotes an identifier.
func (Dialect) Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Table quotes a table name. Temporary tables lie in a catalog of their own, temp.
func (d Dialect) Table(n schema.Name) string {
	if n.Schema == "" {
		return "temp.main." + d.Quote(n.Table)
	}
	return d.Quote(n.Schema) + "." + d.Quote(n.Table)
}

// CreateSchema is the statement that creates a schema if it is missing.
func (d Dialect) CreateSchema(name string) string {
	return "CREATE SCHEMA IF NOT EXISTS " + d.Quote(name)
}

// CreateTable lists the statements that create a table and its comments. Indexes are left out, and
// the key of a table that is not small is kept in its comment alone, see docs/adr/0003.
func (d Dialect) CreateTable(t schema.Table) []string {
	lines := d.columns(t)
	if t.Small && len(t.PrimaryKey) > 0 {
		lines = append(lines, "PRIMARY KEY ("+d.list(t.PrimaryKey)+")")
	}
	for _, c := range t.Checks {
		lines = append(lines, "CHECK ("+c.SQL+")")
	}
	statements := []string{"CREATE TABLE " + d.Table(t.Name) + " (\n  " + strings.Join(lines, ",\n  ") + "\n)"}
	return append(statements, d.comments(t)...)
}

// columns spells the columns of a new table. Key columns are never NULL, as in PostgreSQL.
func (d Dialect) columns(t schema.Table) []string {
	key := map[string]bool{}
	for _, name := range t.PrimaryKey {
		key[name] = true
	}
	lines := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		lines[i] = d.column(f)
		if f.NotNull || key[f.Name] {
			lines[i] += " NOT NULL"
		}
		if f.Default != "" {
			lines[i] += " DEFAULT " + f.Default
		}
	}
	return lines
}

// column spells a column. DuckDB keeps the text of all JSON as it came, verbatim or not.
func (d Dialect) column(f schema.Field) string {
	return d.Quote(f.Name) + " " + d.typeName(f)
}

// typeName is the type of a column.
func (d Dialect) typeName(f schema.Field) string { return cmp.Or(f.Native, d.TypeName(f.Type)) }

func (d Dialect) list(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = d.Quote(name)
	}
	return strings.Join(quoted, ", ")
}

// keyMark begins the last line of a table's comment, which holds its primary key.
const keyMark = "[primary key] "

// comments spells the comments. Describe reads the key and the verbatim mark back.
func (d Dialect) comments(t schema.Table) []string {
	var statements []string
	if comment := d.tableComment(t); comment != "" {
		statements = append(statements, "COMMENT ON TABLE "+d.Table(t.Name)+" IS "+quoteText(comment))
	}
	for _, f := range t.Fields {
		if comment := fieldComment(f); comment != "" {
			statements = append(statements, d.commentField(t.Name, f))
		}
	}
	return statements
}

func (d Dialect) commentField(table schema.Name, f schema.Field) string {
	return "COMMENT ON COLUMN " + d.Table(table) + "." + d.Quote(f.Name) + " IS " + commentText(fieldComment(f))
}

func fieldComment(f schema.Field) string {
	if f.Verbatim {
		return strings.TrimPrefix(f.Comment+"\n"+verbatimMark, "\n")
	}
	return f.Comment
}

func commentText(comment string) string {
	if comment == "" {
		return "NULL"
	}
	return quoteText(comment)
}

// verbatimMark is the last line of the comment of a column whose text is kept as it came.
const verbatimMark = "[verbatim]"

func (d Dialect) tableComment(t schema.Table) string {
	if len(t.PrimaryKey) == 0 {
		return t.Comment
	}
	return strings.TrimPrefix(t.Comment+"\n"+keyMark+d.list(t.PrimaryKey), "\n")
}

// CreateTemp creates a temporary table, which vanishes at the end of the transaction.
func (d Dialect) CreateTemp(name string, fields []schema.Field) []string {
	lines := d.columns(schema.Table{Fields: fields})
	return []string{"CREATE OR REPLACE TEMPORARY TABLE " + d.Quote(name) + " (\n  " + strings.Join(lines, ",\n  ") + "\n)"}
}

// Analyze is nothing: DuckDB keeps its statistics current by itself.
func (Dialect) Analyze(schema.Name, ...string) string { return "" }

// Check tells why DuckDB cannot hold a table.
func (d Dialect) Check(t schema.Table) error {
	errs := []error{warehouse.CheckNames(d.Name(), t)}
	report := func(format string, args ...any) {
		errs = append(errs, warehouse.Unsupported(d.Name(), t.Name, format, args...))
	}
	switch strings.ToLower(t.Name.Schema) {
	case "temp", "system", "memory", "pg_catalog", "information_schema", catalog:
		report("schema %q has a meaning of its own in DuckDB; choose another name", t.Name.Schema)
	}
	folded := map[string]string{}
	for _, f := range t.Fields {
		lower := strings.ToLower(f.Name)
		if other, twice := folded[lower]; twice && other != f.Name {
			report("columns %q and %q are one to DuckDB, which does not tell case apart", other, f.Name)
		}
		folded[lower] = f.Name
		if err := checkField(f); err != nil {
			report("column %q: %v", f.Name, err)
		}
	}
	return errors.Join(errs...)
}

func checkField(f schema.Field) error {
	if strings.EqualFold(f.Name, "rowid") {
		return errors.New("DuckDB has a hidden column of this name in each table")
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
	object := "CASE json_type(" + exact(x) + ") WHEN 'OBJECT' THEN " + exact(x) + " ELSE '{}' END"
	return "LATERAL (SELECT key AS name, " + plain("value::VARCHAR") + " AS value FROM json_each(" + object + ")) AS " + d.Quote(alias)
}

// CollectMembers aggregates pairs into a JSON object; of no pairs it makes {}.
func (Dialect) CollectMembers(name, value string) string {
	return fmt.Sprintf(`('{' || coalesce(string_agg(to_json(%[1]s)::VARCHAR || ':' || (%[2]s)::VARCHAR, ',' ORDER BY %[1]s)`+
		` FILTER (WHERE %[1]s IS NOT NULL), '') || '}')::JSON`, name, value)
}

// JSONObject builds a JSON object from name/expression pairs. It writes the members itself:
// DuckDB's json_object would pass numbers through a double.
func (Dialect) JSONObject(pairs ...string) string {
	members := make([]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		members = append(members, quoteText(jsonName(pairs[i])+":")+", "+jsonOf(pairs[i+1]))
	}
	if len(members) == 0 {
		return "'{}'::JSON"
	}
	return "concat('{', " + strings.Join(members, ", ',', ") + ", '}')::JSON"
}

// MaxNameLength is the longest identifier in bytes. DuckDB has no limit; this one keeps
// projects portable.
func (Dialect) MaxNameLength() int { return warehouse.MaxNameLength }
