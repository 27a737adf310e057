package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Draft is one migration before it is a file: what it does in words, what that risks, and
// the statements there and back.
type Draft struct {
	Suffix string // of the file's name, where one difference takes several files
	// Warehouse is the kind that the statements are spelled for; "" is any.
	Warehouse string
	Texts     []string
	Up        Way
	Down      Way
	// Batches says that Up fills a column batch by batch, each in a transaction of its own.
	Batches bool
}

// Way is one direction of a draft.
type Way struct {
	Dangers []Danger
	Notes   []string // for the reviewer
	SQL     []string
}

// BatchMark begins a statement that is run again, each time in a transaction of its own,
// until it touches no row any more.
const BatchMark = "/* in batches */ "

// Batch is how many rows one of these transactions changes.
const Batch = 10_000

// Drafts are the migrations that carry differences out: one, or, where a table that is
// there gets a column that is never NULL, three: add the column, fill it, and let it hold
// no NULL any more. Views are those on a table, which must not stand in the way of its
// columns; whoever made them makes them again.
func Drafts(d warehouse.Dialect, differences []Difference, views map[schema.Name][]schema.Name) []Draft {
	var first, last []Difference
	var fills []filling
	for _, x := range differences {
		a, b, f := split(x)
		first, fills = append(first, a), append(fills, f...)
		if b != nil {
			last = append(last, *b)
		}
	}
	first = slices.DeleteFunc(first, func(x Difference) bool { return x.From != nil && x.To != nil && len(x.Changes) == 0 })
	var drafts []Draft
	if len(first) > 0 {
		drafts = append(drafts, draft(d, first, views))
	}
	if len(fills) > 0 {
		required := draft(d, last, views)
		required.Suffix = "_not_null"
		drafts = append(drafts, fillDraft(d, fills), required)
	}
	return drafts
}

func draft(d warehouse.Dialect, differences []Difference, views map[schema.Name][]schema.Name) Draft {
	out := Draft{Warehouse: d.Name(), Up: way(d, differences, views)}
	var back []Difference
	var notes []string
	for _, x := range slices.Backward(differences) {
		again, told := fillable(d, x.Inverse())
		back, notes = append(back, again...), append(notes, told...)
	}
	out.Down = way(d, back, views)
	out.Down.Notes = append(out.Down.Notes, notes...)
	for _, x := range differences {
		out.Texts = append(out.Texts, x.Texts()...)
	}
	return out
}

func way(d warehouse.Dialect, differences []Difference, views map[schema.Name][]schema.Name) Way {
	w := Way{Dangers: dangers(d, differences)}
	for _, x := range differences {
		for _, c := range x.Changes {
			if c.Kind == schema.ChangeType && c.To.Native != "" {
				w.Notes = append(w.Notes, fmt.Sprintf("column %s of %s becomes %s: a value that does not fit ends the migration, or loses digits", c.To.Name, x.To.Name, c.To.Native))
			}
			if c.Lenient {
				w.Notes = append(w.Notes, fmt.Sprintf("what is no %s in column %s of %s becomes NULL here: the next run computes the rows again", c.To.Type, c.To.Name, x.To.Name))
			}
		}
		if x.From != nil && disturbs(x) {
			for _, view := range views[x.From.Name] {
				w.SQL = append(w.SQL, "DROP VIEW IF EXISTS "+d.Table(view))
			}
		}
		for _, sql := range x.SQL(d) {
			if !strings.HasPrefix(sql, "CREATE SCHEMA") || !slices.Contains(w.SQL, sql) {
				w.SQL = append(w.SQL, sql)
			}
		}
	}
	return w
}

// disturbs tells whether a view on the table would stand in the way.
func disturbs(x Difference) bool {
	return x.To == nil || slices.ContainsFunc(x.Changes, func(c schema.Change) bool {
		return c.Kind == schema.DropField || c.Kind == schema.ChangeType || c.Kind == schema.RenameField || c.Kind == schema.SetNotNull
	})
}

// fillable lets a way back succeed where the table has rows: a column that comes back, and
// was never NULL, has a default until the rows that are there have it.
func fillable(d warehouse.Dialect, x Difference) (way []Difference, told []string) {
	if x.From == nil || x.To == nil {
		return []Difference{x}, nil
	}
	filled := *x.To
	filled.Fields = slices.Clone(filled.Fields)
	restore := Difference{From: &filled, To: x.To}
	x.Changes = slices.Clone(x.Changes)
	for i, c := range x.Changes {
		if c.Kind == schema.SetNotNull {
			told = append(told, fmt.Sprintf("this fails where column %s of %s is NULL by then; give such rows a value first", c.To.Name, x.To.Name))
		}
		if c.Kind != schema.AddField || !c.To.NotNull || c.To.Default != "" {
			continue
		}
		f := filled.Field(c.To.Name)
		f.Default = zero(d, f.Type)
		x.Changes[i].To = *f
		restore.Changes = append(restore.Changes, schema.Change{Kind: schema.ChangeDefault, From: *f, To: c.To})
		told = append(told, fmt.Sprintf("the rows that are there get %s in column %s of %s: the values that it had are gone", f.Default, f.Name, x.To.Name))
	}
	if len(restore.Changes) == 0 {
		return []Difference{x}, told
	}
	x.To = &filled
	return []Difference{x, restore}, told
}

// filling is a column that must get values before it can hold no NULL.
type filling struct {
	table schema.Name
	field schema.Field
}

// split takes out of a difference what needs a filled column.
func split(x Difference) (first Difference, last *Difference, fills []filling) {
	if x.From == nil || x.To == nil {
		return x, nil, nil
	}
	to := *x.To
	to.Fields = slices.Clone(to.Fields)
	first = Difference{From: x.From, To: &to}
	last = &Difference{From: &to, To: x.To}
	for _, c := range x.Changes {
		if c.Kind == schema.AddKey && slices.ContainsFunc(fills, func(f filling) bool { return slices.Contains(x.To.PrimaryKey, f.field.Name) }) {
			to.PrimaryKey = nil
			last.Changes = append(last.Changes, c)
			continue
		}
		required := c.Kind == schema.SetNotNull || c.Kind == schema.AddField && c.To.NotNull && c.To.Default == ""
		if !required {
			first.Changes = append(first.Changes, c)
			continue
		}
		open := c.To
		open.NotNull = false
		to.Field(open.Name).NotNull = false
		fills = append(fills, filling{x.To.Name, c.To})
		if c.Kind == schema.AddField {
			first.Changes = append(first.Changes, schema.Change{Kind: schema.AddField, To: open})
		}
		last.Changes = append(last.Changes, schema.Change{Kind: schema.SetNotNull, From: open, To: c.To})
	}
	if len(fills) == 0 {
		return x, nil, nil
	}
	return first, last, fills
}

func fillDraft(d warehouse.Dialect, fills []filling) Draft {
	out := Draft{Suffix: "_fill", Warehouse: d.Name(), Batches: true}
	for _, f := range fills {
		value := f.field.Default
		if value == "" {
			value = zero(d, f.field.Type)
			out.Up.Notes = append(out.Up.Notes, fmt.Sprintf("say here what the rows that are there get in column %s of %s, instead of %s", f.field.Name, f.table, value))
		}
		out.Texts = append(out.Texts, fmt.Sprintf("fill column %s.%s where it is NULL", f.table, f.field.Name))
		out.Up.SQL = append(out.Up.SQL, BatchMark+d.FillBatch(f.table, f.field.Name, value, Batch))
	}
	return out
}

// zero is a value of a type that says nothing.
func zero(d warehouse.Dialect, t record.Type) string {
	value := record.TextValue("")
	switch t.Kind {
	case record.Int:
		value = record.IntValue(0)
	case record.Float:
		value = record.FloatValue(0)
	case record.Decimal:
		return "0"
	case record.Bool:
		value = record.BoolValue(false)
	case record.Date:
		value = record.DateValue(0)
	case record.Timestamp:
		value = record.TimestampValue(0)
	case record.JSON:
		value = record.JSONValue("{}")
	case record.UUID:
		value = record.UUIDValue("00000000-0000-0000-0000-000000000000")
	}
	return d.Literal(value, t)
}

// Lookalike is a column that goes and one of the same type that comes, in one table: it
// may be one that has got another name.
type Lookalike struct {
	Table    schema.Name
	Old, New string
}

func (l Lookalike) String() string { return fmt.Sprintf("%s.%s=%s", l.Table, l.Old, l.New) }

// Lookalikes lists what looks like a rename that nobody declared.
func Lookalikes(differences []Difference) []Lookalike {
	var out []Lookalike
	for _, x := range differences {
		for _, gone := range x.Changes {
			for _, come := range x.Changes {
				if gone.Kind == schema.DropField && come.Kind == schema.AddField && gone.From.Type == come.To.Type {
					out = append(out, Lookalike{x.To.Name, gone.From.Name, come.To.Name})
				}
			}
		}
	}
	return out
}
