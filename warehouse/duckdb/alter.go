package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Alter lists the statements that carry out an alteration: those that DuckDB has, or those
// that make the table anew where it cannot change it. The first way is taken wherever there
// is one, as it leaves alone what the alteration does not know of.
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
// check or a key of its own, and changes nothing of a column that one of these names.
func rebuilds(a schema.Alteration, c schema.Change) bool {
	switch c.Kind {
	case schema.AddCheck, schema.DropCheck:
		return true
	case schema.ChangeType:
		return Dialect{}.typeName(c.From) != Dialect{}.typeName(c.To) && bound(a.From, before(a, c.To.Name))
	case schema.DropField:
		return bound(a.From, c.From.Name)
	case schema.AddKey, schema.DropKey:
		return a.From.Small || a.To.Small
	}
	return false
}

// before is the name that a column has before an alteration.
func before(a schema.Alteration, name string) string {
	for _, c := range a.Changes {
		if c.Kind == schema.RenameField && c.To.Name == name {
			return c.From.Name
		}
	}
	return name
}

// bound tells whether a check or a key that the database holds may name a column.
func bound(t schema.Table, column string) bool {
	return t.Small && slices.Contains(t.PrimaryKey, column) ||
		slices.ContainsFunc(t.Checks, func(c schema.Check) bool { return strings.Contains(strings.ToLower(c.SQL), strings.ToLower(column)) })
}

func (d Dialect) change(a schema.Alteration, c schema.Change) []string {
	alter := func(text string) []string { return []string{"ALTER TABLE " + d.Table(a.To.Name) + " " + text} }
	switch c.Kind {
	case schema.AddField:
		return d.addField(alter, a.To.Name, c.To)
	case schema.DropField:
		return alter("DROP COLUMN " + d.Quote(c.From.Name))
	case schema.RenameField:
		renamed := alter("RENAME COLUMN " + d.Quote(c.From.Name) + " TO " + d.Quote(c.To.Name))
		if slices.Contains(a.To.PrimaryKey, c.To.Name) {
			renamed = append(renamed, d.commentTable(a.To)) // it names the key
		}
		return renamed
	case schema.ChangeType:
		return d.changeType(alter, a.To.Name, c)
	case schema.SetNotNull:
		return alter("ALTER COLUMN " + d.Quote(c.To.Name) + " SET NOT NULL")
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

// addField adds a column, and then, one by one, what DuckDB does not add with it.
func (d Dialect) addField(alter func(string) []string, table schema.Name, f schema.Field) []string {
	name, column := d.Quote(f.Name), d.column(f)
	worked := isWorkedOut(f.Default)
	if f.Default != "" && !worked {
		column += " DEFAULT " + f.Default
	}
	added := alter("ADD COLUMN " + column)
	if worked {
		added = append(added, alter("ALTER COLUMN "+name+" TYPE "+d.TypeName(f.Type)+" USING "+f.Default)...)
		added = append(added, alter("ALTER COLUMN "+name+" SET DEFAULT "+f.Default)...)
	}
	if f.NotNull {
		added = append(added, alter("ALTER COLUMN "+name+" SET NOT NULL")...)
	}
	if fieldComment(f) != "" {
		added = append(added, d.commentField(table, f))
	}
	return added
}

// isWorkedOut tells whether a default may be more than a plain literal, with which alone
// DuckDB adds a column.
func isWorkedOut(value string) bool { return strings.ContainsAny(value, "(:") }

// changeType takes a default away first: it would be converted by other rules than the values.
func (d Dialect) changeType(alter func(string) []string, table schema.Name, c schema.Change) []string {
	name := d.Quote(c.To.Name)
	var statements []string
	if c.From.Default != "" {
		statements = alter("ALTER COLUMN " + name + " DROP DEFAULT")
	}
	if d.typeName(c.From) != d.typeName(c.To) {
		statements = append(statements, alter("ALTER COLUMN "+name+" TYPE "+d.typeName(c.To)+" USING "+d.converted(name, c))...)
	}
	if c.To.Default != "" {
		statements = append(statements, alter("ALTER COLUMN "+name+" SET DEFAULT "+c.To.Default)...)
	}
	if c.From.Verbatim != c.To.Verbatim {
		statements = append(statements, d.commentField(table, c.To))
	}
	return statements
}

func (d Dialect) commentTable(t schema.Table) string {
	return "COMMENT ON TABLE " + d.Table(t.Name) + " IS " + commentText(d.tableComment(t))
}

// rebuild makes the new table beside the old one, fills it, and gives it the old one's
// name. It would lose what the table has got since: so it begins by looking.
func (d Dialect) rebuild(a schema.Alteration) []string {
	fresh := a.To
	fresh.Name.Table = warehouse.PartName("(made anew)", a.To.Name.Table) // no table of a project is called so
	statements := append([]string{d.unchanged(a.From)}, d.CreateTable(fresh)...)
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

// unchanged is a statement that fails where the table has columns that t has not, or of
// other types.
func (d Dialect) unchanged(t schema.Table) string {
	columns := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		columns[i] = "(" + quoteText(f.Name) + ", " + quoteText(d.typeName(f)) + ")"
	}
	return "SELECT error(" + quoteText("table "+t.Name.String()+" has columns that are not those this was written for (") +
		" || string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_index) || " +
		quoteText("), and would lose them: name them in the file, or, if it was never applied, delete it and write it again by `lode migrate new`") + ")\nFROM duckdb_columns()" +
		"\nWHERE database_name = current_database() AND schema_name = " + quoteText(t.Name.Schema) + " AND table_name = " + quoteText(t.Name.Table) +
		"\n  AND (column_name, data_type) NOT IN (" + strings.Join(columns, ", ") + ")\nHAVING count(*) > 0"
}

// carried is what a field of the new table is made of; "" for one that is new.
func (d Dialect) carried(a schema.Alteration, f schema.Field) string {
	name := d.Quote(before(a, f.Name))
	for _, c := range a.Changes {
		switch {
		case c.Kind == schema.AddField && c.To.Name == f.Name:
			return ""
		case c.Kind == schema.ChangeType && c.To.Name == f.Name:
			return d.converted(name, c)
		}
	}
	return name
}

// converted is a column in its new type. What is no value of that type fails; nothing
// turns into NULL, unless the change is lenient.
func (d Dialect) converted(name string, c schema.Change) string {
	from, to := c.From.Type, c.To.Type
	number := []record.Kind{record.Int, record.Float, record.Decimal}
	day := []record.Kind{record.Date, record.Timestamp}
	switch {
	case to.Kind == record.JSON:
		return "to_json(" + name + ")"
	case from.Kind == to.Kind, slices.Contains(number, from.Kind) && slices.Contains(number, to.Kind), slices.Contains(day, from.Kind) && slices.Contains(day, to.Kind):
		return "CAST(" + name + " AS " + d.typeName(c.To) + ")"
	}
	text := "CAST(" + name + " AS VARCHAR)"
	if c.Lenient {
		return d.TryCast(text, to)
	}
	return "CAST(" + text + " AS " + d.typeName(c.To) + ")"
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
func (d Dialect) Weigh(a schema.Alteration, c schema.Change) schema.Weight {
	switch {
	case rebuilds(a, c), c.Kind == schema.ChangeType && d.typeName(c.From) != d.typeName(c.To), c.Kind == schema.AddField && isWorkedOut(c.To.Default):
		return schema.Rewrites
	case c.Kind == schema.SetNotNull, c.Kind == schema.AddField && c.To.NotNull:
		return schema.Blocks
	}
	return schema.Light
}
