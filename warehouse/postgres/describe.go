package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// The tables of a schema, one row a column. Statistics on the types come as oid and
// modifier, which typeOf reads.
const describeColumns = `
SELECT c.relname, c.relpersistence = 'u', coalesce(obj_description(c.oid, 'pg_class'), ''),
       a.attname, a.atttypid::bigint, a.atttypmod, a.attnotnull, coalesce(col_description(c.oid, a.attnum), ''),
       coalesce(array_position(k.indkey::int2[], a.attnum), -1)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
ORDER BY c.relname COLLATE "C", a.attnum`

// The indexes beside the primary key, one row a column.
const describeIndexes = `
SELECT c.relname, i.indexrelid::bigint, i.indisunique, coalesce(pg_get_expr(i.indpred, i.indrelid), ''), a.attname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indrelid = c.oid AND NOT i.indisprimary
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS p(attnum, position)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
ORDER BY c.relname COLLATE "C", i.indexrelid, p.position`

// describe reads the tables of a schema. A column of a type that Lode does not read has
// the Invalid kind.
func describe(ctx context.Context, t *tx, schemaName string) ([]schema.Table, error) {
	var tables []schema.Table
	keys := map[string]map[int64]string{}
	err := t.each(ctx, describeColumns, schemaName, func(row []record.Value) {
		name := row[0].Text()
		if len(tables) == 0 || tables[len(tables)-1].Name.Table != name {
			tables = append(tables, schema.Table{
				Name: schema.Name{Schema: schemaName, Table: name}, Scratch: row[1].Bool(), Comment: row[2].Text(),
			})
			keys[name] = map[int64]string{}
		}
		table := &tables[len(tables)-1]
		table.Fields = append(table.Fields, field(row))
		if position := row[8].Int(); position >= 0 {
			keys[name][position] = row[3].Text()
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range tables {
		tables[i].PrimaryKey = inOrder(keys[tables[i].Name.Table])
	}
	return tables, describeInto(ctx, t, schemaName, tables)
}

// inOrder lists key columns by their position in the key.
func inOrder(columns map[int64]string) []string {
	var positions []int64
	for position := range columns {
		positions = append(positions, position)
	}
	slices.Sort(positions)
	var names []string
	for _, position := range positions {
		names = append(names, columns[position])
	}
	return names
}

// field is the column of a row of describeColumns.
func field(row []record.Value) schema.Field {
	oid := uint32(row[4].Int())
	t, _ := typeOf(oid, int32(row[5].Int()))
	return schema.Field{
		Name: row[3].Text(), Type: t, NotNull: row[6].Bool(), Comment: row[7].Text(), Verbatim: oid == pgtype.JSONOID,
	}
}

// describeInto adds the indexes.
func describeInto(ctx context.Context, t *tx, schemaName string, tables []schema.Table) error {
	current := int64(-1)
	return t.each(ctx, describeIndexes, schemaName, func(row []record.Value) {
		at := slices.IndexFunc(tables, func(t schema.Table) bool { return t.Name.Table == row[0].Text() })
		if at < 0 {
			return // created between the two statements
		}
		table := &tables[at]
		if id := row[1].Int(); id != current {
			current = id
			table.Indexes = append(table.Indexes, schema.Index{Unique: row[2].Bool(), Where: row[3].Text()})
		}
		last := &table.Indexes[len(table.Indexes)-1]
		last.Columns = append(last.Columns, row[4].Text())
	})
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
