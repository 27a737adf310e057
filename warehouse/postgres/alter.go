package postgres

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Alter lists the statements that carry out an alteration, one a change.
func (d Dialect) Alter(a schema.Alteration) []string {
	var statements []string
	for _, c := range a.Changes {
		statements = append(statements, d.change(a, c)...)
	}
	return statements
}

func (d Dialect) change(a schema.Alteration, c schema.Change) []string {
	table := d.Table(a.To.Name)
	alter := func(format string, args ...any) []string {
		return []string{"ALTER TABLE " + table + " " + fmt.Sprintf(format, args...)}
	}
	switch c.Kind {
	case schema.AddField:
		added := alter("ADD COLUMN %s", d.columns([]schema.Field{c.To})[0])
		return append(added, d.comments(schema.Table{Name: a.To.Name, Fields: []schema.Field{c.To}})...)
	case schema.DropField:
		return alter("DROP COLUMN %s", d.Quote(c.From.Name))
	case schema.RenameField:
		return alter("RENAME COLUMN %s TO %s", d.Quote(c.From.Name), d.Quote(c.To.Name))
	case schema.ChangeType:
		return d.changeType(alter, c)
	case schema.SetNotNull:
		return alter("ALTER COLUMN %s SET NOT NULL", d.Quote(c.To.Name))
	case schema.DropNotNull:
		return alter("ALTER COLUMN %s DROP NOT NULL", d.Quote(c.To.Name))
	case schema.ChangeDefault:
		if c.To.Default == "" {
			return alter("ALTER COLUMN %s DROP DEFAULT", d.Quote(c.To.Name))
		}
		return alter("ALTER COLUMN %s SET DEFAULT %s", d.Quote(c.To.Name), c.To.Default)
	case schema.ChangeComment:
		if c.To.Name == "" {
			return []string{"COMMENT ON TABLE " + table + " IS " + commentText(a.To.Comment)}
		}
		return []string{"COMMENT ON COLUMN " + table + "." + d.Quote(c.To.Name) + " IS " + commentText(c.To.Comment)}
	}
	return d.changeConstraint(alter, a, c)
}

func (d Dialect) changeConstraint(alter func(string, ...any) []string, a schema.Alteration, c schema.Change) []string {
	switch c.Kind {
	case schema.DropKey:
		return alter("DROP CONSTRAINT %s", d.Quote(keyName(a.From)))
	case schema.AddKey:
		return alter("ADD CONSTRAINT %s PRIMARY KEY (%s)", d.Quote(keyName(a.To)), d.list(a.To.PrimaryKey))
	case schema.AddIndex:
		return []string{d.createIndex(a.To.Name, c.Index)}
	case schema.DropIndex:
		return []string{"DROP INDEX " + d.Table(schema.Name{Schema: a.To.Name.Schema, Table: indexName(a.To.Name, c.Index)})}
	case schema.AddCheck:
		return alter("ADD %s", d.check(c.Check))
	case schema.DropCheck:
		return alter("DROP CONSTRAINT %s", d.Quote(c.Check.Name))
	case schema.AddReference:
		return alter("ADD %s", d.reference(a.To.Name, c.Reference))
	case schema.DropReference:
		return alter("DROP CONSTRAINT %s", d.Quote(referenceName(a.To.Name, c.Reference)))
	}
	panic("postgres: change of unknown kind " + string(c.Kind))
}

// changeType takes a default away first: it would be converted by other rules than the values.
func (d Dialect) changeType(alter func(string, ...any) []string, c schema.Change) []string {
	name := d.Quote(c.To.Name)
	var statements []string
	if c.From.Default != "" {
		statements = alter("ALTER COLUMN %s DROP DEFAULT", name)
	}
	// A value is converted to the type that Lode gives: the database itself takes it from
	// there to one of its own, and refuses what it would have to cut.
	is, by := cmp.Or(c.To.Native, typeName(c.To)), typeName(c.To)
	if c.To.Type.Kind == record.Invalid {
		by = is
	}
	statements = append(statements, alter("ALTER COLUMN %s TYPE %s USING %s", name, is, d.converted(name, by, c))...)
	if c.To.Default != "" {
		statements = append(statements, alter("ALTER COLUMN %s SET DEFAULT %s", name, c.To.Default)...)
	}
	return statements
}

// converted is a column in its new type. What is no value of that type fails; nothing
// turns into NULL, unless the change is lenient.
func (d Dialect) converted(name, typeName string, c schema.Change) string {
	from, to := c.From.Type.Kind, c.To.Type.Kind
	number := []record.Kind{record.Int, record.Float, record.Decimal}
	day := []record.Kind{record.Date, record.Timestamp}
	switch {
	case from == record.JSON && to == record.Text:
		return name + "::text"
	case from != record.JSON && to == record.JSON:
		return "to_jsonb(" + name + ")::" + typeName
	case from == to, slices.Contains(number, from) && slices.Contains(number, to), slices.Contains(day, from) && slices.Contains(day, to):
		return name + "::" + typeName
	}
	if c.Lenient {
		return d.TryCast(name+"::text", c.To.Type)
	}
	return name + "::text::" + typeName
}

func commentText(comment string) string {
	if comment == "" {
		return "NULL"
	}
	return quoteText(comment)
}

// check spells a check constraint.
func (d Dialect) check(c schema.Check) string {
	return "CONSTRAINT " + d.Quote(c.Name) + " CHECK (" + c.SQL + ")"
}

// reference spells a foreign key.
func (d Dialect) reference(table schema.Name, r schema.Reference) string {
	return "CONSTRAINT " + d.Quote(referenceName(table, r)) + " FOREIGN KEY (" + d.list(r.Columns) + ") REFERENCES " + d.Table(r.To) + " (" + d.list(r.Key) + ")"
}

func referenceName(table schema.Name, r schema.Reference) string {
	return warehouse.PartName("fkey", append([]string{table.Table}, r.Columns...)...)
}

func indexName(table schema.Name, i schema.Index) string {
	if i.Name != "" {
		return i.Name
	}
	return warehouse.PartName("idx", append([]string{table.Table}, i.Columns...)...)
}

// FillBatch gives a column a value in some of the rows in which it is NULL and the value is not.
// The value stands once: whoever changes it must not have to change what ends the filling.
func (d Dialect) FillBatch(n schema.Name, field, value string, batch int) string {
	table, column := d.Table(n), d.Quote(field)
	return fmt.Sprintf("UPDATE %s AS t SET %s = s.lode_value\nFROM (SELECT lode_row, lode_value FROM (\n  SELECT ctid AS lode_row,\n    %s AS lode_value\n  FROM %s WHERE %s IS NULL) x WHERE lode_value IS NOT NULL LIMIT %d) s\nWHERE t.ctid = s.lode_row",
		table, column, value, table, column, batch)
}

// Kept is the table as Describe reads it back.
func (Dialect) Kept(t schema.Table) schema.Table {
	t = warehouse.KeptAnywhere(t)
	for i, f := range t.Fields {
		t.Fields[i].Verbatim = f.Verbatim && f.Type.Kind == record.JSON
	}
	return t
}

// Weigh tells what a change costs where the table has many rows.
func (Dialect) Weigh(_ schema.Alteration, c schema.Change) schema.Weight {
	switch c.Kind {
	case schema.ChangeType:
		from, to := c.From.Type, c.To.Type
		if from.Kind == record.Decimal && to.Kind == record.Decimal && from.Scale == to.Scale && from.Precision <= to.Precision {
			return schema.Light
		}
		return schema.Rewrites
	case schema.SetNotNull, schema.AddCheck, schema.AddReference, schema.AddIndex, schema.AddKey:
		return schema.Blocks
	}
	return schema.Light
}
