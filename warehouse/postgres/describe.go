package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// The tables of the schemas that stand for %s, one row a column. Statistics on the types come as oid and
// modifier, which typeOf reads.
const describeColumns = `
SELECT n.nspname, c.relname, c.relpersistence = 'u', coalesce(obj_description(c.oid, 'pg_class'), ''),
       a.attname, a.atttypid::bigint, a.atttypmod, a.attnotnull, coalesce(col_description(c.oid, a.attnum), ''),
       coalesce(array_position(k.indkey::int2[], a.attnum), -1), coalesce(pg_get_expr(v.adbin, v.adrelid), ''),
       format_type(a.atttypid, a.atttypmod), coalesce(kc.relname, '')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary
LEFT JOIN pg_class kc ON kc.oid = k.indexrelid
LEFT JOIN pg_attrdef v ON v.adrelid = c.oid AND v.adnum = a.attnum AND a.attgenerated = '' AND a.attidentity = ''
WHERE n.nspname IN (%s) AND c.relkind IN ('r', 'p')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum`

// The indexes beside the primary key, one row a column.
const describeIndexes = `
SELECT n.nspname, c.relname, i.indexrelid::bigint, i.indisunique, coalesce(pg_get_expr(i.indpred, i.indrelid), ''), a.attname,
       x.relname, m.amname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indrelid = c.oid AND NOT i.indisprimary
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS p(attnum, position)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
WHERE n.nspname IN (%s) AND c.relkind IN ('r', 'p')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", i.indexrelid, p.position`

// The checks and foreign keys, these with one row a column.
const describeConstraints = `
SELECT n.nspname, c.relname, s.oid::bigint, s.contype::text, s.conname, coalesce(pg_get_expr(s.conbin, s.conrelid), ''),
       coalesce(a.attname, ''), coalesce(tn.nspname, ''), coalesce(t.relname, ''), coalesce(ta.attname, '')
FROM pg_constraint s
JOIN pg_class c ON c.oid = s.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL unnest(s.conkey, s.confkey) WITH ORDINALITY AS p(col, key, position) ON s.contype = 'f'
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.col
LEFT JOIN pg_class t ON t.oid = s.confrelid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute ta ON ta.attrelid = t.oid AND ta.attnum = p.key
WHERE n.nspname IN (%s) AND c.relkind IN ('r', 'p') AND s.contype IN ('c', 'f')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", s.oid, p.position`

// describe reads the tables of schemas. A column of a type that Lode does not read has
// the Invalid kind.
func describe(ctx context.Context, t *tx, schemas []string) ([]schema.Table, error) {
	var tables []schema.Table
	keys := map[schema.Name]map[int64]string{}
	err := warehouse.InSchemas(ctx, t, describeColumns, schemas, func(row []record.Value) {
		name := schema.Name{Schema: row[0].Text(), Table: row[1].Text()}
		row = row[2:]
		if len(tables) == 0 || tables[len(tables)-1].Name != name {
			tables = append(tables, schema.Table{Name: name, Scratch: row[0].Bool(), Comment: row[1].Text()})
			keys[name] = map[int64]string{}
			if last := &tables[len(tables)-1]; row[10].Text() != "" && row[10].Text() != keyName(*last) {
				last.KeyName = row[10].Text()
			}
		}
		table := &tables[len(tables)-1]
		table.Fields = append(table.Fields, field(row[2:]))
		if position := row[7].Int(); position >= 0 {
			keys[name][position] = row[2].Text()
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range tables {
		tables[i].PrimaryKey = inOrder(keys[tables[i].Name])
	}
	return tables, describeInto(ctx, t, schemas, tables)
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

// field is the column of a row of describeColumns, from its name on.
func field(row []record.Value) schema.Field {
	oid := uint32(row[1].Int())
	t, _ := typeOf(oid, int32(row[2].Int()))
	f := schema.Field{
		Name: row[0].Text(), Type: t, NotNull: row[3].Bool(), Comment: row[4].Text(), Verbatim: oid == pgtype.JSONOID,
		Default: row[6].Text(),
	}
	if native := row[7].Text(); native != formatted(typeName(f)) {
		f.Native = native
	}
	return f
}

// formatted is what format_type calls a type that Lode gives a column.
func formatted(name string) string {
	if name == "timestamptz" {
		return "timestamp with time zone"
	}
	return name
}

// describeInto adds the indexes and constraints.
func describeInto(ctx context.Context, t *tx, schemas []string, tables []schema.Table) error {
	byName := map[schema.Name]*schema.Table{} // one created between the statements is in none
	for i := range tables {
		byName[tables[i].Name] = &tables[i]
	}
	for sql, add := range map[string]func(table *schema.Table, row []record.Value, first bool){describeIndexes: addIndex, describeConstraints: addConstraint} {
		current := int64(-1)
		err := warehouse.InSchemas(ctx, t, sql, schemas, func(row []record.Value) {
			if table := byName[schema.Name{Schema: row[0].Text(), Table: row[1].Text()}]; table != nil {
				add(table, row[2:], row[2].Int() != current)
				current = row[2].Int()
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addIndex adds a row of describeIndexes, the first of an index or one more column.
func addIndex(table *schema.Table, row []record.Value, first bool) {
	if first {
		index := schema.Index{Name: row[4].Text(), Unique: row[1].Bool(), Where: row[2].Text(), Using: row[5].Text()}
		if index.Using == "btree" {
			index.Using = ""
		}
		table.Indexes = append(table.Indexes, index)
	}
	last := &table.Indexes[len(table.Indexes)-1]
	last.Columns = append(last.Columns, row[3].Text())
}

// addConstraint adds a row of describeConstraints: a check, or one column of a foreign key.
func addConstraint(table *schema.Table, row []record.Value, first bool) {
	if row[1].Text() == "c" {
		table.Checks = append(table.Checks, schema.Check{Name: row[2].Text(), SQL: row[3].Text()})
		return
	}
	if first {
		table.References = append(table.References, schema.Reference{To: schema.Name{Schema: row[5].Text(), Table: row[6].Text()}})
	}
	last := &table.References[len(table.References)-1]
	last.Columns, last.Key = append(last.Columns, row[4].Text()), append(last.Key, row[7].Text())
}
