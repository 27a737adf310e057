// Package affected writes the differences of the affected keys, and nothing else: the
// one mechanism by which every table after bronze is kept in step.
//
// A step finds which keys of its table a change touched, computes the rows these keys
// should have now, and hands both to a Write. The rows that are the same stay as they
// are, so that a re-run writes nothing, and cost grows with the change, not with the
// table. A rebuild is the same with every key touched.
package affected

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Write describes the replacement of the touched keys' rows by fresh ones. Fresh,
// Touched and Delta name temporary tables.
type Write struct {
	Target schema.Table
	// Fresh holds all rows that the touched keys should have; every column of Target
	// but the audit columns. It may hold further columns.
	Fresh string
	// Touched holds the touched keys in the columns Keys. Empty: every key is touched, or
	// those of Held are.
	Touched string
	Keys    []string
	// Held, if set, is a temporary table with Target's rows that may change: those of the
	// touched keys, or fewer. Without it they are looked up by Touched.
	Held string
	// InPlace lists columns that are updated in the row that is there, if none but these change
	// and InPlaceIf holds, a condition on the row of Fresh as f and the one that is there as t. Other
	// rows that change are taken out and written again, so that a unique index cannot be in the way.
	InPlace   []string
	InPlaceIf string
	// Watched lists columns of which Delta tells whether one changes, or vanishes with its row.
	Watched []string
	// Audit says that Target has created_at and updated_at, which tell when a row was
	// written and are no part of what is compared.
	Audit bool
	// Delta is the name for the table of changes; it has Target's primary key and
	// lode_change ('insert', 'update', 'amend', 'delete'), and with Watched the column of that name.
	Delta string
	Now   time.Time
	// Empty says that Target holds no row, so that Fresh can go in as it is.
	Empty bool
}

// Watched is the column of a delta table that tells of the watched ones.
const Watched = "lode_watched"

// The changes that a delta table speaks of.
const (
	Insert = "insert"
	Update = "update"
	Amend  = "amend" // an update in place
	Delete = "delete"
)

// Statements lists what carries the write out. Between, if given, runs after the delta
// is known and before anything is written; it may read Target as it was.
func (w Write) Statements(d warehouse.Dialect, between ...sqltext.Statement) []sqltext.Statement {
	if w.Empty {
		return append(slices.Clone(between), w.fill(d), sqltext.Statement{SQL: d.Analyze(w.Target.Name)})
	}
	statements := w.delta(d)
	statements = append(statements, between...)
	statements = append(statements, w.remove(d))
	if len(w.InPlace) > 0 {
		statements = append(statements, w.amend(d))
	}
	return append(statements, w.add(d, Insert, sqltext.Inserted), w.add(d, Update, sqltext.Updated))
}

// changes is the delta's rows of some kinds, as c.
func (w Write) changes(d warehouse.Dialect, kinds ...string) string {
	return fmt.Sprintf("(SELECT * FROM %s WHERE lode_change IN ('%s')) c", d.Quote(w.Delta), strings.Join(kinds, "', '"))
}

// columns are the columns that Fresh gives.
func (w Write) columns() []string {
	if !w.Audit {
		return w.Target.FieldNames()
	}
	return sqltext.Without(w.Target.FieldNames(), schema.CreatedAt, schema.UpdatedAt)
}

func (w Write) delta(d warehouse.Dialect) []sqltext.Statement {
	id := w.Target.PrimaryKey
	before := d.Table(w.Target.Name) + " t"
	switch {
	case w.Held != "":
		before = d.Quote(w.Held) + " t"
	case w.Touched != "":
		before = fmt.Sprintf("(SELECT * FROM %s WHERE (%s) IN (SELECT %s FROM %s)) t",
			d.Table(w.Target.Name), sqltext.List(d, "", w.Keys...), sqltext.List(d, "", w.Keys...), d.Quote(w.Touched))
	}
	ids := make([]string, len(id))
	for i, c := range id {
		ids[i] = fmt.Sprintf("COALESCE(%s, %s) AS %s", sqltext.Column(d, "f", c), sqltext.Column(d, "t", c), d.Quote(c))
	}
	more := ""
	if w.Audit {
		more = fmt.Sprintf(",\n       COALESCE(t.%s, %s) AS lode_created_at", d.Quote(schema.CreatedAt), w.now(d))
	}
	if len(w.Watched) > 0 {
		more += fmt.Sprintf(",\n       t.%s IS NOT NULL AND (f.%s IS NULL OR %s) AS %s", d.Quote(id[0]), d.Quote(id[0]), sqltext.Distinct(d, "f", "t", w.Watched...), Watched)
	}
	inPlace := ""
	if len(w.InPlace) > 0 {
		inPlace = fmt.Sprintf(" WHEN (%s) AND NOT (%s) THEN '%s'", w.InPlaceIf, sqltext.Distinct(d, "f", "t", sqltext.Without(w.columns(), slices.Concat(id, w.InPlace)...)...), Amend)
	}
	sql := fmt.Sprintf(`CREATE TEMPORARY TABLE %s AS
SELECT %s,
       CASE WHEN t.%s IS NULL THEN '%s' WHEN f.%s IS NULL THEN '%s'%s ELSE '%s' END AS lode_change%s
FROM %s f FULL JOIN %s ON %s
WHERE t.%s IS NULL OR f.%s IS NULL OR %s`,
		d.Quote(w.Delta), strings.Join(ids, ", "),
		d.Quote(id[0]), Insert, d.Quote(id[0]), Delete, inPlace, Update, more,
		d.Quote(w.Fresh), before, sqltext.On(d, "f", "t", id...),
		d.Quote(id[0]), d.Quote(id[0]), sqltext.Distinct(d, "f", "t", sqltext.Without(w.columns(), id...)...))
	return []sqltext.Statement{
		{SQL: DropTemp(d, w.Delta)},
		{Note: "what differs from " + w.Target.Name.String(), SQL: sql},
		{SQL: d.Analyze(schema.Name{Table: w.Delta}, append(slices.Clone(id), "lode_change")...)},
	}
}

func (w Write) remove(d warehouse.Dialect) sqltext.Statement {
	out := w.changes(d, Update, Delete)
	return sqltext.Statement{
		Given: out,
		Note:  "take the changed and vanished rows out",
		Count: sqltext.Removed,
		SQL:   fmt.Sprintf("DELETE FROM %s t USING %s WHERE %s", d.Table(w.Target.Name), out, sqltext.On(d, "c", "t", w.Target.PrimaryKey...)),
	}
}

// amend updates rows in place.
func (w Write) amend(d warehouse.Dialect) sqltext.Statement {
	var set []string
	for _, c := range w.InPlace {
		set = append(set, d.Quote(c)+" = "+sqltext.Column(d, "f", c))
	}
	if w.Audit {
		set = append(set, d.Quote(schema.UpdatedAt)+" = "+w.now(d))
	}
	amended, id := w.changes(d, Amend), w.Target.PrimaryKey
	return sqltext.Statement{
		Given: amended,
		Note:  "update the rows that need no more",
		Count: sqltext.Amended,
		SQL: fmt.Sprintf("UPDATE %s t SET %s\nFROM %s f JOIN %s ON %s\nWHERE %s",
			d.Table(w.Target.Name), strings.Join(set, ", "), d.Quote(w.Fresh), amended, sqltext.On(d, "c", "f", id...), sqltext.On(d, "c", "t", id...)),
	}
}

// add writes the rows of one kind of change. A changed row was taken out before, so
// that intervals that move cannot collide half-way.
func (w Write) add(d warehouse.Dialect, change string, count sqltext.Count) sqltext.Statement {
	columns, changed := w.columns(), w.changes(d, change)
	into, from := sqltext.List(d, "", columns...), sqltext.List(d, "f", columns...)
	if w.Audit {
		into += ", " + sqltext.List(d, "", schema.CreatedAt, schema.UpdatedAt)
		from += ", c.lode_created_at, " + w.now(d)
	}
	return sqltext.Statement{
		Given: changed,
		Note:  "write the " + string(count) + " rows",
		Count: count,
		SQL: fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s\nFROM %s f JOIN %s ON %s",
			d.Table(w.Target.Name), into, from, d.Quote(w.Fresh), changed, sqltext.On(d, "c", "f", w.Target.PrimaryKey...)),
	}
}

// fill writes Fresh into an empty table.
func (w Write) fill(d warehouse.Dialect) sqltext.Statement {
	columns := w.columns()
	into, from := sqltext.List(d, "", columns...), sqltext.List(d, "f", columns...)
	if w.Audit {
		into += ", " + sqltext.List(d, "", schema.CreatedAt, schema.UpdatedAt)
		from += ", " + w.now(d) + ", " + w.now(d)
	}
	return sqltext.Statement{
		Note:  "fill the empty table",
		Count: sqltext.Inserted,
		SQL:   fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s\nFROM %s f", d.Table(w.Target.Name), into, from, d.Quote(w.Fresh)),
	}
}

func (w Write) now(d warehouse.Dialect) string { return Instant(d, w.Now) }

// Instant is a point in time as a SQL literal.
func Instant(d warehouse.Dialect, t time.Time) string {
	return d.Literal(record.TimeValue(t), record.Of(record.Timestamp))
}

// Day is the first instant of a day that package schema names, as a SQL literal.
func Day(d warehouse.Dialect, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("affected: " + err.Error()) // the dates are constants of package schema
	}
	return Instant(d, t)
}

// DropTemp drops a temporary table if it is there.
func DropTemp(d warehouse.Dialect, name string) string {
	return "DROP TABLE IF EXISTS " + d.Table(schema.Name{Table: name})
}

// Create lists the statements that make a temporary table from a query, replacing one of
// the same name, and give the planner its statistics; joined names the columns that later
// statements join by, when the table has many others.
func Create(d warehouse.Dialect, name, note, query string, joined ...string) []sqltext.Statement {
	return append(Make(d, name, note, query), sqltext.Statement{SQL: d.Analyze(schema.Name{Table: name}, joined...)})
}

// Make is Create without the statistics, for a table that is read from end to end and joined
// with nothing.
func Make(d warehouse.Dialect, name, note, query string) []sqltext.Statement {
	return []sqltext.Statement{
		{SQL: DropTemp(d, name)},
		{Note: note, SQL: "CREATE TEMPORARY TABLE " + d.Quote(name) + " AS\n" + query},
	}
}
