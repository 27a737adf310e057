package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// naming is a foreign key of a table.
type naming struct {
	table schema.Table
	schema.Reference
}

// namedBy lists the foreign keys that name rows of a table, those of tables without a model included.
func namedBy(table schema.Name, m *schema.Model) (out []naming) {
	for _, t := range m.AppTables {
		for _, r := range t.Table.References {
			if r.To == table {
				out = append(out, naming{t.Table, r})
			}
		}
	}
	return out
}

func (n naming) column() string { return n.Columns[0] }

func (n naming) missing(v record.Value) error {
	return fmt.Errorf("%w: column %s of %s is %s, and %s has no such row", ErrReference, n.column(), n.table.Name, v, n.To)
}

// dangles is said of a row found in the whole table. It blames no write: another program may have
// written the row long before.
func (n naming) dangles(v record.Value) error {
	return fmt.Errorf("%w: row(s) of %s name %s in column %s, which %s does not have, or would no longer have; correct or delete them first",
		ErrReference, n.table.Name, v, n.column(), n.To)
}

// names lists the foreign keys of the table that the database does not hold itself.
func (b *bound) names(d warehouse.Dialect) (out []naming) {
	if len(b.table.References) == 0 || len(d.Kept(b.table).References) > 0 {
		return nil
	}
	for _, r := range b.table.References {
		out = append(out, naming{b.table, r})
	}
	return out
}

// The databases without foreign keys have one transaction that writes at a time, so that
// nothing can come between a write and these questions.

// refers asks whether what rows name is there.
func (o onTx) refers(ctx context.Context, b *bound, rows *record.Batch) error {
	for _, n := range b.names(o.d) {
		at := slices.Index(b.table.FieldNames(), n.column())
		var values []record.Value
		for i := range rows.Len() {
			if v := rows.Vectors[at].Value(i); !v.IsNull() {
				values = append(values, v)
			}
		}
		if err := o.there(ctx, n, values); err != nil {
			return err
		}
	}
	return nil
}

// refersAfter asks the same once columns of rows have been set, and of those that name the
// rows where that was their key.
func (o onTx) refersAfter(ctx context.Context, b *bound, set map[string]record.Value) error {
	for _, n := range b.names(o.d) {
		if v, is := set[n.column()]; is && !v.IsNull() {
			if err := o.there(ctx, n, []record.Value{v}); err != nil {
				return err
			}
		}
	}
	for _, key := range b.table.PrimaryKey {
		if _, is := set[key]; is {
			return o.leaves(ctx, b)
		}
	}
	return nil
}

// there asks whether values are keys of the table that they name.
func (o onTx) there(ctx context.Context, n naming, values []record.Value) error {
	if len(values) == 0 {
		return nil
	}
	s, t := statement{d: o.d}, n.table.Field(n.column()).Type
	lines := make([]string, len(values))
	for i, v := range values {
		lines[i] = "(" + s.typed(v, t) + ")"
	}
	return o.stray(ctx, "(VALUES "+strings.Join(lines, ", ")+") f("+o.d.Quote(n.column())+")", n, s.args, n.missing)
}

// all asks of all rows of a table whether what they name is there.
func (o onTx) all(ctx context.Context, n naming) error {
	return o.stray(ctx, o.d.Table(n.table.Name)+" f", n, nil, n.dangles)
}

// leaves asks whether rows that went, or have another key, are still named.
func (o onTx) leaves(ctx context.Context, b *bound) error {
	for _, n := range b.named {
		if len(o.d.Kept(n.table).References) > 0 {
			continue
		}
		if err := o.all(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// stray says what is wrong with the first row of from, under the alias f, that names none.
func (o onTx) stray(ctx context.Context, from string, n naming, args []record.Value, say func(record.Value) error) error {
	column := "f." + o.d.Quote(n.column())
	sql := fmt.Sprintf("SELECT %s FROM %s WHERE %s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s p WHERE p.%s = %s) LIMIT 1",
		column, from, column, o.d.Table(n.To), o.d.Quote(n.Key[0]), column)
	for batch, err := range o.tx.Query(ctx, sql, args...) {
		if err != nil {
			return err
		}
		if batch.Len() > 0 {
			return say(batch.Vectors[0].Value(0))
		}
	}
	return nil
}

// refers asks of some rows in memory whether what they name is there.
func (t *inMemory) refers(b *bound, rows [][]record.Value) error {
	for _, r := range b.table.References {
		n := naming{b.table, r}
		if v := t.stray(n, rows); !v.IsNull() {
			return n.missing(v)
		}
	}
	return nil
}

// leaves asks whether rows that went, or have another key, are still named.
func (t *inMemory) leaves(b *bound) error {
	for _, n := range b.named {
		if v := t.stray(n, t.tables[n.table.Name]); !v.IsNull() {
			return n.dangles(v)
		}
	}
	return nil
}

// stray is what the first of some rows names that is not there; NULL if all is. A table of an
// application begins with its key.
func (t *inMemory) stray(n naming, rows [][]record.Value) record.Value {
	if len(rows) == 0 {
		return record.Null
	}
	there := map[record.Value]bool{record.Null: true}
	for _, row := range t.tables[n.To] {
		there[row[0]] = true
	}
	at := slices.Index(n.table.FieldNames(), n.column())
	for _, row := range rows {
		if !there[row[at]] {
			return row[at]
		}
	}
	return record.Null
}
