package medallion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// viewChange is a view that is created or, with an empty definition, dropped.
type viewChange struct{ name, definition string }

// object is the name under which the definition of a view is remembered.
func (v viewChange) object() string { return viewObject + v.name }

const viewObject = "view "

// viewChanges lists the views to drop before the changes of the tables, and those to create
// after them. A view is made anew with its table: a database lets no column go that a view
// shows.
func (e *Engine) viewChanges(ctx context.Context, tables []Change) (drop, create []Change, err error) {
	known := map[string]string{}
	if !e.NeedsLedger(tables) {
		if known, err = e.Ledger.Definitions(ctx, e.Warehouse, viewObject); err != nil {
			return nil, nil, err
		}
	}
	if len(known) == 0 && len(e.Model.Views) == 0 {
		return nil, nil, nil
	}
	there, err := e.viewsThere(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range e.Model.Views {
		c := viewChange{v.Name.String(), star.View(e.dialect(), v)}
		old, ours := known[c.object()]
		delete(known, c.object())
		changed := slices.ContainsFunc(tables, func(t Change) bool { return t.of == v.Of.Name })
		switch {
		case there[c.name] && !ours:
			return nil, nil, fmt.Errorf("view %s: there is one already, which Lode did not make; rename it, or give the views of the project another schema", c.name)
		case there[c.name] && old == c.definition && !changed:
			continue
		case there[c.name]:
			drop = append(drop, e.dropView(c.name))
		}
		create = append(create, Change{Text: "create view " + c.name, SQL: []string{e.dialect().CreateSchema(v.Name.Schema), c.definition}, view: c})
	}
	for object := range known {
		drop = append(drop, e.dropView(strings.TrimPrefix(object, viewObject)))
	}
	slices.SortFunc(drop, func(a, b Change) int { return strings.Compare(a.Text, b.Text) })
	return drop, create, nil
}

func (e *Engine) dropView(name string) Change {
	in, table, _ := strings.Cut(name, ".")
	return Change{Text: "drop view " + name, SQL: []string{"DROP VIEW IF EXISTS " + e.dialect().Table(schema.Name{Schema: in, Table: table})}, view: viewChange{name: name}}
}

// viewsThere are the names of the views of the warehouse.
func (e *Engine) viewsThere(ctx context.Context) (map[string]bool, error) {
	there := map[string]bool{}
	for b, err := range e.Warehouse.Query(ctx, "SELECT CAST(table_schema AS text), CAST(table_name AS text) FROM information_schema.views") {
		if err != nil {
			return nil, fmt.Errorf("list the views: %w", err)
		}
		for i := range b.Len() {
			row := b.Row(i)
			there[schema.Name{Schema: row[0].Text(), Table: row[1].Text()}.String()] = true
		}
	}
	return there, nil
}

// viewed remembers what a view was made by, or that it is gone.
func (e *Engine) viewed(ctx context.Context, tx warehouse.Tx, v viewChange) error {
	switch {
	case v.name == "":
		return nil
	case v.definition != "":
		_, err := e.Ledger.Version(ctx, tx, v.object(), v.definition, e.Now())
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM "+e.Ledger.Table("definitions")+" WHERE object = $1", record.TextValue(v.object()))
	return err
}
