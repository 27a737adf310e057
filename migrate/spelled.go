package migrate

import (
	"context"
	"fmt"
	"slices"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// spelling is the schema in which Spelled makes tables. Nobody else sees it.
const spelling = "lode_spelling"

// Spelled is the tables with their expressions as the warehouse reads them back: defaults,
// checks and the conditions of partial indexes. A database spells what it parsed in its
// own way, so the tables that have any are made in a transaction that is rolled back.
func Spelled(ctx context.Context, w warehouse.Warehouse, tables []schema.Table) ([]schema.Table, error) {
	var odd []int
	for i, t := range tables {
		if expresses(t) {
			odd = append(odd, i)
		}
	}
	if len(odd) == 0 {
		return tables, nil
	}
	tx, err := w.Scratch(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the expressions of the tables: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	tables = slices.Clone(tables)
	for _, i := range odd {
		if tables[i], err = spell(ctx, tx, w.Dialect(), tables[i]); err != nil {
			return nil, fmt.Errorf("read the expressions of table %s: %w", tables[i].Name, err)
		}
	}
	return tables, nil
}

func expresses(t schema.Table) bool {
	return len(t.Checks) > 0 || slices.ContainsFunc(t.Fields, func(f schema.Field) bool { return f.Default != "" }) ||
		slices.ContainsFunc(t.Indexes, func(i schema.Index) bool { return i.Where != "" })
}

// spell makes one table, reads it back and drops it.
func spell(ctx context.Context, tx warehouse.Tx, d warehouse.Dialect, t schema.Table) (schema.Table, error) {
	made := t
	made.Name.Schema, made.References, made.Comment = spelling, nil, ""
	statements := append([]string{d.CreateSchema(spelling)}, d.CreateTable(made)...)
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return t, err
		}
	}
	read, err := tx.Describe(ctx, spelling)
	if err != nil {
		return t, err
	}
	if _, err := tx.Exec(ctx, "DROP TABLE "+d.Table(made.Name)); err != nil {
		return t, err
	}
	t.Fields, t.Checks, t.Indexes = slices.Clone(t.Fields), slices.Clone(t.Checks), slices.Clone(t.Indexes)
	for i := range t.Fields {
		t.Fields[i].Default = read[0].Fields[i].Default
	}
	for i := range read[0].Checks {
		t.Checks[i].SQL = read[0].Checks[i].SQL
	}
	for i := range read[0].Indexes {
		t.Indexes[i].Where = read[0].Indexes[i].Where
	}
	return t, nil
}
