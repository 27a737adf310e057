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
)

// The tables of a schema, one row a column.
const describeColumns = `
SELECT t.table_name, coalesce(t.comment, ''), c.column_name, c.data_type, NOT c.is_nullable, coalesce(c.comment, ''),
       coalesce(c.column_default, '')
FROM duckdb_tables() t
JOIN duckdb_columns() c ON c.table_oid = t.table_oid AND c.database_oid = t.database_oid
WHERE t.database_name = '` + catalog + `' AND t.schema_name = $1
ORDER BY t.table_name, c.column_index`

// The checks of the tables of a schema, and the keys that the database itself holds.
const describeChecks = `
SELECT table_name, coalesce(expression, ''), constraint_type = 'PRIMARY KEY'
FROM duckdb_constraints()
WHERE database_name = '` + catalog + `' AND schema_name = $1 AND constraint_type IN ('CHECK', 'PRIMARY KEY')
ORDER BY table_name, constraint_index`

// describe reads the tables of a schema. A column of a type that Lode does not read has
// the Invalid kind.
func describe(ctx context.Context, t *tx, schemaName string) ([]schema.Table, error) {
	var tables []schema.Table
	err := t.each(ctx, describeColumns, schemaName, func(row []record.Value) {
		name := row[0].Text()
		if len(tables) == 0 || tables[len(tables)-1].Name.Table != name {
			comment, key := splitKey(row[1].Text())
			tables = append(tables, schema.Table{
				Name: schema.Name{Schema: schemaName, Table: name}, Comment: comment, PrimaryKey: key,
			})
		}
		table := &tables[len(tables)-1]
		table.Fields = append(table.Fields, field(row))
	})
	if err != nil {
		return nil, err
	}
	err = t.each(ctx, describeChecks, schemaName, func(row []record.Value) {
		at := slices.IndexFunc(tables, func(t schema.Table) bool { return t.Name.Table == row[0].Text() })
		if row[2].Bool() {
			tables[at].Small = true
			return
		}
		tables[at].Checks = append(tables[at].Checks, schema.Check{SQL: oneSpelling(row[1].Text())})
	})
	return tables, err
}

// field is the column of a row of describeColumns.
func field(row []record.Value) schema.Field {
	comment, verbatim := strings.CutSuffix(row[5].Text(), verbatimMark)
	verbatim = verbatim && (comment == "" || strings.HasSuffix(comment, "\n"))
	if !verbatim {
		comment = row[5].Text()
	}
	f := schema.Field{
		Name: row[2].Text(), Type: typeOf(row[3].Text()), NotNull: row[4].Bool(),
		Comment: strings.TrimSuffix(comment, "\n"), Verbatim: verbatim,
		Default: oneSpelling(row[6].Text()),
	}
	if native := row[3].Text(); native != (Dialect{}).TypeName(f.Type) {
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

// each runs a query of one text argument and hands over its rows.
func (t *tx) each(ctx context.Context, sql, argument string, do func(row []record.Value)) error {
	for b, err := range t.Query(ctx, sql, record.TextValue(argument)) {
		if err != nil {
			return err
		}
		for i := range b.Len() {
			do(b.Row(i))
		}
	}
	return nil
}
