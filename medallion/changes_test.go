package medallion_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func TestChangesOfNothing(t *testing.T) {
	each(t, func(b *bench) {
		first := texts(b.changes())
		for _, table := range b.Tables() {
			if !strings.Contains(first+"\n", "create table "+table.Name.String()+"\n") {
				b.t.Errorf("%s is not created", table.Name)
			}
		}
		if again := texts(b.changes()); again != first {
			b.t.Errorf("asking changed the answer from\n%s\nto\n%s", first, again)
		}
		b.prepare()
		if left := b.changes(); len(left) > 0 {
			b.t.Errorf("after all changes have been made there is still to\n%s", texts(left))
		}
		b.run(medallion.Mode{})
		if left := b.changes(); len(left) > 0 {
			b.t.Errorf("after a run there is to\n%s", texts(left))
		}
	})
}

// Columns come, go and change their type in the tables that can be computed again.
func TestChangesOfColumns(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*schema.Project)
		want   []string // each for silver.items_log and silver.items, then those of gold
	}{
		"a column comes": {func(p *schema.Project) {
			p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: "colour", Type: "text"})
			p.Entities[0].From[0].Fields = append(p.Entities[0].From[0].Fields, schema.FieldMapping{Name: "colour", From: "colour"})
		}, []string{"add column silver.items_log.colour", "add column silver.items.colour"}},
		"a column goes": {func(p *schema.Project) {
			p.Entities[0].Columns, p.Entities[0].From[0].Fields = p.Entities[0].Columns[:1], p.Entities[0].From[0].Fields[:1]
		}, []string{"drop column silver.items_log.price", "drop column silver.items.price"}},
		"another type": {func(p *schema.Project) { p.Entities[0].Columns[1].Type = "decimal(14,4)" },
			[]string{"change column silver.items_log.price from decimal(12,2) to decimal(14,4)", "change column silver.items.price from decimal(12,2) to decimal(14,4)"}},
		"another attribute": {func(p *schema.Project) {
			p.Dimensions[0].Columns = append(p.Dimensions[0].Columns, schema.DimColumn{Name: "price", SCD: "1"})
		}, []string{"add column gold.dim_items.price"}},
		"a table comes": {func(p *schema.Project) {
			p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_things", From: "items", Columns: []schema.DimColumn{{Name: "name", SCD: "1"}}})
		}, []string{"create table gold.dim_things"}},
		"another name": {func(p *schema.Project) {
			p.Entities[0].Columns[1] = schema.Column{Name: "cost", Type: p.Entities[0].Columns[1].Type, RenamedFrom: "price"}
			p.Entities[0].From[0].Fields[1].Name = "cost"
		}, []string{"rename column silver.items_log.price to cost", "rename column silver.items.price to cost"}},
		"a table goes":   {func(p *schema.Project) { p.Aggregates = nil }, nil}, // it is left alone
		"another tag":    {func(p *schema.Project) { p.Entities[0].Tags = []string{"daily"} }, nil},
		"another origin": {func(p *schema.Project) { p.Entities[0].From[0].Fields[0].From = "title" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(b *bench) {
				b.items.Send(item(1, "a", "1.50"))
				b.run(medallion.Mode{})
				p := b.project()
				c.change(&p)
				b.define(p)
				if got := texts(b.changes()); got != strings.Join(c.want, "\n") {
					b.t.Errorf("the changes are\n%s\nwant\n%s", got, strings.Join(c.want, "\n"))
				}
				b.run(medallion.Mode{})
				if left := texts(b.changes()); left != "" {
					b.t.Errorf("there is still to %s", left)
				}
				b.equal("SELECT source_id, is_deleted FROM silver.items", "1 | false")
			})
		})
	}
}

// What was kept under another type is there again after the change.
func TestChangedColumnIsFilledAgain(t *testing.T) {
	each(t, func(b *bench) {
		b.items.Send(item(1, "a", "1.2345"))
		b.run(medallion.Mode{})
		b.equal("SELECT price FROM silver.items", "NULL") // more digits than the column has, which waits in quarantine
		p := b.project()
		p.Entities[0].Columns[1].Type = "decimal(14,4)"
		b.define(p)
		b.run(medallion.Mode{})
		b.equal("SELECT price FROM silver.items", "1.2345")
		b.equal("SELECT count(*) FROM lode.quarantine", "0")
	})
}

// A column that the mapping finds by its name alone keeps its values under another name,
// and gets those of later records, which the source still sends under the old one.
func TestRenamedColumnIsStillFound(t *testing.T) {
	each(t, func(b *bench) {
		p := b.project()
		p.Entities[0].From[0].Fields = p.Entities[0].From[0].Fields[:1]
		b.define(p)
		b.items.Send(item(1, "a", "1.50"))
		b.run(medallion.Mode{})
		b.equal("SELECT source_id, price FROM silver.items", "1 | 1.50")
		p.Entities[0].Columns = []schema.Column{p.Entities[0].Columns[0], {Name: "cost", Type: "decimal(12,2)", RenamedFrom: "price"}}
		b.define(p)
		b.items.Send(item(2, "b", "2.50"))
		b.run(medallion.Mode{})
		b.equal("SELECT source_id, cost FROM silver.items ORDER BY source_id", "1 | 1.50", "2 | 2.50")
		b.equal("SELECT count(*) FROM silver.items WHERE CAST(custom_fields AS varchar) LIKE '%price%'", "0")
	})
}

// A type that somebody has changed by hand is seen and mended, and a view is not in the way.
func TestTypeChangedByHandIsMended(t *testing.T) {
	each(t, func(b *bench) {
		b.items.Send(item(1, "a", "1.50"))
		b.run(medallion.Mode{})
		native := map[string]string{"postgres": "timestamp without time zone", "duckdb": "TIMESTAMP WITH TIME ZONE"}[b.Warehouse.Dialect().Name()]
		b.execute("CREATE TABLE gold.kept AS SELECT updated_at FROM silver.items", "ALTER TABLE silver.items ALTER COLUMN updated_at TYPE "+native)
		if got, want := texts(b.changes()), "change column silver.items.updated_at from "+native+" to timestamp"; got != want {
			b.t.Errorf("the changes are\n%s\nwant\n%s", got, want)
		}
		b.run(medallion.Mode{})
		if left := texts(b.changes()); left != "" {
			b.t.Errorf("there is still to %s", left)
		}
		b.equal("SELECT count(*) FROM silver.items i JOIN gold.kept k ON k.updated_at = i.updated_at", "1")
	})
}

// What would lose more than can be computed again is refused, all of it at once, and
// nothing is changed.
func TestChangesThatAreRefused(t *testing.T) {
	each(t, func(b *bench) {
		b.run(medallion.Mode{})
		p := b.project()
		p.Entities[0].Key = []string{"source_id", "price"}
		p.Entities[1].Key = []string{"source_system", "source_id"}
		p.Dimensions, p.Facts, p.Aggregates = p.Dimensions[1:], nil, nil
		b.define(p)
		_, err := b.Changes(b.t.Context())
		for _, want := range []string{"silver.items:", "silver.sales:", "move the table away"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				b.t.Errorf("the error is %v, want %s in it", err, want)
			}
		}
		b.define(b.project())
		if left := texts(b.changes()); left != "" {
			b.t.Errorf("a refused change left %s", left)
		}
	})
}

// In bronze a column of another type is refused, and one that nobody declared is kept.
func TestBronzeLosesNothing(t *testing.T) {
	each(t, func(b *bench) {
		b.run(medallion.Mode{})
		d, bronze := b.Warehouse.Dialect(), b.Model.BronzeTable(schema.StreamRef{Source: "s", Stream: "items"})
		alter := func(changes ...schema.Change) []string {
			return d.Alter(schema.Alteration{From: bronze, To: bronze, Changes: changes})
		}
		b.execute(alter(schema.Change{Kind: schema.AddField, To: schema.Field{Name: "note_of_mine", Type: record.Of(record.Text)}})...)
		if left := texts(b.changes()); left != "" {
			b.t.Errorf("a column of somebody else's is to be changed: %s", left)
		}
		payload := schema.Field{Name: "payload", Type: record.Of(record.Int)}
		b.execute(alter(schema.Change{Kind: schema.DropField, From: payload}, schema.Change{Kind: schema.AddField, To: payload})...)
		if _, err := b.Changes(b.t.Context()); err == nil || !strings.Contains(err.Error(), "bronze.s_items: column payload") {
			b.t.Errorf("the error is %v", err)
		}
	})
}

// A change that fails takes back those before it.
func TestChangesAreMadeTogether(t *testing.T) {
	each(t, func(b *bench) {
		changes := append(b.changes(), medallion.Change{Text: "do what cannot be done", SQL: []string{"SELECT * FROM nowhere.at_all"}})
		if err := b.Apply(b.t.Context(), changes); err == nil || !strings.HasPrefix(err.Error(), "do what cannot be done: ") {
			b.t.Errorf("the error is %v", err)
		}
		if got, want := texts(b.changes()), texts(changes[:len(changes)-1]); got != want {
			b.t.Errorf("after the failure there is to\n%s\nwant\n%s", got, want)
		}
	})
}

// What the warehouse cannot hold is said before anything runs, and names the table.
func TestChangesNameWhatCannotBeHeld(t *testing.T) {
	each(t, func(b *bench) {
		long := strings.Repeat("n", warehouse.MaxNameLength+1)
		b.Model.Aggregates[0].Table.Fields = append(b.Model.Aggregates[0].Table.Fields, schema.Field{Name: long, Type: record.Of(record.Text)})
		_, err := b.Changes(b.t.Context())
		if !errors.Is(err, warehouse.ErrUnsupported) || !strings.Contains(err.Error(), "gold.agg_sales") || !strings.Contains(err.Error(), long) {
			b.t.Errorf("the error is %v", err)
		}
	})
}
