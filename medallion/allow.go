package medallion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/migrate"
	"github.com/lodehq/lode/schema"
)

// allow is what a run does about one change: nothing, the change itself, or another one
// that comes to the same.
func (e *Engine) allow(is, should schema.Table, c schema.Change) ([]schema.Change, error) {
	computed := e.computed(should.Name)
	switch c.Kind {
	case schema.DropKey:
		return nil, e.refuse(should, fmt.Sprintf("its key is (%s) and should be (%s)", strings.Join(is.PrimaryKey, ", "), strings.Join(should.PrimaryKey, ", ")))
	case schema.AddKey:
		return nil, nil
	case schema.AddField, schema.ChangeType:
		return e.allowField(is, should, c)
	case schema.DropField:
		if computed && c.From.NotNull {
			return nil, e.refuse(should, fmt.Sprintf("column %s is no longer declared, and its rows have always had it", c.From.Name))
		}
		if !computed {
			return nil, nil // nothing is ever taken away that cannot be computed again
		}
	case schema.AddIndex:
		there := func(x schema.Index) bool { return slices.Equal(x.Columns, c.Index.Columns) }
		if c.Index.Unique || slices.ContainsFunc(is.Indexes, there) {
			return nil, nil // a unique index is part of what its table is made with
		}
	case schema.DropIndex, schema.DropCheck, schema.DropReference:
		return nil, nil
	case schema.SetNotNull, schema.AddCheck, schema.AddReference:
		if !e.application(should.Name) {
			return nil, nil
		}
		return nil, e.refuse(should, migrate.Text(should.Name, c)+" may not hold for the rows that are there")
	}
	return []schema.Change{c}, nil
}

// allowField is what a run does about a column that is missing or of another type: where
// its values are computed again, it drops the column and adds it, and the indexes that a
// database drops with it.
func (e *Engine) allowField(is, should schema.Table, c schema.Change) ([]schema.Change, error) {
	added := schema.Change{Kind: schema.AddField, To: c.To}
	switch {
	case c.Kind == schema.ChangeType && c.From.Native != "" && sameType(c.From.Type, c.To.Type):
		return []schema.Change{c}, nil // somebody made it narrower than it should be
	case c.Kind == schema.ChangeType && sameType(c.From.Type, c.To.Type):
		return nil, nil // kept byte for byte or not: a table is made with that
	case c.To.NotNull && c.To.Default == "":
		return nil, e.refuse(should, fmt.Sprintf("column %s is missing or of another type, and the table cannot do without it", c.To.Name))
	case c.Kind == schema.AddField:
		return []schema.Change{added}, nil
	case !e.computed(should.Name):
		return nil, e.refuse(should, fmt.Sprintf("column %s is %s and should be %s", c.To.Name, c.From.Type, c.To.Type))
	}
	changes := []schema.Change{{Kind: schema.DropField, From: c.From}, added}
	for _, x := range should.Indexes {
		there := func(y schema.Index) bool { return slices.Equal(x.Columns, y.Columns) }
		if slices.Contains(x.Columns, c.To.Name) && !x.Unique && slices.ContainsFunc(is.Indexes, there) {
			changes = append(changes, schema.Change{Kind: schema.AddIndex, Index: x})
		}
	}
	return changes, nil
}
