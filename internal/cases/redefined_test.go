package cases

import (
	"slices"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// redeclare gives the item's dimension other columns, as an edited project has them.
func (w *world) redeclare(redefined string, columns ...schema.DimColumn) {
	w.t.Helper()
	w.project.Dimensions = slices.Clone(w.project.Dimensions)
	w.project.Dimensions[0].Columns, w.project.Dimensions[0].Redefined = columns, redefined
	w.reopen()
}

var (
	two  = func(name string) schema.DimColumn { return schema.DimColumn{Name: name, SCD: "2"} }
	both = []schema.DimColumn{two("a"), two("b")}
)

const abRows = "SELECT a, b, item_key FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from"

// history38 sends an item whose b changes while only a is tracked.
func history38(w *world) {
	w.items.Send(ab("1", `"A"`, `"x"`, "10"), ab("1", `"A"`, `"y"`, "15"), ab("1", `"B"`, `"y"`, "20"), ab("1", `"B"`, `"z"`, "25"))
	w.sales.Send(sale("s1", "1", 12, "1.00"), sale("s2", "1", 22, "1.00"))
	w.run(lode.Options{})
	w.equal("SELECT a, item_key FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | 1", "B | 2")
}

func TestHistory38ColumnAddedFromNow(t *testing.T) {
	each(t, typed(two("a")), func(w *world) {
		history38(w)
		w.redeclare("", both...)
		w.run(lode.Options{})
		w.equal(abRows, "A | NULL | 1", "B | z | 2")
		// A late event of the time before makes no version by b; a later one does.
		w.items.Send(ab("1", `"A"`, `"w"`, "17"), `{"id":"1","a":"B","b":"new","at":"2025-07-01T00:00:00Z"}`)
		w.run(lode.Options{})
		w.equal(abRows, "A | NULL | 1", "B | z | 2", "B | new | 3")
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(abRows, "A | NULL | 1", "B | z | 2", "B | new | 3")
		w.equal(factOf, "s1 | A | false", "s2 | B | false")
	})
}

func TestHistory38ColumnAddedNewVersion(t *testing.T) {
	each(t, typed(two("a")), func(w *world) {
		history38(w)
		w.redeclare("new_version", both...)
		w.run(lode.Options{})
		w.equal(abRows, "A | NULL | 1", "B | NULL | 2", "B | z | 3")
		w.run(lode.Options{})
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(abRows, "A | NULL | 1", "B | NULL | 2", "B | z | 3")
		w.equal("SELECT valid_from FROM gold.dim_items WHERE item_key = 3", "2025-06-01T00:02:00Z")
	})
}

func TestHistory38ColumnAddedRebuild(t *testing.T) {
	each(t, typed(two("a")), func(w *world) {
		history38(w)
		w.redeclare("rebuild", both...)
		w.run(lode.Options{})
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | x", "A | y", "B | y", "B | z")
		w.equal("SELECT a, b FROM gold.dim_items WHERE item_key IN (1, 2) ORDER BY item_key", "A | x", "B | y")
		w.equal(factOf, "s1 | A | false", "s2 | B | false")
	})
}

func TestHistory39ColumnRemoved(t *testing.T) {
	each(t, typed(both...), func(w *world) {
		const a = "SELECT a, item_key FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from"
		w.items.Send(ab("1", `"A"`, `"x"`, "10"), ab("1", `"A"`, `"y"`, "20"), ab("1", `"B"`, `"y"`, "30"))
		w.sales.Send(sale("s1", "1", 25, "1.00"))
		w.run(lode.Options{})
		w.equal(a, "A | 1", "A | 2", "B | 3")
		w.redeclare("", two("a"))
		w.run(lode.Options{})
		w.equal(a, "A | 1", "A | 2", "B | 3")
		w.items.Send(`{"id":"1","a":"B","b":"new","at":"2025-07-01T00:00:00Z"}`)
		w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
		w.equal(a, "A | 1", "A | 2", "B | 3")
		w.redeclare("rebuild", two("a"))
		w.run(lode.Options{})
		w.equal(a, "A | 1", "B | 3")
		w.equal("SELECT item_key FROM gold.fact_sales", "1")
	})
}

func TestHistory40RenamedColumn(t *testing.T) {
	each(t, typed(both...), func(w *world) {
		w.items.Send(ab("1", `"A"`, `"x"`, "10"), ab("1", `"A"`, `"y"`, "20"))
		w.run(lode.Options{})
		columns := w.project.Entities[0].Columns
		w.project.Entities[0].Columns = []schema.Column{columns[0], {Name: "c", Type: "text"}, columns[2]}
		w.project.Entities[0].From[0].Fields[1] = schema.FieldMapping{Name: "c", From: "b"}
		renamed := two("c")
		renamed.RenamedFrom = "b"
		w.redeclare("", two("a"), renamed)
		w.run(lode.Options{})
		w.equal("SELECT a, c, item_key FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "A | x | 1", "A | y | 2")
	})
}

func TestHistory40WiderType(t *testing.T) {
	each(t, typed(two("n")), func(w *world) {
		w.items.Send(`{"id":"1","n":"1.00","at":"2025-01-01T00:10:00Z"}`, `{"id":"1","n":"1.0","at":"2025-01-01T00:20:00Z"}`, `{"id":"1","n":"2","at":"2025-01-01T00:30:00Z"}`)
		w.run(lode.Options{})
		w.equal("SELECT n, item_key FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "1.00 | 1", "2.00 | 2")
		w.project.Entities[0].Columns[2].Type = "decimal(18,4)"
		w.redeclare("", two("n"))
		w.run(lode.Options{})
		w.equal("SELECT n, item_key FROM gold.dim_items WHERE item_key > 0 ORDER BY valid_from", "1.0000 | 1", "2.0000 | 2")
	})
}
