package medallion

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// compare runs the two queries of a comparison.
func compare(ctx context.Context, r ledger.Reader, d warehouse.Dialect, a, b diff.Relation, limit int) (diff.Result, error) {
	out := diff.Result{First: []diff.Difference{}}
	rows, err := rowsOf(r.Query(ctx, diff.Counts(d, a, b)))
	if err != nil {
		return out, err
	}
	n := rows[0]
	out.RowsA, out.RowsB, out.OnlyA, out.OnlyB, out.Changed = n[0].Int(), n[1].Int(), n[2].Int(), n[3].Int(), n[4].Int()
	if out.Count() == 0 || limit == 0 {
		return out, nil
	}
	if rows, err = rowsOf(r.Query(ctx, diff.First(d, a, b, limit))); err != nil {
		return out, err
	}
	out.First = diff.Read(a, rows)
	return out, nil
}

// rowsOf reads a result that is known to be short.
func rowsOf(batches record.Batches) ([][]record.Value, error) {
	var rows [][]record.Value
	for b, err := range batches {
		if err != nil {
			return nil, err
		}
		for i := range b.Len() {
			rows = append(rows, b.Row(i))
		}
	}
	return rows, nil
}

// DiffTables compares two stored tables, schema.table each, by the columns of key, or by
// the primary key of one of them. Columns that only one has are named and not compared,
// nor is when a row of the star was written.
func (e *Engine) DiffTables(ctx context.Context, a, b string, key []string, limit int) (diff.Result, error) {
	tx, err := e.Warehouse.Scratch(ctx)
	if err != nil {
		return diff.Result{}, err
	}
	defer func() {
		_ = tx.Rollback() // nothing was to be kept
	}()
	tableA, err := e.stored(ctx, tx, a)
	if err != nil {
		return diff.Result{}, err
	}
	tableB, err := e.stored(ctx, tx, b)
	if err != nil {
		return diff.Result{}, err
	}
	columns, notes := common(tableA, tableB)
	if e.gold(tableA.Name) || e.gold(tableB.Name) {
		columns = sqltext.Without(columns, schema.CreatedAt, schema.UpdatedAt)
	}
	if key, err = keyOf(tableA, tableB, key, columns); err != nil {
		return diff.Result{}, err
	}
	d := e.dialect()
	out, err := compare(ctx, tx, d, diff.Table(d, tableA, key, columns), diff.Table(d, tableB, key, columns), limit)
	out.Table, out.A, out.B, out.Notes = a, a, b, notes
	if err != nil {
		return out, fmt.Errorf("compare %s with %s: %w", a, b, err)
	}
	return out, nil
}

func (e *Engine) gold(n schema.Name) bool { return n.Schema == e.Model.Layers.Gold }

// stored finds a table as the warehouse describes it.
func (e *Engine) stored(ctx context.Context, tx warehouse.Tx, name string) (schema.Table, error) {
	layer, table, found := strings.Cut(name, ".")
	if !found {
		return schema.Table{}, fmt.Errorf("compare tables: %q has no schema; write schema.table", name)
	}
	tables, err := tx.Describe(ctx, layer)
	if err != nil {
		return schema.Table{}, fmt.Errorf("read the tables of schema %s: %w", layer, err)
	}
	i := slices.IndexFunc(tables, func(t schema.Table) bool { return t.Name.Table == table })
	if i < 0 {
		return schema.Table{}, fmt.Errorf("compare tables: there is no table %s in the warehouse", name)
	}
	return tables[i], nil
}

// common lists the columns that both tables have, and says which they do not.
func common(a, b schema.Table) (columns, notes []string) {
	for _, c := range a.FieldNames() {
		if b.Field(c) != nil {
			columns = append(columns, c)
		}
	}
	for _, side := range []struct{ is, other schema.Table }{{a, b}, {b, a}} {
		if only := sqltext.Without(side.is.FieldNames(), side.other.FieldNames()...); len(only) > 0 {
			notes = append(notes, fmt.Sprintf("only %s has %s", side.is.Name, strings.Join(only, ", ")))
		}
	}
	return columns, notes
}

func keyOf(a, b schema.Table, key, columns []string) ([]string, error) {
	for _, k := range [][]string{key, a.PrimaryKey, b.PrimaryKey} {
		if len(k) == 0 {
			continue
		}
		if missing := sqltext.Without(k, columns...); len(missing) > 0 {
			return nil, fmt.Errorf("compare %s with %s: the key column %s is not in both", a.Name, b.Name, missing[0])
		}
		return k, nil
	}
	return nil, fmt.Errorf("compare %s with %s: neither has a primary key; name the columns of a key", a.Name, b.Name)
}

// DiffMoments compares a table of the star at two moments.
func (e *Engine) DiffMoments(ctx context.Context, table string, a, b Moment, limit int) (diff.Result, error) {
	out := diff.Result{Table: table, A: a.String(), B: b.String()}
	name, err := e.starTable(table)
	if err != nil {
		return out, err
	}
	tx, err := e.Warehouse.Scratch(ctx)
	if err != nil {
		return out, err
	}
	defer func() {
		_ = tx.Rollback() // nothing was to be kept
	}()
	var sides [2]diff.Relation
	for i, m := range []Moment{a, b} {
		if sides[i], err = e.side(ctx, tx, name, m, !a.AsOf.IsZero() && !b.AsOf.IsZero(), fmt.Sprintf("lode_compared_%d", i)); err != nil {
			return out, fmt.Errorf("read %s %s: %w", name, m, err)
		}
	}
	found, err := compare(ctx, tx, e.dialect(), sides[0], sides[1], limit)
	if err != nil {
		return out, fmt.Errorf("compare %s at two times: %w", name, err)
	}
	found.Table, found.A, found.B = name.String(), out.A, out.B
	return found, nil
}

// String says which star the moment is.
func (m Moment) String() string {
	var parts []string
	if !m.AsOf.IsZero() {
		parts = append(parts, "as of "+m.AsOf.UTC().Format(time.RFC3339Nano))
	}
	if !m.KnownAt.IsZero() {
		parts = append(parts, "as known at "+m.KnownAt.UTC().Format(time.RFC3339Nano))
	}
	if len(parts) == 0 {
		return "as it is"
	}
	return strings.Join(parts, ", ")
}

// starTable finds a table of silver or gold by its name, with its schema or without.
func (e *Engine) starTable(name string) (schema.Name, error) {
	var known []string
	for _, step := range e.Steps() {
		if step.Kind == LoadStep {
			continue
		}
		for _, t := range step.tables(e) {
			if t.Name.String() == name || t.Name.Table == name && e.gold(t.Name) {
				return t.Name, nil
			}
			known = append(known, t.Name.String())
		}
	}
	return schema.Name{}, fmt.Errorf("the project makes no table %q; it makes %s", name, strings.Join(known, ", "))
}

// side is the relation of a table at a moment, in a temporary table: the tables that it
// is made of are made anew for the other side.
func (e *Engine) side(ctx context.Context, tx warehouse.Tx, name schema.Name, m Moment, perMember bool, into string) (diff.Relation, error) {
	star := diff.Star{Dialect: e.dialect(), PerMember: perMember}
	relation, _ := star.Of(e.Model, name)
	sql, err := e.at(ctx, tx, m, relation.SQL)
	if err != nil {
		return relation, err
	}
	if _, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE "+e.dialect().Quote(into)+" AS\n"+sql); err != nil {
		return relation, err
	}
	relation.SQL = "SELECT * FROM " + e.dialect().Quote(into)
	return relation, nil
}

// at is a query that reads the star of a moment inside a scratch transaction.
func (e *Engine) at(ctx context.Context, tx warehouse.Tx, m Moment, sql string) (string, error) {
	switch {
	case m.IsNow():
		return sql, nil
	case m.KnownAt.IsZero():
		return e.rewriteAsOf(m.AsOf, sql)
	}
	s, err := e.known(ctx, tx, m.KnownAt, mentions(sql))
	if err != nil {
		return "", err
	}
	return s.rewrite(m, sql)
}

// tables are the tables that a step makes.
func (s Step) tables(e *Engine) []schema.Table {
	out := []schema.Table{s.table(e)}
	if s.Dimension != nil && s.Dimension.Bridge != nil {
		out = append(out, s.Dimension.Bridge.Table)
	}
	return out
}
