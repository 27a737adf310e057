//go:build cgo && !noduckdb

package duckdb

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// The tables of the schemas that stand for %s, one row a column.
const describeColumns = `
SELECT t.schema_name, t.table_name, coalesce(t.comment, ''), c.column_name, c.data_type, NOT c.is_nullable, coalesce(c.comment, ''),
       coalesce(c.column_default, '')
FROM duckdb_tables() t
JOIN duckdb_columns() c ON c.table_oid = t.table_oid AND c.database_oid = t.database_oid
WHERE t.database_name = '` + catalog + `' AND t.schema_name IN (%s)
ORDER BY t.schema_name, t.table_name, c.column_index`

// The checks of the tables of these schemas, and the keys that the database itself holds.
const describeChecks = `
SELECT schema_name, table_name, coalesce(expression, ''), constraint_type = 'PRIMARY KEY'
FROM duckdb_constraints()
WHERE database_name = '` + catalog + `' AND schema_name IN (%s) AND constraint_type IN ('CHECK', 'PRIMARY KEY')
ORDER BY schema_name, table_name, constraint_index`

// describe reads the tables of schemas. A column of a type that Lode does not read has
// the Invalid kind.
func describe(ctx context.Context, t *tx, schemas []string) ([]schema.Table, error) {
	var tables []schema.Table
	err := warehouse.InSchemas(ctx, t, describeColumns, schemas, func(row []record.Value) {
		name := schema.Name{Schema: row[0].Text(), Table: row[1].Text()}
		if len(tables) == 0 || tables[len(tables)-1].Name != name {
			comment, key := splitKey(row[2].Text())
			tables = append(tables, schema.Table{Name: name, Comment: comment, PrimaryKey: key})
		}
		table := &tables[len(tables)-1]
		table.Fields = append(table.Fields, field(row[3:]))
	})
	if err != nil {
		return nil, err
	}
	err = warehouse.InSchemas(ctx, t, describeChecks, schemas, func(row []record.Value) {
		name := schema.Name{Schema: row[0].Text(), Table: row[1].Text()}
		at := slices.IndexFunc(tables, func(t schema.Table) bool { return t.Name == name })
		if row[3].Bool() {
			tables[at].Small = true
			return
		}
		tables[at].Checks = append(tables[at].Checks, schema.Check{SQL: oneSpelling(row[2].Text())})
	})
	return tables, err
}

// field is the column of a row of describeColumns, from its name on.
func field(row []record.Value) schema.Field {
	comment, verbatim := strings.CutSuffix(row[3].Text(), verbatimMark)
	verbatim = verbatim && (comment == "" || strings.HasSuffix(comment, "\n"))
	if !verbatim {
		comment = row[3].Text()
	}
	f := schema.Field{
		Name: row[0].Text(), Type: typeOf(row[1].Text()), NotNull: row[2].Bool(),
		Comment: strings.TrimSuffix(comment, "\n"), Verbatim: verbatim,
		Default: oneSpelling(row[4].Text()),
	}
	if native := row[1].Text(); native != (Dialect{}).TypeName(f.Type) {
		f.Native = native
	}
	return f
}

// oneSpelling is an expression as DuckDB reads it back from a file. In the process that made
// it, it says DECIMAL(8, 2).
func oneSpelling(sql string) string {
	parts := strings.Split(sql, "'")
	for i := 0; i < len(parts); i += 2 { // those between them are texts
		parts[i] = decimalType.ReplaceAllString(parts[i], "DECIMAL($1,$2)")
	}
	return strings.Join(parts, "'")
}

var decimalType = regexp.MustCompile(`DECIMAL\((\d+), (\d+)\)`)

// typeOf is the record type of a DuckDB type name.
func typeOf(name string) record.Type {
	var precision, scale int
	if n, _ := fmt.Sscanf(name, "DECIMAL(%d,%d)", &precision, &scale); n == 2 {
		return record.DecimalOf(precision, scale)
	}
	switch name {
	case "VARCHAR":
		return record.Of(record.Text)
	case "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT":
		return record.Of(record.Int)
	case "DOUBLE", "FLOAT":
		return record.Of(record.Float)
	case "BOOLEAN":
		return record.Of(record.Bool)
	case "DATE":
		return record.Of(record.Date)
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		return record.Of(record.Timestamp)
	case "JSON":
		return record.Of(record.JSON)
	case "UUID":
		return record.Of(record.UUID)
	}
	return record.Type{}
}

// splitKey takes the primary key off the last line of a table's comment.
func splitKey(comment string) (rest string, key []string) {
	at := strings.LastIndex(comment, keyMark)
	if at < 0 || at > 0 && comment[at-1] != '\n' {
		return comment, nil
	}
	quoted := comment[at+len(keyMark):]
	for strings.HasPrefix(quoted, `"`) {
		name, after := unquote(quoted)
		key = append(key, name)
		quoted = strings.TrimPrefix(after, ", ")
	}
	return strings.TrimSuffix(comment[:at], "\n"), key
}

// unquote takes a quoted identifier off the beginning of a text.
func unquote(text string) (name, rest string) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] == '"' {
			if i+1 >= len(text) || text[i+1] != '"' {
				return b.String(), text[i+1:]
			}
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}
