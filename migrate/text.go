package migrate

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/lodehq/lode/schema"
)

// Text says in words what a change of a table does: "add column silver.customers.tier".
func Text(table schema.Name, c schema.Change) string {
	switch c.Kind {
	case schema.AddField:
		return fmt.Sprintf("add column %s.%s", table, c.To.Name)
	case schema.DropField:
		return fmt.Sprintf("drop column %s.%s", table, c.From.Name)
	case schema.RenameField:
		return fmt.Sprintf("rename column %s.%s to %s", table, c.From.Name, c.To.Name)
	case schema.ChangeType:
		if c.From.Verbatim != c.To.Verbatim && c.From.Type == c.To.Type {
			return fmt.Sprintf("change column %s.%s: JSON %s", table, c.To.Name, kept(c.To))
		}
		return fmt.Sprintf("change column %s.%s from %s to %s", table, c.To.Name, typeText(c.From), typeText(c.To))
	case schema.SetNotNull:
		return fmt.Sprintf("let column %s.%s hold no NULL", table, c.To.Name)
	case schema.DropNotNull:
		return fmt.Sprintf("let column %s.%s hold NULL", table, c.To.Name)
	case schema.ChangeDefault:
		if c.To.Default == "" {
			return fmt.Sprintf("drop the default of column %s.%s", table, c.To.Name)
		}
		return fmt.Sprintf("set the default of column %s.%s to %s", table, c.To.Name, c.To.Default)
	case schema.ChangeComment:
		if c.To.Name == "" && c.From.Name == "" {
			return fmt.Sprintf("change the comment of %s", table)
		}
		return fmt.Sprintf("change the comment of %s.%s", table, c.To.Name)
	}
	return partText(table, c)
}

func typeText(f schema.Field) string {
	return cmp.Or(f.Native, f.Type.String())
}

func kept(f schema.Field) string {
	if f.Verbatim {
		return "is kept byte for byte"
	}
	return "is kept by its value"
}

// partText is Text of what depends on columns.
func partText(table schema.Name, c schema.Change) string {
	list := func(names []string) string { return strings.Join(names, ", ") }
	switch c.Kind {
	case schema.AddKey, schema.DropKey:
		return fmt.Sprintf("%s of %s", c.Kind, table)
	case schema.AddIndex:
		kind := "an index"
		if c.Index.Unique {
			kind = "a unique index"
		}
		return fmt.Sprintf("add %s on %s (%s)", kind, table, list(c.Index.Columns))
	case schema.DropIndex:
		return fmt.Sprintf("drop index %s on %s (%s)", c.Index.Name, table, list(c.Index.Columns))
	case schema.AddCheck:
		return fmt.Sprintf("add check %q to %s: %s", c.Check.Name, table, c.Check.SQL)
	case schema.DropCheck:
		return fmt.Sprintf("drop check %q of %s: %s", c.Check.Name, table, c.Check.SQL)
	case schema.AddReference:
		return fmt.Sprintf("add a foreign key from %s (%s) to %s (%s)", table, list(c.Reference.Columns), c.Reference.To, list(c.Reference.Key))
	case schema.DropReference:
		return fmt.Sprintf("drop the foreign key from %s (%s) to %s", table, list(c.Reference.Columns), c.Reference.To)
	}
	return string(c.Kind) + " " + table.String()
}
