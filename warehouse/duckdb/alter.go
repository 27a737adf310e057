package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Alter lists the statements that carry out an alteration: one a change, or those that
// make the table anew where DuckDB cannot change it.
func (d Dialect) Alter(a schema.Alteration) []string {
	if slices.ContainsFunc(a.Changes, func(c schema.Change) bool { return rebuilds(a, c) }) {
		return d.rebuild(a)
	}
	var statements []string
	for _, c := range a.Changes {
		statements = append(statements, d.change(a, c)...)
	}
	return statements
}

// rebuilds tells whether a change makes the table anew. DuckDB neither adds nor drops a
// check, lets no column of one go, and makes a column NOT NULL only in a transaction that
// has changed no row; it adds one only with a default that is plain.
func rebuilds(a schema.Alteration, c schema.Change) bool {
	switch c.Kind {
	case schema.ChangeType, schema.SetNotNull, schema.AddCheck, schema.DropCheck:
		return true
	case schema.AddField:
		return c.To.NotNull || strings.Contains(c.To.Default, "(")
	case schema.DropField, schema.RenameField:
		return len(a.From.Checks) > 0
	case schema.AddKey, schema.DropKey:
		return a.From.Small || a.To.Small
	}
	return false
}

func (d Dialect) change(a schema.Alteration, c schema.Change) []string {
	alter := func(text string) []string { return []string{"ALTER TABLE " + d.Table(a.To.Name) + " " + text} }
	switch c.Kind {
	case schema.AddField:
		column := d.column(c.To)
		if c.To.Default != "" {
			column += " DEFAULT " + c.To.Default
		}
		added := alter("ADD COLUMN " + column)
		if fieldComment(c.To) != "" {
			added = append(added, d.commentField(a.To.Name, c.To))
		}
		return added
	case schema.DropField:
		return alter("DROP COLUMN " + d.Quote(c.From.Name))
	case schema.RenameField:
		return alter("RENAME COLUMN " + d.Quote(c.From.Name) + " TO " + d.Quote(c.To.Name))
	case schema.DropNotNull:
		return alter("ALTER COLUMN " + d.Quote(c.To.Name) + " DROP NOT NULL")
	case schema.ChangeDefault:
		if c.To.Default == "" {
			return alter("ALTER COLUMN " + d.Quote(c.To.Name) + " DROP DEFAULT")
		}
		return alter("ALTER COLUMN " + d.Quote(c.To.Name) + " SET DEFAULT " + c.To.Default)
	case schema.ChangeComment:
		if c.To.Name != "" {
			return []string{d.commentField(a.To.Name, c.To)}
		}
		return []string{d.commentTable(a.To)}
	case schema.AddKey, schema.DropKey:
		return []string{d.commentTable(a.To)}
	}
	return nil // indexes and foreign keys, see docs/adr/0003
}

func (d Dialect) commentTable(t schema.Table) string {
	return "COMMENT ON TABLE " + d.Table(t.Name) + " IS " + commentText(d.tableComment(t))
}

// rebuild makes the new table beside the old one, fills it, and gives it the old one's name.
func (d Dialect) rebuild(a schema.Alteration) []string {
	fresh := a.To
	fresh.Name.Table = warehouse.PartName("new", a.To.Name.Table)
	statements := d.CreateTable(fresh)
	var names, values []string
	for _, f := range a.To.Fields {
		if value := d.carried(a, f); value != "" {
			names, values = append(names, f.Name), append(values, value)
		}
	}
	if len(names) > 0 {
		statements = append(statements, "INSERT INTO "+d.Table(fresh.Name)+" ("+d.list(names)+")\nSELECT "+strings.Join(values, ", ")+"\nFROM "+d.Table(a.From.Name))
	}
	return append(statements, "DROP TABLE "+d.Table(a.From.Name), "ALTER TABLE "+d.Table(fresh.Name)+" RENAME TO "+d.Quote(a.To.Name.Table))
}

// carried is what a field of the new table is made of; "" for one that is new.
func (d Dialect) carried(a schema.Alteration, f schema.Field) string {
	from := f.Name
	for _, c := range a.Changes {
		switch {
		case c.Kind == schema.AddField && c.To.Name == f.Name:
			return ""
		case c.Kind == schema.RenameField && c.To.Name == f.Name:
			from = c.From.Name
		}
	}
	if old := a.From.Field(from); old != nil && old.Type != f.Type {
		return d.converted(d.Quote(from), old.Type, f.Type)
	}
	return d.Quote(from)
}

// converted is a column in its new type. What is no value of that type fails; nothing
// turns into NULL.
func (d Dialect) converted(name string, from, to record.Type) string {
	number := []record.Kind{record.Int, record.Float, record.Decimal}
	day := []record.Kind{record.Date, record.Timestamp}
	switch {
	case to.Kind == record.JSON:
		return "to_json(" + name + ")"
	case from.Kind == to.Kind, slices.Contains(number, from.Kind) && slices.Contains(number, to.Kind), slices.Contains(day, from.Kind) && slices.Contains(day, to.Kind):
		return "CAST(" + name + " AS " + d.TypeName(to) + ")"
	}
	return "CAST(CAST(" + name + " AS VARCHAR) AS " + d.TypeName(to) + ")"
}

// FillBatch gives a column a value in some of the rows in which it is NULL and the value is not.
// The value stands once: whoever changes it must not have to change what ends the filling.
func (d Dialect) FillBatch(n schema.Name, field, value string, batch int) string {
	table, column := d.Table(n), d.Quote(field)
	return fmt.Sprintf("UPDATE %s AS t SET %s = s.lode_value\nFROM (SELECT lode_row, lode_value FROM (\n  SELECT rowid AS lode_row,\n    %s AS lode_value\n  FROM %s WHERE %s IS NULL) x WHERE lode_value IS NOT NULL LIMIT %d) s\nWHERE t.rowid = s.lode_row",
		table, column, value, table, column, batch)
}

// Kept is the table as Describe reads it back: without indexes and foreign keys, and
// without the names of checks. It is small where DuckDB holds its key.
func (Dialect) Kept(t schema.Table) schema.Table {
	small := t.Small && len(t.PrimaryKey) > 0
	t = warehouse.KeptAnywhere(t)
	t.Small = small
	t.Indexes, t.References, t.Scratch = nil, nil, false
	t.Checks = slices.Clone(t.Checks)
	for i := range t.Checks {
		t.Checks[i].Name = ""
	}
	return t
}

// Weigh tells what a change costs where the table has many rows.
func (Dialect) Weigh(a schema.Alteration, c schema.Change) schema.Weight {
	if rebuilds(a, c) {
		return schema.Rewrites
	}
	return schema.Light
}
